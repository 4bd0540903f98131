#include "hsm_sim/module.h"

#include <pthread.h>
#include <string.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include "crypto/kernels/kernels.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

// Plain C objects: they need no destructor, which would run before the host's last calls.
pthread_mutex_t state_mutex = PTHREAD_MUTEX_INITIALIZER;
Module* kept_module = nullptr;                 // guarded by state_mutex
StorageEnvironment* environment = nullptr;     // guarded by state_mutex
bool fork_handlers_set = false;                // guarded by state_mutex
std::atomic<Module*> current_module{nullptr};  // null: not initialised

class StateLock {
 public:
  StateLock() { pthread_mutex_lock(&state_mutex); }
  ~StateLock() { pthread_mutex_unlock(&state_mutex); }
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;
};

void BeforeFork() { pthread_mutex_lock(&state_mutex); }
void AfterForkInParent() { pthread_mutex_unlock(&state_mutex); }

// Other threads of the parent may have held any lock of the module, so the child leaves it alone.
void AfterForkInChild() {
  state_mutex = PTHREAD_MUTEX_INITIALIZER;
  current_module.store(nullptr);
  kept_module = nullptr;
}

Status CheckArguments(const CK_C_INITIALIZE_ARGS& arguments) {
  const int given = (arguments.CreateMutex != nullptr) + (arguments.DestroyMutex != nullptr) +
                    (arguments.LockMutex != nullptr) + (arguments.UnlockMutex != nullptr);
  if (given != 0 && given != 4) return Fail(CKR_ARGUMENTS_BAD);
  // The module locks with the system's mutexes only.
  if (given == 4 && (arguments.flags & CKF_OS_LOCKING_OK) == 0) return Fail(CKR_CANT_LOCK);
  return OkStatus();
}

// The standard reserves the pointer; as NSS does, it takes a string here.
Result<std::string_view> ReadParameters(const CK_C_INITIALIZE_ARGS* arguments) {
  constexpr std::size_t kMaxParameters = 4096;
  if (arguments == nullptr || arguments->pReserved == nullptr) return std::string_view();
  // No program has a string in its first page: this is a number, a mistake of the caller.
  if (reinterpret_cast<std::uintptr_t>(arguments->pReserved) < 4096) {
    return Fail(CKR_ARGUMENTS_BAD);
  }
  const char* text = static_cast<const char*>(arguments->pReserved);
  const std::size_t length = ::strnlen(text, kMaxParameters);
  if (length == kMaxParameters) return Fail(CKR_ARGUMENTS_BAD);
  return std::string_view(text, length);
}

// Handlers run before fork in the reverse order of their registration. Secrets and random bytes
// register theirs at first use; that must come first, for whoever holds the module's lock uses
// them.
Status SetRoomsBelow() {
  FLORIN_TRY(SecretBytes first, SecretBytes::Create(1));
  return SystemRandom().Fill(first.Write(SecretAccess{}));
}

// FLORIN_FORCE_KERNEL is a setting like those of the options: a wrong one is told at once.
Status CheckKernel() {
  const auto kernel = kernels::ActiveKernel();
  if (kernel.ok()) return OkStatus();
  return Fail(kernel.code() == ErrorCode::kInternal ? CKR_GENERAL_ERROR : CKR_ARGUMENTS_BAD);
}

}  // namespace

Status Module::Initialize(const CK_C_INITIALIZE_ARGS* arguments) {
  if (arguments != nullptr) FLORIN_CHECK_OK(CheckArguments(*arguments));
  FLORIN_TRY(const std::string_view parameters, ReadParameters(arguments));
  const StateLock lock;
  if (current_module.load() != nullptr) return Fail(CKR_CRYPTOKI_ALREADY_INITIALIZED);
  FLORIN_TRY(const Options options, ReadOptions(parameters));
  if (!fork_handlers_set) {
    FLORIN_CHECK_OK(SetRoomsBelow());
    if (pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild) != 0) {
      return Fail(CKR_HOST_MEMORY);
    }
    fork_handlers_set = true;
  }
  FLORIN_CHECK_OK(CheckKernel());
  if (kept_module == nullptr) kept_module = new Module();
  const StorageEnvironment defaults;
  const Status started =
      kept_module->Start(options, environment != nullptr ? *environment : defaults);
  if (!started.ok()) {
    kept_module->Clear();
    return started;
  }
  current_module.store(kept_module, std::memory_order_release);
  return OkStatus();
}

