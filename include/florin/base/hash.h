// Hash: the one name of each hash function.
#pragma once

#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(default)

namespace florin {

// FIPS 180-4. SHA-1 serves only where a card or key-block norm demands it.
enum class Hash : std::uint8_t { kSha1, kSha224, kSha256, kSha384, kSha512 };

// Digest length in bytes.
constexpr std::size_t HashSize(Hash hash) {
  switch (hash) {
    case Hash::kSha1: return 20;
    case Hash::kSha224: return 28;
    case Hash::kSha256: return 32;
    case Hash::kSha384: return 48;
    case Hash::kSha512: return 64;
  }
  return 0;
}

}  // namespace florin

#pragma GCC visibility pop
