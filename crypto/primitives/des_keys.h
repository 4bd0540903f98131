// Which DES keys are refused: weak ones, and bundles that fall back to single DES.
#pragma once

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// `key` has 8, 16 or 24 bytes; parity bits are ignored. kInvalidArgument for a part that is a weak
// or semi-weak DES key (SP 800-67 r2 3.3.2), and for neighbouring parts that are equal, with which
// triple DES is single DES. Runs in time that depends on the verdict only.
Status CheckDesKey(ByteView key);

// True when the third part equals the first: a triple-length bundle of double-length strength.
bool IsTwoKeyBundle(ByteView key);

}  // namespace florin::primitives
