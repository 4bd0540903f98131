#include "florin/base/random.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "florin/base/secret.h"

namespace florin {
namespace {

constexpr std::size_t kBufferBytes = 4080;  // fills a 4 KiB slot of the secret arena
constexpr std::size_t kDirectFrom = 1024;   // larger requests gain nothing from the buffer

Status FromKernel(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return Error(ErrorCode::kDeviceError, "the kernel gave no random bytes; see the errno",
                   static_cast<std::uint32_t>(errno));
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return OkStatus();
}

// A number that differs between a process and its forked children. It lies on a page that the
// kernel zeroes in a child (MADV_WIPEONFORK), which also covers children made by a bare clone;
// a fork handler covers kernels that do not know the advice.
class ForkEpoch {
 public:
  ForkEpoch() {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
      (void)madvise(memory, page, MADV_WIPEONFORK);
      current_ = new (memory) std::atomic<std::uint64_t>(0);
    }
  }

  std::uint64_t Get() {
    std::uint64_t epoch = current_->load(std::memory_order_acquire);
    if (epoch != 0) return epoch;
    const std::uint64_t fresh = last_.fetch_add(1) + 1;
    return current_->compare_exchange_strong(epoch, fresh) ? fresh : epoch;
  }

  void Forget() { current_->store(0, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t> without_page_{0};
  std::atomic<std::uint64_t>* current_ = &without_page_;
  std::atomic<std::uint64_t> last_{0};
};

ForkEpoch& TheForkEpoch();
void ForgetEpochInChild() { TheForkEpoch().Forget(); }

ForkEpoch& TheForkEpoch() {
  static ForkEpoch* const epoch = [] {
    auto* made = new ForkEpoch;
    FLORIN_INVARIANT(pthread_atfork(nullptr, nullptr, ForgetEpochInChild) == 0);
    return made;
  }();
  return *epoch;
}

// Made at load, as the secret heap is, and for the same reason.
[[gnu::constructor]] void MakeForkEpoch() { TheForkEpoch(); }

// Set when the buffer of this thread has been destroyed; later draws go to the kernel.
constinit thread_local bool t_buffer_gone = false;

// Unused bytes are at the front; what has been handed out is wiped.
struct Buffer {
  SecretBytes bytes;
  std::size_t left = 0;
  std::uint64_t epoch = 0;

  Buffer() {
    Result<SecretBytes> memory = SecretBytes::Create(kBufferBytes);
    if (memory.ok()) bytes = std::move(memory).value();
  }
  ~Buffer() { t_buffer_gone = true; }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  Status Draw(MutableBytes out) {
    const std::uint64_t now = TheForkEpoch().Get();
    if (now != epoch) left = 0;
    epoch = now;
    const MutableBytes pool = bytes.Write(SecretAccess{});
    while (!out.empty()) {
      if (left == 0) {
        FLORIN_CHECK_OK(FromKernel(pool));
        left = pool.size();
      }
      const std::size_t count = std::min(left, out.size());
      const MutableBytes taken = pool.subspan(left - count, count);
      std::memcpy(out.data(), taken.data(), count);
      Wipe(taken);
      left -= count;
      out = out.subspan(count);
    }
    return OkStatus();
  }
};

class KernelRandom final : public RandomSource {
 public:
  Status Fill(MutableBytes out) override {
    if (out.size() >= kDirectFrom || t_buffer_gone) return FromKernel(out);
    static thread_local Buffer buffer;
    if (buffer.bytes.empty()) return FromKernel(out);
    return buffer.Draw(out);
  }
};

}  // namespace

RandomSource& SystemRandom() {
  static auto* const source = new KernelRandom;
  return *source;
}

}  // namespace florin
