#include "crypto/cryptoki/rv.h"

#include <algorithm>
#include <iterator>

namespace florin::cryptoki {
namespace {

using mechanisms::Verb;

struct RvRow {
  CK_RV rv;
  ErrorCode code;
  const char* message;
};

// In the order of the numbers.
constexpr RvRow kRows[] = {
    {CKR_CANCEL, ErrorCode::kCancelled, "the module says the call was cancelled; repeat it"},
    {CKR_HOST_MEMORY, ErrorCode::kResourceExhausted,
     "the module has no memory left; free keys or sessions"},
    {CKR_SLOT_ID_INVALID, ErrorCode::kNotFound,
     "the module has no such slot; list its tokens again"},
    {CKR_GENERAL_ERROR, ErrorCode::kDeviceError,
     "the module failed without saying why; see its log"},
    {CKR_FUNCTION_FAILED, ErrorCode::kDeviceError, "the module could not do the call; see its log"},
    {CKR_ARGUMENTS_BAD, ErrorCode::kInvalidArgument,
     "the module refuses an argument of the call; check lengths and pointers"},
    {CKR_NO_EVENT, ErrorCode::kNotFound, "no slot event is waiting"},
    {CKR_NEED_TO_CREATE_THREADS, ErrorCode::kUnsupported,
     "the module must be allowed to create threads"},
    {CKR_CANT_LOCK, ErrorCode::kUnsupported,
     "the module cannot serve several threads; use another"},
    {CKR_ATTRIBUTE_READ_ONLY, ErrorCode::kPermissionDenied,
     "the template sets an attribute that may not be set; leave it out"},
    {CKR_ATTRIBUTE_SENSITIVE, ErrorCode::kPermissionDenied,
     "the attribute is sensitive and is never shown"},
    {CKR_ATTRIBUTE_TYPE_INVALID, ErrorCode::kUnsupported,
     "the token does not know an attribute of the template; use a token that does"},
    {CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument,
     "an attribute of the template has a value the token refuses"},
    {CKR_ACTION_PROHIBITED, ErrorCode::kPermissionDenied,
     "the token forbids this action on the object"},
    {CKR_DATA_INVALID, ErrorCode::kMalformed, "the token refuses the data of the operation"},
    {CKR_DATA_LEN_RANGE, ErrorCode::kMalformed,
     "the data has a length the mechanism does not take"},
    {CKR_DEVICE_ERROR, ErrorCode::kDeviceError, "the token or its device failed; see its log"},
    {CKR_DEVICE_MEMORY, ErrorCode::kResourceExhausted,
     "the token has no memory left; destroy unused objects"},
    {CKR_DEVICE_REMOVED, ErrorCode::kSessionLost,
     "the token was removed; open a new session when it is back"},
    {CKR_ENCRYPTED_DATA_INVALID, ErrorCode::kVerificationFailed,
     "the ciphertext does not decrypt to what the mechanism promises"},
    {CKR_ENCRYPTED_DATA_LEN_RANGE, ErrorCode::kMalformed,
     "the ciphertext has a length the mechanism does not take"},
    {CKR_AEAD_DECRYPT_FAILED, ErrorCode::kVerificationFailed,
     "the tag does not match ciphertext and associated data"},
    {CKR_FUNCTION_CANCELED, ErrorCode::kCancelled, "the call was cancelled; repeat it"},
    {CKR_FUNCTION_NOT_PARALLEL, ErrorCode::kDeviceError, "no call runs in parallel"},
    {CKR_FUNCTION_NOT_SUPPORTED, ErrorCode::kUnsupported,
     "the module does not offer this function; use a module that does"},
    {CKR_KEY_HANDLE_INVALID, ErrorCode::kNotFound,
     "the key is gone or was never there; resolve it again"},
    {CKR_KEY_SIZE_RANGE, ErrorCode::kInvalidArgument,
     "the key has a length the mechanism does not take"},
    {CKR_KEY_TYPE_INCONSISTENT, ErrorCode::kPermissionDenied,
     "the key is of another type than the mechanism needs"},
    {CKR_KEY_NOT_NEEDED, ErrorCode::kInvalidArgument, "the function takes no extra key"},
    {CKR_KEY_CHANGED, ErrorCode::kInvalidArgument,
     "the key differs from the one of the saved operation"},
    {CKR_KEY_NEEDED, ErrorCode::kInvalidArgument, "the saved operation needs its key"},
    {CKR_KEY_INDIGESTIBLE, ErrorCode::kPermissionDenied, "the key must not be digested"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, ErrorCode::kPermissionDenied,
     "the key does not permit this use; use a key made for it"},
    {CKR_KEY_NOT_WRAPPABLE, ErrorCode::kPermissionDenied, "the key cannot be wrapped"},
    {CKR_KEY_UNEXTRACTABLE, ErrorCode::kPermissionDenied, "the key must not leave its token"},
    {CKR_MECHANISM_INVALID, ErrorCode::kUnsupported,
     "the token does not offer this mechanism; use a token that does"},
    {CKR_MECHANISM_PARAM_INVALID, ErrorCode::kInvalidArgument,
     "the token refuses the parameter of the mechanism; check its lengths"},
    {CKR_OBJECT_HANDLE_INVALID, ErrorCode::kNotFound,
     "the object is gone or was never there; resolve it again"},
    {CKR_OPERATION_ACTIVE, ErrorCode::kConflict,
     "another operation is active in this session; finish it first"},
    {CKR_OPERATION_NOT_INITIALIZED, ErrorCode::kDeviceError,
     "the module lost the operation between its two calls; repeat it"},
    {CKR_PIN_INCORRECT, ErrorCode::kAuthenticationFailed, "the PIN is wrong"},
    {CKR_PIN_INVALID, ErrorCode::kInvalidArgument,
     "the PIN has characters the token does not take; choose another"},
    {CKR_PIN_LEN_RANGE, ErrorCode::kInvalidArgument,
     "the PIN is too short or too long for the token; choose another"},
    {CKR_PIN_EXPIRED, ErrorCode::kAuthenticationFailed, "the PIN has expired; set a new one"},
    {CKR_PIN_LOCKED, ErrorCode::kLocked, "the PIN is locked; the security officer must reset it"},
    {CKR_SESSION_CLOSED, ErrorCode::kSessionLost, "the session was closed; open a new one"},
    {CKR_SESSION_COUNT, ErrorCode::kResourceExhausted,
     "the token allows no more sessions; close unused ones"},
    {CKR_SESSION_HANDLE_INVALID, ErrorCode::kSessionLost, "the session is gone; open a new one"},
    {CKR_SESSION_PARALLEL_NOT_SUPPORTED, ErrorCode::kUnsupported,
     "the module has no parallel sessions"},
    {CKR_SESSION_READ_ONLY, ErrorCode::kPermissionDenied,
     "the session is read-only; open one for writing"},
    {CKR_SESSION_EXISTS, ErrorCode::kConflict,
     "the token has open sessions; close them before initialising it"},
    {CKR_SESSION_READ_ONLY_EXISTS, ErrorCode::kConflict,
     "a read-only session is open; close it before the security officer logs in"},
    {CKR_SESSION_READ_WRITE_SO_EXISTS, ErrorCode::kConflict,
     "the security officer is logged in; wait until that session ends"},
    {CKR_SIGNATURE_INVALID, ErrorCode::kVerificationFailed, "the signature does not match"},
    {CKR_SIGNATURE_LEN_RANGE, ErrorCode::kVerificationFailed,
     "the signature does not match: its length is wrong"},
    {CKR_TEMPLATE_INCOMPLETE, ErrorCode::kInvalidArgument,
     "the template lacks an attribute the token requires"},
    {CKR_TEMPLATE_INCONSISTENT, ErrorCode::kInvalidArgument,
     "attributes of the template contradict each other, the mechanism or the token's policy"},
    {CKR_TOKEN_NOT_PRESENT, ErrorCode::kSessionLost,
     "the slot has no token; open a new session when it is back"},
    {CKR_TOKEN_NOT_RECOGNIZED, ErrorCode::kDeviceError, "the slot does not recognise its token"},
    {CKR_TOKEN_WRITE_PROTECTED, ErrorCode::kPermissionDenied, "the token is write-protected"},
    {CKR_UNWRAPPING_KEY_HANDLE_INVALID, ErrorCode::kNotFound,
     "the unwrapping key is gone or was never there; resolve it again"},
    {CKR_UNWRAPPING_KEY_SIZE_RANGE, ErrorCode::kInvalidArgument,
     "the unwrapping key has a length the mechanism does not take"},
    {CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, ErrorCode::kPermissionDenied,
     "the unwrapping key is of another type than the mechanism needs"},
    {CKR_USER_ALREADY_LOGGED_IN, ErrorCode::kAlreadyExists, "the user is logged in already"},
    {CKR_USER_NOT_LOGGED_IN, ErrorCode::kAuthenticationFailed, "log in first"},
    {CKR_USER_PIN_NOT_INITIALIZED, ErrorCode::kNotInitialized,
     "the user PIN is not set; the security officer must set it"},
    {CKR_USER_TYPE_INVALID, ErrorCode::kInvalidArgument, "the token has no user of this kind"},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, ErrorCode::kConflict,
     "another user is logged in to this token; log out first"},
    {CKR_USER_TOO_MANY_TYPES, ErrorCode::kConflict,
     "too many kinds of users are logged in; log one out"},
    {CKR_WRAPPED_KEY_INVALID, ErrorCode::kVerificationFailed,
     "the wrapped key was not made with this unwrapping key, or was changed"},
    {CKR_WRAPPED_KEY_LEN_RANGE, ErrorCode::kMalformed,
     "the wrapped key has a length the mechanism does not take"},
    {CKR_WRAPPING_KEY_HANDLE_INVALID, ErrorCode::kNotFound,
     "the wrapping key is gone or was never there; resolve it again"},
    {CKR_WRAPPING_KEY_SIZE_RANGE, ErrorCode::kInvalidArgument,
     "the wrapping key has a length the mechanism does not take"},
    {CKR_WRAPPING_KEY_TYPE_INCONSISTENT, ErrorCode::kPermissionDenied,
     "the wrapping key is of another type than the mechanism needs"},
    {CKR_RANDOM_SEED_NOT_SUPPORTED, ErrorCode::kUnsupported, "the token takes no random seed"},
    {CKR_RANDOM_NO_RNG, ErrorCode::kUnsupported, "the token has no random generator"},
    {CKR_DOMAIN_PARAMS_INVALID, ErrorCode::kInvalidArgument,
     "the token refuses the curve or domain parameters"},
    {CKR_CURVE_NOT_SUPPORTED, ErrorCode::kUnsupported, "the token does not offer this curve"},
    {CKR_BUFFER_TOO_SMALL, ErrorCode::kBufferTooSmall,
     "the output span is too small for the result; pass a larger one"},
    {CKR_SAVED_STATE_INVALID, ErrorCode::kMalformed, "the saved state is not one of this token"},
    {CKR_INFORMATION_SENSITIVE, ErrorCode::kPermissionDenied, "the information is sensitive"},
    {CKR_STATE_UNSAVEABLE, ErrorCode::kUnsupported, "the operation cannot be saved"},
    {CKR_CRYPTOKI_NOT_INITIALIZED, ErrorCode::kSessionLost,
     "the module was finalised, or the process forked; load it and open a new session"},
    {CKR_CRYPTOKI_ALREADY_INITIALIZED, ErrorCode::kAlreadyExists,
     "the module is initialised already"},
    {CKR_MUTEX_BAD, ErrorCode::kDeviceError, "the module's locks are broken"},
    {CKR_MUTEX_NOT_LOCKED, ErrorCode::kDeviceError, "the module's locks are broken"},
    {CKR_NEW_PIN_MODE, ErrorCode::kAuthenticationFailed, "the token wants a new PIN set first"},
    {CKR_NEXT_OTP, ErrorCode::kAuthenticationFailed, "the token wants the next one-time password"},
    {CKR_EXCEEDED_MAX_ITERATIONS, ErrorCode::kDeviceError,
     "the token gave up finding a value; repeat the call"},
    {CKR_FIPS_SELF_TEST_FAILED, ErrorCode::kDeviceError,
     "the token failed its self-test and is out of service"},
    {CKR_LIBRARY_LOAD_FAILED, ErrorCode::kDeviceError,
     "the module could not load a library it needs"},
    {CKR_PIN_TOO_WEAK, ErrorCode::kInvalidArgument, "the PIN is too weak; choose another"},
    {CKR_PUBLIC_KEY_INVALID, ErrorCode::kInvalidArgument, "the public key is not a valid one"},
    {CKR_FUNCTION_REJECTED, ErrorCode::kPermissionDenied,
     "the token's operator or policy rejected the call"},
    {CKR_TOKEN_RESOURCE_EXCEEDED, ErrorCode::kResourceExhausted,
     "the token has run out of something; close sessions or destroy objects"},
    {CKR_OPERATION_CANCEL_FAILED, ErrorCode::kDeviceError,
     "the module could not cancel the operation; open a new session"},
    {CKR_KEY_EXHAUSTED, ErrorCode::kPermissionDenied,
     "the key has signed as often as it may; use a new one"},
};

static_assert(std::is_sorted(std::begin(kRows), std::end(kRows),
                             [](const RvRow& a, const RvRow& b) { return a.rv < b.rv; }));

const RvRow* Find(CK_RV rv) {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), rv,
                                     [](const RvRow& r, CK_RV value) { return r.rv < value; });
  return row != std::end(kRows) && row->rv == rv ? row : nullptr;
}

}  // namespace

