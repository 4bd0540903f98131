#include "crypto/payload/refusal.h"

namespace florin::payload {

bool PassesThrough(ErrorCode code, Answers answers) {
  if (answers == Answers::kDecrypt) {
    // Some modules answer a wrong tag with CKR_GENERAL_ERROR or CKR_FUNCTION_FAILED. What came in
    // was the payload's, so all but what a wrong tag cannot cause is taken as a refusal.
    return code == ErrorCode::kSessionLost || code == ErrorCode::kUnsupported ||
           code == ErrorCode::kResourceExhausted;
  }
  switch (code) {
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kInternal: return true;
    case ErrorCode::kMalformed:
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kVerificationFailed:
    case ErrorCode::kExpired:
    case ErrorCode::kReplayed: return false;
    default: return answers == Answers::kOthers;
  }
}

}  // namespace florin::payload
