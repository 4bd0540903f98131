// Token: one token as this process sees it: login state, objects in memory, its folder on disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "hsm_sim/objects/key_objects.h"
#include "hsm_sim/objects/object_table.h"
#include "hsm_sim/storage/object_seal.h"
#include "hsm_sim/storage/token_store.h"

namespace florin::hsm_sim {

enum class LoginState : std::uint8_t { kNone, kUser, kSo };

// Safe for many threads. Locks are taken in the order authentication_mutex_, login_mutex_,
// change_mutex_, the store's login lock, its file lock; none is held while a session's lock is
// waited for. Using a key takes none of them.
// Invariant: private objects are in memory only while the user is logged in.
class Token {
 public:
  static Result<std::shared_ptr<Token>> Create(const StorageEnvironment& environment,
                                               const std::string& root, std::string_view label,
                                               ByteView so_pin);
  static Result<std::shared_ptr<Token>> Open(const StorageEnvironment& environment,
                                             const std::string& root, const std::string& name);

  // As it is on disk now.
  Result<TokenRecord> Record() { return store_->ReadRecord(); }

  LoginState login() const { return login_.load(); }
  // As C_InitToken set it, bound to the PINs.
  KeyPolicy policy() const { return {imported_keys_may_wrap_.load()}; }
  // What the dates of its keys are judged by.
  const Clock& clock() const { return store_->clock(); }

  // Counts logouts: an operation begun under another number is over.
  std::uint64_t login_epoch() const { return login_epoch_.load(std::memory_order_acquire); }

  // --- sessions ---

  // CKR_SESSION_READ_WRITE_SO_EXISTS.
  Status AddSession(bool read_write);
  // The last session to go logs out.
  void RemoveSession(bool read_write);
  std::uint32_t sessions() const { return sessions_.load(); }
  std::uint32_t read_write_sessions() const { return read_write_sessions_.load(); }

  // --- login ---

  Status Login(Role role, ByteView pin);
  Status Logout();
  // Sets the user PIN; the SO must be logged in.
  Status InitPin(ByteView pin);
  // Changes the PIN of whoever is logged in, the user's when nobody is.
  Status SetPin(ByteView old_pin, ByteView new_pin);
  // Erases the token. CKR_SESSION_EXISTS.
  Status Reinitialize(std::string_view label, ByteView so_pin);

  // --- objects ---

  const ObjectTable& objects() const { return objects_; }

  // Takes in what other processes changed. Costs one load when they did not.
  Status Sync();

  // Adds a new object, to disk first where it is a token object. Sets its id.
  // CKR_USER_NOT_LOGGED_IN for a private one while the user is not logged in.
  Result<CK_OBJECT_HANDLE> Add(Object object);

  // Replaces an object by what `change` makes of it; called again if another process changed it.
  using ChangeFunction = std::function<Result<Object>(const Object&)>;
  Status ChangeObject(CK_OBJECT_HANDLE handle, const ChangeFunction& change);

  // Destroys an object, on disk first.
  Status Destroy(CK_OBJECT_HANDLE handle);

  // Destroys a session object without asking its attributes: its session ends.
  void Drop(CK_OBJECT_HANDLE handle) { objects_.Remove(handle); }

 private:
  struct Known {
    std::uint32_t version = 0;
    CK_OBJECT_HANDLE handle = 0;  // 0: on disk, not in memory
  };

  explicit Token(std::unique_ptr<TokenStore> store) : store_(std::move(store)) {}
  static Result<std::shared_ptr<Token>> Start(std::unique_ptr<TokenStore> store);

  Status CheckMayLogin(Role role) const;
  void LogoutLocked();
  Status BeginEpoch(const TokenRecord& record);

  // The caller holds change_mutex_ for all of these.
  // Holds no file lock.
  Status SyncShared();
  // Holds the file lock, shared at least.
  Status SyncLocked();
  Status LogIn(Role role, TokenStore::Authenticated key);
  Status UseTokenKey(SecretBytes token_key);
  // kStorage where the file cannot be read now. What is read but cannot be served is not shown.
  Status Load(const ObjectName& name);
  Result<Object> Decode(const ObjectName& name, ByteView file) const;
  void Hide(Known& known);
  Status LoadSealed();
  void ForgetPrivate();
  Result<Object> Restore(const StoredObject& stored) const;
  Result<CK_OBJECT_HANDLE> AddToken(Object object);
  Status Write(const Object& object);

  std::unique_ptr<TokenStore> store_;
  ObjectTable objects_;

  std::mutex authentication_mutex_;  // one login at a time
  std::mutex login_mutex_;
  std::atomic<LoginState> login_{LoginState::kNone};
  std::atomic<std::uint64_t> login_epoch_{1};
  std::atomic<bool> imported_keys_may_wrap_{false};
  std::atomic<std::uint32_t> sessions_{0};
  std::atomic<std::uint32_t> read_write_sessions_{0};

  std::mutex change_mutex_;
  std::atomic<std::uint64_t> seen_generation_{~std::uint64_t{0}};
  TokenRecord record_;  // of the epoch that is loaded
  SecretBytes token_key_;
  std::unique_ptr<const ObjectSealer> sealer_;
  std::map<ObjectId, Known> known_;
};

}  // namespace florin::hsm_sim
