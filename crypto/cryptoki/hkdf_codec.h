// HkdfDerive <-> CK_HKDF_PARAMS. Part of the mechanism codec.
#pragma once

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// kUnsupported (CKR_MECHANISM_INVALID) for a hash that HKDF does not take here; kInvalidArgument
// for a salt or info of more than 1024 bytes, or two salts.
Status EncodeHkdf(const mechanisms::HkdfDerive& hkdf, CK_HKDF_PARAMS& out);

// kInvalidArgument (CKR_MECHANISM_PARAM_INVALID): a hash that is not one of ours, a salt of another
// kind, booleans that are none.
Status DecodeHkdf(const CK_HKDF_PARAMS& params, mechanisms::HkdfDerive& out);

}  // namespace florin::cryptoki
