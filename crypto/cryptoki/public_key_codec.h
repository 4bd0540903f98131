// Public keys as PKCS#11 shows them (CKA_EC_POINT, CKA_MODULUS, CKA_PUBLIC_EXPONENT) and as the
// seam does (SubjectPublicKeyInfo).
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/curve.h"
#include "florin/base/result.h"

namespace florin::cryptoki {

// The length in bytes of a modulus, whose leading zeros do not count.
std::size_t ModulusLength(ByteView modulus);

// Each writes the SubjectPublicKeyInfo and returns its length. kMalformed, kUnsupported: no key of
// a kind that Florin uses; kBufferTooSmall.
Result<std::size_t> InfoFromPoint(Curve curve, ByteView point, MutableBytes out);
Result<std::size_t> InfoFromNumbers(ByteView modulus, ByteView exponent, MutableBytes out);

}  // namespace florin::cryptoki
