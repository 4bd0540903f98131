// KeyedCipher: one AES or TDES key in ECB, CBC, CBC with padding and CTR, shared by threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

enum class Direction : std::uint8_t { kDecrypt = 0, kEncrypt = 1 };

enum class CipherMode : std::uint8_t {
  kEcb,     // whole blocks, no IV
  kCbc,     // whole blocks, IV of one block
  kCbcPad,  // any length, IV of one block, PKCS#7 padding (RFC 5652 6.3)
  kCtr,     // any length, 16-byte initial counter block, big-endian over all 16 bytes; AES only
};

inline constexpr std::size_t kMaxBlockSize = 16;
inline constexpr std::size_t kAesBlockSize = 16;
inline constexpr std::size_t kTdesBlockSize = 8;

class KeyedCipherImpl;
class CipherStreamImpl;

// A message being encrypted or decrypted in pieces. Keeps what it needs of the key: it may outlive
// the KeyedCipher it came from. Move-only. Thread-compatible.
class CipherStream {
 public:
  CipherStream(CipherStream&&) noexcept;
  CipherStream& operator=(CipherStream&&) noexcept;
  ~CipherStream();

  // Returns how many bytes Update will write for `size` more input bytes.
  std::size_t UpdateSize(std::size_t size) const;

  // Takes `in`, writes the blocks that are complete and returns their total length. Decrypting
  // kCbcPad holds the last block back. kBufferTooSmall (nothing consumed) when `out` is shorter
  // than UpdateSize(in.size()). `in` and `out` are the same memory or do not overlap, and only
  // when no partial block is pending may they be the same.
  Result<std::size_t> Update(ByteView in, MutableBytes out);

  // Ends the message: pads or removes padding; writes at most one block and returns its length.
  // kMalformed for a partial last block or wrong padding. Tell the sender of a ciphertext no more
  // than "decryption failed": the difference is a padding oracle.
  Result<std::size_t> Finish(MutableBytes out);

 private:
  friend class KeyedCipher;
  explicit CipherStream(std::unique_ptr<CipherStreamImpl> impl);
  std::unique_ptr<CipherStreamImpl> impl_;
};

// What encrypts and decrypts blocks: a kept key (KeyedCipher) or one of a single operation
// (OnceCipher).
class BlockCipher {
 public:
  // 16 for AES, 8 for TDES.
  virtual std::size_t block_size() const = 0;

  // ECB on whole blocks, any number. `in` and `out` are the same memory or do not overlap.
  virtual Status EncryptBlocks(ByteView in, MutableBytes out) const = 0;
  virtual Status DecryptBlocks(ByteView in, MutableBytes out) const = 0;

 protected:
  BlockCipher() = default;
  BlockCipher(const BlockCipher&) = default;
  BlockCipher& operator=(const BlockCipher&) = default;
  ~BlockCipher() = default;
};

// A key with its expanded schedules. All const methods may be called by many threads at once: each
// call borrows one of a few keyed contexts of this key, so no lock is common to all threads.
// The key and the contexts are wiped on destruction. Move-only. Made by AesCipher and TdesCipher.
class KeyedCipher final : public BlockCipher {
 public:
  KeyedCipher(KeyedCipher&&) noexcept;
  KeyedCipher& operator=(KeyedCipher&&) noexcept;
  ~KeyedCipher();

  std::size_t block_size() const override;

  // Processes one whole message and returns the number of bytes written to `out`. `iv` as the mode
  // says (empty for kEcb). `out` needs in.size() bytes, for encrypting kCbcPad the next multiple of
  // the block above in.size(). `in` and `out` are the same memory or do not overlap.
  // kInvalidArgument: IV length, or CTR with TDES; kMalformed: not whole blocks, wrong padding
  // (judged in constant time; `out` is wiped); kBufferTooSmall.
  Result<std::size_t> Crypt(CipherMode mode, Direction direction, ByteView iv, ByteView in,
                            MutableBytes out) const;

  // Also the one-block calls for MACs, key derivation and check values.
  Status EncryptBlocks(ByteView in, MutableBytes out) const override;
  Status DecryptBlocks(ByteView in, MutableBytes out) const override;

  // CBC-MAC chaining over whole blocks: chain = E(chain ^ block) for each block of `blocks`,
  // in place in `chain` (block_size() bytes).
  Status ChainBlocks(ByteView blocks, MutableBytes chain) const;

  Result<CipherStream> Start(CipherMode mode, Direction direction, ByteView iv) const;

 private:
  friend Result<KeyedCipher> AesCipher(ByteView key);
  friend Result<KeyedCipher> TdesCipher(ByteView key);
  explicit KeyedCipher(std::unique_ptr<KeyedCipherImpl> impl);
  std::unique_ptr<KeyedCipherImpl> impl_;
};

// Adds PKCS#7 padding behind the `size` bytes at the start of `buffer`; returns the padded length.
// kBufferTooSmall when there is no room.
Result<std::size_t> AddPkcs7Padding(MutableBytes buffer, std::size_t size, std::size_t block_size);

// Returns the length without padding of `padded` (whole blocks, at least one), or kMalformed.
// Looks at the whole last block in constant time; only the verdict and the length come out.
Result<std::size_t> Pkcs7UnpaddedSize(ByteView padded, std::size_t block_size);

}  // namespace florin::primitives
