#include "crypto/base/secret_arena.h"

#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>
#include <new>

#include "florin/base/secret.h"

#if defined(__SANITIZE_ADDRESS__)
#define FLORIN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FLORIN_ASAN 1
#endif
#endif
#if defined(FLORIN_ASAN)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace florin {
namespace {

constexpr std::size_t kSmallestSlot = 64;
constexpr std::size_t kClasses = 9;  // 64 bytes to 16 KiB
constexpr std::size_t kLargestSlot = kSmallestSlot << (kClasses - 1);

// Slots that a thread may keep, per class: 17 KiB at most, so that hundreds of idle threads fit
// into a small RLIMIT_MEMLOCK. The largest classes always go through the lock.
constexpr std::array<std::uint8_t, kClasses> kCached = {16, 16, 8, 4, 2, 2, 1, 0, 0};
constexpr std::size_t kMostCached = 16;

// Ends every slot. `next` lives here and not in the part the user had, so that a free slot is all
// zero and needs no wiping before use.
struct SlotTail {
  std::uint64_t canary;
  std::uint8_t* next;
};
constexpr std::size_t kLargestCapacity = kLargestSlot - sizeof(SlotTail);

// Starts every area obtained from libsodium, which puts guard pages around it, a canary in front,
// and its end at the end of a page.
struct alignas(64) AreaHeader {
  AreaHeader* previous;
  AreaHeader* next;
  std::size_t bytes;  // the header included
  bool locked;
};
static_assert(sizeof(AreaHeader) == 64 && kSecretAlignment == 64);

// libsodium keeps its canary on the first page; 64 bytes are left for it, and 64-byte alignment.
constexpr std::size_t kRegionBytes = 64 * 1024 - 64;

constexpr std::size_t SlotSize(std::size_t slot_class) { return kSmallestSlot << slot_class; }
constexpr std::size_t Capacity(std::size_t slot_class) {
  return SlotSize(slot_class) - sizeof(SlotTail);
}

// The smallest class whose capacity is at least `size`.
constexpr std::size_t ClassFor(std::size_t size) {
  const std::size_t last = (size + sizeof(SlotTail) - 1) | (kSmallestSlot - 1);
  return static_cast<std::size_t>(std::bit_width(last)) - 6;
}
static_assert(ClassFor(1) == 0 && ClassFor(48) == 0 && ClassFor(49) == 1 && ClassFor(112) == 1);
static_assert(ClassFor(kLargestCapacity) == kClasses - 1);

SlotTail& TailOf(std::uint8_t* slot, std::size_t slot_class) {
  return *std::launder(reinterpret_cast<SlotTail*>(slot + Capacity(slot_class)));
}

std::size_t PageSize() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

struct PageRange {
  std::uintptr_t begin;
  std::size_t bytes;
};

PageRange PagesOf(const AreaHeader* area) {
  const std::uintptr_t mask = PageSize() - 1;
  const auto begin = reinterpret_cast<std::uintptr_t>(area) & ~mask;
  const auto end = (reinterpret_cast<std::uintptr_t>(area) + area->bytes + mask) & ~mask;
  return {begin, end - begin};
}

// libsodium locks too but does not tell whether it could; locking twice counts once.
bool LockPages(const AreaHeader* area) {
  const PageRange pages = PagesOf(area);
  return mlock(reinterpret_cast<const void*>(pages.begin), pages.bytes) == 0;
}

// Areas: the pages themselves. Guarded by `mutex_`, which is the innermost lock.
class AreaList {
 public:
  // Returns null when the system gives no memory, or none that can be locked and it must be.
  AreaHeader* Add(std::size_t bytes) {
    void* memory = sodium_malloc(bytes);
    if (memory == nullptr) return nullptr;
    std::memset(memory, 0, bytes);  // libsodium hands out pages filled with 0xdb
    auto* area = new (memory) AreaHeader{nullptr, head_, bytes, false};
    area->locked = LockPages(area);
    if (!area->locked && must_lock_) {
      sodium_free(memory);
      return nullptr;
    }
    if (head_ != nullptr) head_->previous = area;
    head_ = area;
    Count(*area, true);
    return area;
  }

