// P-256, P-384 and P-521: keys, ECDH (SP 800-56A 5.7.1.2) and ECDSA (FIPS 186-5).
//
// Public keys are raw uncompressed points, checked by us: 04, coordinates below p, on the curve.
// The curves have cofactor 1, so that is full validation but for the order, which follows
// (SP 800-56A r3 5.6.2.3.4); infinity has no such encoding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "crypto/base/curve_table.h"
#include "florin/base/bytes.h"
#include "florin/base/curve.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

inline constexpr std::size_t kMaxFieldSize = kMaxCurvePrivateSize;
inline constexpr std::size_t kMaxPointSize = kMaxCurvePublicSize;
inline constexpr std::size_t kMaxRawSignatureSize = kMaxCurveSignatureSize;
inline constexpr std::size_t kMaxDerSignatureSize = 141;
inline constexpr std::size_t kMaxSpkiSize = kMaxCurveSpkiSize;

// Length in bytes of a coordinate, a scalar and a shared secret: 32, 48 or 66.
constexpr std::size_t FieldSize(Curve curve) { return InfoOf(curve).private_size; }
// Length of 04 || X || Y: 65, 97 or 133.
constexpr std::size_t PointSize(Curve curve) { return InfoOf(curve).public_size; }
// Length of r || s: 64, 96 or 132.
constexpr std::size_t RawSignatureSize(Curve curve) { return InfoOf(curve).signature_size; }
// Length of the SubjectPublicKeyInfo with an uncompressed point: 91, 120 or 158.
constexpr std::size_t SpkiSize(Curve curve) {
  return InfoOf(curve).spki_prefix.size() + PointSize(curve);
}

// kMalformed unless `point` is 04 || X || Y of a point on `curve`. About 2,000 cycles. As
// everywhere in this header kUnsupported for X25519 and Ed25519, whose keys are CurvePrivateKey's.
Status CheckPoint(Curve curve, ByteView point);

// A public key whose point was checked. A plain value: copy it freely, use it from any thread.
class EcPublicKey {
 public:
  // kMalformed as CheckPoint.
  static Result<EcPublicKey> FromPoint(Curve curve, ByteView point);

  // Reads a DER SubjectPublicKeyInfo: id-ecPublicKey, named curve P-256, P-384 or P-521,
  // uncompressed point (RFC 5480), byte for byte the one DER form. kMalformed else.
  static Result<EcPublicKey> FromSpki(ByteView der);

  Curve curve() const { return curve_; }
  // 04 || X || Y.
  ByteView point() const { return {point_.data(), PointSize(curve_)}; }
  ByteView x() const { return point().subspan(1, FieldSize(curve_)); }
  ByteView y() const { return point().subspan(1 + FieldSize(curve_)); }

  // Writes the SubjectPublicKeyInfo; `out` has SpkiSize(curve()) bytes.
  Status ToSpki(MutableBytes out) const;

  bool SameAs(const EcPublicKey& other) const {
    return curve_ == other.curve_ && SameBytes(point(), other.point());
  }

 private:
  friend class EcPrivateKey;
  EcPublicKey(Curve curve, ByteView point);
  std::array<std::uint8_t, kMaxPointSize> point_{};
  Curve curve_;
};

class EcPrivateKeyImpl;

// A private key: the scalar lies in secret memory and is wiped. Const methods may be called by many
// threads at once. Move-only.
class EcPrivateKey {
 public:
  // Takes the big-endian scalar, FieldSize(curve) bytes, 1..n-1. kInvalidArgument else.
  static Result<EcPrivateKey> FromScalar(Curve curve, ByteView scalar);

  // Reads SEC 1 ECPrivateKey or unencrypted PKCS#8, as DER or PEM, at most 4096 bytes. A public key
  // inside must match. kMalformed or kUnsupported else. An import: not for hot paths.
  static Result<EcPrivateKey> FromDer(ByteView der);
  static Result<EcPrivateKey> FromPem(ByteView pem);

  // Draws a uniform scalar by rejection (FIPS 186-5 A.2.2).
  static Result<EcPrivateKey> Generate(Curve curve, RandomSource& random);

  EcPrivateKey(EcPrivateKey&&) noexcept;
  EcPrivateKey& operator=(EcPrivateKey&&) noexcept;
  ~EcPrivateKey();

  Curve curve() const;
  const EcPublicKey& public_key() const;
  // The big-endian scalar, FieldSize(curve()) bytes.
  const SecretBytes& scalar() const;
  // SEC 1 ECPrivateKey with curve and public key (RFC 5915), which FromDer reads: 121, 167
  // or 223 bytes.
  Result<SecretBytes> ToDer() const;

 private:
  friend struct EcKeyAccess;
  explicit EcPrivateKey(std::unique_ptr<EcPrivateKeyImpl> impl);
  std::unique_ptr<EcPrivateKeyImpl> impl_;
};

// ECDH: checks `peer_point` (raw, of the private key's curve) and writes the X coordinate of the
// shared point to `z`, FieldSize bytes, leading zeros kept. kMalformed for a bad point.
// Costs the curve operation and about 3 percent.
Status Ecdh(const EcPrivateKey& private_key, ByteView peer_point, MutableBytes z);

enum class SignatureForm : std::uint8_t {
  kRaw,  // r || s, each FieldSize bytes (IEEE P1363, PKCS#11, JOSE)
  kDer,  // ECDSA-Sig-Value, strict DER (X.509, CMS)
};

// Signs a digest of 20..64 bytes (its leftmost FieldSize bytes count). Writes r || s,
// RawSignatureSize bytes. The nonce comes from OpenSSL's generator.
Status EcdsaSign(const EcPrivateKey& key, ByteView digest, MutableBytes raw_signature);

// As EcdsaSign in DER; returns the length. `out` has kMaxDerSignatureSize bytes.
Result<std::size_t> EcdsaSignDer(const EcPrivateKey& key, ByteView digest, MutableBytes out);

// kVerificationFailed unless `signature` in `form` is valid. A DER signature must be the one DER
// form; high and low s are both valid.
Status EcdsaVerify(const EcPublicKey& key, ByteView digest, ByteView signature, SignatureForm form);

// ECDSA-Sig-Value to r || s: minimal positive integers, nothing behind. kMalformed else.
Status EcdsaDerToRaw(Curve curve, ByteView der, MutableBytes raw);

// r || s to ECDSA-Sig-Value; returns the length. `out` has kMaxDerSignatureSize bytes.
Result<std::size_t> EcdsaRawToDer(Curve curve, ByteView raw, MutableBytes out);

}  // namespace florin::primitives
