// JosePublicKey: the public key of a partner, in the forms in which partners send one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// RSA of 2048, 3072 or 4096 bits, or a key on P-256, P-384, P-521, X25519 or Ed25519 that was
// checked. Immutable; copies share it; any thread.
class JosePublicKey {
 public:
  // A JWK (RFC 7517) of at most 4096 bytes: "RSA", "EC" or "OKP". Members that say nothing of the
  // key are ignored; one that holds a private part is refused with kInvalidArgument, because
  // whoever sends a private key has lost it. kMalformed, kUnsupported (another type or curve).
  static Result<JosePublicKey> FromJwk(std::string_view json);

  // DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7). kMalformed, kUnsupported.
  static Result<JosePublicKey> FromSpki(ByteView der);

  // The key of a DER certificate. Who signed it, and until when, is for the caller to judge.
  static Result<JosePublicKey> FromCertificate(ByteView der);

  // The JWK with its required members only, in the order of RFC 7638 3.2.
  std::string ToJwk() const;
  // DER SubjectPublicKeyInfo.
  ByteView spki() const;

  // SHA-256 of the JWK with its required members (RFC 7638), and of the SubjectPublicKeyInfo: the
  // two things that partners make a key id of.
  std::array<std::uint8_t, 32> Thumbprint() const;
  std::array<std::uint8_t, 32> SpkiHash() const;

  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  explicit JosePublicKey(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
