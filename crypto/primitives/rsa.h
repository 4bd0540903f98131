// RSA (RFC 8017): OAEP, PSS and PKCS#1 v1.5 verification, moduli of 2048..4096 bits.
#pragma once

#include <cstddef>
#include <memory>

#include "crypto/primitives/hash.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

inline constexpr std::size_t kRsaMinModulusSize = 256;
inline constexpr std::size_t kRsaMaxModulusSize = 512;

class RsaKeyImpl;

// An RSA public key. Shareable by threads. Move-only.
// `hash` is SHA-256, 384 or 512 everywhere here, for OAEP also SHA-1 (kUnsupported else); MGF1 uses
// the same hash.
class RsaPublicKey {
 public:
  // Reads a DER SubjectPublicKeyInfo of at most 4096 bytes.
  static Result<RsaPublicKey> FromSpki(ByteView der);
  // Big-endian modulus and exponent. The exponent must be odd, 3..2^32.
  static Result<RsaPublicKey> FromNumbers(ByteView modulus, ByteView exponent);

  RsaPublicKey(RsaPublicKey&&) noexcept;
  RsaPublicKey& operator=(RsaPublicKey&&) noexcept;
  ~RsaPublicKey();

  // Length of the modulus, of ciphertexts and of signatures in bytes: 256..512.
  std::size_t modulus_size() const;
  Result<Bytes> ToSpki() const;

  // RSAES-OAEP with an empty label. `message`: at most modulus_size() - 2 * HashSize - 2 bytes;
  // `ciphertext`: modulus_size() bytes. The seed comes from OpenSSL's generator.
  Status EncryptOaep(Hash hash, ByteView message, MutableBytes ciphertext) const;

  // RSAES-PKCS1-v1_5 of at most modulus_size() - 11 bytes, for partners who know nothing better.
  Status EncryptPkcs1(ByteView message, MutableBytes ciphertext) const;

  // RSASSA-PSS with a salt as long as the digest. kVerificationFailed unless valid.
  Status VerifyPss(Hash hash, ByteView digest, ByteView signature) const;

  // RSASSA-PKCS1-v1_5. kVerificationFailed unless valid.
  Status VerifyPkcs1(Hash hash, ByteView digest, ByteView signature) const;

 private:
  friend class RsaPrivateKey;
  explicit RsaPublicKey(std::unique_ptr<RsaKeyImpl> impl);
  std::unique_ptr<RsaKeyImpl> impl_;
};

// An RSA private key. Shareable by threads; OpenSSL wipes the numbers on destruction. Move-only.
class RsaPrivateKey {
 public:
  // Reads unencrypted PKCS#8 or PKCS#1, DER or PEM, at most 8192 bytes.
  static Result<RsaPrivateKey> FromDer(ByteView der);
  static Result<RsaPrivateKey> FromPem(ByteView pem);
  // bits: 2048, 3072 or 4096; exponent 65537. Seconds, not milliseconds.
  static Result<RsaPrivateKey> Generate(std::size_t bits);

  RsaPrivateKey(RsaPrivateKey&&) noexcept;
  RsaPrivateKey& operator=(RsaPrivateKey&&) noexcept;
  ~RsaPrivateKey();

  std::size_t modulus_size() const;
  Result<RsaPublicKey> PublicKey() const;
  // RSAPrivateKey of PKCS#1, which FromDer reads. Errors: those of WriteRsaPrivateKey (rsa_der.h).
  Result<SecretBytes> ToDer() const;

  // Returns the message's length. `out` has modulus_size() bytes. kVerificationFailed for every
  // failure alike (Manger's attack), and then `out` is wiped.
  Result<std::size_t> DecryptOaep(Hash hash, ByteView ciphertext, MutableBytes out) const;

  // RSAES-PKCS1-v1_5 of a message of `out.size()` bytes, 1..modulus_size() - 11: writes it, or
  // `substitute`, of the same length, wherever padding or length are wrong. Which of both is not to
  // be seen, in time neither. Errors: kInvalidArgument (lengths), kInternal.
  Status DecryptPkcs1(ByteView ciphertext, ByteView substitute, MutableBytes out) const;

  // `signature`: modulus_size() bytes; the salt is as long as the digest.
  Status SignPss(Hash hash, ByteView digest, MutableBytes signature) const;
  Status SignPkcs1(Hash hash, ByteView digest, MutableBytes signature) const;

 private:
  explicit RsaPrivateKey(std::unique_ptr<RsaKeyImpl> impl);
  std::unique_ptr<RsaKeyImpl> impl_;
};

}  // namespace florin::primitives
