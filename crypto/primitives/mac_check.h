// What the MAC algorithms of this room share. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

// Compares `mac` with the first `mac_size` bytes of `expected` (0: all of them) in constant time.
inline Status CheckMac(ByteView expected, ByteView mac, std::size_t mac_size) {
  if (mac_size == 0) mac_size = expected.size();
  if (mac_size > expected.size()) {
    return Error(ErrorCode::kInvalidArgument, "the MAC length asked for exceeds the algorithm's");
  }
  if (!ConstantTimeEqual(expected.first(mac_size), mac)) {
    return Error(ErrorCode::kVerificationFailed, "the MAC does not match");
  }
  return OkStatus();
}

// Fills `block` with `size` in bits, right-justified (ISO/IEC 9797-1 padding method 3).
// kInvalidArgument where it does not fit.
Status WriteBitLength(std::uint64_t size, MutableBytes block);

}  // namespace florin::primitives
