// SlotPool: objects that one thread uses at a time, handed to many threads without a shared lock.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "crypto/base/thread_ordinal.h"
#include "florin/base/result.h"

namespace florin::tokenizer {

// Safe for many threads. A thread comes back to the slot it had, so an acquisition is one atomic
// exchange on a cache line nobody else writes. Objects are made on first use of a slot.
template <class T>
class SlotPool {
 public:
  static constexpr std::size_t kSlots = 128;
  using Maker = std::function<Result<std::unique_ptr<T>>()>;

  explicit SlotPool(Maker maker) : maker_(std::move(maker)) {}
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

 private:
  struct alignas(64) Slot {
    std::atomic<bool> busy{false};
    std::unique_ptr<T> object;
  };

 public:
  // Gives the slot back at the end of its life. Move-only; must not outlive the pool.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (slot_ != nullptr) slot_->busy.store(false, std::memory_order_release);
    }
    T& operator*() const { return *slot_->object; }
    T* operator->() const { return slot_->object.get(); }

   private:
    friend class SlotPool;
    explicit Lease(Slot* slot) : slot_(slot) {}
    Slot* slot_;
  };

  // Waits while all slots are busy. Errors: those of the maker.
  Result<Lease> Acquire() {
    for (std::size_t attempt = ThreadOrdinal(), tries = 0;; ++attempt, ++tries) {
      Slot& slot = slots_[attempt % kSlots];
      if (TryTake(slot)) {
        Lease lease(&slot);
        if (slot.object == nullptr) {
          FLORIN_TRY(slot.object, maker_());
        }
        return lease;
      }
      if (tries >= kSlots) std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }

  // Calls `work` while no lease is out and none can be taken. Must not be called with a lease.
  template <class Work>
  auto Alone(Work work) {
    struct Hold {
      SlotPool* pool;
      explicit Hold(SlotPool* held) : pool(held) {
        for (Slot& slot : pool->slots_) {
          while (!TryTake(slot)) std::this_thread::yield();
        }
      }
      ~Hold() {
        for (Slot& slot : pool->slots_) slot.busy.store(false, std::memory_order_release);
      }
    } hold(this);
    return work();
  }

 private:
  static bool TryTake(Slot& slot) {
    return !slot.busy.load(std::memory_order_relaxed) &&
           !slot.busy.exchange(true, std::memory_order_acquire);
  }

  Maker maker_;
  std::array<Slot, kSlots> slots_;
};

}  // namespace florin::tokenizer