  void Remove(AreaHeader* area) {
    if (area->previous != nullptr) area->previous->next = area->next;
    if (area->next != nullptr) area->next->previous = area->previous;
    if (head_ == area) head_ = area->next;
    Count(*area, false);
    sodium_free(area);
  }

  // Locks are not inherited by a forked child.
  void LockAgain() {
    status_ = {};
    for (AreaHeader* area = head_; area != nullptr; area = area->next) {
      area->locked = LockPages(area);
      Count(*area, true);
    }
  }

  void MustLock() { must_lock_ = true; }
  SecretMemoryStatus status() const { return status_; }

 private:
  void Count(const AreaHeader& area, bool added) {
    const std::size_t bytes = PagesOf(&area).bytes;
    status_.reserved_bytes += added ? bytes : std::size_t{0} - bytes;
    if (area.locked) status_.locked_bytes += added ? bytes : std::size_t{0} - bytes;
  }

  AreaHeader* head_ = nullptr;
  SecretMemoryStatus status_;
  bool must_lock_ = false;
};

// The shared part: free slots per class and the region that new slots are cut from.
class Heap {
 public:
  Heap();

  // Moves up to `count` slots into `out`; returns how many, 0 when memory has run out.
  std::size_t Take(std::size_t slot_class, std::size_t count, std::uint8_t** out);
  void Give(std::size_t slot_class, std::uint8_t* const* slots, std::size_t count);

  std::uint8_t* TakeLarge(std::size_t capacity);
  void GiveLarge(std::uint8_t* data);

  void WipeAndMarkFree(std::uint8_t* slot, std::size_t slot_class) const;
  void MarkUsed(std::uint8_t* slot, std::size_t slot_class) const;

  SecretMemoryStatus GetStatus();
  void MustLock();

  void LockAll();
  void UnlockAll();
  void LockAreasAgain() { areas_.LockAgain(); }

 private:
  struct alignas(64) FreeList {
    std::mutex mutex;
    std::uint8_t* head = nullptr;
  };

  std::uint64_t CanaryFor(const std::uint8_t* slot) const {
    return canary_ ^ reinterpret_cast<std::uintptr_t>(slot);
  }
  std::uint8_t* CutSlot(std::size_t slot_class);
  bool NewRegion(std::size_t slot_class);

  std::array<FreeList, kClasses> free_;
  std::mutex region_mutex_;  // taken after a FreeList's
  AreaList areas_;
  std::uint8_t* cursor_ = nullptr;
  std::size_t left_ = 0;
  std::uint64_t canary_ = 0;
};

Heap& TheHeap();

// A forked child gets the heap in a state where no other thread is inside it.
void BeforeFork() { TheHeap().LockAll(); }
void AfterForkInParent() { TheHeap().UnlockAll(); }
void AfterForkInChild() {
  TheHeap().LockAreasAgain();
  TheHeap().UnlockAll();
}

Heap::Heap() {
  FLORIN_INVARIANT(sodium_init() >= 0);
  randombytes_buf(&canary_, sizeof(canary_));
}

// Never destroyed: secrets in static objects are released after main has returned.
Heap& TheHeap() {
  static Heap* const heap = [] {
    auto* made = new Heap;
    FLORIN_INVARIANT(pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild) == 0);
    return made;
  }();
  return *heap;
}

// Made at load, while there is one thread: a fork during a first use by another thread would leave
// the child waiting for a heap that nobody finishes.
[[gnu::constructor]] void MakeHeap() { TheHeap(); }

void Heap::WipeAndMarkFree(std::uint8_t* slot, std::size_t slot_class) const {
  SlotTail& tail = TailOf(slot, slot_class);
  // Fails after a write past the end, a second release, or a release of what is not a slot.
  FLORIN_INVARIANT(tail.canary == CanaryFor(slot));
  Wipe({slot, Capacity(slot_class)});
  tail.canary = ~CanaryFor(slot);
  ASAN_POISON_MEMORY_REGION(slot, Capacity(slot_class));
}

