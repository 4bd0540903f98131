// FaultyStore: a memory store whose answers a test may bend, and whose writes it may fail.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "tokenizer/store/memory_store.h"
#include "tokenizer/store/store.h"

namespace florin::tokenizer::testing {

// What goes wrong; shared with the vault that owns the store. An empty function bends nothing.
struct Faults {
  std::function<std::optional<Bytes>(const TokenKey&, ByteView)> record;
  std::function<std::optional<TokenKey>(const FingerprintKey&, TokenKey)> index;
  std::function<std::optional<Bytes>(ByteView key, ByteView)> meta;
  std::function<Status()> commit;
};

class FaultyStore final : public Store {
 public:
  FaultyStore(Store* inner, const Faults* faults) : inner_(inner), faults_(faults) {}

  Status Read(FunctionRef<Status(const StoreSnapshot&)> work) override {
    return inner_->Read([&](const StoreSnapshot& snapshot) {
      const Bent bent(snapshot, *faults_, nullptr);
      return work(bent);
    });
  }

  Status Write(FunctionRef<Status(StoreTransaction&)> work) override {
    return inner_->Write([&](StoreTransaction& transaction) {
      Bent bent(transaction, *faults_, &transaction);
      Status status = work(bent);
      if (status.ok() && faults_->commit) status = faults_->commit();
      return status;
    });
  }

 private:
  class Bent final : public StoreTransaction {
   public:
    Bent(const StoreSnapshot& inner, const Faults& faults, StoreTransaction* writer)
        : inner_(&inner), faults_(&faults), writer_(writer) {}

    Result<ByteView> FindToken(const TokenKey& key) const override {
      auto found = inner_->FindToken(key);
      if (!found.ok() || !faults_->record) return found;
      return Replace(faults_->record(key, *found), *found);
    }
    Result<TokenKey> FindFingerprint(const FingerprintKey& key) const override {
      auto found = inner_->FindFingerprint(key);
      if (!found.ok() || !faults_->index) return found;
      return faults_->index(key, *found).value_or(*found);
    }
    Result<ByteView> FindMeta(ByteView key) const override {
      auto found = inner_->FindMeta(key);
      if (!found.ok() || !faults_->meta) return found;
      return Replace(faults_->meta(key, *found), *found);
    }
    Status ScanMeta(ByteView prefix, Visitor visitor) const override {
      return inner_->ScanMeta(prefix, [&](ByteView key, ByteView value) {
        if (!faults_->meta) return visitor(key, value);
        return visitor(key, Replace(faults_->meta(key, value), value));
      });
    }
    Status ScanTokens(std::uint16_t bucket, Visitor visitor) const override {
      return inner_->ScanTokens(bucket, [&](ByteView key, ByteView record) -> Status {
        if (!faults_->record) return visitor(key, record);
        FLORIN_TRY(const TokenKey name, DecodeTokenKey(key));
        return visitor(key, Replace(faults_->record(name, record), record));
      });
    }
    Result<std::uint64_t> CountTokens() const override { return inner_->CountTokens(); }
    Status Insert(const TokenKey& key, const FingerprintKey& fingerprint,
                  ByteView record) override {
      return writer_->Insert(key, fingerprint, record);
    }
    Status PutMeta(ByteView key, ByteView value) override { return writer_->PutMeta(key, value); }
    Status DeleteMeta(ByteView key) override { return writer_->DeleteMeta(key); }

   private:
    ByteView Replace(std::optional<Bytes> bytes, ByteView original) const {
      if (!bytes.has_value()) return original;
      kept_.push_back(std::move(*bytes));
      return kept_.back();
    }

    const StoreSnapshot* inner_;
    const Faults* faults_;
    StoreTransaction* writer_;
    mutable std::deque<Bytes> kept_;  // views of them stay valid
  };

  Store* inner_;
  const Faults* faults_;
};

}  // namespace florin::tokenizer::testing
