#include "crypto/pkcs11/handle_table.h"

#include <atomic>

namespace florin::pkcs11 {
namespace {

constexpr unsigned kSlotBits = 24;
constexpr unsigned kGenerationBits = 16;
constexpr std::uint64_t kSlotMask = (std::uint64_t{1} << kSlotBits) - 1;
constexpr std::uint64_t kSessionMask = (std::uint64_t{1} << 24) - 1;
constexpr std::size_t kMaxKeys = std::size_t{1} << 20;

std::uint64_t NextSession() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed) & kSessionMask;
}

std::uint64_t SlotOf(hsm::KeyHandle key) { return key.value & kSlotMask; }

}  // namespace

HandleTable::HandleTable() : session_(NextSession()) {}

Result<hsm::KeyHandle> HandleTable::Add(CK_OBJECT_HANDLE object) {
  std::size_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (entries_.size() >= kMaxKeys) {
      return Error(ErrorCode::kResourceExhausted,
                   "the session holds too many keys; destroy those no longer used");
    }
    slot = entries_.size();
    entries_.emplace_back();
    // So that Remove never allocates.
    free_.reserve(entries_.capacity());
  }
  entries_[slot].object = object;
  return HandleAt(slot);
}

hsm::KeyHandle HandleTable::HandleAt(std::size_t slot) const {
  return hsm::KeyHandle{session_ << (kSlotBits + kGenerationBits) |
                        std::uint64_t{entries_[slot].generation} << kSlotBits | (slot + 1)};
}

std::vector<std::pair<CK_OBJECT_HANDLE, hsm::KeyHandle>> HandleTable::Live() const {
  std::vector<std::pair<CK_OBJECT_HANDLE, hsm::KeyHandle>> live;
  for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
    if (entries_[slot].object != CK_INVALID_HANDLE) {
      live.emplace_back(entries_[slot].object, HandleAt(slot));
    }
  }
  return live;
}

bool HandleTable::IsOurs(hsm::KeyHandle key) const {
  return key.value >> (kSlotBits + kGenerationBits) == session_ && SlotOf(key) != 0 &&
         SlotOf(key) <= entries_.size();
}

const HandleTable::Entry* HandleTable::EntryOf(hsm::KeyHandle key) const {
  const Entry& entry = entries_[SlotOf(key) - 1];
  const auto generation = static_cast<std::uint16_t>(key.value >> kSlotBits);
  return entry.object != CK_INVALID_HANDLE && entry.generation == generation ? &entry : nullptr;
}

Result<CK_OBJECT_HANDLE> HandleTable::Find(hsm::KeyHandle key) const {
  if (!IsOurs(key)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the key handle is of another session; resolve the key in this one");
  }
  const Entry* entry = EntryOf(key);
  if (entry == nullptr) {
    return Error(ErrorCode::kNotFound, "the key was destroyed or is gone; resolve it again");
  }
  return entry->object;
}

void HandleTable::Remove(hsm::KeyHandle key) {
  if (!IsOurs(key) || EntryOf(key) == nullptr) return;
  const std::size_t slot = SlotOf(key) - 1;
  entries_[slot].object = CK_INVALID_HANDLE;
  ++entries_[slot].generation;
  free_.push_back(static_cast<std::uint32_t>(slot));
}

}  // namespace florin::pkcs11
