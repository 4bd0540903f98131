#include "crypto/cryptoki/ec_codec.h"

#include <cstring>

#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

constexpr std::array<std::uint8_t, 10> kP256Oid = {0x06, 0x08, 0x2A, 0x86, 0x48,
                                                   0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr std::array<std::uint8_t, 7> kP384Oid = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};

constexpr std::uint8_t kUncompressed = 0x04;  // SEC 1 2.3.3
constexpr std::uint8_t kOctetString = 0x04;   // X.690 8.7

bool IsPoint(ByteView bytes) {
  return (bytes.size() == PointLength(Curve::kP256) || bytes.size() == PointLength(Curve::kP384)) &&
         bytes[0] == kUncompressed;
}

}  // namespace

ByteView EcParamsOf(Curve curve) {
  if (curve == Curve::kP256) return kP256Oid;
  return kP384Oid;
}

Result<Curve> CurveFromEcParams(ByteView params) {
  if (SameBytes(params, kP256Oid)) return Curve::kP256;
  if (SameBytes(params, kP384Oid)) return Curve::kP384;
  return RvError(CKR_CURVE_NOT_SUPPORTED, ErrorCode::kUnsupported,
                 "CKA_EC_PARAMS must be the object identifier of P-256 or P-384");
}

Result<ByteView> UnwrapPoint(ByteView bytes) {
  if (IsPoint(bytes)) return bytes;
  // Both lengths are below 128, so the DER length is one byte.
  if (bytes.size() > 2 && bytes[0] == kOctetString && bytes[1] == bytes.size() - 2 &&
      IsPoint(bytes.subspan(2))) {
    return bytes.subspan(2);
  }
  return Error(ErrorCode::kMalformed,
               "an EC point must be uncompressed, 65 bytes (P-256) or 97 bytes (P-384)");
}

std::size_t WrapPoint(ByteView point, std::array<std::uint8_t, kMaxWrappedPointLength>& out) {
  FLORIN_INVARIANT(point.size() <= kMaxPointLength);
  out[0] = kOctetString;
  out[1] = static_cast<std::uint8_t>(point.size());
  if (!point.empty()) std::memcpy(out.data() + 2, point.data(), point.size());
  return point.size() + 2;
}

}  // namespace florin::cryptoki
