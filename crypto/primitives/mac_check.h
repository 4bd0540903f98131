// CheckMac: the one comparison of a received MAC with the right one. Private to this room.
#pragma once

#include <cstddef>

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

}  // namespace florin::primitives
