// The published values that this room's algorithms must come to before anything is computed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/hex.h"

namespace florin::primitives {

// One self-test. `run` computes, compares with `expected` (hex: a result, or a signature to verify)
// and is true only where they agree. The tests run it with wrong values, too.
struct KnownAnswer {
  const char* name;
  bool (*run)(std::string_view expected);
  std::string_view expected;
};

std::span<const KnownAnswer> KnownCiphers();
std::span<const KnownAnswer> KnownMacs();  // hashes, MACs, key derivation, password hashing
std::span<const KnownAnswer> KnownPublicKeys();

// A published value from its hexadecimal form; empty where that is wrong or above 256 bytes.
class Known {
 public:
  explicit Known(std::string_view hex) {
    auto size = HexDecode(hex, bytes_);
    size_ = size.ok() ? *size : 0;
  }
  operator ByteView() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 256> bytes_{};
  std::size_t size_ = 0;
};

inline bool Equals(ByteView got, std::string_view hex) { return SameBytes(got, Known(hex)); }

}  // namespace florin::primitives
