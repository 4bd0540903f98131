// SignerChains: which leaf certificates may sign wallet tokens, decided once and remembered.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::payload {

// Verifies leaf and intermediate against the trusted roots (compared by key), their object
// identifiers and key usage, and keeps the verdict under SHA-256(leaf || intermediate) together
// with the interval in which all certificates of the path are valid.
//
// Safe for many threads: a lookup takes no lock and writes no shared memory. Entries are added and
// never changed or removed, so at most kCapacity chains are remembered; only chains that a trusted
// root stands behind get in, so nobody can fill it from outside. Beyond it, and for chains that
// fail, every token pays for a verification.
class SignerChains {
 public:
  static constexpr std::size_t kCapacity = 256;

  // `roots`: at least one. kInvalidArgument.
  static Result<std::unique_ptr<SignerChains>> Create(std::vector<primitives::Certificate> roots);

  ~SignerChains();
  SignerChains(const SignerChains&) = delete;
  SignerChains& operator=(const SignerChains&) = delete;

  // The P-256 key of `leaf`. kVerificationFailed, kMalformed or kUnsupported where the chain is not
  // trusted, kExpired outside its validity.
  Result<primitives::EcPublicKey> Verify(ByteView leaf, ByteView intermediate, UnixSeconds now);

  // Chains remembered; for tests.
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  using Key = std::array<std::uint8_t, 32>;
  struct Entry {
    Key key;
    primitives::Validity validity;
    primitives::EcPublicKey leaf_key;
  };
  static constexpr std::size_t kSlots = 2 * kCapacity;  // power of two

  explicit SignerChains(std::vector<primitives::Certificate> roots) : roots_(std::move(roots)) {}

  const Entry* Find(const Key& key) const;
  Result<Entry> VerifyPath(const Key& key, ByteView leaf, ByteView intermediate,
                           UnixSeconds now) const;
  Result<const primitives::Certificate*> FindRoot(const primitives::Certificate& leaf,
                                                  const primitives::Certificate& intermediate,
                                                  UnixSeconds now) const;
  void Remember(const Entry& entry);

  std::vector<primitives::Certificate> roots_;
  std::array<std::atomic<const Entry*>, kSlots> slots_{};
  std::atomic<std::size_t> size_{0};
  std::mutex insert_mutex_;
  std::vector<std::unique_ptr<const Entry>> entries_;  // owned; guarded by insert_mutex_
};

}  // namespace florin::payload
