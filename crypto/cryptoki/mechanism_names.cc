#include "crypto/cryptoki/mechanism_names.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "crypto/cryptoki/ec_codec.h"

namespace florin::cryptoki {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

constexpr MechanismNumber kNumbers[] = {
    {CKM_AES_ECB, MechanismType::kAesEcb, {}, false},
    {CKM_AES_CBC, MechanismType::kAesCbc, {}, false},
    {CKM_AES_CBC_PAD, MechanismType::kAesCbcPad, {}, false},
    {CKM_AES_CTR, MechanismType::kAesCtr, {}, false},
    {CKM_AES_GCM, MechanismType::kAesGcm, {}, false},
    {CKM_AES_CMAC, MechanismType::kAesCmac, {}, false},
    {CKM_AES_CMAC_GENERAL, MechanismType::kAesCmac, {}, true},
    {CKM_AES_KEY_WRAP, MechanismType::kAesKeyWrap, {}, false},
    {CKM_DES3_ECB, MechanismType::kDes3Ecb, {}, false},
    {CKM_DES3_CBC, MechanismType::kDes3Cbc, {}, false},
    {CKM_SHA256_HMAC, MechanismType::kHmac, Hash::kSha256, false},
    {CKM_SHA256_HMAC_GENERAL, MechanismType::kHmac, Hash::kSha256, true},
    {CKM_SHA384_HMAC, MechanismType::kHmac, Hash::kSha384, false},
    {CKM_SHA384_HMAC_GENERAL, MechanismType::kHmac, Hash::kSha384, true},
    {CKM_SHA512_HMAC, MechanismType::kHmac, Hash::kSha512, false},
    {CKM_SHA512_HMAC_GENERAL, MechanismType::kHmac, Hash::kSha512, true},
    {CKM_SHA224_HMAC, MechanismType::kHmac, Hash::kSha224, false},
    {CKM_SHA224_HMAC_GENERAL, MechanismType::kHmac, Hash::kSha224, true},
    {CKM_SHA_1_HMAC, MechanismType::kHmac, Hash::kSha1, false},
    {CKM_SHA_1_HMAC_GENERAL, MechanismType::kHmac, Hash::kSha1, true},
    {CKM_ECDSA, MechanismType::kEcdsa, {}, false},
    {CKM_ECDSA_SHA256, MechanismType::kEcdsa, Hash::kSha256, false},
    {CKM_ECDSA_SHA384, MechanismType::kEcdsa, Hash::kSha384, false},
    {CKM_ECDSA_SHA512, MechanismType::kEcdsa, Hash::kSha512, false},
    {CKM_ECDSA_SHA224, MechanismType::kEcdsa, Hash::kSha224, false},
    {CKM_ECDSA_SHA1, MechanismType::kEcdsa, Hash::kSha1, false},
    {CKM_ECDH1_DERIVE, MechanismType::kEcdhDerive, {}, false},
    {CKM_CONCATENATE_DATA_AND_BASE, MechanismType::kConcatenateDataAndBase, {}, false},
    {CKM_CONCATENATE_BASE_AND_DATA, MechanismType::kConcatenateBaseAndData, {}, false},
    {CKM_SHA256_KEY_DERIVATION, MechanismType::kHashDerive, Hash::kSha256, false},
    {CKM_SHA384_KEY_DERIVATION, MechanismType::kHashDerive, Hash::kSha384, false},
    {CKM_SHA512_KEY_DERIVATION, MechanismType::kHashDerive, Hash::kSha512, false},
    {CKM_SHA224_KEY_DERIVATION, MechanismType::kHashDerive, Hash::kSha224, false},
    {CKM_SHA1_KEY_DERIVATION, MechanismType::kHashDerive, Hash::kSha1, false},
    {CKM_FLORIN_EMV_CRYPTOGRAM, MechanismType::kEmvCryptogram, {}, false},
    {CKM_FLORIN_EMV_ARPC, MechanismType::kEmvArpc, {}, false},
    {CKM_FLORIN_EMV_VERIFIED_ARPC, MechanismType::kEmvVerifiedArpc, {}, false},
    {CKM_FLORIN_EMV_AUTHORIZATION, MechanismType::kEmvAuthorization, {}, false},
    {CKM_FLORIN_EMV_ARQC_TRACE, MechanismType::kEmvArqcTrace, {}, false},
    {CKM_FLORIN_ISO9797_MAC, MechanismType::kIso9797Mac, {}, false},
    {CKM_DES3_CMAC, MechanismType::kTdesCmac, {}, false},
    {CKM_DES3_CMAC_GENERAL, MechanismType::kTdesCmac, {}, true},
    {CKM_FLORIN_CARD_VERIFICATION, MechanismType::kCardVerification, {}, false},
    {CKM_FLORIN_3DS, MechanismType::kThreeDsAuthentication, {}, false},
    {CKM_FLORIN_DUKPT_MAC, MechanismType::kDukptMac, {}, false},
    {CKM_FLORIN_DUKPT_DATA, MechanismType::kDukptData, {}, false},
    {CKM_FLORIN_EMV_SCRIPT_MAC, MechanismType::kEmvScriptMac, {}, false},
    {CKM_FLORIN_EMV_SCRIPT_ENCRYPTION, MechanismType::kEmvScriptEncryption, {}, false},
    {CKM_FLORIN_EMV_PIN_CHANGE, MechanismType::kEmvPinChange, {}, false},
    {CKM_FLORIN_PIN_TRANSLATION, MechanismType::kPinTranslation, {}, false},
    {CKM_FLORIN_PIN_VERIFICATION, MechanismType::kPinVerification, {}, false},
    {CKM_FLORIN_PIN_CHANGE, MechanismType::kPinChange, {}, false},
    {CKM_FLORIN_PIN_GENERATION, MechanismType::kPinGeneration, {}, false},
    {CKM_FLORIN_KEY_BLOCK, MechanismType::kKeyBlockWrap, {}, false},
    {CKM_FLORIN_ECDH_KEY_AGREEMENT, MechanismType::kEcdhKeyAgreement, {}, false},
    {CKM_FLORIN_DUKPT_DEVICE_KEY, MechanismType::kDukptDeviceKey, {}, false},
    {CKM_FLORIN_TR34_KEY_TOKEN, MechanismType::kTr34KeyToken, {}, false},
    {CKM_RSA_PKCS, MechanismType::kRsaPkcs1, {}, false},
    {CKM_SHA256_RSA_PKCS, MechanismType::kRsaPkcs1, Hash::kSha256, false},
    {CKM_SHA384_RSA_PKCS, MechanismType::kRsaPkcs1, Hash::kSha384, false},
    {CKM_SHA512_RSA_PKCS, MechanismType::kRsaPkcs1, Hash::kSha512, false},
    {CKM_RSA_PKCS_PSS, MechanismType::kRsaPss, {}, false},
    {CKM_SHA256_RSA_PKCS_PSS, MechanismType::kRsaPss, Hash::kSha256, false},
    {CKM_SHA384_RSA_PKCS_PSS, MechanismType::kRsaPss, Hash::kSha384, false},
    {CKM_SHA512_RSA_PKCS_PSS, MechanismType::kRsaPss, Hash::kSha512, false},
    {CKM_RSA_PKCS_OAEP, MechanismType::kRsaOaep, {}, false},
    {CKM_FLORIN_TR34_UNBIND, MechanismType::kTr34Unbind, {}, false},
    {CKM_HKDF_DERIVE, MechanismType::kHkdfDerive, {}, false},
    {CKM_EXTRACT_KEY_FROM_KEY, MechanismType::kExtractKeyFromKey, {}, false},
    {CKM_FLORIN_ECDH_AES_KEY_WRAP, MechanismType::kEcdhAesKeyWrap, {}, false},
    {CKM_EDDSA, MechanismType::kEddsa, {}, false},
    {CKM_CHACHA20_POLY1305, MechanismType::kChaCha20Poly1305, {}, false},
    {CKM_CONCATENATE_BASE_AND_KEY, MechanismType::kConcatenateBaseAndKey, {}, false},
};

struct DigestRow {
  Hash hash;
  CK_MECHANISM_TYPE number;
};
constexpr DigestRow kDigests[] = {{Hash::kSha1, CKM_SHA_1},
                                  {Hash::kSha224, CKM_SHA224},
                                  {Hash::kSha256, CKM_SHA256},
                                  {Hash::kSha384, CKM_SHA384},
                                  {Hash::kSha512, CKM_SHA512}};

static_assert(std::is_sorted(std::begin(kNumbers), std::end(kNumbers),
                             [](const MechanismNumber& a, const MechanismNumber& b) {
                               return a.type < b.type;
                             }));

}  // namespace

