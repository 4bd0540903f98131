#include "hsm_sim/quirks.h"

#include <algorithm>
#include <cstring>

#include "crypto/base/curve_table.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

struct MechanismName {
  std::string_view name;
  CK_MECHANISM_TYPE type;
};

// What the module offers where it has no quirk.
constexpr MechanismName kMechanisms[] = {
    {"CKM_AES_KEY_GEN", CKM_AES_KEY_GEN},
    {"CKM_DES2_KEY_GEN", CKM_DES2_KEY_GEN},
    {"CKM_DES3_KEY_GEN", CKM_DES3_KEY_GEN},
    {"CKM_GENERIC_SECRET_KEY_GEN", CKM_GENERIC_SECRET_KEY_GEN},
    {"CKM_CHACHA20_KEY_GEN", CKM_CHACHA20_KEY_GEN},
    {"CKM_EC_KEY_PAIR_GEN", CKM_EC_KEY_PAIR_GEN},
    {"CKM_EC_MONTGOMERY_KEY_PAIR_GEN", CKM_EC_MONTGOMERY_KEY_PAIR_GEN},
    {"CKM_EC_EDWARDS_KEY_PAIR_GEN", CKM_EC_EDWARDS_KEY_PAIR_GEN},
    {"CKM_RSA_PKCS_KEY_PAIR_GEN", CKM_RSA_PKCS_KEY_PAIR_GEN},
    {"CKM_AES_ECB", CKM_AES_ECB},
    {"CKM_AES_CBC", CKM_AES_CBC},
    {"CKM_AES_CBC_PAD", CKM_AES_CBC_PAD},
    {"CKM_AES_CTR", CKM_AES_CTR},
    {"CKM_AES_GCM", CKM_AES_GCM},
    {"CKM_AES_CMAC", CKM_AES_CMAC},
    {"CKM_AES_CMAC_GENERAL", CKM_AES_CMAC_GENERAL},
    {"CKM_AES_KEY_WRAP", CKM_AES_KEY_WRAP},
    {"CKM_DES3_ECB", CKM_DES3_ECB},
    {"CKM_DES3_CBC", CKM_DES3_CBC},
    {"CKM_SHA256_HMAC", CKM_SHA256_HMAC},
    {"CKM_SHA256_HMAC_GENERAL", CKM_SHA256_HMAC_GENERAL},
    {"CKM_SHA384_HMAC", CKM_SHA384_HMAC},
    {"CKM_SHA384_HMAC_GENERAL", CKM_SHA384_HMAC_GENERAL},
    {"CKM_SHA512_HMAC", CKM_SHA512_HMAC},
    {"CKM_SHA512_HMAC_GENERAL", CKM_SHA512_HMAC_GENERAL},
    {"CKM_SHA224_HMAC", CKM_SHA224_HMAC},
    {"CKM_SHA224_HMAC_GENERAL", CKM_SHA224_HMAC_GENERAL},
    {"CKM_ECDSA", CKM_ECDSA},
    {"CKM_ECDSA_SHA256", CKM_ECDSA_SHA256},
    {"CKM_ECDSA_SHA384", CKM_ECDSA_SHA384},
    {"CKM_ECDSA_SHA512", CKM_ECDSA_SHA512},
    {"CKM_ECDSA_SHA224", CKM_ECDSA_SHA224},
    {"CKM_ECDH1_DERIVE", CKM_ECDH1_DERIVE},
    {"CKM_CONCATENATE_DATA_AND_BASE", CKM_CONCATENATE_DATA_AND_BASE},
    {"CKM_CONCATENATE_BASE_AND_DATA", CKM_CONCATENATE_BASE_AND_DATA},
    {"CKM_SHA256_KEY_DERIVATION", CKM_SHA256_KEY_DERIVATION},
    {"CKM_SHA384_KEY_DERIVATION", CKM_SHA384_KEY_DERIVATION},
    {"CKM_SHA512_KEY_DERIVATION", CKM_SHA512_KEY_DERIVATION},
    {"CKM_SHA224_KEY_DERIVATION", CKM_SHA224_KEY_DERIVATION},
    {"CKM_FLORIN_EMV_CRYPTOGRAM", CKM_FLORIN_EMV_CRYPTOGRAM},
    {"CKM_FLORIN_EMV_ARPC", CKM_FLORIN_EMV_ARPC},
    {"CKM_FLORIN_EMV_VERIFIED_ARPC", CKM_FLORIN_EMV_VERIFIED_ARPC},
    {"CKM_FLORIN_EMV_AUTHORIZATION", CKM_FLORIN_EMV_AUTHORIZATION},
    {"CKM_FLORIN_EMV_ARQC_TRACE", CKM_FLORIN_EMV_ARQC_TRACE},
    {"CKM_FLORIN_ISO9797_MAC", CKM_FLORIN_ISO9797_MAC},
    {"CKM_DES3_CMAC", CKM_DES3_CMAC},
    {"CKM_DES3_CMAC_GENERAL", CKM_DES3_CMAC_GENERAL},
    {"CKM_FLORIN_CARD_VERIFICATION", CKM_FLORIN_CARD_VERIFICATION},
    {"CKM_FLORIN_3DS", CKM_FLORIN_3DS},
    {"CKM_FLORIN_DUKPT_MAC", CKM_FLORIN_DUKPT_MAC},
    {"CKM_FLORIN_DUKPT_DATA", CKM_FLORIN_DUKPT_DATA},
    {"CKM_FLORIN_EMV_SCRIPT_MAC", CKM_FLORIN_EMV_SCRIPT_MAC},
    {"CKM_FLORIN_EMV_SCRIPT_ENCRYPTION", CKM_FLORIN_EMV_SCRIPT_ENCRYPTION},
    {"CKM_FLORIN_EMV_PIN_CHANGE", CKM_FLORIN_EMV_PIN_CHANGE},
    {"CKM_FLORIN_PIN_TRANSLATION", CKM_FLORIN_PIN_TRANSLATION},
    {"CKM_FLORIN_PIN_VERIFICATION", CKM_FLORIN_PIN_VERIFICATION},
    {"CKM_FLORIN_PIN_CHANGE", CKM_FLORIN_PIN_CHANGE},
    {"CKM_FLORIN_PIN_GENERATION", CKM_FLORIN_PIN_GENERATION},
    {"CKM_FLORIN_KEY_BLOCK", CKM_FLORIN_KEY_BLOCK},
    {"CKM_FLORIN_ECDH_KEY_AGREEMENT", CKM_FLORIN_ECDH_KEY_AGREEMENT},
    {"CKM_FLORIN_DUKPT_DEVICE_KEY", CKM_FLORIN_DUKPT_DEVICE_KEY},
    {"CKM_FLORIN_TR34_KEY_TOKEN", CKM_FLORIN_TR34_KEY_TOKEN},
    {"CKM_RSA_PKCS", CKM_RSA_PKCS},
    {"CKM_SHA256_RSA_PKCS", CKM_SHA256_RSA_PKCS},
    {"CKM_SHA384_RSA_PKCS", CKM_SHA384_RSA_PKCS},
    {"CKM_SHA512_RSA_PKCS", CKM_SHA512_RSA_PKCS},
    {"CKM_RSA_PKCS_PSS", CKM_RSA_PKCS_PSS},
    {"CKM_SHA256_RSA_PKCS_PSS", CKM_SHA256_RSA_PKCS_PSS},
    {"CKM_SHA384_RSA_PKCS_PSS", CKM_SHA384_RSA_PKCS_PSS},
    {"CKM_SHA512_RSA_PKCS_PSS", CKM_SHA512_RSA_PKCS_PSS},
    {"CKM_RSA_PKCS_OAEP", CKM_RSA_PKCS_OAEP},
    {"CKM_FLORIN_TR34_UNBIND", CKM_FLORIN_TR34_UNBIND},
    {"CKM_HKDF_DERIVE", CKM_HKDF_DERIVE},
    {"CKM_EXTRACT_KEY_FROM_KEY", CKM_EXTRACT_KEY_FROM_KEY},
    {"CKM_FLORIN_ECDH_AES_KEY_WRAP", CKM_FLORIN_ECDH_AES_KEY_WRAP},
    {"CKM_EDDSA", CKM_EDDSA},
    {"CKM_CHACHA20_POLY1305", CKM_CHACHA20_POLY1305},
    {"CKM_CONCATENATE_BASE_AND_KEY", CKM_CONCATENATE_BASE_AND_KEY},
    {"CKM_SHA224", CKM_SHA224},
    {"CKM_SHA256", CKM_SHA256},
    {"CKM_SHA384", CKM_SHA384},
    {"CKM_SHA512", CKM_SHA512},
};

