#include "tokenizer/store/memory_store.h"

#include <array>
#include <mutex>

namespace florin::tokenizer {
namespace {

Result<ByteView> Find(const MemoryStore::Table& table, ByteView key) {
  const auto found = table.find(AsText(key));
  if (found == table.end()) return Error(ErrorCode::kNotFound, "no such record in the store");
  return ByteView(found->second);
}

Status Scan(const MemoryStore::Table& table, ByteView prefix, StoreSnapshot::Visitor visitor) {
  for (auto at = table.lower_bound(AsText(prefix));
       at != table.end() && at->first.starts_with(AsText(prefix)); ++at) {
    FLORIN_CHECK_OK(visitor(AsBytes(at->first), at->second));
  }
  return OkStatus();
}

}  // namespace

// Changes the tables in place and keeps what was there, so that it can go back.
class MemoryStore::Transaction final : public StoreTransaction {
 public:
  explicit Transaction(MemoryStore& store) : store_(&store) {}

  Result<ByteView> FindToken(const TokenKey& key) const override {
    std::array<std::uint8_t, kTokenKeyLength> bytes;
    EncodeTokenKey(key, bytes);
    return Find(store_->tokens_, bytes);
  }

  Result<TokenKey> FindFingerprint(const FingerprintKey& key) const override {
    std::array<std::uint8_t, kFingerprintKeyLength> bytes;
    EncodeFingerprintKey(key, bytes);
    FLORIN_TRY(const ByteView value, Find(store_->fingerprints_, bytes));
    return DecodeIndexValue(value);
  }

  Result<ByteView> FindMeta(ByteView key) const override { return Find(store_->meta_, key); }

  Status ScanMeta(ByteView prefix, Visitor visitor) const override {
    return Scan(store_->meta_, prefix, visitor);
  }

  Status ScanTokens(std::uint16_t bucket, Visitor visitor) const override {
    const std::array<std::uint8_t, 2> prefix = {static_cast<std::uint8_t>(bucket >> 8),
                                                static_cast<std::uint8_t>(bucket)};
    return Scan(store_->tokens_, prefix, visitor);
  }

  Result<std::uint64_t> CountTokens() const override { return store_->tokens_.size(); }

  Status Insert(const TokenKey& key, const FingerprintKey& fingerprint, ByteView record) override {
    std::array<std::uint8_t, kTokenKeyLength> token_key;
    EncodeTokenKey(key, token_key);
    std::array<std::uint8_t, kFingerprintKeyLength> index_key;
    EncodeFingerprintKey(fingerprint, index_key);
    std::array<std::uint8_t, kIndexValueLength> index_value;
    EncodeIndexValue(key, index_value);
    if (Find(store_->tokens_, token_key).ok()) {
      return Error(ErrorCode::kAlreadyExists, "this token has a record already");
    }
    if (Find(store_->fingerprints_, index_key).ok()) {
      return Error(ErrorCode::kConflict, "this fingerprint has a token already");
    }
    Put(store_->tokens_, token_key, record);
    Put(store_->fingerprints_, index_key, index_value);
    return OkStatus();
  }

  Status PutMeta(ByteView key, ByteView value) override {
    Put(store_->meta_, key, value);
    return OkStatus();
  }

  Status DeleteMeta(ByteView key) override {
    const auto found = store_->meta_.find(AsText(key));
    if (found == store_->meta_.end()) {
      return Error(ErrorCode::kNotFound, "no such record in the store");
    }
    changes_.push_back({&store_->meta_, found->first, true, found->second});
    store_->meta_.erase(found);
    return OkStatus();
  }

  void Undo() {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->existed) {
        (*change->table)[change->key] = change->before;
      } else {
        change->table->erase(change->key);
      }
    }
  }

 private:
  struct Change {
    Table* table;
    std::string key;
    bool existed;
    Bytes before;
  };

  void Put(Table& table, ByteView key, ByteView value) {
    const std::string name(AsText(key));
    const auto found = table.find(name);
    const bool existed = found != table.end();
    changes_.push_back({&table, name, existed, existed ? found->second : Bytes()});
    table[name] = Bytes(value.begin(), value.end());
  }

  MemoryStore* store_;
  std::vector<Change> changes_;
};

Status MemoryStore::Read(FunctionRef<Status(const StoreSnapshot&)> work) {
  const std::shared_lock lock(mutex_);
  const Transaction snapshot(*this);
  return work(snapshot);
}

Status MemoryStore::Write(FunctionRef<Status(StoreTransaction&)> work) {
  const std::unique_lock lock(mutex_);
  Transaction transaction(*this);
  Status status = work(transaction);
  if (!status.ok()) transaction.Undo();
  return status;
}

}  // namespace florin::tokenizer
