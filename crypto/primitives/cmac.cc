#include <algorithm>
#include <cstring>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"

namespace florin::primitives {
namespace {

// Doubles in GF(2^128) with x^128 + x^7 + x^2 + x + 1, without a branch on secret bits
// (SP 800-38B 6.1).
void Double(std::array<std::uint8_t, 16>& value) {
  std::uint8_t carry = 0;
  for (std::size_t i = value.size(); i-- > 0;) {
    const std::uint8_t next = value[i] >> 7;
    value[i] = static_cast<std::uint8_t>((value[i] << 1) | carry);
    carry = next;
  }
  const auto mask = static_cast<std::uint8_t>(0U - carry);
  value[15] = static_cast<std::uint8_t>(value[15] ^ (0x87 & mask));
}

}  // namespace

Result<AesCmacKey> AesCmacKey::Create(ByteView key) {
  FLORIN_TRY(KeyedCipher cipher, AesCipher(key));
  FLORIN_TRY(auto subkeys, SecretBox<Subkeys>::Create());
  Subkeys& keys = subkeys.Write(SecretAccess{});
  FLORIN_CHECK_OK(cipher.EncryptBlocks(keys.whole, keys.whole));
  Double(keys.whole);
  keys.padded = keys.whole;
  Double(keys.padded);
  return AesCmacKey(std::move(cipher), std::move(subkeys));
}

Status AesCmacKey::Sign(const Parts& parts, MutableBytes mac) const {
  CmacStream stream(*this);
  for (const ByteView& part : parts) FLORIN_CHECK_OK(stream.Update(part));
  return stream.Finish(mac);
}

Status AesCmacKey::Verify(const Parts& parts, ByteView mac, std::size_t mac_size) const {
  SecretArray<kCmacSize> expected;
  FLORIN_CHECK_OK(Sign(parts, expected.Write(SecretAccess{})));
  return CheckMac(expected.Read(SecretAccess{}), mac, mac_size);
}

Status CmacStream::Update(ByteView data) {
  const MutableBytes pending = pending_.Write(SecretAccess{});
  const MutableBytes chain = chain_.Write(SecretAccess{});
  while (!data.empty()) {
    if (pending_size_ == kAesBlockSize) {
      FLORIN_CHECK_OK(key_->cipher_.ChainBlocks(pending, chain));
      pending_size_ = 0;
    }
    if (pending_size_ == 0 && data.size() > kAesBlockSize) {
      const std::size_t whole = (data.size() - 1) / kAesBlockSize * kAesBlockSize;
      FLORIN_CHECK_OK(key_->cipher_.ChainBlocks(data.first(whole), chain));
      data = data.subspan(whole);
    }
    const std::size_t take = std::min(data.size(), kAesBlockSize - pending_size_);
    std::memcpy(pending.data() + pending_size_, data.data(), take);
    pending_size_ += take;
    data = data.subspan(take);
  }
  return OkStatus();
}

Status CmacStream::Finish(MutableBytes mac) {
  if (mac.empty() || mac.size() > kCmacSize) {
    return Error(ErrorCode::kInvalidArgument, "a CMAC has 1..16 bytes");
  }
  const AesCmacKey::Subkeys& subkeys = key_->subkeys_.Read(SecretAccess{});
  const MutableBytes last = pending_.Write(SecretAccess{});
  const bool whole = pending_size_ == kAesBlockSize;
  if (!whole) {
    last[pending_size_] = 0x80;
    std::fill(last.begin() + static_cast<std::ptrdiff_t>(pending_size_) + 1, last.end(),
              std::uint8_t{0});
  }
  const std::array<std::uint8_t, 16>& subkey = whole ? subkeys.whole : subkeys.padded;
  for (std::size_t i = 0; i < last.size(); ++i) {
    last[i] = static_cast<std::uint8_t>(last[i] ^ subkey[i]);
  }
  FLORIN_CHECK_OK(key_->cipher_.ChainBlocks(last, chain_.Write(SecretAccess{})));
  std::memcpy(mac.data(), chain_.Read(SecretAccess{}).data(), mac.size());
  chain_ = SecretArray<16>();
  pending_ = SecretArray<16>();
  pending_size_ = 0;
  return OkStatus();
}

}  // namespace florin::primitives
