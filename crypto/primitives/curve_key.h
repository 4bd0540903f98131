// CurvePrivateKey: a private key on any curve of the table, and what its public key looks like
// outside. Code that serves one form of curve only uses that form's class.
#pragma once

#include <cstddef>
#include <utility>
#include <variant>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/ed25519.h"
#include "crypto/primitives/x25519.h"
#include "florin/base/bytes.h"
#include "florin/base/curve.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

// Immutable, shareable by threads, wiped. Move-only.
class CurvePrivateKey {
 public:
  // Takes InfoOf(curve).private_size bytes: a big-endian scalar in 1..n-1, or the 32 bytes of
  // RFC 7748 or RFC 8032. kInvalidArgument else.
  static Result<CurvePrivateKey> FromBytes(Curve curve, ByteView bytes);
  // As EcPrivateKey::FromDer, and unencrypted PKCS#8 of X25519 and Ed25519 (RFC 8410 7) in its
  // shortest form.
  static Result<CurvePrivateKey> FromDer(ByteView der);
  static Result<CurvePrivateKey> Generate(Curve curve, RandomSource& random);

  Curve curve() const { return curve_; }
  // 04 || X || Y, or the 32 bytes of RFC 7748 or RFC 8032.
  ByteView public_key() const;
  const SecretBytes& private_key() const;

  // Writes the shared secret, private_size bytes, leading zeros kept. kMalformed for a public key
  // that is not one of the curve, has another length or small order (RFC 7748 6.1); kUnsupported
  // for Ed25519.
  Status Agree(ByteView peer_public, MutableBytes shared_secret) const;

  // Null for other forms.
  const EcPrivateKey* ec() const { return std::get_if<EcPrivateKey>(&key_); }
  const Ed25519PrivateKey* ed25519() const { return std::get_if<Ed25519PrivateKey>(&key_); }

 private:
  using Any = std::variant<EcPrivateKey, X25519PrivateKey, Ed25519PrivateKey>;
  CurvePrivateKey(Curve curve, Any key) : key_(std::move(key)), curve_(curve) {}

  Any key_;
  Curve curve_;
};

// kMalformed unless `public_key` is one of the curve. X25519 takes any 32 bytes, reduced when they
// are used (RFC 7748 5), but for those of small order, which agree on nothing.
Status CheckPublicKey(Curve curve, ByteView public_key);

// Writes the SubjectPublicKeyInfo and returns its length, at most kMaxSpkiSize. kMalformed,
// kBufferTooSmall.
Result<std::size_t> WriteCurveSpki(Curve curve, ByteView public_key, MutableBytes out);

struct CurvePublicKeyView {
  Curve curve;
  ByteView public_key;  // into the DER
};

// Reads what WriteCurveSpki writes, and nothing else; checks the key. kMalformed.
Result<CurvePublicKeyView> ParseCurveSpki(ByteView der);

}  // namespace florin::primitives
