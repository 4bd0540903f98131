// Fuzzes CKA_FLORIN_EMV_PROFILES. What is read is written as it was: there is one form only.
#include <cstdint>

#include "crypto/cryptoki/emv_profiles_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView bytes(data, size);
  const auto profiles = florin::cryptoki::DecodeEmvProfiles(bytes);
  if (!profiles.ok()) return 0;
  const CK_FLORIN_EMV_PROFILES encoded = florin::cryptoki::EncodeEmvProfiles(*profiles);
  const auto* again = reinterpret_cast<const std::uint8_t*>(&encoded);
  FLORIN_INVARIANT(florin::SameBytes(bytes, florin::ByteView(again, sizeof(encoded))));
  return 0;
}
