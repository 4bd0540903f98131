#include "crypto/pkcs11/token_state.h"

#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::pkcs11 {

using mechanisms::MechanismType;
using mechanisms::Verb;

TokenState::TokenState(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot) {
  const auto numbers = cryptoki::AllMechanismNumbers();
  FLORIN_INVARIANT(numbers.size() <= flags_.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CK_MECHANISM_INFO info{};
    if (functions.C_GetMechanismInfo(slot, numbers[i].ckm, &info) == CKR_OK) {
      flags_[i] = info.flags;
    }
  }
  obeys_headers_ = Supports(MechanismType::kEmvCryptogram, Verb::kVerify);
  CK_TOKEN_INFO token{};
  if (functions.C_GetTokenInfo(slot, &token) == CKR_OK) {
    const std::string_view maker = AsText(token.manufacturerID);
    rejects_with_general_error_ = maker.starts_with("SoftHSM");
    verifies_with_any_error_ = maker.starts_with("Mozilla");
  }
}

bool TokenState::Supports(MechanismType type, Verb verb) const {
  const auto numbers = cryptoki::AllMechanismNumbers();
  const CK_FLAGS wanted = cryptoki::VerbFlags(verb);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i].type == type && (flags_[i] & wanted) != 0) return true;
  }
  return false;
}

bool TokenState::SupportsNumber(CK_MECHANISM_TYPE ckm, CK_FLAGS flags) const {
  const auto numbers = cryptoki::AllMechanismNumbers();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i].ckm == ckm) return (flags_[i] & flags) != 0;
  }
  return false;
}

}  // namespace florin::pkcs11
