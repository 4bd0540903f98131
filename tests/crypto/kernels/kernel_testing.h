// What the tests of the kernels share: every kernel that this processor runs, as a parameter.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/kernels/aes.h"
#include "florin/base/hex.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::kernels {

using primitives::Hex;
using primitives::TestRandom;
using primitives::ToHex;

inline std::vector<const Kernel*> SupportedKernels() {
  std::vector<const Kernel*> supported;
  for (const Kernel& kernel : Kernels()) {
    if (kernel.runs_on(Cpu())) supported.push_back(&kernel);
  }
  return supported;
}

class KernelTest : public ::testing::TestWithParam<const Kernel*> {
 protected:
  static const Kernel& kernel() { return *GetParam(); }
};

inline std::string KernelName(const ::testing::TestParamInfo<const Kernel*>& kernel) {
  return kernel.param->name;
}

// Bytes at an address that is a multiple of 64 and `offset`, with guards around them.
class Guarded {
 public:
  Guarded(std::size_t size, std::size_t offset) : bytes_(size + 192, kGuard), size_(size) {
    const auto start = reinterpret_cast<std::uintptr_t>(bytes_.data());
    first_ = 64 + (64 - start % 64) % 64 + offset % 64;
    // Nothing behind it, so that a sanitizer sees a read beyond the end.
    bytes_.resize(first_ + size);
  }

  MutableBytes bytes() { return MutableBytes(bytes_).subspan(first_, size_); }
  bool Untouched() const {
    for (std::size_t i = 0; i < first_; ++i) {
      if (bytes_[i] != kGuard) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint8_t kGuard = 0xA7;
  Bytes bytes_;
  std::size_t size_;
  std::size_t first_ = 0;
};

}  // namespace florin::kernels
