// AES (FIPS 197): the block modes by KeyedCipher, GCM (SP 800-38D) and key wrap (RFC 3394).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "crypto/primitives/cipher.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// Takes a key of 16, 24 or 32 bytes. kInvalidArgument for another length.
Result<KeyedCipher> AesCipher(ByteView key);

// Encrypts whole blocks in ECB under a key of 16, 24 or 32 bytes that is used here and nowhere
// else: a link of a derivation chain. Borrows a context of the process, so that it allocates
// nothing; the schedule is wiped. `in` and `out` have the same length, and are the same memory or
// do not overlap. kInvalidArgument: key or block length.
Status AesEncryptOnce(ByteView key, ByteView in, MutableBytes out);

// The same in either direction, and in CBC where `iv` has a block; empty for ECB. kMalformed: not
// whole blocks.
Status AesCryptOnce(ByteView key, Direction direction, ByteView iv, ByteView in, MutableBytes out);

inline constexpr std::size_t kGcmMinTagSize = 12;
inline constexpr std::size_t kGcmMaxTagSize = 16;
inline constexpr std::size_t kGcmMaxIvSize = 128;

class AesGcmImpl;
class GcmStreamImpl;

// One GCM message in pieces. Move-only. Thread-compatible.
class GcmStream {
 public:
  GcmStream(GcmStream&&) noexcept;
  GcmStream& operator=(GcmStream&&) noexcept;
  ~GcmStream();

  // All associated data comes before the first Update; kInvalidArgument after it.
  Status UpdateAad(ByteView aad);

  // Writes in.size() bytes. When decrypting, what comes out is NOT verified yet: hold it back until
  // FinishOpen succeeds and wipe it if it does not.
  Status Update(ByteView in, MutableBytes out);

  // Ends encryption and writes the tag, 12..16 bytes.
  Status FinishSeal(MutableBytes tag);

  // Ends decryption: kVerificationFailed when `tag` (12..16 bytes) does not match.
  Status FinishOpen(ByteView tag);

 private:
  friend class AesGcmKey;
  explicit GcmStream(std::unique_ptr<GcmStreamImpl> impl);
  std::unique_ptr<GcmStreamImpl> impl_;
};

// An AES key for GCM. Shareable by threads like KeyedCipher; wiped on destruction. Move-only.
// IVs: 1..128 bytes, 12 recommended (Apple Pay uses 16). Tags: 12..16 bytes. One (key, IV) pair
// must never seal twice: the caller owns that promise (SP 800-38D 8.2).
class AesGcmKey {
 public:
  // Takes 16, 24 or 32 bytes.
  static Result<AesGcmKey> Create(ByteView key);

  AesGcmKey(AesGcmKey&&) noexcept;
  AesGcmKey& operator=(AesGcmKey&&) noexcept;
  ~AesGcmKey();

  // Encrypts; `ciphertext` has plaintext.size() bytes (may be the same memory), `tag` 12..16.
  Status Seal(ByteView iv, ByteView aad, ByteView plaintext, MutableBytes ciphertext,
              MutableBytes tag) const;

  // Decrypts; kVerificationFailed when the tag does not match, and then `plaintext` is wiped.
  Status Open(ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
              MutableBytes plaintext) const;

  Result<GcmStream> Start(Direction direction, ByteView iv) const;

 private:
  explicit AesGcmKey(std::unique_ptr<AesGcmImpl> impl);
  std::unique_ptr<AesGcmImpl> impl_;
};

// Seal and Open for a key that is used once (a wallet payload key): no pool is built for it.
Status AesGcmSealOnce(ByteView key, ByteView iv, ByteView aad, ByteView plaintext,
                      MutableBytes ciphertext, MutableBytes tag);
Status AesGcmOpenOnce(ByteView key, ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
                      MutableBytes plaintext);

// Bytes that wrapping adds.
inline constexpr std::size_t kKeyWrapOverhead = 8;
inline constexpr std::size_t kKeyWrapMaxSize = 4096;

// RFC 3394 with the default initial value. `key_data`: multiple of 8, 16..4096 bytes; `out`:
// key_data.size() + 8. `kek` must be an AES cipher. `out` must not overlap `key_data`.
Status AesKeyWrap(const KeyedCipher& kek, ByteView key_data, MutableBytes out);

// Inverse: `out` has wrapped.size() - 8 bytes. kVerificationFailed when the integrity check value
// is wrong, and then `out` is wiped; kMalformed for an impossible length.
Status AesKeyUnwrap(const KeyedCipher& kek, ByteView wrapped, MutableBytes out);

}  // namespace florin::primitives
