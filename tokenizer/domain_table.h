// DomainTable: the registered domains, found by id and by BIN without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/result.h"
#include "tokenizer/token_range.h"

namespace florin::tokenizer {

// A domain as the vault works with it. Immutable.
struct Domain {
  std::uint32_t id;
  TokenRange range;
};

// Grows, never shrinks, so readers need no lock and their pointers stay valid as long as the table
// lives. Find and Covers are safe beside each other and beside one Add; Adds need a mutex.
class DomainTable {
 public:
  static constexpr std::size_t kMaxDomains = 4096;

  DomainTable();

  // Null where no such domain is known.
  const Domain* Find(std::uint32_t id) const;

  // True where `digits` begin with the BIN of any domain.
  bool Covers(std::string_view digits) const;

  // True where one BIN begins with the other's. Length does not part them: the first digits of a
  // number always tell whose it is. Under the mutex of Add.
  bool Overlaps(const TokenRange& range) const;

  // Adds a domain that is not there. kConflict (id or overlap), kResourceExhausted.
  Status Add(std::uint32_t id, TokenRange range);

  std::size_t size() const { return domains_.size(); }  // under the mutex of Add

 private:
  using Slots = std::vector<std::atomic<const Domain*>>;

  std::vector<std::unique_ptr<const Domain>> domains_;
  std::set<std::string, std::less<>> bins_;
  Slots by_id_;
  Slots by_bin_;
};

}  // namespace florin::tokenizer
