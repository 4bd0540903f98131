// SignerChains: which leaf certificates may sign wallet tokens, decided once and remembered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "crypto/payload/signer_chain_cache.h"
#include "crypto/primitives/certificate.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"

namespace florin::payload {

// Verifies leaf and intermediate against the trusted roots (compared by key), their object
// identifiers and key usage, and keeps the verdict in a SignerChainCache.
//
// Wallet certificates are public, and parts of a certificate lie outside its signature. So that
// nobody fills the cache with copies of one chain in other encodings, everything outside must be
// the one DER form, and a chain is remembered only after a token that it signed was verified. What
// is left are the two values of s that each ECDSA signature has: four copies of a chain at most,
// for those who hold a good token. Where the cache is full, old chains make way.
//
// Safe for many threads; a lookup takes no lock and writes no shared memory.
class SignerChains {
 public:
  // A chain that ends within this time is announced.
  static constexpr std::int64_t kAlarmSeconds = 180 * 86400;

  // `roots`: at least one. kInvalidArgument. `observer` must outlive it.
  static Result<std::unique_ptr<SignerChains>> Create(std::vector<primitives::Certificate> roots,
                                                      Observer& observer = NullObserver());

  SignerChains(const SignerChains&) = delete;
  SignerChains& operator=(const SignerChains&) = delete;

  // The verdict about `leaf`, remembered or reached now. kVerificationFailed, kMalformed or
  // kUnsupported where the chain is not trusted, kExpired outside its validity.
  Result<SignerChain> Verify(ByteView leaf, ByteView intermediate, UnixSeconds now) const;

  // Remembers a chain that Verify returned: call it when the signature of the token holds. Tells
  // the observer "chain.cache_full" where a live chain lost its place, and "chain.expires_soon"
  // once per remembered chain that ends within kAlarmSeconds; detail() is the number of whole days
  // left. `subject`: as in Event.
  void Remember(const SignerChain& chain, UnixSeconds now, std::uint64_t subject = 0);

  // Chains remembered; for tests.
  std::size_t size() const { return cache_.size(); }

 private:
  SignerChains(std::vector<primitives::Certificate> roots, Observer& observer)
      : roots_(std::move(roots)), observer_(observer) {}

  Result<const primitives::Certificate*> FindRoot(const primitives::Certificate& leaf,
                                                  const primitives::Certificate& intermediate,
                                                  UnixSeconds now) const;
  Status VerifyPath(ByteView leaf, ByteView intermediate, UnixSeconds now,
                    SignerChain& chain) const;

  std::vector<primitives::Certificate> roots_;
  Observer& observer_;
  SignerChainCache cache_;
};

}  // namespace florin::payload
