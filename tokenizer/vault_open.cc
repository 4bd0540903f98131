#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tokenizer/record.h"
#include "tokenizer/store/lmdb_store.h"
#include "tokenizer/vault_impl.h"

namespace florin::tokenizer {
namespace {

struct StoredRing {
  VaultRecord vault;
  std::vector<SealedKey> keys;
};

constexpr std::size_t kMaxRingKeys = 1024;

// kNotFound where the store is empty. A store that lost its ring is damaged, never new.
Result<StoredRing> LoadRing(const StoreSnapshot& snapshot) {
  StoredRing stored;
  const auto first = snapshot.FindMeta(kVaultRecordKey);
  if (first.code() == ErrorCode::kNotFound) {
    FLORIN_TRY(const std::uint64_t tokens, snapshot.CountTokens());
    bool empty = tokens == 0;
    for (const ByteView prefix : {ByteView(kRingRecordPrefix), ByteView(kDomainKeyPrefix)}) {
      FLORIN_CHECK_OK(snapshot.ScanMeta(prefix, [&empty](ByteView, ByteView) {
        empty = false;
        return OkStatus();
      }));
    }
    if (empty) return first.error();
    return Error(ErrorCode::kCorrupted, "the vault holds records but not its first one");
  }
  if (!first.ok()) return first.error();
  FLORIN_TRY(stored.vault, ParseVaultRecord(*first));
  FLORIN_CHECK_OK(
      snapshot.ScanMeta(kRingRecordPrefix, [&](ByteView name, ByteView record) -> Status {
        SealedKey key;
        if (name.size() != key.name.size() || record.size() != key.record.size()) {
          return Error(ErrorCode::kCorrupted, "a record of the key ring has an unknown form");
        }
        if (stored.keys.size() >= kMaxRingKeys) {
          return Error(ErrorCode::kLimitExceeded, "the key ring has more than 1024 keys");
        }
        std::copy(name.begin(), name.end(), key.name.begin());
        std::copy(record.begin(), record.end(), key.record.begin());
        stored.keys.push_back(key);
        return OkStatus();
      }));
  if (stored.keys.empty()) {
    return Error(ErrorCode::kCorrupted, "the vault has lost its key ring; restore it");
  }
  return stored;
}

Result<StoredRing> ReadRing(Store& store) {
  Result<StoredRing> stored = Error(ErrorCode::kInternal, "the key ring was not read");
  FLORIN_CHECK_OK(store.Read([&](const StoreSnapshot& snapshot) -> Status {
    stored = LoadRing(snapshot);
    return OkStatus();
  }));
  return stored;
}

// Several processes may do this at once: the first to commit decides, the others use its keys.
Status CreateRing(VaultParts& parts, hsm::Session& session, const hsm::KeyRef& ring_key) {
  VaultRecord vault;
  FLORIN_CHECK_OK(parts.random->Fill(vault.id));
  vault.created = parts.clock->Now();
  FLORIN_TRY(const std::vector<SealedKey> keys,
             KeyRing::Generate(session, ring_key, vault.id, *parts.random));
  Step(parts.hook, steps::kRingSealed);
  return parts.store->Write([&](StoreTransaction& transaction) -> Status {
    const auto stored = LoadRing(transaction);
    if (stored.ok()) return OkStatus();
    if (stored.code() != ErrorCode::kNotFound) return stored.error();
    for (const SealedKey& key : keys) {
      FLORIN_CHECK_OK(transaction.PutMeta(key.name, key.record));
    }
    std::array<std::uint8_t, kVaultRecordLength> record;
    EncodeVaultRecord(vault, record);
    return transaction.PutMeta(kVaultRecordKey, record);
  });
}

Result<std::unique_ptr<KeyRing>> OpenRing(VaultParts& parts, hsm::Session& session,
                                          const hsm::KeyRef& ring_key) {
  auto stored = ReadRing(*parts.store);
  if (stored.code() == ErrorCode::kNotFound) {
    if (!parts.create) {
      return Error(ErrorCode::kNotFound, "there is no vault here, and none was to be made");
    }
    FLORIN_CHECK_OK(CreateRing(parts, session, ring_key));
    stored = ReadRing(*parts.store);
  }
  if (!stored.ok()) return stored.error();
  return KeyRing::Open(session, ring_key, stored->vault.id, stored->keys);
}

}  // namespace

Result<std::unique_ptr<Vault>> VaultImpl::Open(VaultParts parts, hsm::Session& session,
                                               const hsm::KeyRef& ring_key) {
  FLORIN_INVARIANT(parts.store != nullptr && parts.clock != nullptr && parts.random != nullptr &&
                   parts.observer != nullptr);
  auto ring = OpenRing(parts, session, ring_key);
  if (!ring.ok()) {
    parts.observer->OnEvent({"tokenizer.vault", "open", ring.error()});
    return ring.error();
  }
  std::unique_ptr<VaultImpl> vault(new VaultImpl(std::move(parts), std::move(ring).value()));
  const auto load = [&]() -> Status {
    FLORIN_TRY(const auto lease, vault->ring_->Acquire());
    return vault->parts_.store->Read(
        [&](const StoreSnapshot& snapshot) { return vault->LoadDomains(snapshot, *lease); });
  };
  const Status loaded = load();
  vault->Emit("open", loaded);
  if (!loaded.ok()) return loaded.error();
  return std::unique_ptr<Vault>(std::move(vault));
}

Result<std::unique_ptr<Vault>> Vault::Open(VaultOptions options, hsm::Session& session,
                                           const hsm::KeyRef& ring_key) {
  if (options.clock == nullptr || options.random == nullptr || options.observer == nullptr) {
    return Error(ErrorCode::kInvalidArgument, "a vault needs a clock, random bytes, an observer");
  }
  auto store = OpenLmdbStore({options.directory, options.max_bytes, nullptr, options.create});
  if (!store.ok()) {
    options.observer->OnEvent({"tokenizer.vault", "open", store.error()});
    return store.error();
  }
  VaultParts parts;
  parts.store = std::move(store).value();
  parts.clock = options.clock;
  parts.random = options.random;
  parts.observer = options.observer;
  parts.create = options.create;
  return VaultImpl::Open(std::move(parts), session, ring_key);
}

}  // namespace florin::tokenizer