void Heap::MarkUsed(std::uint8_t* slot, std::size_t slot_class) const {
  ASAN_UNPOISON_MEMORY_REGION(slot, Capacity(slot_class));
  SlotTail& tail = TailOf(slot, slot_class);
  FLORIN_INVARIANT(tail.canary == ~CanaryFor(slot));
  tail.canary = CanaryFor(slot);
}

std::size_t Heap::Take(std::size_t slot_class, std::size_t count, std::uint8_t** out) {
  FreeList& list = free_[slot_class];
  const std::lock_guard lock(list.mutex);
  std::size_t taken = 0;
  for (; taken < count && list.head != nullptr; ++taken) {
    out[taken] = list.head;
    list.head = TailOf(list.head, slot_class).next;
  }
  if (taken != 0) return taken;
  const std::lock_guard region_lock(region_mutex_);
  for (; taken < count; ++taken) {
    // Only the first slot may cost a new region; the others fill up what is there.
    if (left_ < SlotSize(slot_class) && (taken != 0 || !NewRegion(slot_class))) break;
    out[taken] = CutSlot(slot_class);
  }
  return taken;
}

void Heap::Give(std::size_t slot_class, std::uint8_t* const* slots, std::size_t count) {
  FreeList& list = free_[slot_class];
  const std::lock_guard lock(list.mutex);
  for (std::size_t i = 0; i < count; ++i) {
    TailOf(slots[i], slot_class).next = list.head;
    list.head = slots[i];
  }
}

std::uint8_t* Heap::CutSlot(std::size_t slot_class) {
  std::uint8_t* slot = cursor_;
  cursor_ += SlotSize(slot_class);
  left_ -= SlotSize(slot_class);
  new (slot + Capacity(slot_class)) SlotTail{~CanaryFor(slot), nullptr};
  ASAN_POISON_MEMORY_REGION(slot, Capacity(slot_class));
  return slot;
}

// Gives what is left of the old region to smaller classes than `slot_class`, whose list the caller
// has locked; their lists are only tried, never waited for, so that no lock order can be broken.
bool Heap::NewRegion(std::size_t slot_class) {
  for (std::size_t smaller = slot_class; smaller-- > 0;) {
    FreeList& list = free_[smaller];
    const std::unique_lock lock(list.mutex, std::try_to_lock);
    while (lock.owns_lock() && left_ >= SlotSize(smaller)) {
      std::uint8_t* slot = CutSlot(smaller);
      TailOf(slot, smaller).next = list.head;
      list.head = slot;
    }
  }
  AreaHeader* region = areas_.Add(kRegionBytes);
  if (region == nullptr) return false;
  cursor_ = reinterpret_cast<std::uint8_t*>(region) + sizeof(AreaHeader);
  left_ = kRegionBytes - sizeof(AreaHeader);
  return true;
}

std::uint8_t* Heap::TakeLarge(std::size_t capacity) {
  const std::lock_guard lock(region_mutex_);
  AreaHeader* area = areas_.Add(sizeof(AreaHeader) + capacity);
  return area == nullptr ? nullptr : reinterpret_cast<std::uint8_t*>(area) + sizeof(AreaHeader);
}

void Heap::GiveLarge(std::uint8_t* data) {
  const std::lock_guard lock(region_mutex_);
  areas_.Remove(std::launder(reinterpret_cast<AreaHeader*>(data - sizeof(AreaHeader))));
}

SecretMemoryStatus Heap::GetStatus() {
  const std::lock_guard lock(region_mutex_);
  return areas_.status();
}

void Heap::MustLock() {
  const std::lock_guard lock(region_mutex_);
  areas_.MustLock();
}

void Heap::LockAll() {
  for (FreeList& list : free_) list.mutex.lock();
  region_mutex_.lock();
}

void Heap::UnlockAll() {
  region_mutex_.unlock();
  for (FreeList& list : free_) list.mutex.unlock();
}

