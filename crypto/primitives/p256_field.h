// The pieces of P-256 arithmetic that OpenSSL does slowly, or keeps to itself: Jacobian to affine
// x, and the inverse of ECDSA. Private.
#pragma once

#include <array>
#include <cstdint>

namespace florin::primitives {

// A field element below p, least significant word first.
using P256Element = std::array<std::uint64_t, 4>;

// Returns 1/a mod p, and 0 for 0. Constant time: the sequence of operations does not depend on a.
// Bernstein and Yang, "Fast constant-time gcd computation and modular inversion" (2019), with the
// half-delta start: 590 division steps suffice for 256 bits. About a third of the cost of Fermat.
P256Element P256Inverse(const P256Element& a);

// Returns 1/a modulo the order of the group, and 0 for 0. `a` is below the order. Constant time.
P256Element P256OrderInverse(const P256Element& a);

// Returns x / z^2 mod p: the affine x coordinate of a Jacobian point. Constant time.
P256Element P256AffineX(const P256Element& x, const P256Element& z);

}  // namespace florin::primitives
