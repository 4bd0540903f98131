// Curves and points as PKCS#11 writes them: CKA_EC_PARAMS and CKA_EC_POINT.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::cryptoki {

inline constexpr std::size_t kMaxPointLength = 97;
inline constexpr std::size_t kMaxWrappedPointLength = kMaxPointLength + 2;

// 65 bytes on P-256, 97 on P-384: 04 || X || Y.
constexpr std::size_t PointLength(Curve curve) { return curve == Curve::kP256 ? 65 : 97; }

// The DER of the curve's object identifier (RFC 5480 2.1.1.1).
ByteView EcParamsOf(Curve curve);

// kUnsupported (CKR_CURVE_NOT_SUPPORTED) for any other curve or form of parameters.
Result<Curve> CurveFromEcParams(ByteView params);

// The point without its DER OCTET STRING, if it has one: CKA_EC_POINT is wrapped, ECDH peer points
// are raw since 2.40, and clients mix them up. Tells them apart by length and first bytes; does not
// check the curve. kMalformed for anything but an uncompressed point of P-256 or P-384.
Result<ByteView> UnwrapPoint(ByteView bytes);

// Writes the DER OCTET STRING around `point` (at most kMaxPointLength bytes) and returns its
// length.
std::size_t WrapPoint(ByteView point, std::array<std::uint8_t, kMaxWrappedPointLength>& out);

}  // namespace florin::cryptoki
