#include "crypto/pkcs11/module.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "crypto/cryptoki/rv.h"
#include "crypto/mechanisms/registry.h"
#include "crypto/pkcs11/module_registry.h"
#include "crypto/pkcs11/session.h"
#include "crypto/pkcs11/session_batch.h"

namespace florin::pkcs11 {
namespace {

constexpr std::size_t kMaxSlots = 65536;
constexpr std::size_t kMinPin = 4;
constexpr std::size_t kMaxPin = 255;
constexpr std::size_t kLabelLength = 32;

// Fields of the interface are padded with blanks, some modules end them with a zero.
std::string Trimmed(std::span<const CK_UTF8CHAR> field) {
  std::string text(reinterpret_cast<const char*>(field.data()), field.size());
  text.resize(std::min(text.size(), text.find('\0')));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

TokenInfo Describe(CK_SLOT_ID slot, const CK_TOKEN_INFO& info) {
  TokenInfo token;
  token.slot_id = slot;
  token.label = Trimmed(info.label);
  token.manufacturer = Trimmed(info.manufacturerID);
  token.model = Trimmed(info.model);
  token.serial = Trimmed(info.serialNumber);
  token.initialized = (info.flags & CKF_TOKEN_INITIALIZED) != 0;
  token.login_required = (info.flags & CKF_LOGIN_REQUIRED) != 0;
  return token;
}

// The interface takes PINs as non-const pointers and reads them only.
CK_UTF8CHAR_PTR PinPointer(const SecretBytes& pin) {
  return const_cast<CK_UTF8CHAR_PTR>(pin.Read(SecretAccess{}).data());
}

Status CheckPin(const SecretBytes& pin) {
  if (pin.size() >= kMinPin && pin.size() <= kMaxPin) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "a PIN must have 4 to 255 bytes");
}

// Closes a session at the end of a scope; logs out first where it was logged in.
class ScopedSession {
 public:
  ScopedSession(const CK_FUNCTION_LIST& c, CK_SESSION_HANDLE handle) : c_(c), handle_(handle) {}
  ScopedSession(const ScopedSession&) = delete;
  ScopedSession& operator=(const ScopedSession&) = delete;
  ~ScopedSession() {
    if (logged_in_) static_cast<void>(c_.C_Logout(handle_));
    if (owned_) static_cast<void>(c_.C_CloseSession(handle_));
  }

  CK_RV Login(CK_USER_TYPE user, const SecretBytes& pin) {
    const CK_RV rv = c_.C_Login(handle_, user, PinPointer(pin), pin.size());
    logged_in_ = rv == CKR_OK;
    return rv;
  }
  void KeepLogin() { logged_in_ = false; }
  CK_SESSION_HANDLE handle() const { return handle_; }
  CK_SESSION_HANDLE Release() {
    owned_ = false;
    return handle_;
  }

 private:
  const CK_FUNCTION_LIST& c_;
  CK_SESSION_HANDLE handle_;
  bool logged_in_ = false;
  bool owned_ = true;
};

}  // namespace

Result<std::shared_ptr<Module>> Module::Load(const std::string& path, ModuleOptions options) {
  // A module of ours would refuse for the same reason, and could not say which.
  FLORIN_CHECK_OK(mechanisms::MechanismsReady());
  return LoadShared(path, options);
}

ModuleImpl::ModuleImpl(std::shared_ptr<const Library> library) : library_(std::move(library)) {}

Result<std::vector<CK_SLOT_ID>> ModuleImpl::Slots() const {
  std::vector<CK_SLOT_ID> slots;
  // Slots may come and go between asking how many there are and asking which.
  for (int attempt = 0; attempt < 4; ++attempt) {
    CK_ULONG count = 0;
    CK_RV rv = c().C_GetSlotList(CK_TRUE, nullptr, &count);
    if (rv != CKR_OK) return cryptoki::ErrorFromRv(rv);
    if (count > kMaxSlots) {
      return Error(ErrorCode::kDeviceError, "the module reports more slots than can be");
    }
    slots.resize(count);
    if (count == 0) return slots;
    rv = c().C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (rv == CKR_BUFFER_TOO_SMALL) continue;
    if (rv != CKR_OK) return cryptoki::ErrorFromRv(rv);
    slots.resize(std::min<std::size_t>(count, slots.size()));
    return slots;
  }
  return Error(ErrorCode::kDeviceError, "the slots of the module do not come to rest");
}

Result<std::vector<TokenInfo>> ModuleImpl::Tokens() const {
  FLORIN_TRY(const std::vector<CK_SLOT_ID> slots, Slots());
  std::vector<TokenInfo> tokens;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    // A token that was pulled out meanwhile is simply not there.
    const CK_RV rv = c().C_GetTokenInfo(slot, &info);
    if (rv == CKR_OK) tokens.push_back(Describe(slot, info));
    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED) return cryptoki::ErrorFromRv(rv);
  }
  return tokens;
}

