// Message authentication: HMAC (FIPS 198-1), CMAC (SP 800-38B), MAC algorithms 1 and 3 (ISO
// 9797-1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/cipher.h"
#include "crypto/primitives/des.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/mac_padding.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/base/secret_box.h"

namespace florin::primitives {

using florin::MacPadding;

// An HMAC key as its two midstates, so that a short MAC costs two compressions. Immutable: many
// threads may sign at once without touching shared memory. Wiped on destruction. Move-only.
class HmacKey {
 public:
  // Any key length up to 4096 bytes; longer than a block is hashed first (FIPS 198-1 4).
  // SHA-1 is refused with kUnsupported.
  static Result<HmacKey> Create(Hash hash, ByteView key);

  // HMAC-SHA-1, for the one card norm that demands it (Mastercard SPA AAV). No mechanism offers it.
  static Result<HmacKey> CreateSha1(ByteView key);

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
  static Result<HmacKey> Make(Hash hash, ByteView key);
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

inline constexpr std::size_t kCmacSize = 16;  // with AES
inline constexpr std::size_t kTdesCmacSize = 8;

class CmacStream;

// A key for CMAC with its two subkeys. Shareable by threads; wiped on destruction. Move-only. Made
// by AesCmacKey and TdesCmacKey.
class CmacKey {
 public:
  CmacKey(CmacKey&&) noexcept = default;
  CmacKey& operator=(CmacKey&&) noexcept = default;

  // One block: 16 for AES, 8 for TDES.
  std::size_t size() const { return cipher_.block_size(); }

  // Writes the first mac.size() bytes of the MAC of `parts`, 1..size().
  Status Sign(const Parts& parts, MutableBytes mac) const;
  // As HmacKey::Verify; mac_size 0 means size().
  Status Verify(const Parts& parts, ByteView mac, std::size_t mac_size = 0) const;

 protected:
  static Result<CmacKey> Of(KeyedCipher cipher);

 private:
  friend class CmacStream;
  struct Subkeys {
    std::array<std::uint8_t, kMaxBlockSize> whole, padded;  // K1 and K2 of SP 800-38B 6.1
  };
  CmacKey(KeyedCipher cipher, SecretBox<Subkeys> subkeys)
      : cipher_(std::move(cipher)), subkeys_(std::move(subkeys)) {}

  KeyedCipher cipher_;
  SecretBox<Subkeys> subkeys_;
};

class AesCmacKey : public CmacKey {
 public:
  // Takes 16, 24 or 32 bytes.
  static Result<AesCmacKey> Create(ByteView key);

 private:
  explicit AesCmacKey(CmacKey key) : CmacKey(std::move(key)) {}
};

// MAC algorithm 5 of ISO/IEC 9797-1 as card systems use it.
class TdesCmacKey : public CmacKey {
 public:
  // Takes 16 or 24 bytes.
  static Result<TdesCmacKey> Create(ByteView key);

 private:
  explicit TdesCmacKey(CmacKey key) : CmacKey(std::move(key)) {}
};

// A CMAC in pieces. The key must outlive it. Thread-compatible.
class CmacStream {
 public:
  explicit CmacStream(const CmacKey& key) : key_(&key) {}

  Status Update(ByteView data);
  // Writes the first mac.size() bytes, 1..the key's size, and starts over.
  Status Finish(MutableBytes mac);

 private:
  const CmacKey* key_;
  SecretArray<kMaxBlockSize> chain_;
  SecretArray<kMaxBlockSize> pending_;  // the last block waits here: it is treated differently
  std::size_t pending_size_ = 0;
};

// The length of a message of `size` bytes with its padding.
std::size_t MacPaddedSize(MacPadding padding, std::size_t block_size, std::size_t size);

// Writes `data` with its padding to `out`, which does not overlap it, and returns the length.
// Blocks of 1..16 bytes. kInvalidArgument: another block size, or a length in bits that a block
// cannot hold (method 3); kBufferTooSmall.
Result<std::size_t> AddMacPadding(MacPadding padding, std::size_t block_size, ByteView data,
                                  MutableBytes out);

inline constexpr std::size_t kTdesMacSize = 8;
inline constexpr std::size_t kRetailMacSize = kTdesMacSize;

// ISO/IEC 9797-1 MAC algorithm 1 with TDES: CBC, the last block is the MAC. Shareable by threads;
// wiped on destruction. Move-only. Secure for messages of one length, or with padding method 3:
// otherwise two MACs of short messages give that of a longer one.
class CbcMacKey {
 public:
  // Takes 16 or 24 bytes.
  static Result<CbcMacKey> Create(ByteView key);

  CbcMacKey(CbcMacKey&&) noexcept = default;
  CbcMacKey& operator=(CbcMacKey&&) noexcept = default;

