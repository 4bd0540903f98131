// AES where it is computed for one short message: CMAC (SP 800-38B) under a new key, chains of key
// derivations, GCM (SP 800-38D) for records. Everything else is crypto/primitives'.
//
// Each function comes twice: with a kernel, for tests and measurements, and with that of the
// process, whose errors (ActiveKernel) it then returns as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "crypto/kernels/aes_instructions.h"
#include "crypto/kernels/kernels.h"
#include "crypto/kernels/secret_struct.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret_box.h"

namespace florin::kernels {

// Writes the first mac.size() bytes (1..16) of the CMAC of `parts` under a key of 16, 24 or 32
// bytes that is used here and nowhere else. kInvalidArgument: another length of either.
Status AesCmacOnce(ByteView key, const primitives::Parts& parts, MutableBytes mac);
Status AesCmacOnce(const Kernel& kernel, ByteView key, const primitives::Parts& parts,
                   MutableBytes mac);

// An AES key for several CMACs. The schedule lies where its owner lies, as a SecretArray does.
// Shareable by threads; wiped on destruction. Move-only.
class AesCmacKey {
 public:
  // Takes 16, 24 or 32 bytes.
  static Result<AesCmacKey> Create(ByteView key);
  static Result<AesCmacKey> Create(const Kernel& kernel, ByteView key);

  static constexpr std::size_t size() { return primitives::kCmacSize; }

  // Writes the first mac.size() bytes of the MAC of `parts`, 1..16.
  Status Sign(const primitives::Parts& parts, MutableBytes mac) const;

 private:
  explicit AesCmacKey(const Kernel& kernel) : aes_(kernel.aes) {}

  const AesInstructions* aes_;
  SecretStruct<CmacSchedule> schedule_;             // with `aes_`
  std::optional<primitives::AesCmacKey> portable_;  // without
};

// One step of a chain of derivations: what is encrypted. Public.
using DerivationBlock = std::array<std::uint8_t, kAesBlock>;

inline constexpr std::size_t kMaxDerivedKey = 32;

// Walks a chain of keys and writes the last one, 1..32 bytes. Each step encrypts its block under
// the key before it, with byte 1 set to 1 and, for keys above 16 bytes, once more with byte 1 set
// to 2, and cuts the two to the length of the next key: key.size() for all but the last. That is
// how X9.24-3:2017 6.3 derives. `key` has 16, 24 or 32 bytes; `out` may be the same memory.
// kInvalidArgument: another length, or no step.
Status AesDerive(ByteView key, std::span<const DerivationBlock> path, MutableBytes out);
Status AesDerive(const Kernel& kernel, ByteView key, std::span<const DerivationBlock> path,
                 MutableBytes out);

// An AES key for GCM, as primitives::AesGcmKey with the same limits and errors. Records of up to
// 512 bytes with up to 128 bytes of associated data take the kernel, everything else OpenSSL.
// Shareable by threads; wiped on destruction. Move-only.
class AesGcmKey {
 public:
  // Takes 16, 24 or 32 bytes.
  static Result<AesGcmKey> Create(ByteView key);
  static Result<AesGcmKey> Create(const Kernel& kernel, ByteView key);

  // Encrypts; `ciphertext` has plaintext.size() bytes (may be the same memory), `tag` 12..16.
  Status Seal(ByteView iv, ByteView aad, ByteView plaintext, MutableBytes ciphertext,
              MutableBytes tag) const;

  // Decrypts; kVerificationFailed when the tag does not match, and then `plaintext` is wiped.
  Status Open(ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
              MutableBytes plaintext) const;

  Result<primitives::GcmStream> Start(primitives::Direction direction, ByteView iv) const {
    return any_size_.Start(direction, iv);
  }

 private:
  AesGcmKey(const Kernel& kernel, primitives::AesGcmKey any_size)
      : aes_(kernel.aes), any_size_(std::move(any_size)) {}

  const AesInstructions* aes_;
  primitives::AesGcmKey any_size_;
  std::optional<SecretBox<GcmSchedule>> records_;  // with `aes_`
};

}  // namespace florin::kernels
