// SessionPool: sessions for many threads, renewed when one is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "florin/base/observer.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

// Opens one more session: a SoftToken's, or a logged-in Pkcs11Session.
using SessionOpener = std::function<Result<std::unique_ptr<Session>>()>;

struct SessionPoolOptions {
  std::size_t max_sessions = 64;  // Acquire waits beyond this
  Observer* observer = &NullObserver();
};

// Safe for many threads. A thread that leases again gets the session it had last where that is
// free, so its resolved keys stay warm.
class SessionPool {
 public:
  explicit SessionPool(SessionOpener opener, SessionPoolOptions options = {});
  ~SessionPool();
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  // A session for the life of the lease. Move-only; returns it on destruction, or drops it where
  // it is no longer alive.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    Session& operator*() const { return *session_; }
    Session* operator->() const { return session_.get(); }

   private:
    friend class SessionPool;
    Lease(SessionPool* pool, std::size_t slot);
    // The session that the slot kept, or a new one.
    Status Open();
    // Drops the session as lost, and with it every idle one that is no younger.
    void GiveUp();
    SessionPool* pool_;
    std::unique_ptr<Session> session_;
    std::size_t slot_;
    std::uint64_t generation_ = 0;
  };

  Result<Lease> Acquire();

  // Calls `work(Session&)` on a leased session, and once more on a newly opened one when the first
  // was lost (kSessionLost). One lost session condemns the idle ones of its generation: after a
  // restart of the module they may all be dead without knowing. `work` must be safe to repeat.
  template <class Work>
  std::invoke_result_t<Work&, Session&> Run(Work work) {
    auto lease = Acquire();
    if (!lease.ok()) return lease.error();
    for (int attempt = 0;; ++attempt) {
      auto result = work(**lease);
      if (result.ok() || result.error().code() != ErrorCode::kSessionLost) return result;
      lease->GiveUp();
      if (attempt > 0) return result;
      const Status opened = lease->Open();
      if (!opened.ok()) return opened.error();
    }
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace florin::hsm

#pragma GCC visibility pop
