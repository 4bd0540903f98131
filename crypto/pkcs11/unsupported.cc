#include "crypto/pkcs11/unsupported.h"

#include <cstdint>

namespace florin::pkcs11 {
namespace {

using mechanisms::EcdhKdf;
using mechanisms::MechanismType;

// Mechanisms that only Florin's module has.
const char* PaymentMessageOf(MechanismType type) {
  switch (type) {
    case MechanismType::kEmvCryptogram:
      return "the token does not offer CKM_FLORIN_EMV_CRYPTOGRAM; use Florin's module";
    case MechanismType::kEmvArpc:
      return "the token does not offer CKM_FLORIN_EMV_ARPC; use Florin's module";
    case MechanismType::kEmvVerifiedArpc:
      return "the token does not offer CKM_FLORIN_EMV_VERIFIED_ARPC; use Florin's module";
    case MechanismType::kEmvAuthorization:
      return "the token does not offer CKM_FLORIN_EMV_AUTHORIZATION; use Florin's module";
    case MechanismType::kEmvArqcTrace:
      return "the token does not offer CKM_FLORIN_EMV_ARQC_TRACE; use Florin's module";
    case MechanismType::kIso9797Mac:
      return "the token does not offer CKM_FLORIN_ISO9797_MAC; use Florin's module";
    case MechanismType::kTdesCmac:
      return "the token does not offer TDES-CMAC (CKM_DES3_CMAC, CKM_DES3_CMAC_GENERAL) for this";
    case MechanismType::kCardVerification:
      return "the token does not offer CKM_FLORIN_CARD_VERIFICATION; use Florin's module";
    case MechanismType::kThreeDsAuthentication:
      return "the token does not offer CKM_FLORIN_3DS; use Florin's module";
    case MechanismType::kDukptMac:
      return "the token does not offer CKM_FLORIN_DUKPT_MAC; use Florin's module";
    case MechanismType::kDukptData:
      return "the token does not offer CKM_FLORIN_DUKPT_DATA; use Florin's module";
    case MechanismType::kEmvScriptMac:
      return "the token does not offer CKM_FLORIN_EMV_SCRIPT_MAC; use Florin's module";
    case MechanismType::kEmvScriptEncryption:
      return "the token does not offer CKM_FLORIN_EMV_SCRIPT_ENCRYPTION; use Florin's module";
    case MechanismType::kEmvPinChange:
      return "the token does not offer CKM_FLORIN_EMV_PIN_CHANGE; use Florin's module";
    case MechanismType::kPinTranslation:
      return "the token does not offer CKM_FLORIN_PIN_TRANSLATION; use Florin's module";
    case MechanismType::kPinVerification:
      return "the token does not offer CKM_FLORIN_PIN_VERIFICATION; use Florin's module";
    case MechanismType::kPinChange:
      return "the token does not offer CKM_FLORIN_PIN_CHANGE; use Florin's module";
    case MechanismType::kPinGeneration:
      return "the token does not offer CKM_FLORIN_PIN_GENERATION; use Florin's module";
    case MechanismType::kKeyBlockWrap:
      return "the token does not offer CKM_FLORIN_KEY_BLOCK; use Florin's module";
    case MechanismType::kEcdhKeyAgreement:
      return "the token does not offer CKM_FLORIN_ECDH_KEY_AGREEMENT; use Florin's module";
    case MechanismType::kEcdhAesKeyWrap:
      return "the token does not offer CKM_FLORIN_ECDH_AES_KEY_WRAP; use Florin's module";
    case MechanismType::kTr34Unbind:
      return "the token does not offer CKM_FLORIN_TR34_UNBIND; use Florin's module";
    case MechanismType::kTr34KeyToken:
      return "the token does not offer CKM_FLORIN_TR34_KEY_TOKEN; use Florin's module";
    case MechanismType::kDukptDeviceKey:
      return "the token does not offer CKM_FLORIN_DUKPT_DEVICE_KEY; use Florin's module";
    default: break;
  }
  return "the token does not offer this mechanism";
}

const char* MessageOf(MechanismType type) {
  switch (type) {
    case MechanismType::kAesEcb: return "the token does not offer AES-ECB (CKM_AES_ECB) for this";
    case MechanismType::kAesCbc: return "the token does not offer AES-CBC (CKM_AES_CBC) for this";
    case MechanismType::kAesCbcPad:
      return "the token does not offer AES-CBC with padding (CKM_AES_CBC_PAD) for this";
    case MechanismType::kAesCtr: return "the token does not offer AES-CTR (CKM_AES_CTR) for this";
    case MechanismType::kAesGcm: return "the token does not offer AES-GCM (CKM_AES_GCM) for this";
    case MechanismType::kAesCmac:
      return "the token does not offer AES-CMAC (CKM_AES_CMAC, CKM_AES_CMAC_GENERAL) for this";
    case MechanismType::kAesKeyWrap:
      return "the token does not offer AES key wrap (CKM_AES_KEY_WRAP) for this";
    case MechanismType::kDes3Ecb:
      return "the token does not offer TDES-ECB (CKM_DES3_ECB) for this";
    case MechanismType::kDes3Cbc:
      return "the token does not offer TDES-CBC (CKM_DES3_CBC) for this";
    case MechanismType::kHmac:
      return "the token does not offer HMAC with this hash or length (CKM_SHA*_HMAC*)";
    case MechanismType::kEcdsa:
      return "the token does not offer ECDSA with this hash (CKM_ECDSA*); hash outside and sign "
             "the digest";
    case MechanismType::kEcdhDerive: return "the token does not offer ECDH (CKM_ECDH1_DERIVE)";
    case MechanismType::kConcatenateDataAndBase:
      return "the token does not offer CKM_CONCATENATE_DATA_AND_BASE";
    case MechanismType::kConcatenateBaseAndData:
      return "the token does not offer CKM_CONCATENATE_BASE_AND_DATA";
    case MechanismType::kHashDerive:
      return "the token does not derive keys with this hash (CKM_SHA*_KEY_DERIVATION)";
    case MechanismType::kHkdfDerive: return "the token does not offer HKDF (CKM_HKDF_DERIVE)";
    case MechanismType::kExtractKeyFromKey:
      return "the token does not offer CKM_EXTRACT_KEY_FROM_KEY";
    case MechanismType::kEddsa: return "the token does not offer Ed25519 (CKM_EDDSA)";
    case MechanismType::kChaCha20Poly1305:
      return "the token does not offer ChaCha20-Poly1305 (CKM_CHACHA20_POLY1305) for this";
    case MechanismType::kConcatenateBaseAndKey:
      return "the token does not offer CKM_CONCATENATE_BASE_AND_KEY";
    case MechanismType::kRsaPkcs1:
      return "the token does not offer RSA PKCS#1 v1.5 with this hash (CKM_SHA*_RSA_PKCS)";
    case MechanismType::kRsaPss:
      return "the token does not offer RSA-PSS with this hash (CKM_SHA*_RSA_PKCS_PSS)";
    case MechanismType::kRsaOaep:
      return "the token does not offer RSA-OAEP with this hash (CKM_RSA_PKCS_OAEP) for this";
    default: return PaymentMessageOf(type);
  }
}

const char* MessageOf(EcdhKdf kdf) {
  switch (kdf) {
    case EcdhKdf::kNull: return "the token's ECDH does not offer CKD_NULL";
    case EcdhKdf::kX963Sha256: return "the token's ECDH does not offer CKD_SHA256_KDF";
    case EcdhKdf::kSp800Sha256: return "the token's ECDH does not offer CKD_SHA256_KDF_SP800";
  }
  return "the token's ECDH does not offer this key derivation function";
}

}  // namespace

Error UnsupportedMechanism(MechanismType type, CK_RV rv) {
  return {ErrorCode::kUnsupported, MessageOf(type), static_cast<std::uint32_t>(rv)};
}

Error UnsupportedGcmIv(CK_RV rv) {
  return {ErrorCode::kUnsupported,
          "the token does not take an IV of this length for AES-GCM (CKM_AES_GCM); it may take 12 "
          "bytes",
          static_cast<std::uint32_t>(rv)};
}

Error UnsupportedLength(CK_RV rv) {
  return {ErrorCode::kUnsupported,
          "the token does not take CKA_VALUE_LEN in C_UnwrapKey with CKM_RSA_PKCS; without it a "
          "wrong padding is told from a key of another length",
          static_cast<std::uint32_t>(rv)};
}

Error UnsupportedKdf(EcdhKdf kdf, CK_RV rv) {
  return {ErrorCode::kUnsupported, MessageOf(kdf), static_cast<std::uint32_t>(rv)};
}

}  // namespace florin::pkcs11
