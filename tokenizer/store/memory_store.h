// MemoryStore: a Store that forgets, for tests and as the reference for the others.
#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <vector>

#include "tokenizer/store/store.h"

namespace florin::tokenizer {

// Safe for many threads of one process. Durable never.
class MemoryStore final : public Store {
 public:
  Status Read(FunctionRef<Status(const StoreSnapshot&)> work) override;
  Status Write(FunctionRef<Status(StoreTransaction&)> work) override;

  using Table = std::map<std::string, Bytes, std::less<>>;

 private:
  class Transaction;

  std::shared_mutex mutex_;
  Table meta_;
  Table tokens_;
  Table fingerprints_;
};

}  // namespace florin::tokenizer