struct QuirkName {
  std::string_view name;
  bool Quirks::*quirk;
};

constexpr QuirkName kQuirks[] = {
    {"no-vendor", &Quirks::no_vendor},   {"null-kdf", &Quirks::null_kdf},
    {"raw-points", &Quirks::raw_points}, {"der-points", &Quirks::der_points},
    {"oaep-sha1", &Quirks::oaep_sha1},   {"gcm-iv-12", &Quirks::gcm_iv_12},
};

Error Bad(const char* message) { return {ErrorCode::kInvalidArgument, message, CKR_ARGUMENTS_BAD}; }

// Takes the next word off a list that commas or blanks part; empty at its end.
std::string_view NextWord(std::string_view& list) {
  constexpr std::string_view kBetween = ", ";
  list.remove_prefix(std::min(list.find_first_not_of(kBetween), list.size()));
  const std::string_view word = list.substr(0, list.find_first_of(kBetween));
  list.remove_prefix(word.size());
  return word;
}

template <class Row, std::size_t N>
const Row* Named(const Row (&rows)[N], std::string_view name) {
  const Row* found = std::find_if(std::begin(rows), std::end(rows),
                                  [name](const Row& row) { return row.name == name; });
  return found == std::end(rows) ? nullptr : found;
}

Status Refused() { return Fail(CKR_MECHANISM_PARAM_INVALID); }

}  // namespace

