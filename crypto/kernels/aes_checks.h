// The check that all AES functions of this room begin with. Private to this room.
#pragma once

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::kernels {

inline Status CheckKeySize(ByteView key) {
  if (key.size() == 16 || key.size() == 24 || key.size() == 32) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "an AES key has 16, 24 or 32 bytes");
}

}  // namespace florin::kernels
