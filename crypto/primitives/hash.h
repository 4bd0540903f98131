// SHA-1 and SHA-2 (FIPS 180-4), one-shot and streaming with copyable midstates.
//
// SHA-1 is here for the card norms that demand it (EMV Book 2 A1.4.1 option B, Mastercard SPA AAV)
// and nothing else: MACs, KDFs and signatures of this room refuse it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"

namespace florin::primitives {

inline constexpr std::size_t kMaxDigestSize = 64;
inline constexpr std::size_t kMaxHashBlockSize = 128;

// Returns the input block's length in bytes, which is HMAC's B: 64 or 128.
constexpr std::size_t HashBlockSize(Hash hash) {
  return hash == Hash::kSha384 || hash == Hash::kSha512 ? 128 : 64;
}

// A hash being computed. Copying one forks it at its midstate. The state is wiped on destruction,
// because KDFs feed secrets through it. Thread-compatible.
class Hasher {
 public:
  explicit Hasher(Hash hash);
  Hasher(const Hasher& other);
  Hasher& operator=(const Hasher& other);
  ~Hasher();

  Hash hash() const { return hash_; }

  void Update(ByteView data);
  void Update(const Parts& parts) {
    for (const ByteView& part : parts) Update(part);
  }

  // Writes the first out.size() bytes of the digest, 1..HashSize(hash()). Afterwards the hasher
  // is as after construction. kInvalidArgument for another size of `out`; kInternal when the
  // self-tests failed.
  Status Finish(MutableBytes out);

 private:
  friend class HmacKey;
  friend class Hmac;
  friend Status Digest(Hash hash, const Parts& parts, MutableBytes out);
  static constexpr std::size_t kStateSize = 216;

  struct Uninitialized {};
  Hasher(Hash hash, Uninitialized) : hash_(hash) {}
  void Start();
  // Writes all HashSize(hash()) bytes and leaves the state spent.
  void FinishRaw(std::uint8_t* digest);
  std::size_t StateSize() const;

  alignas(8) std::array<std::uint8_t, kStateSize> state_;
  Hash hash_;
};

// Hashes `parts` in order into `out`, whose length must be HashSize(hash).
Status Digest(Hash hash, const Parts& parts, MutableBytes out);

}  // namespace florin::primitives
