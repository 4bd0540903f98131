#include "crypto/cryptoki/hkdf_codec.h"

#include <optional>

#include "crypto/cryptoki/mechanism_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/mechanism_params.h"

namespace florin::cryptoki {
namespace {

using mechanisms::HkdfDerive;

Result<bool> BoolOf(CK_BBOOL value) {
  if (value == CK_TRUE || value == CK_FALSE) return value == CK_TRUE;
  return BadParameter("bExtract and bExpand must be CK_TRUE or CK_FALSE");
}

Result<Hash> HashOf(CK_MECHANISM_TYPE digest) {
  const std::optional<Hash> hash = HashOfDigest(digest);
  if (hash.has_value() && *hash != Hash::kSha1) return *hash;
  return BadParameter("prfHashMechanism must be CKM_SHA224, CKM_SHA256, CKM_SHA384 or CKM_SHA512");
}

Status ReadSalt(const CK_HKDF_PARAMS& params, HkdfDerive& out) {
  if (params.ulSaltType == CKF_HKDF_SALT_DATA) {
    FLORIN_TRY(out.salt, ViewOf(params.pSalt, params.ulSaltLen, kMaxDerivationData));
    return OkStatus();
  }
  if (params.ulSaltType == CKF_HKDF_SALT_KEY && params.hSaltKey != CK_INVALID_HANDLE) {
    out.salt_key.handle.value = params.hSaltKey;
    return OkStatus();
  }
  if (params.ulSaltType == CKF_HKDF_SALT_NULL && params.ulSaltLen == 0) return OkStatus();
  return BadParameter(
      "the salt must be CKF_HKDF_SALT_NULL, CKF_HKDF_SALT_DATA, or CKF_HKDF_SALT_KEY with a key");
}

}  // namespace

Status EncodeHkdf(const HkdfDerive& hkdf, CK_HKDF_PARAMS& out) {
  if (hkdf.salt.size() > kMaxDerivationData || hkdf.info.size() > kMaxDerivationData) {
    return BadParameter("salt and info of HKDF must have at most 1024 bytes");
  }
  if (hkdf.hash == Hash::kSha1) return UnknownMechanism();
  out = {};
  out.bExtract = hkdf.extract ? CK_TRUE : CK_FALSE;
  out.bExpand = hkdf.expand ? CK_TRUE : CK_FALSE;
  out.prfHashMechanism = DigestNumber(hkdf.hash);
  const bool salt_is_key = !(hkdf.salt_key.handle == mechanisms::KeyHandle{});
  if (salt_is_key && !hkdf.salt.empty()) {
    return BadParameter("the salt of HKDF must be data or a key, not both");
  }
  out.ulSaltType = hkdf.salt.empty() ? CKF_HKDF_SALT_NULL : CKF_HKDF_SALT_DATA;
  if (salt_is_key) out.ulSaltType = CKF_HKDF_SALT_KEY;
  out.hSaltKey = hkdf.salt_key.handle.value;
  out.pSalt = Pointer(hkdf.salt);
  out.ulSaltLen = hkdf.salt.size();
  out.pInfo = Pointer(hkdf.info);
  out.ulInfoLen = hkdf.info.size();
  return OkStatus();
}

Status DecodeHkdf(const CK_HKDF_PARAMS& params, HkdfDerive& out) {
  FLORIN_TRY(out.extract, BoolOf(params.bExtract));
  FLORIN_TRY(out.expand, BoolOf(params.bExpand));
  FLORIN_TRY(out.hash, HashOf(params.prfHashMechanism));
  FLORIN_CHECK_OK(ReadSalt(params, out));
  FLORIN_TRY(out.info, ViewOf(params.pInfo, params.ulInfoLen, kMaxDerivationData));
  return OkStatus();
}

}  // namespace florin::cryptoki
