// Which message authentication code a card system uses.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/hash.h"
#include "florin/base/mac_padding.h"

#pragma GCC visibility push(default)

namespace florin::card {

enum class MacAlgorithm : std::uint8_t {
  kIso9797Algorithm1,  // CBC-MAC; a TDES key of 16 or 24 bytes
  kIso9797Algorithm3,  // retail MAC; 16 bytes
  kCmacTdes,           // ISO 9797-1 MAC algorithm 5; 16 or 24 bytes
  kCmacAes,            // the same; 16, 24 or 32 bytes
  kHmac,               // 1..4096 bytes
  // AS 2805.4.1, computed as algorithm 3 with padding method 1, as in J8k3/CyberChef. That the norm
  // means the same is not proven by any published value.
  kAs2805Part41,
};

// Whether the algorithm leaves the padding open.
constexpr bool TakesPadding(MacAlgorithm algorithm) {
  return algorithm == MacAlgorithm::kIso9797Algorithm1 ||
         algorithm == MacAlgorithm::kIso9797Algorithm3;
}

// An algorithm with what it leaves open: the padding of algorithms 1 and 3, the hash of HMAC.
struct MacMethod {
  MacAlgorithm algorithm = MacAlgorithm::kIso9797Algorithm3;
  MacPadding padding = MacPadding::kMethod1;
  Hash hash = Hash::kSha256;
};

// ANSI X9.19.
inline constexpr MacMethod kX919Mac = {MacAlgorithm::kIso9797Algorithm3, MacPadding::kMethod1};

// The MAC of TDES DUKPT (X9.24-1:2009 A.4) under a working key, cut to 4 bytes.
inline constexpr MacMethod kX924Mac = kX919Mac;
inline constexpr std::size_t kX924MacSize = 4;

inline constexpr std::size_t kMinMacSize = 4;
inline constexpr std::size_t kMaxMacSize = 64;  // HMAC with SHA-512

}  // namespace florin::card

#pragma GCC visibility pop
