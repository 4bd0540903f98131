// BatchItem: one item of a batch, with its own input and its own result.
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

// `parameter`, where set, replaces the parameter of the call; it must be of the same mechanism.
struct BatchItem {
  const Mechanism* parameter = nullptr;
  ByteView input;
  ByteView signature;   // kVerify only
  MutableBytes output;  // all other verbs
  std::size_t written = 0;
  Status status;
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
