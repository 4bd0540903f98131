// A judge of DER: whether bytes are in the one form that X.690 10 and 11 leave.
#pragma once

#include "florin/base/bytes.h"

namespace florin::primitives {

// True when `bytes` are exactly one element in DER: shortest definite lengths and tags, primitive
// strings, 00 or FF for booleans, minimal integers and OIDs, zero unused bits, sorted sets.
// Cannot know of members left at their default value (X.690 11.5), nor what is inside an implicitly
// tagged primitive or an OCTET STRING. Nesting beyond 32 levels is false. Any thread.
bool IsDer(ByteView bytes);

}  // namespace florin::primitives
