#include "hsm_sim/api/mechanism_list.h"

#include <algorithm>

#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/mechanisms/registry.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

using mechanisms::MechanismType;
using mechanisms::Verb;

constexpr CK_FLAGS kEcFlags = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;

constexpr CK_ULONG kMaxEcBits = 521;
constexpr CK_ULONG kEdwardsBits = 255;

constexpr Hash kDigests[] = {Hash::kSha224, Hash::kSha256, Hash::kSha384, Hash::kSha512};

// Sizes as the standard has them: AES in bytes, generic secrets, EC and RSA in bits, DES not used.
constexpr GenerationMechanism kGenerations[] = {
    {CKM_AES_KEY_GEN, CKK_AES, 0, {16, 32, CKF_GENERATE}},
    {CKM_DES2_KEY_GEN, CKK_DES2, 16, {0, 0, CKF_GENERATE}},
    {CKM_DES3_KEY_GEN, CKK_DES3, 24, {0, 0, CKF_GENERATE}},
    {CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, 0, {128, 2048, CKF_GENERATE}},
    {CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 32, {32, 32, CKF_GENERATE}},
    {CKM_EC_KEY_PAIR_GEN, CKK_EC, 0, {256, 521, CKF_GENERATE_KEY_PAIR | kEcFlags}},
    {CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, 0, {255, 255, CKF_GENERATE_KEY_PAIR}},
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, 0, {255, 255, CKF_GENERATE_KEY_PAIR}},
    {CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, 0, {2048, 4096, CKF_GENERATE_KEY_PAIR}},
};

constexpr Verb kVerbs[] = {Verb::kSign,   Verb::kVerify, Verb::kEncrypt, Verb::kDecrypt,
                           Verb::kDerive, Verb::kWrap,   Verb::kUnwrap};

// SHA-1 serves card norms inside other mechanisms, not callers.
bool IsServed(const cryptoki::MechanismNumber& number) { return number.hash != Hash::kSha1; }

// A hash is for signatures: CKM_SHA256_RSA_PKCS unwraps nothing, as CKM_RSA_PKCS does.
bool Serves(const cryptoki::MechanismNumber& number, Verb verb) {
  const bool hashes_keys = number.type == MechanismType::kRsaPkcs1 && number.hash.has_value();
  return mechanisms::Offers(number.type, verb) && !(verb == Verb::kUnwrap && hashes_keys);
}

bool IsEc(MechanismType type) {
  return type == MechanismType::kEcdsa || type == MechanismType::kEcdhDerive ||
         type == MechanismType::kEcdhKeyAgreement || type == MechanismType::kEcdhAesKeyWrap;
}

bool IsRsa(MechanismType type) {
  return type == MechanismType::kRsaPkcs1 || type == MechanismType::kRsaPss ||
         type == MechanismType::kRsaOaep;
}

bool TakesMessages(MechanismType type) {
  return type == MechanismType::kAesGcm || type == MechanismType::kEmvCryptogram ||
         type == MechanismType::kEmvArpc || type == MechanismType::kEmvVerifiedArpc ||
         type == MechanismType::kEmvAuthorization;
}

CK_FLAGS MessageFlag(Verb verb) {
  switch (verb) {
    case Verb::kSign: return CKF_MESSAGE_SIGN;
    case Verb::kVerify: return CKF_MESSAGE_VERIFY;
    case Verb::kEncrypt: return CKF_MESSAGE_ENCRYPT;
    case Verb::kDecrypt: return CKF_MESSAGE_DECRYPT;
    default: return 0;
  }
}

CK_MECHANISM_INFO KeyedInfo(MechanismType type) {
  const mechanisms::MechanismInfo& known = mechanisms::FindMechanism(type);
  const CK_ULONG unit = IsEc(type) || IsRsa(type) ? 8 : 1;
  CK_MECHANISM_INFO info{known.min_key_length * unit, known.max_key_length * unit, 0};
  // Not whole bytes: P-521, and the numbers of Ed25519.
  if (IsEc(type)) info.ulMaxKeySize = std::min(info.ulMaxKeySize, kMaxEcBits);
  if (type == MechanismType::kEddsa) info.ulMinKeySize = info.ulMaxKeySize = kEdwardsBits;
  for (const Verb verb : kVerbs) {
    if (!known.verbs.Has(verb)) continue;
    info.flags |= cryptoki::VerbFlags(verb);
    if (TakesMessages(type)) info.flags |= MessageFlag(verb);
  }
  if (IsEc(type)) info.flags |= kEcFlags;
  return info;
}

}  // namespace

std::vector<CK_MECHANISM_TYPE> OfferedMechanisms(const Quirks& quirks) {
  std::vector<CK_MECHANISM_TYPE> types;
  for (const GenerationMechanism& row : kGenerations) types.push_back(row.type);
  for (const cryptoki::MechanismNumber& number : cryptoki::AllMechanismNumbers()) {
    if (IsServed(number)) types.push_back(number.ckm);
  }
  for (const Hash hash : kDigests) types.push_back(cryptoki::DigestNumber(hash));
  std::erase_if(types, [&quirks](CK_MECHANISM_TYPE type) { return quirks.Lacks(type); });
  return types;
}

Result<CK_MECHANISM_INFO> InfoOf(CK_MECHANISM_TYPE type, const Quirks& quirks) {
  if (quirks.Lacks(type)) return Fail(CKR_MECHANISM_INVALID);
  if (const GenerationMechanism* row = FindGeneration(type)) return CK_MECHANISM_INFO(row->info);
  if (DigestHash(type).has_value()) return CK_MECHANISM_INFO{0, 0, CKF_DIGEST};
  const cryptoki::MechanismNumber* number = cryptoki::FindMechanismNumber(type);
  if (number == nullptr || !IsServed(*number)) return Fail(CKR_MECHANISM_INVALID);
  CK_MECHANISM_INFO info = KeyedInfo(number->type);
  if (!Serves(*number, Verb::kUnwrap)) info.flags &= ~CK_FLAGS{CKF_UNWRAP};
  return info;
}

bool IsOffered(CK_MECHANISM_TYPE type, Verb verb, const Quirks& quirks) {
  if (quirks.Lacks(type)) return false;
  const cryptoki::MechanismNumber* number = cryptoki::FindMechanismNumber(type);
  return number != nullptr && IsServed(*number) && Serves(*number, verb);
}

bool HasMessages(CK_MECHANISM_TYPE type, const Quirks& quirks) {
  if (quirks.Lacks(type)) return false;
  const cryptoki::MechanismNumber* number = cryptoki::FindMechanismNumber(type);
  return number != nullptr && TakesMessages(number->type);
}

std::optional<Hash> DigestHash(CK_MECHANISM_TYPE type) {
  for (const Hash hash : kDigests) {
    if (cryptoki::DigestNumber(hash) == type) return hash;
  }
  return std::nullopt;
}

const GenerationMechanism* FindGeneration(CK_MECHANISM_TYPE type) {
  for (const GenerationMechanism& row : kGenerations) {
    if (row.type == type) return &row;
  }
  return nullptr;
}

}  // namespace florin::hsm_sim
