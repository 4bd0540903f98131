// How the CK_RV of the C interface travels through the module: inside an Error.
#pragma once

#include <errno.h>

#include "crypto/cryptoki/pkcs11.h"
#include "crypto/cryptoki/rv.h"
#include "florin/base/result.h"

namespace florin::hsm_sim {

// An error that leaves the module as exactly this CK_RV.
inline Error Fail(CK_RV rv) { return cryptoki::ErrorFromRv(rv); }

// The CK_RV of any error: the one of Fail, else the nearest to the code.
inline CK_RV ToReturnValue(const Error& error) {
  if (error.code() == ErrorCode::kStorage) {
    const auto number = static_cast<int>(error.detail());
    return number == ENOSPC || number == EDQUOT ? CKR_DEVICE_MEMORY : CKR_DEVICE_ERROR;
  }
  // A file of the token is gone, and with it the token.
  if (error.code() == ErrorCode::kNotFound && error.detail() == ENOENT) return CKR_DEVICE_REMOVED;
  return cryptoki::RvFromError(error);
}

}  // namespace florin::hsm_sim
