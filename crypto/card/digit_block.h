// DigitBlock: digits packed into the nibbles of a cipher block.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::card {

// kSize secret bytes, filled by nibbles from the left; what is not filled is zero.
template <std::size_t kSize>
class DigitBlock {
 public:
  void AppendNibble(std::uint32_t nibble) {
    FLORIN_INVARIANT(count_ < 2 * kSize);
    std::uint8_t& byte = bytes_.Write(SecretAccess{})[count_ / 2];
    byte = static_cast<std::uint8_t>(byte | (count_ % 2 == 0 ? nibble << 4U : nibble));
    ++count_;
  }
  void AppendNibbles(std::uint32_t nibble, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) AppendNibble(nibble);
  }
  // Characters '0'..'9'.
  void Append(std::string_view digits) {
    FLORIN_INVARIANT(digits.size() <= 2 * kSize - count_);
    if (count_ % 2 != 0 && !digits.empty()) {
      AppendNibble(static_cast<std::uint32_t>(digits[0] - '0'));
      digits.remove_prefix(1);
    }
    const auto bytes = bytes_.Write(SecretAccess{});
    // Two digits at a time. There is room: std::min is for the compiler, which cannot see it.
    std::size_t at = count_ / 2;
    count_ += digits.size();
    for (; digits.size() >= 2; digits.remove_prefix(2), ++at) {
      bytes[std::min(at, kSize - 1)] =
          static_cast<std::uint8_t>((digits[0] - '0') << 4U | (digits[1] - '0'));
    }
    if (!digits.empty()) {
      bytes[std::min(at, kSize - 1)] = static_cast<std::uint8_t>((digits[0] - '0') << 4U);
    }
  }

  std::size_t count() const { return count_; }
  std::span<const std::uint8_t, kSize> Read(SecretAccess access) const {
    return bytes_.Read(access);
  }
  SecretArray<kSize> Take() && { return std::move(bytes_); }

 private:
  SecretArray<kSize> bytes_;
  std::size_t count_ = 0;
};

}  // namespace florin::card
