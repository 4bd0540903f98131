// What Jwe and JweSender ask of a profile.
#pragma once

#include "crypto/payload/jose_tables.h"
#include "florin/base/result.h"
#include "florin/hsm/key_ref.h"
#include "florin/payload/jwe_profile.h"

namespace florin::payload {

inline constexpr std::size_t kCbcIv = 16;  // RFC 7518 5.2.2.1

// kInvalidArgument: nothing to choose from, IV lengths out of range, unprotected headers without
// JSON.
Status CheckProfile(const JweProfile& profile);

// The class of the key that opens.
hsm::KeyClass OpeningKeyClass(KeyManagement management);

}  // namespace florin::payload
