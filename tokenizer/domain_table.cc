#include "tokenizer/domain_table.h"

#include <utility>

namespace florin::tokenizer {
namespace {

// Open addressing at most half full, so every probe ends at an empty slot.
constexpr std::size_t kSlots = 2 * DomainTable::kMaxDomains;

std::size_t SlotOf(std::uint64_t key) {
  return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ULL) >> 32) % kSlots;
}

std::uint64_t BinKey(std::string_view bin) {
  std::uint64_t key = 1;  // keeps leading zeros and length apart
  for (const char digit : bin) key = key * 10 + static_cast<std::uint64_t>(digit - '0');
  return key;
}

template <class Slots, class Matches>
const Domain* Probe(const Slots& slots, std::uint64_t key, Matches matches) {
  for (std::size_t i = SlotOf(key);; i = (i + 1) % kSlots) {
    const Domain* domain = slots[i].load(std::memory_order_acquire);
    if (domain == nullptr || matches(*domain)) return domain;
  }
}

template <class Slots>
void Place(Slots& slots, std::uint64_t key, const Domain* domain) {
  std::size_t i = SlotOf(key);
  while (slots[i].load(std::memory_order_relaxed) != nullptr) i = (i + 1) % kSlots;
  slots[i].store(domain, std::memory_order_release);
}

}  // namespace

DomainTable::DomainTable() : by_id_(kSlots), by_bin_(kSlots) {}

const Domain* DomainTable::Find(std::uint32_t id) const {
  return Probe(by_id_, id, [id](const Domain& domain) { return domain.id == id; });
}

bool DomainTable::Covers(std::string_view digits) const {
  for (std::size_t length = kMinTokenBin; length <= kMaxTokenBin; ++length) {
    if (digits.size() < length) return false;
    const std::string_view bin = digits.substr(0, length);
    const auto same = [bin](const Domain& domain) { return domain.range.bin() == bin; };
    if (Probe(by_bin_, BinKey(bin), same) != nullptr) return true;
  }
  return false;
}

bool DomainTable::Overlaps(const TokenRange& range) const {
  const std::string_view bin = range.bin();
  for (std::size_t length = kMinTokenBin; length < bin.size(); ++length) {
    if (bins_.contains(bin.substr(0, length))) return true;
  }
  const auto next = bins_.lower_bound(bin);
  return next != bins_.end() && next->starts_with(bin);
}

Status DomainTable::Add(std::uint32_t id, TokenRange range) {
  if (domains_.size() >= kMaxDomains) {
    return Error(ErrorCode::kResourceExhausted, "a vault has at most 4096 domains");
  }
  if (Find(id) != nullptr) {
    return Error(ErrorCode::kConflict, "this domain id is registered with another token range");
  }
  if (Overlaps(range)) {
    return Error(ErrorCode::kConflict, "the token BIN overlaps that of another domain");
  }
  domains_.push_back(std::make_unique<const Domain>(Domain{id, std::move(range)}));
  const Domain* domain = domains_.back().get();
  bins_.insert(domain->range.bin());
  Place(by_id_, id, domain);
  Place(by_bin_, BinKey(domain->range.bin()), domain);
  return OkStatus();
}

}  // namespace florin::tokenizer
