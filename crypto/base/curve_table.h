// What sets the curves apart: names, identifiers and sizes. One row per curve; code asks the row
// and not the curve.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/curve.h"

namespace florin {

// What keys look like and serve. PKCS#11 has a key type for each (CKK_EC, CKK_EC_MONTGOMERY,
// CKK_EC_EDWARDS).
enum class CurveForm : std::uint8_t {
  kWeierstrass,  // points 04 || X || Y; ECDH and ECDSA
  kMontgomery,   // RFC 7748: X25519
  kEdwards,      // RFC 8032: Ed25519
};

struct CurveInfo {
  Curve curve;
  CurveForm form;
  std::string_view name;        // of SP 800-186, JOSE and HPKE
  std::string_view curve_name;  // SEC 2, PKCS#11 3.0 6.3 (curveName)
  std::size_t private_size;     // bytes; also of a coordinate and of a shared secret
  std::size_t public_size;
  std::size_t signature_size;  // r || s, or R || S; 0: makes none
  std::size_t strength;        // bits, SP 800-57 part 1 rev 5 table 2
  std::uint8_t top_mask;       // the bits of a scalar's first byte that may be set
  ByteView oid;                // DER
  ByteView spki_prefix;        // SubjectPublicKeyInfo up to the public key (RFC 5480 2, RFC 8410 4)
};

namespace curve_der {

inline constexpr std::uint8_t kP256Oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                            0xce, 0x3d, 0x03, 0x01, 0x07};
inline constexpr std::uint8_t kP384Oid[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
inline constexpr std::uint8_t kP521Oid[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
inline constexpr std::uint8_t kX25519Oid[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
inline constexpr std::uint8_t kEd25519Oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

inline constexpr std::uint8_t kP256Spki[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                             0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                             0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
inline constexpr std::uint8_t kP384Spki[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                             0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                             0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};
inline constexpr std::uint8_t kP521Spki[] = {0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                             0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
                                             0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00};
inline constexpr std::uint8_t kX25519Spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                               0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00};
inline constexpr std::uint8_t kEd25519Spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

}  // namespace curve_der

// In the order of Curve. Weierstrass curves come first: tables of OpenSSL's objects have as many
// places as there are of them.
inline constexpr std::array<CurveInfo, 5> kCurveTable = {{
    {Curve::kP256, CurveForm::kWeierstrass, "P-256", "secp256r1", 32, 65, 64, 128, 0xff,
     curve_der::kP256Oid, curve_der::kP256Spki},
    {Curve::kP384, CurveForm::kWeierstrass, "P-384", "secp384r1", 48, 97, 96, 192, 0xff,
     curve_der::kP384Oid, curve_der::kP384Spki},
    {Curve::kP521, CurveForm::kWeierstrass, "P-521", "secp521r1", 66, 133, 132, 256, 0x01,
     curve_der::kP521Oid, curve_der::kP521Spki},
    {Curve::kX25519, CurveForm::kMontgomery, "X25519", "curve25519", 32, 32, 0, 128, 0xff,
     curve_der::kX25519Oid, curve_der::kX25519Spki},
    {Curve::kEd25519, CurveForm::kEdwards, "Ed25519", "edwards25519", 32, 32, 64, 128, 0xff,
     curve_der::kEd25519Oid, curve_der::kEd25519Spki},
}};
inline constexpr std::size_t kWeierstrassCurves = 3;

inline constexpr std::size_t kMaxCurvePrivateSize = 66;
inline constexpr std::size_t kMaxCurvePublicSize = 133;
inline constexpr std::size_t kMaxCurveSignatureSize = 132;
inline constexpr std::size_t kMaxCurveSpkiSize = 158;

constexpr const CurveInfo& InfoOf(Curve curve) {
  return kCurveTable[static_cast<std::size_t>(curve)];
}
constexpr CurveForm FormOf(Curve curve) { return InfoOf(curve).form; }
constexpr bool IsWeierstrass(Curve curve) { return FormOf(curve) == CurveForm::kWeierstrass; }

// By InfoOf(curve).name, such as "P-256".
constexpr std::optional<Curve> CurveOfName(std::string_view name) {
  for (const CurveInfo& row : kCurveTable) {
    if (row.name == name) return row.curve;
  }
  return std::nullopt;
}

namespace curve_der {
constexpr bool TableIsRight() {
  for (std::size_t i = 0; i < kCurveTable.size(); ++i) {
    const CurveInfo& row = kCurveTable[i];
    const bool weierstrass = row.form == CurveForm::kWeierstrass;
    if (static_cast<std::size_t>(row.curve) != i || weierstrass != (i < kWeierstrassCurves) ||
        row.private_size > kMaxCurvePrivateSize || row.public_size > kMaxCurvePublicSize ||
        row.signature_size > kMaxCurveSignatureSize ||
        row.spki_prefix.size() + row.public_size > kMaxCurveSpkiSize ||
        (weierstrass && row.public_size != 1 + 2 * row.private_size)) {
      return false;
    }
  }
  return true;
}
static_assert(TableIsRight());
}  // namespace curve_der

}  // namespace florin
