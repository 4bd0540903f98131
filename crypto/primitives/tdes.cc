#include "crypto/primitives/tdes.h"

#include <bit>

#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {

Status CheckTdesKey(ByteView key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (key.size() != 8 && key.size() != 16 && key.size() != 24) {
    return Error(ErrorCode::kInvalidArgument, "a TDES key has 16 or 24 bytes, a DES key 8");
  }
  return OkStatus();
}

Result<KeyedCipher> TdesCipher(ByteView key) {
  FLORIN_CHECK_OK(CheckTdesKey(key));
  const EvpCache& evp = *Evp();
  FLORIN_TRY(SecretBytes expanded, SecretBytes::Create(24));
  const MutableBytes bytes = expanded.Write(SecretAccess{});
  // K K K for 8 bytes, K1 K2 K1 for 16: byte i repeats with the key's length.
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = key[i % key.size()];
  FLORIN_TRY(auto schedule, SecretBox<DesSchedule>::Create());
  ExpandDesKey(key, schedule.Write(SecretAccess{}));
  const CipherSuite suite{evp.tdes_ecb, evp.tdes_cbc, nullptr, kTdesBlockSize};
  return KeyedCipher(
      std::make_unique<KeyedCipherImpl>(suite, std::move(expanded), std::move(schedule)));
}

void SetOddParity(MutableBytes key) {
  for (std::uint8_t& byte : key) {
    const auto upper = static_cast<std::uint8_t>(byte & 0xfe);
    byte = static_cast<std::uint8_t>(upper | ((std::popcount(upper) & 1) ^ 1));
  }
}

bool HasOddParity(ByteView key) {
  int all_odd = 1;
  for (const std::uint8_t byte : key) all_odd &= std::popcount(byte);
  return all_odd == 1;
}

}  // namespace florin::primitives
