// Curves and points as PKCS#11 writes them: CKA_EC_PARAMS and CKA_EC_POINT.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/base/curve_table.h"
#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::cryptoki {

inline constexpr std::size_t kMaxPointLength = kMaxCurvePublicSize;
inline constexpr std::size_t kMaxWrappedPointLength = kMaxPointLength + 3;

// 65 bytes on P-256, 97 on P-384, 133 on P-521: 04 || X || Y; 32 of X25519 and Ed25519.
constexpr std::size_t PointLength(Curve curve) { return InfoOf(curve).public_size; }

// CKK_EC, CKK_EC_MONTGOMERY or CKK_EC_EDWARDS, and the mechanism that makes such pairs.
CK_KEY_TYPE EcKeyType(Curve curve);
CK_MECHANISM_TYPE EcGenerationMechanism(Curve curve);
bool IsEcKeyType(CK_KEY_TYPE type);

// The DER of the curve's object identifier (RFC 5480 2.1.1.1, RFC 8410 3).
ByteView EcParamsOf(Curve curve);

// From the object identifier, or the name in a PrintableString that PKCS#11 3.0 6.3 allows as well.
// kUnsupported (CKR_CURVE_NOT_SUPPORTED) for any other curve or form of parameters.
Result<Curve> CurveFromEcParams(ByteView params);

// The public key without its DER OCTET STRING, if it has one: CKA_EC_POINT of a CKK_EC key is
// wrapped, that of the other two is not, ECDH peer points are raw since 2.40, and clients mix them
// up. Tells them apart by length and first bytes; does not check the curve. kMalformed for anything
// but an uncompressed point or 32 bytes.
Result<ByteView> UnwrapPoint(ByteView bytes);

// Writes CKA_EC_POINT and returns its length: the DER OCTET STRING around a point, the 32 bytes of
// X25519 and Ed25519 as they are (PKCS#11 3.0 6.3.5, 6.3.7). `point` has PointLength bytes.
std::size_t WrapPoint(Curve curve, ByteView point,
                      std::array<std::uint8_t, kMaxWrappedPointLength>& out);

}  // namespace florin::cryptoki
