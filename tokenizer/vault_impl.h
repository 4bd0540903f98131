// VaultImpl: the vault over any store. Vault::Open puts it on LMDB, tests on what they need.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/random.h"
#include "florin/tokenizer/vault.h"
#include "tokenizer/domain_table.h"
#include "tokenizer/group_commit.h"
#include "tokenizer/key_ring.h"
#include "tokenizer/step_hook.h"
#include "tokenizer/store/store.h"

namespace florin::tokenizer {

// What a vault is put together from. The pointers outlive the vault.
struct VaultParts {
  std::unique_ptr<Store> store;
  const Clock* clock = &SystemClock();
  RandomSource* random = &SystemRandom();
  Observer* observer = &NullObserver();
  StepHook* hook = nullptr;
  bool create = true;  // a key ring where the store has none
};

// The most items a batch call takes.
inline constexpr std::size_t kMaxVaultBatch = 65536;

// Safe for many threads. Lookups take no lock, and no allocation of ours; new tokens meet in one
// GroupCommit, and whether a PAN has a token is decided inside the writing transaction.
// Invariant: a token leaves only after its record was opened, or sealed and committed, for the PAN
// that it stands for.
class VaultImpl final : public Vault {
 public:
  static Result<std::unique_ptr<Vault>> Open(VaultParts parts, hsm::Session& session,
                                             const hsm::KeyRef& ring_key);

  Status RegisterDomain(const TokenDomain& domain) override;
  Result<Token> Tokenize(const Pan& pan, std::uint32_t domain_id) override;
  Result<Pan> Detokenize(const Token& token, std::uint32_t domain_id) override;
  Status TokenizeBatch(std::uint32_t domain_id, std::span<TokenizeItem> items) override;
  Status DetokenizeBatch(std::uint32_t domain_id, std::span<DetokenizeItem> items) override;

 private:
  VaultImpl(VaultParts parts, std::unique_ptr<KeyRing> ring)
      : parts_(std::move(parts)), ring_(std::move(ring)) {}

  // --- domains (vault_domains.cc) ---
  Result<const Domain*> FindDomain(std::uint32_t id);
  Status CheckPan(const Pan* pan) const;
  Status AddDomain(const TokenDomain& domain);
  Result<std::uint32_t> CheckRoom(const TokenRange& range);
  Status PutDomain(StoreTransaction& transaction, RingSession& ring, const TokenDomain& domain,
                   const TokenRange& range);
  // Reads domains that other processes registered. The store may be in a transaction of ours.
  Status LoadDomains(const StoreSnapshot& snapshot, RingSession& ring);
  Status LoadDomain(ByteView key, ByteView record, RingSession& ring);

  // --- lookups (vault_lookup.cc) ---
  // The token that the PAN has. kNotFound, or kCorrupted where the record is not that PAN's.
  Result<Token> FindToken(RingSession& ring, const StoreSnapshot& snapshot,
                          const PendingToken& wanted) const;
  void FindTokens(RingSession& ring, const StoreSnapshot& snapshot,
                  std::span<PendingToken> wanted) const;
  void OpenTokens(RingSession& ring, const StoreSnapshot& snapshot, std::uint32_t domain_id,
                  std::span<DetokenizeItem> items) const;
  // kConflict where a stored PAN begins with `bin`. Opens every record.
  Status CheckNoPanIn(RingSession& ring, const StoreSnapshot& snapshot, std::string_view bin) const;
  Result<Pan> DetokenizeOne(const Token& token, std::uint32_t domain_id);

  // --- new tokens (vault_tokenize.cc) ---
  Result<Token> TokenizeOne(const Pan& pan, std::uint32_t domain_id);
  Status TokenizeChunk(RingSession& ring, const Domain* domain, std::span<TokenizeItem> items,
                       std::vector<PendingToken>& missing);
  void Commit(CommitJob* jobs);
  Status CommitItem(StoreTransaction& transaction, RingSession& ring, PendingToken& item);
  Result<Token> DrawToken(const StoreTransaction& transaction, const TokenRange& range);
  Status InsertToken(StoreTransaction& transaction, RingSession& ring, const PendingToken& item,
                     const Token& token);

  void Emit(const char* stage, const Status& outcome, std::uint64_t duration_ns = 0) const {
    parts_.observer->OnEvent({"tokenizer.vault", stage, outcome.error(), 0, duration_ns});
  }
  template <class T>
  void Emit(const char* stage, const Result<T>& outcome) const {
    Emit(stage, outcome.ok() ? OkStatus() : Status(outcome.error()));
  }

  VaultParts parts_;
  std::unique_ptr<KeyRing> ring_;
  GroupCommit group_commit_;
  std::mutex domain_mutex_;  // one LoadDomains at a time
  std::atomic<std::uint32_t> domain_count_{0};
  DomainTable domains_;
};

}  // namespace florin::tokenizer
