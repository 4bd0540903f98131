// A password or PIN becomes a key: Argon2id (RFC 9106), deliberately slow and memory-hungry.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

inline constexpr std::size_t kPasswordSaltSize = 16;

// What one guess costs. One lane; libsodium's Argon2id 1.3.
struct PasswordCost {
  std::uint32_t passes = 0;        // 1..16
  std::uint64_t memory_bytes = 0;  // 8 KiB..1 GiB

  friend bool operator==(const PasswordCost&, const PasswordCost&) = default;
};

inline constexpr PasswordCost kPasswordCostModerate{3, std::uint64_t{256} << 20};    // ~0.7 s
inline constexpr PasswordCost kPasswordCostInteractive{2, std::uint64_t{64} << 20};  // ~0.1 s
inline constexpr PasswordCost kPasswordCostMinimal{1, 8192};  // for tests: protects nothing

// True where both numbers lie in the ranges above; what is read from a file must be asked first.
bool IsPasswordCostValid(const PasswordCost& cost);

// Fills `key` (16..64 bytes, secret: pass a SecretArray's Write view) from the password (1..255
// bytes) and a random salt of kPasswordSaltSize bytes. kInvalidArgument where a length or the cost
// is out of range, kResourceExhausted where the memory cannot be had, kInternal where a self-test
// failed. Any thread.
Status HashPassword(ByteView password, ByteView salt, const PasswordCost& cost, MutableBytes key);

}  // namespace florin::primitives
