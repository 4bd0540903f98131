#include <cstring>

#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {
namespace {

constexpr std::size_t kMaxHmacKeySize = 4096;
constexpr std::uint8_t kInnerPad = 0x36;  // FIPS 198-1 3
constexpr std::uint8_t kOuterPad = 0x5c;

}  // namespace

Result<HmacKey> HmacKey::Create(Hash hash, ByteView key) {
  if (hash == Hash::kSha1) {
    return Error(ErrorCode::kUnsupported, "HMAC takes SHA-224, SHA-256, SHA-384 or SHA-512");
  }
  return Make(hash, key);
}

Result<HmacKey> HmacKey::CreateSha1(ByteView key) { return Make(Hash::kSha1, key); }

Result<HmacKey> HmacKey::Make(Hash hash, ByteView key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (key.size() > kMaxHmacKeySize) {
    return Error(ErrorCode::kLimitExceeded, "an HMAC key has at most 4096 bytes");
  }
  FLORIN_TRY(auto midstates, SecretBox<Midstates>::Create());
  Midstates& states = midstates.Write(SecretAccess{});

  SecretArray<kMaxHashBlockSize> padded_key;
  const MutableBytes pad = padded_key.Write(SecretAccess{}).first(HashBlockSize(hash));
  if (key.size() > pad.size()) {
    Hasher hasher(hash);
    hasher.Update(key);
    hasher.FinishRaw(pad.data());
  } else if (!key.empty()) {
    std::memcpy(pad.data(), key.data(), key.size());
  }
  for (std::uint8_t& byte : pad) byte = static_cast<std::uint8_t>(byte ^ kInnerPad);
  Hasher inner(hash);
  inner.Update(pad);
  std::memcpy(states.inner.data(), inner.state_.data(), inner.StateSize());
  for (std::uint8_t& byte : pad) byte = static_cast<std::uint8_t>(byte ^ kInnerPad ^ kOuterPad);
  Hasher outer(hash);
  outer.Update(pad);
  std::memcpy(states.outer.data(), outer.state_.data(), outer.StateSize());
  return HmacKey(hash, std::move(midstates));
}

Status HmacKey::Sign(const Parts& parts, MutableBytes mac) const {
  Hmac hmac(*this);
  for (const ByteView& part : parts) hmac.Update(part);
  return hmac.Finish(mac);
}

Status HmacKey::Verify(const Parts& parts, ByteView mac, std::size_t mac_size) const {
  SecretArray<kMaxDigestSize> expected;
  const MutableBytes full = expected.Write(SecretAccess{}).first(size());
  FLORIN_CHECK_OK(Sign(parts, full));
  return CheckMac(full, mac, mac_size);
}

Hmac::Hmac(const HmacKey& key)
    : inner_(key.hash_, Hasher::Uninitialized{}), outer_(key.hash_, Hasher::Uninitialized{}) {
  const HmacKey::Midstates& states = key.midstates_.Read(SecretAccess{});
  std::memcpy(inner_.state_.data(), states.inner.data(), inner_.StateSize());
  std::memcpy(outer_.state_.data(), states.outer.data(), outer_.StateSize());
}

Status Hmac::Finish(MutableBytes mac) {
  FLORIN_CHECK_OK(PrimitivesReady());
  const std::size_t full = HashSize(inner_.hash_);
  if (mac.empty() || mac.size() > full) {
    return Error(ErrorCode::kInvalidArgument,
                 "the MAC buffer must have 1 byte up to the digest's length");
  }
  SecretArray<kMaxDigestSize> digest;
  const MutableBytes bytes = digest.Write(SecretAccess{}).first(full);
  inner_.FinishRaw(bytes.data());
  outer_.Update(bytes);
  outer_.FinishRaw(bytes.data());
  std::memcpy(mac.data(), bytes.data(), mac.size());
  return OkStatus();
}

}  // namespace florin::primitives
