#include "crypto/cryptoki/ec_codec.h"

#include <algorithm>
#include <optional>

#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

constexpr std::uint8_t kUncompressed = 0x04;     // SEC 1 2.3.3
constexpr std::uint8_t kOctetString = 0x04;      // X.690 8.7
constexpr std::uint8_t kPrintableString = 0x13;  // X.690 8.23
constexpr std::size_t kLongestShortForm = 127;
constexpr std::uint8_t kOneLengthByte = 0x81;

struct FormRow {
  CurveForm form;
  CK_KEY_TYPE type;
  CK_MECHANISM_TYPE generation;
};
constexpr std::array<FormRow, 3> kForms = {{
    {CurveForm::kWeierstrass, CKK_EC, CKM_EC_KEY_PAIR_GEN},
    {CurveForm::kMontgomery, CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN},
    {CurveForm::kEdwards, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN},
}};

const FormRow& RowOf(Curve curve) { return kForms[static_cast<std::size_t>(FormOf(curve))]; }

bool IsPoint(ByteView bytes) {
  return std::any_of(kCurveTable.begin(), kCurveTable.end(), [bytes](const CurveInfo& row) {
    return bytes.size() == row.public_size &&
           (row.form != CurveForm::kWeierstrass || bytes[0] == kUncompressed);
  });
}

// What is in a DER OCTET STRING that is `bytes`, whole.
std::optional<ByteView> InOctetString(ByteView bytes) {
  if (bytes.size() < 3 || bytes[0] != kOctetString) return std::nullopt;
  const std::size_t header = bytes[1] == kOneLengthByte ? 3 : 2;
  const std::size_t size = bytes[header - 1];
  const bool minimal = (header == 3) == (size > kLongestShortForm);
  if (!minimal || size != bytes.size() - header) return std::nullopt;
  return bytes.subspan(header);
}

}  // namespace

CK_KEY_TYPE EcKeyType(Curve curve) { return RowOf(curve).type; }

CK_MECHANISM_TYPE EcGenerationMechanism(Curve curve) { return RowOf(curve).generation; }

bool IsEcKeyType(CK_KEY_TYPE type) {
  return std::any_of(kForms.begin(), kForms.end(),
                     [type](const FormRow& row) { return row.type == type; });
}

ByteView EcParamsOf(Curve curve) { return InfoOf(curve).oid; }

Result<Curve> CurveFromEcParams(ByteView params) {
  const bool is_name =
      params.size() > 2 && params[0] == kPrintableString && params[1] == params.size() - 2;
  for (const CurveInfo& row : kCurveTable) {
    if (SameBytes(params, row.oid) || (is_name && AsText(params.subspan(2)) == row.curve_name)) {
      return row.curve;
    }
  }
  return RvError(CKR_CURVE_NOT_SUPPORTED, ErrorCode::kUnsupported,
                 "CKA_EC_PARAMS must name P-256, P-384, P-521, X25519 or Ed25519");
}

Result<ByteView> UnwrapPoint(ByteView bytes) {
  if (IsPoint(bytes)) return bytes;
  const auto inner = InOctetString(bytes);
  if (inner.has_value() && IsPoint(*inner)) return *inner;
  return Error(ErrorCode::kMalformed,
               "a public key must be an uncompressed point of P-256, P-384 or P-521, or 32 bytes");
}

std::size_t WrapPoint(Curve curve, ByteView point,
                      std::array<std::uint8_t, kMaxWrappedPointLength>& out) {
  FLORIN_INVARIANT(point.size() == PointLength(curve));
  std::size_t header = 0;
  if (IsWeierstrass(curve)) {
    out[header++] = kOctetString;
    if (point.size() > kLongestShortForm) out[header++] = kOneLengthByte;
    out[header++] = static_cast<std::uint8_t>(point.size());
  }
  std::copy(point.begin(), point.end(), out.begin() + static_cast<std::ptrdiff_t>(header));
  return header + point.size();
}

}  // namespace florin::cryptoki
