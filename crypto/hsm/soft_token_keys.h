// SoftToken::Keys: the persistent keys of a soft token, shared by its sessions.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "crypto/mechanisms/key.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/hsm/key_ref.h"
#include "florin/hsm/soft_session.h"

namespace florin::hsm {

// Does a key called `name` answer to `wanted`? An empty id leaves the choice to the label.
inline bool Answers(const KeyRef& name, const KeyRef& wanted) {
  return name.key_class() == wanted.key_class() && name.label() == wanted.label() &&
         (wanted.id().empty() || SameBytes(name.id(), wanted.id()));
}

// Safe for many threads. A serial number is never used twice.
struct SoftToken::Keys {
 public:
  struct Named {
    std::uint64_t serial;
    KeyRef name;
    mechanisms::KeyPtr key;
  };

  Keys(RandomSource& source, const Clock& time) : random(source), clock(time) {}

  // kAlreadyExists where a key of exactly this name is there.
  Result<std::uint64_t> Add(const KeyRef& name, mechanisms::KeyPtr key);

  // Both or neither. Serials in the order of the arguments.
  struct PairSerials {
    std::uint64_t first;
    std::uint64_t second;
  };
  Result<PairSerials> AddPair(const KeyRef& first_name, mechanisms::KeyPtr first,
                              const KeyRef& second_name, mechanisms::KeyPtr second);

  // All keys that answer to `wanted`.
  std::vector<Named> Find(const KeyRef& wanted) const;
  // Every key.
  std::vector<Named> All() const;
  // The key as it is now; nullopt where it is gone.
  std::optional<Named> Get(std::uint64_t serial) const;

  // kNotFound where another session was faster.
  Status Remove(std::uint64_t serial);

  // kNotFound, and Key::InState's errors.
  Status SetState(std::uint64_t serial, mechanisms::KeyState state);

  // Grows with every Remove and SetState: sessions look here before they trust a key they remember.
  std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

  RandomSource& random;
  const Clock& clock;

 private:
  struct Entry {
    KeyRef name;
    mechanisms::KeyPtr key;
  };

  bool IsTaken(const KeyRef& name) const;
  std::uint64_t AddLocked(const KeyRef& name, mechanisms::KeyPtr key);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> by_serial_;
  std::multimap<std::string, std::uint64_t, std::less<>> by_label_;
  std::uint64_t last_serial_ = 0;
  std::atomic<std::uint64_t> changes_{0};
};

}  // namespace florin::hsm