Result<TokenInfo> ModuleImpl::FindToken(std::string_view label) const {
  FLORIN_TRY(std::vector<TokenInfo> tokens, Tokens());
  // Not `initialized`: tokens that need no initialisation may leave that flag clear.
  const auto bears = [label](const TokenInfo& token) {
    return !label.empty() && token.label == label;
  };
  const auto found = std::find_if(tokens.begin(), tokens.end(), bears);
  if (found == tokens.end()) {
    return Error(ErrorCode::kNotFound, "the module has no token of this label; list its tokens");
  }
  if (std::find_if(found + 1, tokens.end(), bears) != tokens.end()) {
    return Error(ErrorCode::kConflict, "several tokens of the module bear this label; rename one");
  }
  return std::move(*found);
}

Result<TokenInfo> ModuleImpl::InitToken(std::string_view label, const SecretBytes& so_pin,
                                        const SecretBytes& user_pin) {
  if (label.empty() || label.size() > kLabelLength) {
    return Error(ErrorCode::kInvalidArgument, "a token label must have 1 to 32 bytes");
  }
  FLORIN_CHECK_OK(CheckPin(so_pin));
  FLORIN_CHECK_OK(CheckPin(user_pin));
  // Two threads that chose the same token would initialise it twice, the second erasing the first.
  const std::lock_guard<std::mutex> one_at_a_time(init_token_mutex_);
  FLORIN_TRY(const std::vector<TokenInfo> tokens, Tokens());
  for (const TokenInfo& token : tokens) {
    if (token.initialized && token.label == label) {
      return Error(ErrorCode::kAlreadyExists, "a token of this label exists; choose another label");
    }
  }
  const auto free = std::find_if(tokens.begin(), tokens.end(),
                                 [](const TokenInfo& token) { return !token.initialized; });
  if (free == tokens.end()) {
    return Error(ErrorCode::kResourceExhausted, "the module has no slot with a fresh token left");
  }
  std::array<CK_UTF8CHAR, kLabelLength> padded;
  padded.fill(' ');
  std::memcpy(padded.data(), label.data(), label.size());
  const CK_RV rv = c().C_InitToken(free->slot_id, PinPointer(so_pin), so_pin.size(), padded.data());
  if (rv != CKR_OK) return cryptoki::ErrorFromRv(rv);
  // Some modules give an initialised token another slot.
  FLORIN_TRY(TokenInfo token, FindToken(label));
  FLORIN_CHECK_OK(SetUserPin(token.slot_id, so_pin, user_pin));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    states_.erase(token.slot_id);
  }
  return FindToken(label);
}

Status ModuleImpl::SetUserPin(CK_SLOT_ID slot, const SecretBytes& so_pin,
                              const SecretBytes& user_pin) const {
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  CK_RV rv =
      c().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  if (rv != CKR_OK) return cryptoki::ErrorFromRv(rv);
  ScopedSession session(c(), handle);
  rv = session.Login(CKU_SO, so_pin);
  if (rv != CKR_OK) return cryptoki::ErrorFromRv(rv);
  return cryptoki::StatusFromRv(c().C_InitPIN(handle, PinPointer(user_pin), user_pin.size()));
}

std::shared_ptr<TokenState> ModuleImpl::StateOf(CK_SLOT_ID slot) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<TokenState>& state = states_[slot];
  if (state == nullptr) state = std::make_shared<TokenState>(c(), slot);
  return state;
}

Result<std::unique_ptr<hsm::Session>> ModuleImpl::OpenSession(const TokenInfo& token,
                                                              const SecretBytes& user_pin) {
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
  CK_RV rv = c().C_OpenSession(token.slot_id, flags, nullptr, nullptr, &handle);
  if (rv == CKR_TOKEN_WRITE_PROTECTED) {
    flags = CKF_SERIAL_SESSION;
    rv = c().C_OpenSession(token.slot_id, flags, nullptr, nullptr, &handle);
  }
  if (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED) {
    return Error(ErrorCode::kNotFound, "the slot has no token; list the tokens again",
                 static_cast<std::uint32_t>(rv));
  }
  if (rv != CKR_OK) return cryptoki::ErrorFromRv(rv);
  ScopedSession session(c(), handle);
  if (token.login_required) {
    rv = session.Login(CKU_USER, user_pin);
    // The login belongs to the token: all sessions share it.
    session.KeepLogin();
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) return cryptoki::ErrorFromRv(rv);
  }
  return std::unique_ptr<hsm::Session>(
      std::make_unique<Pkcs11Session>(library_, StateOf(token.slot_id), session.Release()));
}

}  // namespace florin::pkcs11
