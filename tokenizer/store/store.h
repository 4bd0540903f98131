// Store: where sealed records live. It knows keys and bytes, never a PAN and never a vault key.
#pragma once

#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "tokenizer/function_ref.h"
#include "tokenizer/store/store_keys.h"

namespace florin::tokenizer {

// One consistent state of the store. Views it hands out live as long as the call it was given to.
// One thread at a time. Every call may also fail with kStorage or kCorrupted.
class StoreSnapshot {
 public:
  virtual ~StoreSnapshot() = default;

  // The record of a token. kNotFound.
  virtual Result<ByteView> FindToken(const TokenKey& key) const = 0;

  // The token that a fingerprint has. kNotFound.
  virtual Result<TokenKey> FindFingerprint(const FingerprintKey& key) const = 0;

  // A meta record. Keys have 1..64 bytes. kNotFound.
  virtual Result<ByteView> FindMeta(ByteView key) const = 0;

  using Visitor = FunctionRef<Status(ByteView key, ByteView value)>;

  // Visits the records whose key begins with `prefix`, in the order of keys, until the visitor
  // returns an error, which is then the result.
  virtual Status ScanMeta(ByteView prefix, Visitor visitor) const = 0;
  virtual Status ScanTokens(std::uint16_t bucket, Visitor visitor) const = 0;

  virtual Result<std::uint64_t> CountTokens() const = 0;
};

// A change in the making; what it reads includes what it wrote. After any error but kNotFound the
// whole transaction must be abandoned: return that error from the callback.
class StoreTransaction : public StoreSnapshot {
 public:
  // Adds a token record and its fingerprint. kAlreadyExists (token), kConflict (fingerprint),
  // kResourceExhausted (the store is full), kStorage.
  virtual Status Insert(const TokenKey& key, const FingerprintKey& fingerprint,
                        ByteView record) = 0;

  // Sets a meta record. kResourceExhausted, kStorage.
  virtual Status PutMeta(ByteView key, ByteView value) = 0;

  // Removes a meta record; kNotFound, after which the transaction may go on.
  virtual Status DeleteMeta(ByteView key) = 0;
};

// Safe for many threads; where it says so, for many processes.
class Store {
 public:
  virtual ~Store() = default;

  // Calls `work` on the newest state; its result is returned. Takes no lock that a writer holds.
  // Must not be called inside Read or Write.
  virtual Status Read(FunctionRef<Status(const StoreSnapshot&)> work) = 0;

  // Calls `work` as the only writer, then makes its changes durable, all or none. `work` may be
  // called a second time where the first run found the store full; it must be repeatable.
  // After an error nothing was changed. kResourceExhausted, kStorage, kCorrupted.
  virtual Status Write(FunctionRef<Status(StoreTransaction&)> work) = 0;
};

}  // namespace florin::tokenizer
