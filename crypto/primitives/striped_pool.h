// StripedPool: a few reusable objects that many threads borrow without a common lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "crypto/base/thread_ordinal.h"

namespace florin::primitives {

// Holds up to kSlots objects of the owner type Ptr (a unique_ptr), made when first borrowed. A
// thread tries its own slot first, then the next ones; when all are busy it gets a temporary
// object. So a lone thread, and up to kSlots threads, pay one uncontended atomic exchange. Any
// thread may borrow. The pool must outlive its leases. All objects die with it.
template <class Ptr>
class StripedPool {
 public:
  static constexpr std::size_t kSlots = 8;
  using Element = typename Ptr::element_type;

 private:
  // A line each, so that threads do not push the same cache line around.
  struct alignas(64) Slot {
    std::atomic<bool> busy{false};
    Ptr object;
  };
  using Slots = std::array<Slot, kSlots>;

 public:
  // A borrowed object, or nullptr when none could be made.
  class Lease {
   public:
    Lease(Slot* slot, Element* object) : slot_(slot), object_(object) {}
    explicit Lease(Ptr temporary) : object_(temporary.get()), temporary_(std::move(temporary)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (slot_ != nullptr) slot_->busy.store(false, std::memory_order_release);
    }

    Element* get() const { return object_; }
    Element* operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }

   private:
    Slot* slot_ = nullptr;
    Element* object_;
    Ptr temporary_;
  };

  StripedPool() = default;
  StripedPool(const StripedPool&) = delete;
  StripedPool& operator=(const StripedPool&) = delete;
  ~StripedPool() { delete slots_.load(std::memory_order_acquire); }

  // Borrows an object; `make` returns a new Ptr, empty on failure.
  template <class Make>
  Lease Borrow(const Make& make) {
    Slots& slots = Get();
    const std::size_t first = ThreadOrdinal();
    for (std::size_t i = 0; i < kSlots; ++i) {
      Slot& slot = slots[(first + i) % kSlots];
      if (slot.busy.load(std::memory_order_relaxed) ||
          slot.busy.exchange(true, std::memory_order_acquire)) {
        continue;
      }
      if (!slot.object) slot.object = make();
      return Lease(&slot, slot.object.get());
    }
    return Lease(make());
  }

 private:
  // Allocated at first use: a key that is only stored costs a pointer.
  Slots& Get() {
    Slots* slots = slots_.load(std::memory_order_acquire);
    if (slots != nullptr) return *slots;
    auto fresh = std::make_unique<Slots>();
    if (slots_.compare_exchange_strong(slots, fresh.get(), std::memory_order_acq_rel)) {
      return *fresh.release();
    }
    return *slots;
  }

  std::atomic<Slots*> slots_{nullptr};
};

}  // namespace florin::primitives
