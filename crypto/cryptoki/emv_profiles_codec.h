// EmvAllowedProfiles <-> CK_FLORIN_EMV_PROFILES, the value of CKA_FLORIN_EMV_PROFILES.
#pragma once

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/card/emv_profile.h"

namespace florin::cryptoki {

// A tree is written for EmvSessionKeyMethod::kEmv2000 only.
CK_FLORIN_EMV_PROFILES EncodeEmvProfiles(const card::EmvAllowedProfiles& profiles);

// `value` is untrusted. kInvalidArgument with CKR_ATTRIBUTE_VALUE_INVALID.
Result<card::EmvAllowedProfiles> DecodeEmvProfiles(ByteView value);

}  // namespace florin::cryptoki