// A thread's own free slots. Trivial, so that it can still be asked after thread-local objects
// have been destroyed; ThreadCacheEnd then hands the slots back and closes it.
struct ThreadCache {
  std::uint8_t* slots[kClasses][kMostCached];
  std::uint8_t count[kClasses];
  bool open;
  bool closed;
};
constinit thread_local ThreadCache t_cache = {};

struct ThreadCacheEnd {
  ~ThreadCacheEnd() {
    for (std::size_t c = 0; c < kClasses; ++c)
      TheHeap().Give(c, t_cache.slots[c], t_cache.count[c]);
    t_cache = {};
    t_cache.closed = true;
  }
};

bool CacheUsable() {
  if (t_cache.open) return true;
  if (t_cache.closed) return false;
  static thread_local ThreadCacheEnd end;
  (void)&end;
  t_cache.open = true;
  return true;
}

std::uint8_t* TakeSlot(std::size_t slot_class) {
  Heap& heap = TheHeap();
  std::uint8_t* slot = nullptr;
  if (kCached[slot_class] == 0 || !CacheUsable()) {
    return heap.Take(slot_class, 1, &slot) == 1 ? slot : nullptr;
  }
  std::uint8_t& count = t_cache.count[slot_class];
  if (count == 0) {
    const std::size_t wanted = (std::size_t{kCached[slot_class]} + 1) / 2;
    count = static_cast<std::uint8_t>(heap.Take(slot_class, wanted, t_cache.slots[slot_class]));
    if (count == 0) return nullptr;
  }
  return t_cache.slots[slot_class][--count];
}

void GiveSlot(std::uint8_t* slot, std::size_t slot_class) {
  Heap& heap = TheHeap();
  if (kCached[slot_class] == 0 || !CacheUsable()) return heap.Give(slot_class, &slot, 1);
  std::uint8_t& count = t_cache.count[slot_class];
  if (count == kCached[slot_class]) {
    const std::size_t kept = count / 2u;
    heap.Give(slot_class, t_cache.slots[slot_class] + kept, count - kept);
    count = static_cast<std::uint8_t>(kept);
  }
  t_cache.slots[slot_class][count++] = slot;
}

constexpr Error kNoMemory(
    ErrorCode::kResourceExhausted,
    "secret memory has run out; raise RLIMIT_MEMLOCK or the memory limit of the process");

}  // namespace

Result<SecretArena::Block> SecretArena::Allocate(std::size_t size) {
  FLORIN_INVARIANT(size != 0 && size <= kMaxSecretBytes);
  if (size > kLargestCapacity) {
    const std::size_t capacity = (size + kSecretAlignment - 1) & ~(kSecretAlignment - 1);
    std::uint8_t* data = TheHeap().TakeLarge(capacity);
    if (data == nullptr) return kNoMemory;
    return Block{data, capacity};
  }
  const std::size_t slot_class = ClassFor(size);
  std::uint8_t* slot = TakeSlot(slot_class);
  if (slot == nullptr) return kNoMemory;
  TheHeap().MarkUsed(slot, slot_class);
  return Block{slot, Capacity(slot_class)};
}

void SecretArena::Release(std::uint8_t* data, std::size_t capacity) {
  if (capacity > kLargestCapacity) return TheHeap().GiveLarge(data);
  const std::size_t slot_class = ClassFor(capacity);
  TheHeap().WipeAndMarkFree(data, slot_class);
  GiveSlot(data, slot_class);
}

SecretMemoryStatus SecretArena::GetStatus() { return TheHeap().GetStatus(); }

Status SecretArena::RequireLocked() {
  TheHeap().MustLock();
  if (TheHeap().GetStatus().all_locked()) return OkStatus();
  return Error(
      ErrorCode::kResourceExhausted,
      "secrets already lie in memory that is not locked; raise RLIMIT_MEMLOCK and restart");
}

SecretMemoryStatus GetSecretMemoryStatus() { return SecretArena::GetStatus(); }

Status RequireLockedSecretMemory() { return SecretArena::RequireLocked(); }

}  // namespace florin
