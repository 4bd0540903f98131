// Curve: the one name of each elliptic curve.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin {

enum class Curve : std::uint8_t {
  kP256,     // SP 800-186 3.2.1
  kP384,     // SP 800-186 3.2.1
  kP521,     // SP 800-186 3.2.1
  kX25519,   // RFC 7748: key agreement only
  kEd25519,  // RFC 8032: signatures only
};

}  // namespace florin

#pragma GCC visibility pop