  // Writes the first mac.size() bytes, 1..8.
  Status Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const;
  // As HmacKey::Verify; mac_size 0 means 8.
  Status Verify(MacPadding padding, const Parts& parts, ByteView mac,
                std::size_t mac_size = 0) const;

 private:
  friend class Iso9797MacStream;
  explicit CbcMacKey(SecretBox<DesSchedule> schedule) : schedule_(std::move(schedule)) {}

  SecretBox<DesSchedule> schedule_;
};

// ISO/IEC 9797-1 MAC algorithm 3 with DES ("retail MAC", X9.19): single DES chaining under the left
// half of a 16-byte key, output transformation with the right half. What its two kinds of key have
// in common; shareable by threads.
class RetailMac {
 public:
  // Writes the first mac.size() bytes, 1..8.
  Status Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const;
  // As HmacKey::Verify; mac_size 0 means 8.
  Status Verify(MacPadding padding, const Parts& parts, ByteView mac,
                std::size_t mac_size = 0) const;

 private:
  friend class RetailMacKey;
  friend class TransientRetailMacKey;
  friend class Iso9797MacStream;
  RetailMac() = default;
  RetailMac(RetailMac&&) noexcept = default;
  RetailMac& operator=(RetailMac&&) noexcept = default;

  const DesSchedule* schedule_ = nullptr;
};

// A key that is kept, in secret memory. Wiped on destruction. Move-only.
class RetailMacKey : public RetailMac {
 public:
  // Takes 16 bytes.
  static Result<RetailMacKey> Create(ByteView key);

  RetailMacKey(RetailMacKey&&) noexcept = default;
  RetailMacKey& operator=(RetailMacKey&&) noexcept = default;

 private:
  explicit RetailMacKey(SecretBox<DesSchedule> schedule) : memory_(std::move(schedule)) {
    schedule_ = &memory_.Read(SecretAccess{});
  }

  SecretBox<DesSchedule> memory_;
};

// A key of one operation, where its owner lies: allocates nothing. Wiped on destruction.
class TransientRetailMacKey : public RetailMac {
 public:
  // 16 bytes, which is an invariant. The self-tests passed: ask PrimitivesReady, or have the key
  // from a function of this room.
  explicit TransientRetailMacKey(ByteView key);

 private:
  TransientDesSchedule memory_;
};

// The MAC under a key that is used once; allocates nothing, the schedule is wiped. Otherwise as the
// Create and Sign of CbcMacKey, RetailMacKey, TdesCmacKey and AesCmacKey.
Status CbcMacOnce(ByteView key, MacPadding padding, const Parts& parts, MutableBytes mac);
Status RetailMacOnce(ByteView key, MacPadding padding, const Parts& parts, MutableBytes mac);
Status TdesCmacOnce(ByteView key, const Parts& parts, MutableBytes mac);
Status AesCmacOnce(ByteView key, const Parts& parts, MutableBytes mac);

// A MAC by algorithm 1 or 3 in pieces. The key must outlive it. Thread-compatible.
class Iso9797MacStream {
 public:
  // Padding method 3 needs the length of the message in front: `message_size` bytes. The other
  // methods do not look at it.
  Iso9797MacStream(const CbcMacKey& key, MacPadding padding, std::uint64_t message_size = 0)
      : Iso9797MacStream(key.schedule_.Read(SecretAccess{}), DesChaining::kWholeKey, padding,
                         message_size) {}
  Iso9797MacStream(const RetailMac& key, MacPadding padding, std::uint64_t message_size = 0)
      : Iso9797MacStream(*key.schedule_, DesChaining::kFirstKey, padding, message_size) {}

  Status Update(ByteView data);
  // Writes the first mac.size() bytes, 1..8, and starts over. kInvalidArgument, too, where padding
  // method 3 was promised another length.
  Status Finish(MutableBytes mac);

 private:
  friend struct Iso9797Mac;
  // `chaining`: how the blocks before the last are encrypted; the last one by the whole key, which
  // for algorithm 3 is E with the left half and the output transformation in one.
  Iso9797MacStream(const DesSchedule& schedule, DesChaining chaining, MacPadding padding,
                   std::uint64_t message_size)
      : schedule_(&schedule), message_size_(message_size), chaining_(chaining), padding_(padding) {}
  Status Begin();
  void Chain(ByteView blocks) {
    DesChain(*schedule_, chaining_, blocks, chain_.Write(SecretAccess{}));
  }

  const DesSchedule* schedule_;
  SecretArray<kTdesBlockSize> chain_;
  SecretArray<kTdesBlockSize> pending_;
  std::size_t pending_size_ = 0;
  std::uint64_t message_size_;
  std::uint64_t received_ = 0;
  DesChaining chaining_;
  MacPadding padding_;
  bool begun_ = false;
};

}  // namespace florin::primitives
