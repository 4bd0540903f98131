#include "crypto/card/key_block_keys.h"

#include <algorithm>
#include <array>

#include "crypto/card/key_block_payload.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/secret.h"
#include "florin/card/key_block.h"

namespace florin::card {
namespace {

using primitives::AesCmacKey;
using primitives::CmacKey;
using primitives::KeyedCipher;
using primitives::TdesCmacKey;

bool IsAesVersion(char version) { return version == 'D' || version == 'E'; }

Status CheckKbpk(char version, ByteView kbpk) {
  if (version < 'A' || version > 'E') {
    return Error(ErrorCode::kInvalidArgument, "key block versions are A to E");
  }
  const bool fits =
      kbpk.size() == 16 || kbpk.size() == 24 || (kbpk.size() == 32 && IsAesVersion(version));
  if (!fits) {
    return Error(ErrorCode::kInvalidArgument,
                 "versions A, B and C take a TDES KBPK of 16 or 24 bytes, D and E an AES KBPK of "
                 "16, 24 or 32");
  }
  return OkStatus();
}

void Vary(ByteView kbpk, std::uint8_t variant, MutableBytes out) {
  std::transform(kbpk.begin(), kbpk.end(), out.begin(), [variant](std::uint8_t byte) {
    return static_cast<std::uint8_t>(byte ^ variant);
  });
}

// The derivation input's algorithm number (X9.143 table 8).
std::uint8_t AlgorithmNumber(char version, std::size_t kbpk_size) {
  if (!IsAesVersion(version)) return kbpk_size == 16 ? 0 : 1;
  return static_cast<std::uint8_t>(2 + (kbpk_size - 16) / 8);
}

enum class KeyBlockKeyUse : std::uint8_t { kEncryptCbc = 0, kAuthenticate = 1, kEncryptCtr = 2 };

// CMAC over counter || use || 00 || algorithm || bits, the counter from 1, cut to the KBPK's
// length.
Status Expand(const CmacKey& key, std::uint8_t algorithm, KeyBlockKeyUse use, MutableBytes out) {
  const std::size_t bits = 8 * out.size();
  std::array<std::uint8_t, 8> input = {
      0, 0,         static_cast<std::uint8_t>(use),       0,
      0, algorithm, static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
  while (!out.empty()) {
    ++input[0];
    const std::size_t take = std::min(out.size(), key.size());
    FLORIN_CHECK_OK(key.Sign(ByteView(input), out.first(take)));
    out = out.subspan(take);
  }
  return OkStatus();
}

Status ExpandBoth(const CmacKey& key, char version, MutableBytes kbek, MutableBytes kbak) {
  const std::uint8_t algorithm = AlgorithmNumber(version, kbek.size());
  FLORIN_CHECK_OK(Expand(key, algorithm,
                         version == 'E' ? KeyBlockKeyUse::kEncryptCtr : KeyBlockKeyUse::kEncryptCbc,
                         kbek));
  return Expand(key, algorithm, KeyBlockKeyUse::kAuthenticate, kbak);
}

int StrengthOf(char version, ByteView kbpk) {
  return IsAesVersion(version) ? static_cast<int>(8 * kbpk.size()) : TdesStrength(kbpk);
}

}  // namespace

Status DeriveKeyBlockKeys(char version, ByteView kbpk, MutableBytes kbek, MutableBytes kbak) {
  FLORIN_CHECK_OK(CheckKbpk(version, kbpk));
  if (kbek.size() != kbpk.size() || kbak.size() != kbpk.size()) {
    return Error(ErrorCode::kInvalidArgument, "KBEK and KBAK have the length of the KBPK");
  }
  if (version == 'A' || version == 'C') {
    Vary(kbpk, 0x45, kbek);
    Vary(kbpk, 0x4d, kbak);
    return OkStatus();
  }
  if (IsAesVersion(version)) {
    FLORIN_TRY(const AesCmacKey key, AesCmacKey::Create(kbpk));
    return ExpandBoth(key, version, kbek, kbak);
  }
  FLORIN_TRY(const TdesCmacKey key, TdesCmacKey::Create(kbpk));
  return ExpandBoth(key, version, kbek, kbak);
}

Result<KeyBlockKeys> KeyBlockKeys::Create(char version, ByteView kbpk) {
  FLORIN_CHECK_OK(CheckKbpk(version, kbpk));
  SecretArray<kMaxKbpkSize> encrypt;
  SecretArray<kMaxKbpkSize> authenticate;
  const MutableBytes kbek = encrypt.Write(SecretAccess{}).first(kbpk.size());
  const MutableBytes kbak = authenticate.Write(SecretAccess{}).first(kbpk.size());
  FLORIN_CHECK_OK(DeriveKeyBlockKeys(version, kbpk, kbek, kbak));
  const int strength = StrengthOf(version, kbpk);
  if (IsAesVersion(version)) {
    FLORIN_TRY(KeyedCipher cipher, primitives::AesCipher(kbek));
    FLORIN_TRY(AesCmacKey mac, AesCmacKey::Create(kbak));
    return KeyBlockKeys(version, strength, std::move(cipher), CmacKey(std::move(mac)));
  }
  FLORIN_TRY(KeyedCipher cipher, primitives::TdesCipher(kbek));
  if (version == 'B') {
    FLORIN_TRY(TdesCmacKey mac, TdesCmacKey::Create(kbak));
    return KeyBlockKeys(version, strength, std::move(cipher), CmacKey(std::move(mac)));
  }
  FLORIN_TRY(KeyedCipher mac, primitives::TdesCipher(kbak));
  return KeyBlockKeys(version, strength, std::move(cipher), std::move(mac));
}

Status KeyBlockKeys::Crypt(primitives::Direction direction, ByteView bound_text, ByteView mac,
                           MutableBytes data) const {
  const auto mode = version_ == 'E' ? primitives::CipherMode::kCtr : primitives::CipherMode::kCbc;
  const ByteView iv = MacsCiphertext() ? bound_text.first(primitives::kTdesBlockSize) : mac;
  FLORIN_TRY(const std::size_t written, cipher_.Crypt(mode, direction, iv, data, data));
  FLORIN_INVARIANT(written == data.size());
  return OkStatus();
}

Status KeyBlockKeys::Mac(ByteView bound_text, ByteView data, MutableBytes mac) const {
  if (const auto* cmac = std::get_if<CmacKey>(&kbak_)) return cmac->Sign({bound_text, data}, mac);
  // CBC-MAC: header and ciphertext are whole blocks each (X9.143 6.3.6).
  SecretArray<primitives::kTdesBlockSize> chain;
  const auto& cipher = std::get<KeyedCipher>(kbak_);
  FLORIN_CHECK_OK(cipher.ChainBlocks(bound_text, chain.Write(SecretAccess{})));
  FLORIN_CHECK_OK(cipher.ChainBlocks(data, chain.Write(SecretAccess{})));
  std::copy_n(chain.Read(SecretAccess{}).begin(), mac.size(), mac.begin());
  return OkStatus();
}

}  // namespace florin::card
