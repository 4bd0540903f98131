// Wrapping: a key into a key block of version B, D or E, as X9.143 and ISO 20038 let it be written.
#pragma once

#include <cstddef>
#include <span>

#include "crypto/card/key_block_keys.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"

namespace florin::card {

// Writes the block to the start of `out` and returns its length; 9999 characters always suffice.
// `header` names version, usage, algorithm, mode of use, key version and exportability; `key` is
// raw for symmetric algorithms and DER for RSA and EC (key_block_payload.h); `blocks` follow the
// header in this order and PB is added. The key's length is hidden (X9.143 6.2), the padding is
// random.
//
// kPermissionDenied: versions A and C, a combination that KeyBlockCombinations() lacks, single DES,
// a KBPK weaker than the key; kMalformed, kUnsupported: the key; kInvalidArgument: the keys are of
// another version, or an optional block's data is not of the norm or does not fit the key (HM is
// required for HMAC, KS is for TDES, IK for AES, DA for usage B3); kLimitExceeded, kBufferTooSmall.
Result<std::size_t> WrapKeyBlock(const KeyBlockKeys& keys, const KeyBlockHeader& header,
                                 std::span<const OptionalBlock> blocks, ByteView key,
                                 const KeyBlockExportPolicy& policy, RandomSource& random,
                                 std::span<char> out);

}  // namespace florin::card
