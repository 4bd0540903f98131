// What tests reach inside HPKE: a chosen ephemeral key, and the message number.
#pragma once

#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/payload/hpke.h"

namespace florin::payload {

struct HpkeAccess {
  // A sender with the caller's ephemeral pair. Never with one that was used before.
  static Result<HpkeSender> CreateSender(hsm::Session& session, const HpkeSenderSetup& setup,
                                         hsm::KeyHandle ephemeral, ByteView ephemeral_public);
  static void SetNumber(HpkeSender& sender, std::uint64_t number);
  static void SetNumber(HpkeReceiver& receiver, std::uint64_t number);
};

}  // namespace florin::payload