bool Quirks::Lacks(CK_MECHANISM_TYPE type) const {
  if (no_vendor && (type & CKM_VENDOR_DEFINED) != 0) return true;
  return std::binary_search(without.begin(), without.end(), type);
}

bool Quirks::LacksAttribute(CK_ATTRIBUTE_TYPE type) const {
  return no_vendor && (type & CKA_VENDOR_DEFINED) != 0;
}

Status Quirks::CheckParameter(const CK_MECHANISM& mechanism,
                              const mechanisms::Mechanism& decoded) const {
  if (const auto* ecdh = std::get_if<mechanisms::EcdhDerive>(&decoded)) {
    CK_ECDH1_DERIVE_PARAMS params;
    std::memcpy(&params, mechanism.pParameter, sizeof(params));
    const bool der = params.ulPublicDataLen != ecdh->peer_point.size();
    const bool x25519 = ecdh->peer_point.size() == InfoOf(Curve::kX25519).public_size;
    if (null_kdf && ecdh->kdf != mechanisms::EcdhKdf::kNull) return Refused();
    if (raw_points && der) return Refused();
    if (der_points && !der && !x25519) return Refused();
  }
  const auto* oaep = std::get_if<mechanisms::RsaOaep>(&decoded);
  if (oaep != nullptr && oaep_sha1 && oaep->hash != Hash::kSha1) return Refused();
  const auto* gcm = std::get_if<mechanisms::AesGcm>(&decoded);
  return gcm == nullptr ? OkStatus() : CheckGcmIv(gcm->iv.size());
}

Status Quirks::CheckGcmIv(CK_ULONG length) const {
  constexpr CK_ULONG kUsual = 12;
  return gcm_iv_12 && length != kUsual ? Refused() : OkStatus();
}

Status ReadQuirks(std::string_view list, Quirks& quirks) {
  for (std::string_view word = NextWord(list); !word.empty(); word = NextWord(list)) {
    const QuirkName* row = Named(kQuirks, word);
    if (row == nullptr) {
      return Bad(
          "quirks: a word is none of no-vendor, null-kdf, raw-points, der-points, oaep-sha1, "
          "gcm-iv-12");
    }
    quirks.*row->quirk = true;
  }
  if (quirks.raw_points && quirks.der_points) {
    return Bad("quirks: with raw-points and der-points there is no point that ECDH takes");
  }
  return OkStatus();
}

Status ReadLacking(std::string_view list, Quirks& quirks) {
  for (std::string_view word = NextWord(list); !word.empty(); word = NextWord(list)) {
    const MechanismName* row = Named(kMechanisms, word);
    if (row == nullptr) {
      return Bad("without_mechanisms: a word is no CKM_ name of a mechanism that the module has");
    }
    quirks.without.push_back(row->type);
  }
  std::sort(quirks.without.begin(), quirks.without.end());
  return OkStatus();
}

std::string_view NameOfMechanism(CK_MECHANISM_TYPE type) {
  for (const MechanismName& row : kMechanisms) {
    if (row.type == type) return row.name;
  }
  return {};
}

}  // namespace florin::hsm_sim
