// Session: what is active in one session, and SessionTable, where sessions are found by handle.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "crypto/mechanisms/operation.h"
#include "crypto/primitives/hash.h"
#include "hsm_sim/quirks.h"
#include "hsm_sim/token.h"

namespace florin::hsm_sim {

// Where an operation stands. Single and multiple part must not mix (PKCS#11 3.0 5.2).
enum class Phase : std::uint8_t {
  kIdle,
  kReady,     // after Init
  kAsked,     // the length of a single-part result was asked: only the single part may follow
  kInPieces,  // after the first Update
  kMessage,   // after a message Init
};

// One verb of a session.
struct VerbState {
  mechanisms::Operation operation;
  Phase phase = Phase::kIdle;
  std::uint64_t login_epoch = 0;
  CK_MECHANISM_TYPE mechanism = 0;
  std::uint64_t taken = 0;  // bytes of input, in pieces
  CK_OBJECT_HANDLE key = 0;
  std::uint64_t objects_epoch = 0;  // under which the key was found
  // Of the key, for message operations, which outlive many changes of the token.
  ObjectPtr object;

  // What a finished operation without parameter stays prepared for: the next Init with the same
  // mechanism and key finds everything judged and scheduled, as long as no object changed.
  struct Spare {
    CK_OBJECT_HANDLE key = 0;  // 0: nothing is spared
    CK_MECHANISM_TYPE mechanism = 0;
    std::uint64_t objects_epoch = 0;
  };
  Spare spare;

  // Ends a single part that was done.
  void Rest() {
    if (spare.key == 0) return End();
    phase = Phase::kIdle;
  }
  void End() {
    spare = Spare();
    operation.Reset();
    object.reset();
    taken = 0;
    phase = Phase::kIdle;
  }
};

struct DigestState {
  std::optional<primitives::Hasher> hasher;
  Phase phase = Phase::kIdle;

  void End() {
    hasher.reset();
    phase = Phase::kIdle;
  }
};

struct FindState {
  std::vector<CK_OBJECT_HANDLE> results;
  std::size_t next = 0;
  bool active = false;
};

// Everything in it belongs to whoever holds `mutex`.
class Session {
  struct Remembered {
    CK_OBJECT_HANDLE handle = 0;
    std::uint64_t epoch = 0;
    ObjectPtr object;
  };

 public:
  std::mutex mutex;
  CK_SESSION_HANDLE handle = 0;  // 0: closed
  CK_SLOT_ID slot = 0;
  std::shared_ptr<Token> token;
  const Quirks* quirks = nullptr;  // of the module; never null where the session is open
  bool read_write = false;
  VerbState sign, verify, encrypt, decrypt;
  DigestState digest;
  FindState find;

  VerbState& StateOf(mechanisms::Verb verb);

  // The object of a handle, remembered: a second call costs two loads. Valid until the next call.
  // Null where there is none.
  const ObjectPtr& Find(CK_OBJECT_HANDLE object);

  // Lets go of the remembered object and of what idle verbs spare.
  void Forget();

  // Session objects made here end here.
  void Own(CK_OBJECT_HANDLE object);
  void Disown(CK_OBJECT_HANDLE object);

  // Ends every active operation and forgets the remembered object.
  void Cancel();
  // Also drops its objects and becomes closed.
  void Close();

 private:
  Remembered remembered_;
  std::vector<CK_OBJECT_HANDLE> own_;
  std::size_t own_limit_ = 64;
};

// A session whose lock is held.
class LockedSession {
 public:
  LockedSession(Session* session, std::unique_lock<std::mutex> lock)
      : session_(session), lock_(std::move(lock)) {}
  Session& operator*() const { return *session_; }
  Session* operator->() const { return session_; }

 private:
  Session* session_;
  std::unique_lock<std::mutex> lock_;
};

// Safe for many threads. Finding a session takes no lock but the session's own. Memory of sessions
// is kept for reuse and never given back, so that a stale handle meets a closed session, not a
// dangling pointer. Handles are unique in the process and never come back.
class SessionTable {
 public:
  static constexpr std::size_t kMaxSessions = 16384;

  SessionTable() = default;
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // CKR_SESSION_COUNT, and the token's errors. `quirks` stays as it is until the session is closed.
  Result<CK_SESSION_HANDLE> Open(CK_SLOT_ID slot, std::shared_ptr<Token> token,
                                 const Quirks& quirks, bool read_write);

  // CKR_SESSION_HANDLE_INVALID.
  Result<LockedSession> Lock(CK_SESSION_HANDLE handle);

  Status Close(CK_SESSION_HANDLE handle);
  // Those of one token, or all where `token` is null.
  void CloseAll(const Token* token);
  // Ends the operations in the token's sessions that began before its last logout.
  void CancelAfterLogout(const Token& token);

 private:
  // Runs `action` on every open session of `token` (or all), locked.
  template <class Action>
  void ForEach(const Token* token, Action action);

  std::array<std::atomic<Session*>, kMaxSessions> slots_{};
  std::mutex mutex_;  // guards the two below
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
};

}  // namespace florin::hsm_sim
