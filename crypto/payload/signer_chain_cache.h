// SignerChainCache: the signer chains that were verified lately, read without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <type_traits>

#include "crypto/payload/cms_signed_data.h"
#include "crypto/primitives/certificate.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::payload {

// What is kept of a chain that a trusted root stands behind.
struct SignerChain {
  std::array<std::uint8_t, 32> id{};  // SHA-256(leaf || intermediate)
  primitives::Validity validity;      // in which all certificates of the path are valid
  // The leaf's key: X || Y on P-256, or the modulus of RSA-2048, whose exponent is 65537.
  std::array<std::uint8_t, 256> leaf_key{};
  std::uint64_t leaf_key_size = 0;  // 64 or 256

  // kUnsupported: a key of another kind.
  Status SetLeafKey(const primitives::Certificate& leaf);
  void SetLeafKey(const primitives::EcPublicKey& p256_key);

  // The key on P-256; not to be asked for of an RSA one.
  Result<primitives::EcPublicKey> EcLeafKey() const;

  // kVerificationFailed unless the leaf's key made `signature` over a SHA-256 `digest`, and by the
  // algorithm of its kind.
  Status CheckSignature(CmsSignature algorithm, ByteView digest, ByteView signature) const;
};

// Remembers kCapacity chains; where it is full, a new one takes the place of an expired one, else
// of the oldest. Safe for many threads: Find takes no lock and writes no shared memory, Add takes
// one. Find may miss a chain that is being replaced at that moment, and never returns half of one.
class SignerChainCache {
 public:
  static constexpr std::size_t kCapacity = 32;

  SignerChainCache() = default;
  SignerChainCache(const SignerChainCache&) = delete;
  SignerChainCache& operator=(const SignerChainCache&) = delete;

  std::optional<SignerChain> Find(const std::array<std::uint8_t, 32>& id) const;

  // Returns true where a chain that had not expired at `now` lost its place.
  bool Add(const SignerChain& chain, UnixSeconds now);

  // True the first time it is asked about a chain it remembers.
  bool TakeAnnouncement(const std::array<std::uint8_t, 32>& id);

  std::size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  static_assert(std::has_unique_object_representations_v<SignerChain>);
  using Words = std::array<std::uint64_t, sizeof(SignerChain) / sizeof(std::uint64_t)>;
  static_assert(sizeof(Words) == sizeof(SignerChain));

  // A sequence lock: the number is odd while the words are being written.
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> sequence{0};
    std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>> words{};
    std::atomic<bool> announced{false};
    std::uint64_t added = 0;  // which Add wrote it; guarded by add_mutex_
  };

  static bool Load(const Slot& slot, const std::array<std::uint8_t, 32>& id, SignerChain& chain);
  static void Store(Slot& slot, const SignerChain& chain);
  std::size_t ChooseVictim(UnixSeconds now, bool& live) const;

  std::array<Slot, kCapacity> slots_;
  std::atomic<std::size_t> size_{0};
  std::mutex add_mutex_;
  std::uint64_t adds_ = 0;  // guarded by add_mutex_
};

}  // namespace florin::payload
