// Unwrapping: the key out of a key block, under the importer's policy.
#pragma once

#include "crypto/card/key_block_keys.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/key_block.h"

namespace florin::card {

// Verifies the block's MAC, then checks the payload, then the policy, and returns the key: raw
// bytes for symmetric keys, DER for RSA and EC (key_block_payload.h). Its attributes are
// block.header(). The data of optional blocks is bound to the key by now but not judged:
// key_block_optional.h reads it. kVerificationFailed: the MAC; kMalformed or kUnsupported: the
// payload; kPermissionDenied: the policy refuses; kInvalidArgument: the keys are of another
// version.
Result<SecretBytes> UnwrapKeyBlock(const KeyBlockKeys& keys, const KeyBlock& block,
                                   const KeyBlockImportPolicy& policy);

}  // namespace florin::card
