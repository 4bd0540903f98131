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
// kPermissionDenied: versions A and C; kInvalidArgument: the keys are of another version;
// kLimitExceeded, kBufferTooSmall; and as CheckKeyExport (key_block_rules.h).
Result<std::size_t> WrapKeyBlock(const KeyBlockKeys& keys, const KeyBlockHeader& header,
                                 std::span<const OptionalBlock> blocks, ByteView key,
                                 const KeyBlockExportPolicy& policy, RandomSource& random,
                                 std::span<char> out);

}  // namespace florin::card
