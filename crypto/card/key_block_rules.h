// What may leave in a key block or a TR-34 token, and what may come in: one rule for each
// direction, whatever protects the key on its way.
#pragma once

#include <limits>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"

namespace florin::card {

// The strength of a protection whose weakness the policy puts up with.
inline constexpr int kAnyStrength = std::numeric_limits<int>::max();

// Checks a key and its attributes before export under a protection of `strength` bits.
// kPermissionDenied: a combination that KeyBlockCombinations() lacks, a key no stronger than single
// DES, a protection weaker than the key; kMalformed, kUnsupported: the key; kMalformed,
// kInvalidArgument: an optional block's data is not of the norm or does not fit the key (HM is
// required for HMAC, KS is for TDES, IK for AES, DA for usage B3).
Status CheckKeyExport(const KeyBlockHeader& header, std::span<const OptionalBlock> blocks,
                      ByteView key, int strength);

// The same for import, where optional blocks are not judged and `policy` names exceptions; that of
// weaker_kbpk is the caller's, by way of `strength`.
Status CheckKeyImport(const KeyBlockHeader& header, ByteView key, int strength,
                      const KeyBlockImportPolicy& policy);

}  // namespace florin::card
