#include "crypto/cryptoki/rsa_codec.h"

#include "crypto/cryptoki/mechanism_params.h"

namespace florin::cryptoki {
namespace {

using mechanisms::RsaOaep;
using mechanisms::RsaPss;

struct HashNumbers {
  Hash hash;
  CK_MECHANISM_TYPE digest;
  CK_RSA_PKCS_MGF_TYPE mgf;
};
// SHA-1 for OAEP only.
constexpr HashNumbers kHashes[] = {{Hash::kSha1, CKM_SHA_1, CKG_MGF1_SHA1},
                                   {Hash::kSha256, CKM_SHA256, CKG_MGF1_SHA256},
                                   {Hash::kSha384, CKM_SHA384, CKG_MGF1_SHA384},
                                   {Hash::kSha512, CKM_SHA512, CKG_MGF1_SHA512}};

Result<HashNumbers> NumbersOf(Hash hash) {
  for (const HashNumbers& numbers : kHashes) {
    if (numbers.hash == hash) return numbers;
  }
  return UnknownMechanism();
}

Result<Hash> HashFrom(CK_MECHANISM_TYPE digest, CK_RSA_PKCS_MGF_TYPE mgf) {
  for (const HashNumbers& numbers : kHashes) {
    if (numbers.digest == digest && numbers.mgf == mgf) return numbers.hash;
  }
  return BadParameter("hash and MGF1 must be of one hash, such as CKM_SHA256 and CKG_MGF1_SHA256");
}

}  // namespace

Status EncodeRsaPss(const RsaPss& pss, CK_RSA_PKCS_PSS_PARAMS& out) {
  if (pss.hash == Hash::kSha1) return UnknownMechanism();
  FLORIN_TRY(const HashNumbers numbers, NumbersOf(pss.hash));
  out = {numbers.digest, numbers.mgf, HashSize(pss.hash)};
  return OkStatus();
}

Status EncodeRsaOaep(const RsaOaep& oaep, CK_RSA_PKCS_OAEP_PARAMS& out) {
  FLORIN_TRY(const HashNumbers numbers, NumbersOf(oaep.hash));
  out = {numbers.digest, numbers.mgf, CKZ_DATA_SPECIFIED, nullptr, 0};
  return OkStatus();
}

Status DecodeRsaPss(const CK_RSA_PKCS_PSS_PARAMS& params, std::optional<Hash> number_hash,
                    RsaPss& out) {
  FLORIN_TRY(const Hash hash, HashFrom(params.hashAlg, params.mgf));
  if (hash == Hash::kSha1) return BadParameter("RSA-PSS takes SHA-256, SHA-384 or SHA-512");
  if (number_hash.has_value() && *number_hash != hash) {
    return BadParameter("the hash of the parameter is not that of the mechanism");
  }
  if (params.sLen != HashSize(hash)) {
    return BadParameter("the salt must be as long as the digest");
  }
  out = {hash, !number_hash.has_value()};
  return OkStatus();
}

Status DecodeRsaOaep(const CK_RSA_PKCS_OAEP_PARAMS& params, RsaOaep& out) {
  FLORIN_TRY(out.hash, HashFrom(params.hashAlg, params.mgf));
  // Clients that have no label leave the source out, too.
  if ((params.source != CKZ_DATA_SPECIFIED && params.source != 0) || params.ulSourceDataLen != 0) {
    return BadParameter("OAEP takes no label here: CKZ_DATA_SPECIFIED of length 0");
  }
  return OkStatus();
}

}  // namespace florin::cryptoki
