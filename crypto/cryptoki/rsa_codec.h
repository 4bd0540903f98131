// The mechanisms of rsa_mechanisms.h <-> the structs of PKCS#11. Part of the mechanism codec.
#pragma once

#include <optional>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// kUnsupported (CKR_MECHANISM_INVALID) for a hash that RSA does not take here.
Status EncodeRsaPss(const mechanisms::RsaPss& pss, CK_RSA_PKCS_PSS_PARAMS& out);
Status EncodeRsaOaep(const mechanisms::RsaOaep& oaep, CK_RSA_PKCS_OAEP_PARAMS& out);

// kInvalidArgument (CKR_MECHANISM_PARAM_INVALID): a hash, MGF or salt length that is not the one of
// `number_hash`, the hash that the number of the mechanism names, or not one of ours; a label.
Status DecodeRsaPss(const CK_RSA_PKCS_PSS_PARAMS& params, std::optional<Hash> number_hash,
                    mechanisms::RsaPss& out);
Status DecodeRsaOaep(const CK_RSA_PKCS_OAEP_PARAMS& params, mechanisms::RsaOaep& out);

}  // namespace florin::cryptoki
