#include "crypto/payload/refusal.h"

namespace florin::payload {

bool IsDecryptRefusal(ErrorCode code) {
  return code != ErrorCode::kSessionLost && code != ErrorCode::kUnsupported &&
         code != ErrorCode::kResourceExhausted;
}

bool PassesThrough(ErrorCode code, Answers answers) {
  if (answers == Answers::kDecrypt) {
    // Some modules answer a wrong tag with CKR_GENERAL_ERROR or CKR_FUNCTION_FAILED. What came in
    // was the token's, so all but what a wrong tag cannot cause is taken as a refusal.
    return !IsDecryptRefusal(code);
  }
  // NSS says CKR_ARGUMENTS_BAD to a wrappedKey above the modulus, SoftHSM2 to a hash it lacks.
  if (answers == Answers::kUnwrap) {
    return !IsDecryptRefusal(code) && code != ErrorCode::kUnsupported;
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

std::uint64_t SubjectOf(const std::array<std::uint8_t, 32>& bytes) {
  std::uint64_t subject = 0;
  for (std::size_t i = 0; i < sizeof(subject); ++i) subject = subject << 8 | bytes[i];
  return subject;
}

}  // namespace florin::payload
