#include "hsm_sim/session.h"

#include <algorithm>
#include <utility>

#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

constexpr unsigned kIndexBits = 14;
static_assert(SessionTable::kMaxSessions == std::size_t{1} << kIndexBits);

// Goes on over C_Finalize and fork: a handle of before never fits a session of after.
std::atomic<std::uint64_t> next_number{1};

std::size_t IndexOf(CK_SESSION_HANDLE handle) { return handle & (SessionTable::kMaxSessions - 1); }

}  // namespace

VerbState& Session::StateOf(mechanisms::Verb verb) {
  switch (verb) {
    case mechanisms::Verb::kSign: return sign;
    case mechanisms::Verb::kVerify: return verify;
    case mechanisms::Verb::kEncrypt: return encrypt;
    default: return decrypt;
  }
}

const ObjectPtr& Session::Find(CK_OBJECT_HANDLE object) {
  const ObjectTable& objects = token->objects();
  const std::uint64_t epoch = objects.epoch();
  // That there was none is not remembered: new objects do not change the epoch.
  const bool known = remembered_.object != nullptr && remembered_.handle == object;
  if (!known || remembered_.epoch != epoch) {
    remembered_ = {object, epoch, objects.Find(object)};
  }
  return remembered_.object;
}

void Session::Own(CK_OBJECT_HANDLE object) {
  own_.push_back(object);
  if (own_.size() < own_limit_) return;
  // Objects that other sessions destroyed are still listed; the list must not grow with them.
  const auto gone = [this](CK_OBJECT_HANDLE object_handle) {
    return token->objects().Find(object_handle) == nullptr;
  };
  own_.erase(std::remove_if(own_.begin(), own_.end(), gone), own_.end());
  own_limit_ = std::max<std::size_t>(64, 2 * own_.size());
}

void Session::Disown(CK_OBJECT_HANDLE object) {
  // The newest object is destroyed most often.
  const auto found = std::find(own_.rbegin(), own_.rend(), object);
  if (found != own_.rend()) own_.erase(std::next(found).base());
}

void Session::Forget() {
  remembered_ = Remembered();
  for (VerbState* state : {&sign, &verify, &encrypt, &decrypt}) {
    if (state->phase == Phase::kIdle && state->spare.key != 0) state->End();
  }
}

void Session::Cancel() {
  for (VerbState* state : {&sign, &verify, &encrypt, &decrypt}) state->End();
  digest.End();
  find = FindState();
  Forget();
}

void Session::Close() {
  Cancel();
  for (const CK_OBJECT_HANDLE object : own_) token->Drop(object);
  own_.clear();
  own_limit_ = 64;
  handle = 0;
  token.reset();
}

Result<CK_SESSION_HANDLE> SessionTable::Open(CK_SLOT_ID slot, std::shared_ptr<Token> token,
                                             const Quirks& quirks, bool read_write) {
  std::uint32_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty() && used_ == kMaxSessions) return Fail(CKR_SESSION_COUNT);
    if (free_.empty()) {
      slots_[used_].store(new Session(), std::memory_order_release);
      index = used_++;
    } else {
      index = free_.back();
      free_.pop_back();
    }
  }
  if (const Status added = token->AddSession(read_write); !added.ok()) {
    const std::lock_guard lock(mutex_);
    free_.push_back(index);
    return added.error();
  }
  Session& session = *slots_[index].load(std::memory_order_acquire);
  const std::lock_guard lock(session.mutex);
  session.handle = next_number.fetch_add(1) << kIndexBits | index;
  session.slot = slot;
  session.token = std::move(token);
  session.quirks = &quirks;
  session.read_write = read_write;
  return session.handle;
}

Result<LockedSession> SessionTable::Lock(CK_SESSION_HANDLE handle) {
  Session* session = slots_[IndexOf(handle)].load(std::memory_order_acquire);
  if (session == nullptr || handle == 0) return Fail(CKR_SESSION_HANDLE_INVALID);
  std::unique_lock lock(session->mutex);
  if (session->handle != handle) return Fail(CKR_SESSION_HANDLE_INVALID);
  return LockedSession(session, std::move(lock));
}

Status SessionTable::Close(CK_SESSION_HANDLE handle) {
  std::shared_ptr<Token> token;
  bool read_write = false;
  {
    FLORIN_TRY(const LockedSession session, Lock(handle));
    token = session->token;
    read_write = session->read_write;
    session->Close();
  }
  // Outside of the session's lock: the last session logs out, which waits for other sessions.
  token->RemoveSession(read_write);
  const std::lock_guard lock(mutex_);
  free_.push_back(static_cast<std::uint32_t>(IndexOf(handle)));
  return OkStatus();
}

template <class Action>
void SessionTable::ForEach(const Token* token, Action action) {
  std::uint32_t used = 0;
  {
    const std::lock_guard lock(mutex_);
    used = used_;
  }
  for (std::uint32_t index = 0; index < used; ++index) {
    Session* session = slots_[index].load(std::memory_order_acquire);
    const std::lock_guard lock(session->mutex);
    if (session->handle == 0) continue;
    if (token == nullptr || session->token.get() == token) action(*session);
  }
}

void SessionTable::CloseAll(const Token* token) {
  std::vector<CK_SESSION_HANDLE> handles;
  ForEach(token, [&handles](Session& session) { handles.push_back(session.handle); });
  for (const CK_SESSION_HANDLE handle : handles) {
    // Another thread may have closed it meanwhile.
    (void)Close(handle).ok();
  }
}

void SessionTable::CancelAfterLogout(const Token& token) {
  const std::uint64_t epoch = token.login_epoch();
  ForEach(&token, [epoch](Session& session) {
    bool stale = session.find.active;
    for (const VerbState* state :
         {&session.sign, &session.verify, &session.encrypt, &session.decrypt}) {
      stale = stale || (state->phase != Phase::kIdle && state->login_epoch != epoch);
    }
    if (stale) session.Cancel();
    session.Forget();
  });
}

}  // namespace florin::hsm_sim
