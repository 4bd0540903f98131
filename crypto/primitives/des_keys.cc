#include "crypto/primitives/des_keys.h"

#include <array>
#include <cstdint>

namespace florin::primitives {
namespace {

constexpr std::uint64_t kWithoutParity = 0xFEFEFEFEFEFEFEFE;

// SP 800-67 r2 3.3.2, without the parity bits: 4 weak keys, 6 pairs of semi-weak keys.
constexpr std::array<std::uint64_t, 16> kWeak = {
    0x0000000000000000, 0xFEFEFEFEFEFEFEFE, 0xE0E0E0E0F0F0F0F0, 0x1E1E1E1E0E0E0E0E,
    0x00FE00FE00FE00FE, 0xFE00FE00FE00FE00, 0x1EE01EE00EF00EF0, 0xE01EE01EF00EF00E,
    0x00E000E000F000F0, 0xE000E000F000F000, 0x1EFE1EFE0EFE0EFE, 0xFE1EFE1EFE0EFE0E,
    0x001E001E000E000E, 0x1E001E000E000E00, 0xE0FEE0FEF0FEF0FE, 0xFEE0FEE0FEF0FEF0};

std::uint64_t Part(ByteView key, std::size_t index) {
  std::uint64_t part = 0;
  for (const std::uint8_t byte : key.subspan(index * 8, 8)) part = part << 8U | byte;
  return part & kWithoutParity;
}

// 1 when a == b, without a branch.
std::uint64_t Equal(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t difference = a ^ b;
  return 1U ^ ((difference | (0 - difference)) >> 63U);
}

}  // namespace

Status CheckDesKey(ByteView key) {
  const std::size_t parts = key.size() / 8;
  std::uint64_t weak = 0;
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < parts; ++i) {
    const std::uint64_t part = Part(key, i);
    for (const std::uint64_t known : kWeak) weak |= Equal(part, known);
    if (i > 0) equal |= Equal(part, Part(key, i - 1));
  }
  if (weak != 0) return Error(ErrorCode::kInvalidArgument, "DES key: a part is a weak key");
  if (equal != 0) {
    return Error(ErrorCode::kInvalidArgument, "DES key: equal parts make triple DES single DES");
  }
  return OkStatus();
}

bool IsTwoKeyBundle(ByteView key) {
  return key.size() == 24 && Equal(Part(key, 0), Part(key, 2)) != 0;
}

}  // namespace florin::primitives
