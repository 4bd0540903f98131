// Message authentication: HMAC (FIPS 198-1), CMAC (SP 800-38B), retail MAC (ISO 9797-1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/cipher.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/base/secret_box.h"

namespace florin::primitives {

// An HMAC key as its two midstates, so that a short MAC costs two compressions. Immutable: many
// threads may sign at once without touching shared memory. Wiped on destruction. Move-only.
class HmacKey {
 public:
  // Any key length up to 4096 bytes; longer than a block is hashed first (FIPS 198-1 4).
  // SHA-1 is refused with kUnsupported.
  static Result<HmacKey> Create(Hash hash, ByteView key);

  HmacKey(HmacKey&&) noexcept = default;
  HmacKey& operator=(HmacKey&&) noexcept = default;

  Hash hash() const { return hash_; }
  std::size_t size() const { return HashSize(hash_); }

  // Writes the first mac.size() bytes of the MAC of `parts`, 1..size().
  Status Sign(const Parts& parts, MutableBytes mac) const;

  // kVerificationFailed unless `mac` is the MAC's first `mac_size` bytes. The length is the
  // caller's decision, never the sender's: another mac.size() fails. 0 means the full size().
  Status Verify(const Parts& parts, ByteView mac, std::size_t mac_size = 0) const;

 private:
  friend class Hmac;
  struct Midstates {
    alignas(8) std::array<std::uint8_t, Hasher::kStateSize> inner, outer;
  };
  HmacKey(Hash hash, SecretBox<Midstates> midstates)
      : midstates_(std::move(midstates)), hash_(hash) {}

  SecretBox<Midstates> midstates_;
  Hash hash_;
};

// An HMAC in pieces. Does not refer to the key after construction. Thread-compatible.
class Hmac {
 public:
  explicit Hmac(const HmacKey& key);
  Hmac(const Hmac&) = default;
  Hmac& operator=(const Hmac&) = default;

  void Update(ByteView data) { inner_.Update(data); }
  // Writes the first mac.size() bytes, 1..size. Ends the computation: make a new Hmac for the next.
  Status Finish(MutableBytes mac);

 private:
  Hasher inner_;
  Hasher outer_;
};

inline constexpr std::size_t kCmacSize = 16;

class CmacStream;

// A CMAC key with its two subkeys; made as AesCmacKey or TdesCmacKey. Shareable by threads; wiped
// on destruction. Move-only.
class CmacKey {
 public:
  CmacKey(CmacKey&&) noexcept = default;
  CmacKey& operator=(CmacKey&&) noexcept = default;

  // Length of a whole MAC: 16 with AES, 8 with TDES.
  std::size_t size() const { return cipher_.block_size(); }

  // Writes the first mac.size() bytes of the MAC of `parts`, 1..size().
  Status Sign(const Parts& parts, MutableBytes mac) const;
  // As HmacKey::Verify; mac_size 0 means size().
  Status Verify(const Parts& parts, ByteView mac, std::size_t mac_size = 0) const;

 protected:
  struct Subkeys {
    std::array<std::uint8_t, kMaxBlockSize> whole, padded;  // K1 and K2 of SP 800-38B 6.1
  };
  CmacKey(KeyedCipher cipher, SecretBox<Subkeys> subkeys)
      : cipher_(std::move(cipher)), subkeys_(std::move(subkeys)) {}

  static Result<SecretBox<Subkeys>> MakeSubkeys(const KeyedCipher& cipher);

 private:
  friend class CmacStream;

  KeyedCipher cipher_;
  SecretBox<Subkeys> subkeys_;
};

class AesCmacKey : public CmacKey {
 public:
  // Takes 16, 24 or 32 bytes.
  static Result<AesCmacKey> Create(ByteView key);

 private:
  using CmacKey::CmacKey;
};

// CMAC with TDES (SP 800-38B; ISO/IEC 9797-1 MAC algorithm 5 with DES): for the key blocks and MACs
// of the payment norms.
class TdesCmacKey : public CmacKey {
 public:
  // Takes 16 or 24 bytes; 8 are kInvalidArgument.
  static Result<TdesCmacKey> Create(ByteView key);

 private:
  using CmacKey::CmacKey;
};

// A CMAC in pieces. The key must outlive it. Thread-compatible.
class CmacStream {
 public:
  explicit CmacStream(const CmacKey& key) : key_(&key) {}

  Status Update(ByteView data);
  // Writes the first mac.size() bytes, 1..key.size(), and starts over.
  Status Finish(MutableBytes mac);

 private:
  const CmacKey* key_;
  SecretArray<kMaxBlockSize> chain_;
  SecretArray<kMaxBlockSize> pending_;  // the last block waits here: it is treated differently
  std::size_t pending_size_ = 0;
};

// ISO/IEC 9797-1 padding: method 1 adds the fewest zero bytes (none to whole blocks; an empty
// message becomes one zero block), method 2 adds 80 and the fewest zero bytes.
enum class MacPadding : std::uint8_t { kMethod1, kMethod2 };

inline constexpr std::size_t kRetailMacSize = 8;

// ISO/IEC 9797-1 MAC algorithm 3 with DES ("retail MAC", X9.19): single DES chaining under the left
// half of a 16-byte key, output transformation with the right half. Shareable by threads; wiped on
// destruction. Move-only.
class RetailMacKey {
 public:
  // Takes 16 bytes.
  static Result<RetailMacKey> Create(ByteView key);

  RetailMacKey(RetailMacKey&&) noexcept = default;
  RetailMacKey& operator=(RetailMacKey&&) noexcept = default;

  // Writes the first mac.size() bytes, 1..8.
  Status Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const;
  // As HmacKey::Verify; mac_size 0 means 8.
  Status Verify(MacPadding padding, const Parts& parts, ByteView mac,
                std::size_t mac_size = 0) const;

 private:
  friend class RetailMacStream;
  RetailMacKey(KeyedCipher left, KeyedCipher both)
      : left_(std::move(left)), both_(std::move(both)) {}

  KeyedCipher left_;  // single DES
  KeyedCipher both_;  // two-key TDES: the last block and the output transformation in one
};

// A retail MAC in pieces. The key must outlive it. Thread-compatible.
class RetailMacStream {
 public:
  RetailMacStream(const RetailMacKey& key, MacPadding padding) : key_(&key), padding_(padding) {}

  Status Update(ByteView data);
  // Writes the first mac.size() bytes, 1..8, and starts over.
  Status Finish(MutableBytes mac);

 private:
  const RetailMacKey* key_;
  SecretArray<8> chain_;
  SecretArray<8> pending_;
  std::size_t pending_size_ = 0;
  MacPadding padding_;
};

}  // namespace florin::primitives
