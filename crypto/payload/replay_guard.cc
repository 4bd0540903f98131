// The ReplayGuard of one process.
#include "florin/payload/replay_guard.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <vector>

#include "florin/base/random.h"

namespace florin::payload {
namespace {

using TransactionId = std::array<std::uint8_t, 32>;

constexpr std::size_t kMaxCapacity = std::size_t{1} << 24;
constexpr std::size_t kMaxShards = 64;
constexpr std::size_t kIdsPerShard = 256;  // fewer shards where the capacity is small
constexpr std::int64_t kSweepSeconds = 30;
// How much longer than asked an id is kept: clocks are set back, and callers may read another one.
constexpr std::int64_t kSlackSeconds = 60;

// A hash table with linear probing whose memory is taken at the start. Not thread-safe.
class IdTable {
 public:
  // Room for `slots` / 2 ids at good speed; a power of two.
  void Allocate(std::size_t slots) { slots_.resize(slots); }

  // False where the table is full.
  bool Insert(const TransactionId& id, std::uint64_t hash, std::int64_t keep_until) {
    if (used_ == slots_.size()) return false;
    std::size_t at = hash & Mask();
    while (slots_[at].used) at = (at + 1) & Mask();
    slots_[at] = {id, keep_until, hash, true};
    ++used_;
    return true;
  }

  bool Contains(const TransactionId& id, std::uint64_t hash) const {
    std::size_t at = hash & Mask();
    for (std::size_t step = 0; step < slots_.size() && slots_[at].used; ++step) {
      if (slots_[at].id == id) return true;
      at = (at + 1) & Mask();
    }
    return false;
  }

  // Forgets what has expired; returns how many that were.
  std::size_t Sweep(std::int64_t now) {
    std::size_t forgotten = 0;
    std::size_t at = 0;
    for (std::size_t seen = 0; seen < slots_.size();) {
      if (slots_[at].used && slots_[at].keep_until < now) {
        Remove(at);  // may move another id here: look again
        ++forgotten;
      } else {
        at = (at + 1) & Mask();
        ++seen;
      }
    }
    return forgotten;
  }

 private:
  struct Slot {
    TransactionId id{};
    std::int64_t keep_until = 0;
    std::uint64_t hash = 0;
    bool used = false;
  };

  std::size_t Mask() const { return slots_.size() - 1; }

  // Closes the gap, so that no probe stops early.
  void Remove(std::size_t gap) {
    std::size_t next = (gap + 1) & Mask();
    while (next != gap && slots_[next].used) {
      const std::size_t home = slots_[next].hash & Mask();
      if (((next - home) & Mask()) >= ((next - gap) & Mask())) {
        slots_[gap] = slots_[next];
        gap = next;
      }
      next = (next + 1) & Mask();
    }
    slots_[gap] = Slot{};
    --used_;
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

// Each id belongs to one shard with a lock of its own. `live_` counts all shards.
class MemoryReplayGuard final : public ReplayGuard {
 public:
  MemoryReplayGuard(std::size_t capacity, const Clock& clock) : capacity_(capacity), clock_(clock) {
    // Where ids land is not for their author to choose.
    std::array<std::uint8_t, sizeof(seed_)> seed{};
    if (SystemRandom().Fill(seed).ok()) std::memcpy(&seed_, seed.data(), sizeof(seed_));
    while (shard_count_ < kMaxShards && shard_count_ * kIdsPerShard * 2 <= capacity_) {
      shard_count_ *= 2;
    }
    std::size_t slots = 64;
    while (slots < 2 * capacity_ / shard_count_) slots *= 2;
    for (std::size_t i = 0; i < shard_count_; ++i) shards_[i].table.Allocate(slots);
  }

  Status Claim(ByteView transaction_id, UnixSeconds not_after) override {
    TransactionId id;
    if (transaction_id.size() != id.size()) {
      return Error(ErrorCode::kInvalidArgument, "a transaction id has 32 bytes");
    }
    std::copy(transaction_id.begin(), transaction_id.end(), id.begin());
    const std::uint64_t hash = HashOf(id);
    Status claimed = TryClaim(id, hash, not_after.value);
    if (claimed.code() == ErrorCode::kResourceExhausted && SweepAll(clock_.Now().value)) {
      claimed = TryClaim(id, hash, not_after.value);
    }
    return claimed;
  }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    IdTable table;
    std::int64_t next_sweep = 0;
  };

  std::uint64_t HashOf(const TransactionId& id) const {
    std::uint64_t hash = seed_;
    for (std::size_t i = 0; i < id.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, id.data() + i, sizeof(word));
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;  // odd: 2^64 / golden ratio
      hash ^= hash >> 32;
    }
    return hash;
  }

  static std::int64_t KeepUntil(std::int64_t not_after) {
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    return not_after > kEnd - kSlackSeconds ? kEnd : not_after + kSlackSeconds;
  }

  // The high bits choose the shard, the low bits the slot.
  Shard& ShardOf(std::uint64_t hash) { return shards_[(hash >> 56) % shard_count_]; }

  Status TryClaim(const TransactionId& id, std::uint64_t hash, std::int64_t not_after) {
    Shard& shard = ShardOf(hash);
    const std::scoped_lock lock(shard.mutex);
    // Read under the lock: no sweep can have come between with a later time and forgotten `id`.
    const std::int64_t now = clock_.Now().value;
    if (not_after < now) {
      return Error(ErrorCode::kExpired,
                   "the time in which this transaction id may be claimed has passed");
    }
    if (now >= shard.next_sweep) {
      live_.fetch_sub(shard.table.Sweep(now), std::memory_order_relaxed);
      shard.next_sweep = now + kSweepSeconds;
    }
    if (shard.table.Contains(id, hash)) {
      return Error(ErrorCode::kReplayed, "this transaction id was claimed before");
    }
    const bool over = live_.fetch_add(1, std::memory_order_relaxed) >= capacity_;
    if (over || !shard.table.Insert(id, hash, KeepUntil(not_after))) {
      live_.fetch_sub(1, std::memory_order_relaxed);
      return Error(ErrorCode::kResourceExhausted,
                   "the replay guard is full of live transaction ids; give it a larger capacity");
    }
    return OkStatus();
  }

  // Forgets what has expired everywhere; at most once a second, for a full guard stays full when
  // nothing expires. False where it was done already.
  bool SweepAll(std::int64_t now) {
    std::int64_t last = last_full_sweep_.load(std::memory_order_relaxed);
    if (last == now || !last_full_sweep_.compare_exchange_strong(last, now)) return false;
    for (std::size_t i = 0; i < shard_count_; ++i) {
      const std::scoped_lock lock(shards_[i].mutex);
      live_.fetch_sub(shards_[i].table.Sweep(now), std::memory_order_relaxed);
    }
    return true;
  }

  const std::size_t capacity_;
  const Clock& clock_;
  std::uint64_t seed_ = 0;
  std::size_t shard_count_ = 1;
  std::array<Shard, kMaxShards> shards_;
  std::atomic<std::size_t> live_{0};
  std::atomic<std::int64_t> last_full_sweep_{-1};
};

}  // namespace

std::unique_ptr<ReplayGuard> MakeMemoryReplayGuard(std::size_t capacity, const Clock& clock) {
  if (capacity == 0 || capacity > kMaxCapacity) return nullptr;
  try {
    return std::make_unique<MemoryReplayGuard>(capacity, clock);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace florin::payload