Status Module::Finalize() {
  const StateLock lock;
  Module* module = current_module.exchange(nullptr);
  if (module == nullptr) return Fail(CKR_CRYPTOKI_NOT_INITIALIZED);
  module->Clear();
  return OkStatus();
}

Result<Module*> Module::Current() {
  Module* module = current_module.load(std::memory_order_acquire);
  if (module == nullptr) return Fail(CKR_CRYPTOKI_NOT_INITIALIZED);
  return module;
}

void Module::SetEnvironment(const StorageEnvironment& replacement) {
  const StateLock lock;
  if (environment == nullptr) environment = new StorageEnvironment();
  *environment = replacement;
}

Status Module::Start(const Options& options, const StorageEnvironment& given) {
  const std::lock_guard lock(slots_mutex_);
  options_ = options;
  environment_ = given;
  environment_.pin_cost = options.pin_cost;
  environment_.imported_keys_may_wrap = options.policy.imported_keys_may_wrap;
  slots_.clear();
  return Refresh();
}

void Module::Clear() {
  sessions_.CloseAll(nullptr);
  const std::lock_guard lock(slots_mutex_);
  slots_.clear();
}

Status Module::Refresh() {
  FLORIN_TRY(const std::vector<std::string> names,
             TokenStore::List(*environment_.files, options_.directory));
  struct Found {
    Slot slot;
    std::int64_t created;
  };
  std::vector<Found> found;
  for (const std::string& name : names) {
    const auto known = std::find_if(slots_.begin(), slots_.end(),
                                    [&name](const Slot& slot) { return slot.name == name; });
    if (known != slots_.end() && known->token != nullptr) continue;
    auto token = Token::Open(environment_, options_.directory, name);
    if (known != slots_.end()) {
      if (token.ok()) known->token = std::move(*token);
      continue;
    }
    Found entry{{name, nullptr}, 0};
    if (token.ok()) {
      entry.slot.token = std::move(*token);
      if (const auto record = entry.slot.token->Record(); record.ok()) {
        entry.created = record->created;
      }
    }
    found.push_back(std::move(entry));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.created < b.created; });
  for (Found& entry : found) slots_.push_back(std::move(entry.slot));
  const bool has_free =
      std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.name.empty(); });
  if (!has_free) slots_.emplace_back();
  return OkStatus();
}

std::vector<CK_SLOT_ID> Module::SlotIds() const {
  std::vector<CK_SLOT_ID> ids(slots_.size());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = i;
  return ids;
}

Result<std::vector<CK_SLOT_ID>> Module::ListSlots() {
  const std::lock_guard lock(slots_mutex_);
  FLORIN_CHECK_OK(Refresh());
  return SlotIds();
}

Result<std::vector<CK_SLOT_ID>> Module::KnownSlots() {
  const std::lock_guard lock(slots_mutex_);
  return SlotIds();
}

Result<std::shared_ptr<Token>> Module::TokenIn(CK_SLOT_ID slot) {
  const std::lock_guard lock(slots_mutex_);
  if (slot >= slots_.size()) return Fail(CKR_SLOT_ID_INVALID);
  if (slots_[slot].token == nullptr && !slots_[slot].name.empty()) {
    return Fail(CKR_TOKEN_NOT_RECOGNIZED);
  }
  return slots_[slot].token;
}

Status Module::InitToken(CK_SLOT_ID slot, std::string_view label, ByteView so_pin) {
  FLORIN_TRY(const std::shared_ptr<Token> existing, TokenIn(slot));
  if (existing != nullptr) return existing->Reinitialize(label, so_pin);
  FLORIN_TRY(std::shared_ptr<Token> token,
             Token::Create(environment_, options_.directory, label, so_pin));
  FLORIN_TRY(const TokenRecord record, token->Record());
  const std::lock_guard lock(slots_mutex_);
  if (slot >= slots_.size()) return Fail(CKR_CRYPTOKI_NOT_INITIALIZED);
  const std::string name(record.serial.data(), record.serial.size());
  for (const Slot& other : slots_) {
    // Another thread listed the slots in between and gave the new token one.
    if (other.name == name) return OkStatus();
  }
  if (!slots_[slot].name.empty()) {
    slots_.push_back({name, std::move(token)});
    return OkStatus();
  }
  slots_[slot] = {name, std::move(token)};
  slots_.emplace_back();
  return OkStatus();
}

}  // namespace florin::hsm_sim