bool IsSessionLost(CK_RV rv) {
  const RvRow* row = Find(rv);
  return row != nullptr && row->code == ErrorCode::kSessionLost;
}

Error ErrorFromRv(CK_RV rv) {
  // A number above 32 bits is no CK_RV of any module; its low half is still the best hint.
  const auto detail = static_cast<std::uint32_t>(rv);
  if (const RvRow* row = Find(rv)) return Error(row->code, row->message, detail);
  if (rv >= CKR_VENDOR_DEFINED) {
    return Error(ErrorCode::kDeviceError,
                 "the module answered with a number of its vendor; its manual explains detail()",
                 detail);
  }
  return Error(ErrorCode::kDeviceError,
               "the module answered with a number the standard does not know", detail);
}

CK_RV RvFromError(const Error& error) {
  // A detail may also be an errno; it is a CK_RV only where its row says the same code.
  if (const RvRow* row = Find(error.detail()); row != nullptr && row->code == error.code()) {
    return row->rv;
  }
  switch (error.code()) {
    case ErrorCode::kOk: return CKR_OK;
    case ErrorCode::kInvalidArgument: return CKR_ARGUMENTS_BAD;
    case ErrorCode::kMalformed: return CKR_DATA_INVALID;
    case ErrorCode::kLimitExceeded: return CKR_DATA_LEN_RANGE;
    case ErrorCode::kBufferTooSmall: return CKR_BUFFER_TOO_SMALL;
    case ErrorCode::kVerificationFailed: return CKR_SIGNATURE_INVALID;
    case ErrorCode::kNotFound: return CKR_OBJECT_HANDLE_INVALID;
    case ErrorCode::kAlreadyExists: return CKR_TEMPLATE_INCONSISTENT;
    case ErrorCode::kPermissionDenied: return CKR_KEY_FUNCTION_NOT_PERMITTED;
    case ErrorCode::kUnsupported: return CKR_MECHANISM_INVALID;
    case ErrorCode::kNotInitialized: return CKR_CRYPTOKI_NOT_INITIALIZED;
    case ErrorCode::kAuthenticationFailed: return CKR_PIN_INCORRECT;
    case ErrorCode::kLocked: return CKR_PIN_LOCKED;
    case ErrorCode::kSessionLost: return CKR_SESSION_HANDLE_INVALID;
    case ErrorCode::kDeviceError: return CKR_DEVICE_ERROR;
    case ErrorCode::kStorage: return CKR_DEVICE_ERROR;
    case ErrorCode::kCorrupted: return CKR_DEVICE_ERROR;
    case ErrorCode::kResourceExhausted: return CKR_DEVICE_MEMORY;
    case ErrorCode::kExpired: return CKR_FUNCTION_REJECTED;
    case ErrorCode::kReplayed: return CKR_FUNCTION_REJECTED;
    case ErrorCode::kConflict: return CKR_OPERATION_ACTIVE;
    case ErrorCode::kInternal: return CKR_GENERAL_ERROR;
    case ErrorCode::kCancelled: return CKR_FUNCTION_CANCELED;
  }
  return CKR_GENERAL_ERROR;
}

CK_RV RvFromError(const Error& error, Verb verb) {
  const bool own_number = Find(error.detail()) != nullptr;
  if (own_number) return RvFromError(error);
  switch (error.code()) {
    case ErrorCode::kMalformed:
    case ErrorCode::kLimitExceeded:
      if (verb == Verb::kDecrypt) return CKR_ENCRYPTED_DATA_LEN_RANGE;
      if (verb == Verb::kUnwrap) return CKR_WRAPPED_KEY_LEN_RANGE;
      return CKR_DATA_LEN_RANGE;
    case ErrorCode::kVerificationFailed:
      // To encrypt may mean to translate what comes encrypted.
      if (verb == Verb::kDecrypt || verb == Verb::kEncrypt) return CKR_ENCRYPTED_DATA_INVALID;
      if (verb == Verb::kUnwrap) return CKR_WRAPPED_KEY_INVALID;
      return CKR_SIGNATURE_INVALID;
    case ErrorCode::kInvalidArgument: return CKR_MECHANISM_PARAM_INVALID;
    default: return RvFromError(error);
  }
}

}  // namespace florin::cryptoki
