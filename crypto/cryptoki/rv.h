// CK_RV and ErrorCode: what a module answered, as an Error, and the other way round.
#pragma once

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// Whether `rv` says that the session is over (handle invalid, device gone, module finalised): a new
// session must be opened, the call itself may be right.
bool IsSessionLost(CK_RV rv);

// The error that `rv` stands for; detail() keeps `rv`. Every number of the standard has its own
// message; others become kDeviceError. `rv` is not CKR_OK.
Error ErrorFromRv(CK_RV rv);

// OkStatus() for CKR_OK.
inline Status StatusFromRv(CK_RV rv) {
  if (rv == CKR_OK) return OkStatus();
  return ErrorFromRv(rv);
}

// For codecs: an error whose detail() is the CK_RV a module should answer with.
constexpr Error RvError(CK_RV rv, ErrorCode code, const char* message) {
  return Error(code, message, static_cast<std::uint32_t>(rv));
}

// What a module answers for an error of the rooms below. An error that came from a CK_RV, or from a
// codec, gives that number back.
CK_RV RvFromError(const Error& error);

// The same for errors of running an operation, where the standard has other numbers for data and
// signatures of a wrong length or value.
CK_RV RvFromError(const Error& error, mechanisms::Verb verb);

inline CK_RV RvFromStatus(const Status& status) {
  return status.ok() ? CKR_OK : RvFromError(status.error());
}

}  // namespace florin::cryptoki
