#include "hsm_sim/token.h"

#include <utility>

#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

Error PinError(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kAuthenticationFailed: return Fail(CKR_PIN_INCORRECT);
    case ErrorCode::kLocked: return Fail(CKR_PIN_LOCKED);
    case ErrorCode::kNotInitialized: return Fail(CKR_USER_PIN_NOT_INITIALIZED);
    default: return error;
  }
}

Status CheckNewPin(ByteView pin) {
  if (pin.size() >= kMinPinLength && pin.size() <= kMaxPinLength) return OkStatus();
  return Fail(CKR_PIN_LEN_RANGE);
}

}  // namespace

Result<std::shared_ptr<Token>> Token::Start(std::unique_ptr<TokenStore> store) {
  std::shared_ptr<Token> token(new Token(std::move(store)));
  const std::lock_guard lock(token->change_mutex_);
  {
    FLORIN_TRY(const auto file_lock, token->store_->Lock());
    FLORIN_TRY(const TokenRecord record, token->store_->ReadRecord());
    // What a crash left behind may stay where the disk refuses: it is never read.
    (void)token->store_->CleanUp(record.epoch).ok();
  }
  FLORIN_CHECK_OK(token->SyncShared());
  return token;
}

Result<std::shared_ptr<Token>> Token::Create(const StorageEnvironment& environment,
                                             const std::string& root, std::string_view label,
                                             ByteView so_pin) {
  FLORIN_CHECK_OK(CheckNewPin(so_pin));
  FLORIN_TRY(auto store, TokenStore::Create(environment, root, label, so_pin));
  return Start(std::move(store));
}

Result<std::shared_ptr<Token>> Token::Open(const StorageEnvironment& environment,
                                           const std::string& root, const std::string& name) {
  FLORIN_TRY(auto store, TokenStore::Open(environment, root, name));
  return Start(std::move(store));
}

Status Token::AddSession(bool read_write) {
  const std::lock_guard lock(login_mutex_);
  if (!read_write && login() == LoginState::kSo) return Fail(CKR_SESSION_READ_WRITE_SO_EXISTS);
  sessions_.fetch_add(1);
  if (read_write) read_write_sessions_.fetch_add(1);
  return OkStatus();
}

void Token::RemoveSession(bool read_write) {
  const std::lock_guard lock(login_mutex_);
  if (read_write) read_write_sessions_.fetch_sub(1);
  if (sessions_.fetch_sub(1) == 1) LogoutLocked();
}

Status Token::CheckMayLogin(Role role) const {
  const LoginState wanted = role == Role::kSo ? LoginState::kSo : LoginState::kUser;
  if (login() == wanted) return Fail(CKR_USER_ALREADY_LOGGED_IN);
  if (login() != LoginState::kNone) return Fail(CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
  if (role == Role::kSo && sessions() != read_write_sessions()) {
    return Fail(CKR_SESSION_READ_ONLY_EXISTS);
  }
  return OkStatus();
}

Status Token::Login(Role role, ByteView pin) {
  // Of many threads that log in at once, one hashes and the others find it done.
  const std::lock_guard authentication_lock(authentication_mutex_);
  {
    const std::lock_guard lock(login_mutex_);
    FLORIN_CHECK_OK(CheckMayLogin(role));
  }
  // Hashing takes most of a second: sessions open and close meanwhile.
  auto key = store_->Authenticate(role, pin);
  if (!key.ok()) return PinError(key.error());
  const std::lock_guard lock(login_mutex_);
  FLORIN_CHECK_OK(CheckMayLogin(role));
  if (sessions() == 0) return Fail(CKR_SESSION_HANDLE_INVALID);
  const std::lock_guard change_lock(change_mutex_);
  return LogIn(role, std::move(*key));
}

Status Token::LogIn(Role role, TokenStore::Authenticated key) {
  FLORIN_TRY(const auto file_lock, store_->LockShared());
  FLORIN_CHECK_OK(SyncLocked());
  // Another process initialised the token meanwhile: the PIN was that of what is gone.
  if (key.epoch != record_.epoch) return Fail(CKR_PIN_INCORRECT);
  FLORIN_CHECK_OK(UseTokenKey(std::move(key.token_key)));
  login_.store(role == Role::kSo ? LoginState::kSo : LoginState::kUser);
  const Status loaded = LoadSealed();
  if (!loaded.ok()) {
    login_.store(LoginState::kNone);
    ForgetPrivate();
    login_epoch_.fetch_add(1);
  }
  return loaded;
}

Status Token::Logout() {
  const std::lock_guard lock(login_mutex_);
  if (login() == LoginState::kNone) return Fail(CKR_USER_NOT_LOGGED_IN);
  LogoutLocked();
  return OkStatus();
}

void Token::LogoutLocked() {
  if (login() == LoginState::kNone) return;
  login_.store(LoginState::kNone);
  login_epoch_.fetch_add(1);
  const std::lock_guard lock(change_mutex_);
  ForgetPrivate();
  // An operation begun since the first step may hold a key that was still there.
  login_epoch_.fetch_add(1);
}

Status Token::InitPin(ByteView pin) {
  FLORIN_CHECK_OK(CheckNewPin(pin));
  const std::lock_guard lock(login_mutex_);
  if (login() != LoginState::kSo) return Fail(CKR_USER_NOT_LOGGED_IN);
  const std::lock_guard change_lock(change_mutex_);
  FLORIN_CHECK_OK(SyncShared());
  // Another process may have initialised the token, which ends this login.
  if (login() != LoginState::kSo) return Fail(CKR_USER_NOT_LOGGED_IN);
  TokenStore::Authenticated key{record_.epoch, {}};
  FLORIN_TRY(key.token_key, token_key_.Clone());
  const Status set = store_->SetPin(Role::kUser, pin, key);
  if (set.code() == ErrorCode::kAuthenticationFailed) return Fail(CKR_USER_NOT_LOGGED_IN);
  return set;
}

Status Token::SetPin(ByteView old_pin, ByteView new_pin) {
  FLORIN_CHECK_OK(CheckNewPin(new_pin));
  const Role role = login() == LoginState::kSo ? Role::kSo : Role::kUser;
  const auto key = store_->Authenticate(role, old_pin);
  if (!key.ok()) return PinError(key.error());
  const Status set = store_->SetPin(role, new_pin, *key);
  return set.ok() ? set : Status(PinError(set.error()));
}

Status Token::Reinitialize(std::string_view label, ByteView so_pin) {
  const std::lock_guard lock(login_mutex_);
  if (sessions() != 0) return Fail(CKR_SESSION_EXISTS);
  const Status erased = store_->Reinitialize(label, so_pin);
  if (!erased.ok()) return PinError(erased.error());
  const std::lock_guard change_lock(change_mutex_);
  return SyncShared();
}

}  // namespace florin::hsm_sim
