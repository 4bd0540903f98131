// Curve: the one name of each elliptic curve.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin {

// FIPS 186-5, SP 800-186 3.2.1.
enum class Curve : std::uint8_t { kP256, kP384 };

}  // namespace florin

#pragma GCC visibility pop