std::span<const MechanismNumber> AllMechanismNumbers() { return kNumbers; }

std::span<const MechanismNumber> MechanismNumbersOf(MechanismType type) {
  std::size_t first = 0;
  while (first < std::size(kNumbers) && kNumbers[first].type != type) ++first;
  std::size_t last = first;
  while (last < std::size(kNumbers) && kNumbers[last].type == type) ++last;
  return std::span(kNumbers).subspan(first, last - first);
}

const MechanismNumber* FindMechanismNumber(CK_MECHANISM_TYPE ckm) {
  for (const MechanismNumber& number : kNumbers) {
    if (number.ckm == ckm) return &number;
  }
  return nullptr;
}

CK_FLAGS VerbFlags(Verb verb) {
  switch (verb) {
    case Verb::kSign: return CKF_SIGN;
    case Verb::kVerify: return CKF_VERIFY;
    case Verb::kEncrypt: return CKF_ENCRYPT;
    case Verb::kDecrypt: return CKF_DECRYPT;
    case Verb::kDerive: return CKF_DERIVE;
    case Verb::kWrap: return CKF_WRAP;
    case Verb::kUnwrap: return CKF_UNWRAP;
    case Verb::kGenerate: return CKF_GENERATE | CKF_GENERATE_KEY_PAIR;
  }
  return 0;
}

CK_MECHANISM_TYPE DigestNumber(Hash hash) {
  for (const DigestRow& row : kDigests) {
    if (row.hash == hash) return row.number;
  }
  return CK_UNAVAILABLE_INFORMATION;
}

std::optional<Hash> HashOfDigest(CK_MECHANISM_TYPE number) {
  for (const DigestRow& row : kDigests) {
    if (row.number == number) return row.hash;
  }
  return std::nullopt;
}

CK_MECHANISM_TYPE GenerationMechanism(KeyType type, std::size_t length, Curve curve) {
  switch (type) {
    case KeyType::kAes: return CKM_AES_KEY_GEN;
    case KeyType::kDes3: return length == 16 ? CKM_DES2_KEY_GEN : CKM_DES3_KEY_GEN;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: return CKM_GENERIC_SECRET_KEY_GEN;
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return EcGenerationMechanism(curve);
    case KeyType::kChaCha20: return CKM_CHACHA20_KEY_GEN;
    case KeyType::kRsaPrivate:
    case KeyType::kRsaPublic: return CKM_RSA_PKCS_KEY_PAIR_GEN;
  }
  return CKM_GENERIC_SECRET_KEY_GEN;
}

}  // namespace florin::cryptoki
