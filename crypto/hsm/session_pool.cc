#include "florin/hsm/session_pool.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace florin::hsm {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kRememberedPools = 4;

std::uint64_t NextPoolNumber() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// Which slot this thread had last in each of a few pools. A stale answer costs a scan, no more.
struct LastSlots {
  struct Entry {
    std::uint64_t pool = 0;
    std::size_t slot = 0;
  };
  std::array<Entry, kRememberedPools> entries{};
  std::size_t next = 0;

  std::optional<std::size_t> Find(std::uint64_t pool) const {
    for (const Entry& entry : entries) {
      if (entry.pool == pool) return entry.slot;
    }
    return std::nullopt;
  }
  void Remember(std::uint64_t pool, std::size_t slot) {
    for (Entry& entry : entries) {
      if (entry.pool != pool) continue;
      entry.slot = slot;
      return;
    }
    entries[next] = {pool, slot};
    next = (next + 1) % kRememberedPools;
  }
};

LastSlots& LastSlotsOfThread() {
  thread_local LastSlots slots;
  return slots;
}

}  // namespace

// Slots are leased by compare-and-swap, each on a cache line of its own; the mutex serves waiting
// only. Whoever leased a slot owns its session.
struct SessionPool::State {
  struct alignas(kCacheLine) Slot {
    std::atomic<bool> leased{false};
    std::atomic<bool> open{false};  // a hint for the choice of slot
    std::unique_ptr<Session> session;
    std::uint64_t generation = 0;  // the session's
  };

  State(SessionOpener session_opener, SessionPoolOptions pool_options)
      : opener(std::move(session_opener)),
        options(pool_options),
        number(NextPoolNumber()),
        slots(std::make_unique<Slot[]>(pool_options.max_sessions)) {}

  bool TryLease(std::size_t slot) {
    bool expected = false;
    return slots[slot].leased.compare_exchange_strong(expected, true);
  }

  // A slot with an open session first: opening one costs a login.
  std::optional<std::size_t> TryLeaseAny() {
    for (const bool must_be_open : {true, false}) {
      for (std::size_t i = 0; i < options.max_sessions; ++i) {
        if (must_be_open && !slots[i].open.load(std::memory_order_relaxed)) continue;
        if (TryLease(i)) return i;
      }
    }
    return std::nullopt;
  }

  std::size_t LeaseSlot() {
    LastSlots& last = LastSlotsOfThread();
    if (const auto slot = last.Find(number); slot.has_value() && TryLease(*slot)) return *slot;
    auto slot = TryLeaseAny();
    if (!slot.has_value()) slot = WaitForSlot();
    last.Remember(number, *slot);
    return *slot;
  }

  // A slot is freed before the number of waiters is read, and the number grows before the slots are
  // looked through, all in one total order: one of the two sides sees the other.
  std::size_t WaitForSlot() {
    std::unique_lock lock(mutex);
    waiters.fetch_add(1);
    std::optional<std::size_t> slot;
    while (!(slot = TryLeaseAny()).has_value()) freed.wait(lock);
    waiters.fetch_sub(1);
    return *slot;
  }

  void Release(std::size_t slot, std::unique_ptr<Session> session, std::uint64_t of_generation) {
    if (!Usable(session, of_generation)) session.reset();
    slots[slot].open.store(session != nullptr, std::memory_order_relaxed);
    slots[slot].session = std::move(session);
    slots[slot].generation = of_generation;
    slots[slot].leased.store(false);
    if (waiters.load() == 0) return;
    const std::lock_guard lock(mutex);
    freed.notify_one();
  }

  bool Usable(const std::unique_ptr<Session>& session, std::uint64_t of_generation) const {
    return session != nullptr && session->alive() &&
           of_generation == generation.load(std::memory_order_acquire);
  }

  // A session of `lost` was lost. Only the first of a generation ends it: sessions opened since
  // then are not to blame.
  void EndGeneration(std::uint64_t lost) {
    generation.compare_exchange_strong(lost, lost + 1, std::memory_order_acq_rel);
  }

  Result<std::unique_ptr<Session>> OpenNew() {
    auto opened = opener();
    const Error outcome = opened.ok() ? Error(ErrorCode::kOk, "ok") : opened.error();
    options.observer->OnEvent({"hsm.pool", "open", outcome});
    if (opened.ok() && *opened == nullptr) {
      return Error(ErrorCode::kInternal, "session pool: the opener returned no session");
    }
    return opened;
  }

  SessionOpener opener;
  SessionPoolOptions options;
  std::uint64_t number;
  std::unique_ptr<Slot[]> slots;
  std::atomic<std::uint64_t> generation{0};
  std::atomic<std::size_t> waiters{0};
  std::mutex mutex;
  std::condition_variable freed;
};

SessionPool::SessionPool(SessionOpener opener, SessionPoolOptions options)
    : state_(std::make_unique<State>(std::move(opener), options)) {}

SessionPool::~SessionPool() {
  for (std::size_t i = 0; i < state_->options.max_sessions; ++i) {
    // A lease that outlives its pool would return its session to freed memory.
    FLORIN_INVARIANT(!state_->slots[i].leased.load());
  }
}

Result<SessionPool::Lease> SessionPool::Acquire() {
  if (state_->options.max_sessions == 0) {
    return Error(ErrorCode::kInvalidArgument, "session pool: max_sessions must be at least 1");
  }
  Lease lease(this, state_->LeaseSlot());
  FLORIN_CHECK_OK(lease.Open());
  return lease;
}

SessionPool::Lease::Lease(SessionPool* pool, std::size_t slot) : pool_(pool), slot_(slot) {}

Status SessionPool::Lease::Open() {
  State& state = *pool_->state_;
  session_ = std::move(state.slots[slot_].session);
  generation_ = state.slots[slot_].generation;
  if (state.Usable(session_, generation_)) return OkStatus();
  session_.reset();
  // Read before the session exists: one opened while a generation ends counts as old.
  generation_ = state.generation.load(std::memory_order_acquire);
  FLORIN_TRY(session_, state.OpenNew());
  return OkStatus();
}

void SessionPool::Lease::GiveUp() {
  session_.reset();
  pool_->state_->EndGeneration(generation_);
}

SessionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      session_(std::move(other.session_)),
      slot_(other.slot_),
      generation_(other.generation_) {}

SessionPool::Lease& SessionPool::Lease::operator=(Lease&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(session_, other.session_);
  std::swap(slot_, other.slot_);
  std::swap(generation_, other.generation_);
  return *this;
}

SessionPool::Lease::~Lease() {
  if (pool_ != nullptr) pool_->state_->Release(slot_, std::move(session_), generation_);
}

}  // namespace florin::hsm
