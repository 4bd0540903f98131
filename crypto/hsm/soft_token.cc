#include <utility>

#include "crypto/hsm/soft_token_keys.h"
#include "florin/hsm/soft_session.h"

namespace florin::hsm {
namespace {

Error NameTaken() {
  return {ErrorCode::kAlreadyExists, "a key of this class, label and id exists already"};
}

}  // namespace

bool SoftToken::Keys::IsTaken(const KeyRef& name) const {
  const auto [begin, end] = by_label_.equal_range(name.label());
  for (auto it = begin; it != end; ++it) {
    if (by_serial_.at(it->second).name == name) return true;
  }
  return false;
}

std::uint64_t SoftToken::Keys::AddLocked(const KeyRef& name, mechanisms::KeyPtr key) {
  const std::uint64_t serial = ++last_serial_;
  by_serial_.emplace(serial, Entry{name, std::move(key)});
  by_label_.emplace(name.label(), serial);
  return serial;
}

Result<std::uint64_t> SoftToken::Keys::Add(const KeyRef& name, mechanisms::KeyPtr key) {
  const std::lock_guard lock(mutex_);
  if (IsTaken(name)) return NameTaken();
  return AddLocked(name, std::move(key));
}

Result<SoftToken::Keys::PairSerials> SoftToken::Keys::AddPair(const KeyRef& first_name,
                                                              mechanisms::KeyPtr first,
                                                              const KeyRef& second_name,
                                                              mechanisms::KeyPtr second) {
  const std::lock_guard lock(mutex_);
  if (IsTaken(first_name) || IsTaken(second_name)) return NameTaken();
  const std::uint64_t first_serial = AddLocked(first_name, std::move(first));
  return PairSerials{first_serial, AddLocked(second_name, std::move(second))};
}

std::vector<SoftToken::Keys::Named> SoftToken::Keys::Find(const KeyRef& wanted) const {
  std::vector<Named> found;
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_label_.equal_range(wanted.label());
  for (auto it = begin; it != end; ++it) {
    const Entry& entry = by_serial_.at(it->second);
    if (Answers(entry.name, wanted)) found.push_back({it->second, entry.name, entry.key});
  }
  return found;
}

Status SoftToken::Keys::Remove(std::uint64_t serial) {
  const std::lock_guard lock(mutex_);
  const auto entry = by_serial_.find(serial);
  if (entry == by_serial_.end()) return Error(ErrorCode::kNotFound, "the key is gone already");
  const auto [begin, end] = by_label_.equal_range(entry->second.name.label());
  for (auto it = begin; it != end; ++it) {
    if (it->second != serial) continue;
    by_label_.erase(it);
    break;
  }
  by_serial_.erase(entry);
  changes_.fetch_add(1, std::memory_order_release);
  return OkStatus();
}

Status SoftToken::Keys::SetState(std::uint64_t serial, mechanisms::KeyState state) {
  const std::lock_guard lock(mutex_);
  const auto entry = by_serial_.find(serial);
  if (entry == by_serial_.end()) return Error(ErrorCode::kNotFound, "the key is gone already");
  FLORIN_TRY(entry->second.key, entry->second.key->InState(state));
  changes_.fetch_add(1, std::memory_order_release);
  return OkStatus();
}

std::vector<SoftToken::Keys::Named> SoftToken::Keys::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<Named> all;
  all.reserve(by_serial_.size());
  for (const auto& [serial, entry] : by_serial_) all.push_back({serial, entry.name, entry.key});
  return all;
}

std::optional<SoftToken::Keys::Named> SoftToken::Keys::Get(std::uint64_t serial) const {
  const std::lock_guard lock(mutex_);
  const auto entry = by_serial_.find(serial);
  if (entry == by_serial_.end()) return std::nullopt;
  return Named{serial, entry->second.name, entry->second.key};
}

SoftToken::SoftToken(std::shared_ptr<Keys> keys) : keys_(std::move(keys)) {}
SoftToken::SoftToken(SoftToken&&) noexcept = default;
SoftToken& SoftToken::operator=(SoftToken&&) noexcept = default;
SoftToken::~SoftToken() = default;

Result<SoftToken> SoftToken::Create(RandomSource& random, const Clock& clock) {
  return SoftToken(std::make_shared<Keys>(random, clock));
}

}  // namespace florin::hsm
