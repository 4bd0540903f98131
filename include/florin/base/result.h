// Result<T> and Status: what every call that can fail returns.
//
// An error is two words: a code a program can act on and a static sentence a person can act on.
// The sentence is a string literal, never data, so an error can be logged anywhere without
// carrying a secret or a PAN. Dropping a Result or a Status draws a compiler warning.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)

namespace florin {

// Stable numbers: they appear in logs and in the C interface. Add at the end, never renumber.
enum class ErrorCode : std::uint16_t {
  kOk = 0,
  kInvalidArgument = 1,     // the caller broke the documented contract of the call
  kMalformed = 2,           // input from outside does not have the promised form
  kLimitExceeded = 3,       // input from outside is larger than the documented limit
  kBufferTooSmall = 4,      // the output span cannot hold the result; nothing was written
  kVerificationFailed = 5,  // a signature, MAC, tag or cryptogram does not match
  kNotFound = 6,            // no such key, token, slot or record
  kAlreadyExists = 7,
  kPermissionDenied = 8,  // the rules of the key or of the caller refuse this
  kUnsupported = 9,       // this session, module or build does not offer it
  kNotInitialized = 10,
  kAuthenticationFailed = 11,  // wrong PIN or not logged in
  kLocked = 12,                // PIN locked after too many failures
  kSessionLost = 13,           // the session is gone; a renewed one may succeed
  kDeviceError = 14,           // the module or token failed; the original code is in detail()
  kStorage = 15,               // a file or database could not be read or written durably
  kCorrupted = 16,             // stored data fails its integrity check
  kResourceExhausted = 17,     // memory, locked memory, sessions, table space
  kExpired = 18,               // outside the permitted time window
  kReplayed = 19,              // seen before
  kConflict = 20,              // another writer won; read again
  kInternal = 21,              // a library refused what it must accept
  kCancelled = 22,
};

// Returns the enumerator's stable name, such as "MALFORMED".
const char* ErrorCodeName(ErrorCode code);

// Value type, 16 bytes, trivially copyable. `detail` keeps an original number where one exists
// (a CK_RV, an errno, an LMDB code), else 0.
class Error {
 public:
  constexpr Error(ErrorCode code, const char* message, std::uint32_t detail = 0)
      : message_(message), detail_(detail), code_(code) {}

  constexpr ErrorCode code() const { return code_; }
  constexpr const char* message() const { return message_; }
  constexpr std::uint32_t detail() const { return detail_; }

 private:
  const char* message_;
  std::uint32_t detail_;
  ErrorCode code_;
};

// Stops the process: a broken invariant inside Florin, never bad input from outside.
[[noreturn]] void InvariantFailed(const char* expression, const char* file, int line);

#define FLORIN_INVARIANT(expression) \
  ((expression) ? (void)0 : ::florin::InvariantFailed(#expression, __FILE__, __LINE__))

// Either a T or an Error. Reading the wrong one is a broken invariant and stops the process.
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<T, Error>);

 public:
  using value_type = T;

  Result(T value) : ok_(true) { new (&storage_.value) T(std::move(value)); }
  Result(Error error) : ok_(false) { new (&storage_.error) Error(error); }

  Result(Result&& other) noexcept : ok_(other.ok_) { MoveFrom(std::move(other)); }
  Result& operator=(Result&& other) noexcept {
    if (this != &other) {
      Destroy();
      ok_ = other.ok_;
      MoveFrom(std::move(other));
    }
    return *this;
  }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result() { Destroy(); }

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }

  T& value() & {
    FLORIN_INVARIANT(ok_);
    return storage_.value;
  }
  const T& value() const& {
    FLORIN_INVARIANT(ok_);
    return storage_.value;
  }
  // By value: `for (auto& x : *Compute())` must not outlive what it walks over.
  T value() && {
    FLORIN_INVARIANT(ok_);
    return std::move(storage_.value);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error error() const {
    FLORIN_INVARIANT(!ok_);
    return storage_.error;
  }
  ErrorCode code() const { return ok_ ? ErrorCode::kOk : storage_.error.code(); }

 private:
  union Storage {
    Storage() {}
    ~Storage() {}
    T value;
    Error error;
  };

  void MoveFrom(Result&& other) {
    if (ok_) {
      new (&storage_.value) T(std::move(other.storage_.value));
    } else {
      new (&storage_.error) Error(other.storage_.error);
    }
  }
  void Destroy() {
    if (ok_) storage_.value.~T();
  }

  Storage storage_;
  bool ok_;
};

// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  constexpr Result() : error_(ErrorCode::kOk, "ok") {}
  constexpr Result(Error error) : error_(error) {}

  constexpr bool ok() const { return error_.code() == ErrorCode::kOk; }
  constexpr explicit operator bool() const { return ok(); }
  constexpr Error error() const { return error_; }
  constexpr ErrorCode code() const { return error_.code(); }

 private:
  Error error_;
};

using Status = Result<void>;

inline constexpr Status OkStatus() { return Status(); }

}  // namespace florin

#define FLORIN_CONCAT_INNER(a, b) a##b
#define FLORIN_CONCAT(a, b) FLORIN_CONCAT_INNER(a, b)

// FLORIN_TRY(auto x, Compute()): declares x from the value, or returns the error to the caller.
#define FLORIN_TRY(declaration, expression)                 \
  auto FLORIN_CONCAT(florin_try_, __LINE__) = (expression); \
  if (!FLORIN_CONCAT(florin_try_, __LINE__).ok())           \
    return FLORIN_CONCAT(florin_try_, __LINE__).error();    \
  declaration = std::move(FLORIN_CONCAT(florin_try_, __LINE__)).value()

// FLORIN_CHECK_OK(Write()): goes on after success, or returns the error to the caller.
#define FLORIN_CHECK_OK(expression)                                         \
  do {                                                                      \
    if (auto florin_check_status = (expression); !florin_check_status.ok()) \
      return florin_check_status.error();                                   \
  } while (false)

#pragma GCC visibility pop
