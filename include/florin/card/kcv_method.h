// How the key check value of a key is computed.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin::card {

enum class KcvMethod : std::uint8_t {
  kLegacyTdes,  // zeros encrypted: at most 3 bytes; keys of 8 bytes (a half), 16 or 24
  kLegacyAes,   // the same with AES
  kCmacTdes,    // CMAC of a block of zeros, X9.24-1:2017 annex A: at most 5 bytes
  kCmacAes,     // the same; key blocks and payShield 10k use it also where they print 3 bytes
  // HMAC of nothing, at most 3 bytes. One published value (J8k3/CyberChef, SHA-256); AWS names its
  // value "HMAC" and gives no formula, so that the two are the same is not proven.
  kHmacSha224,
  kHmacSha256,
  kHmacSha384,
  kHmacSha512,
};

}  // namespace florin::card

#pragma GCC visibility pop
