// SHA-2 (FIPS 180-4), one-shot and streaming with copyable midstates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// kSha1Emv is SHA-1 under a name that says what it may be used for: EMV Book 2 A1.4.1 option B
// (card keys from a PAN longer than 16 digits). Signatures and MACs refuse it.
enum class Hash : std::uint8_t { kSha1Emv, kSha224, kSha256, kSha384, kSha512 };

inline constexpr std::size_t kMaxDigestSize = 64;
inline constexpr std::size_t kMaxHashBlockSize = 128;

// Returns the digest's length in bytes: 20, 28, 32, 48 or 64.
constexpr std::size_t DigestSize(Hash hash) {
  switch (hash) {
    case Hash::kSha1Emv:
      return 20;
    case Hash::kSha224:
      return 28;
    case Hash::kSha256:
      return 32;
    case Hash::kSha384:
      return 48;
    case Hash::kSha512:
      return 64;
  }
  return 0;
}

// Returns the input block's length in bytes, which is HMAC's B: 64 or 128.
constexpr std::size_t HashBlockSize(Hash hash) {
  return hash == Hash::kSha384 || hash == Hash::kSha512 ? 128 : 64;
}

// A hash being computed. Copying one forks it at its midstate. The state is wiped on destruction,
// because KDFs feed secrets through it. Thread-compatible.
class Hasher {
 public:
  explicit Hasher(Hash hash);
  Hasher(const Hasher& other) = default;
  Hasher& operator=(const Hasher& other) = default;
  ~Hasher();

  Hash hash() const { return hash_; }

  void Update(ByteView data);
  void Update(const Parts& parts) {
    for (const ByteView& part : parts) Update(part);
  }

  // Writes the first out.size() bytes of the digest, 1..DigestSize(hash()). Afterwards the hasher
  // is as after construction. kInvalidArgument for another size of `out`; kInternal when the
  // self-tests failed.
  Status Finish(MutableBytes out);

 private:
  friend class HmacKey;
  friend class Hmac;
  static constexpr std::size_t kStateSize = 216;

  void Start();
  void FinishUnchecked(std::uint8_t* full_digest);

  alignas(8) std::array<std::uint8_t, kStateSize> state_;
  Hash hash_;
};

// Hashes `parts` in order into `out`, whose length must be DigestSize(hash).
Status Digest(Hash hash, const Parts& parts, MutableBytes out);

}  // namespace florin::primitives
