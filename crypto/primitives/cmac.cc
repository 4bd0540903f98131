#include <algorithm>
#include <cstring>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/chain_all_but_last.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {
namespace {

// Doubles in GF(2^128) with x^128 + x^7 + x^2 + x + 1, or in GF(2^64) with x^64 + x^4 + x^3 + x +
// 1, without a branch on secret bits (SP 800-38B 5.3 and 6.1).
void Double(MutableBytes value) {
  std::uint8_t carry = 0;
  for (std::size_t i = value.size(); i-- > 0;) {
    const std::uint8_t next = value[i] >> 7;
    value[i] = static_cast<std::uint8_t>((value[i] << 1) | carry);
    carry = next;
  }
  const std::uint8_t constant = value.size() == kTdesBlockSize ? 0x1B : 0x87;
  const auto mask = static_cast<std::uint8_t>(0U - carry);
  value.back() = static_cast<std::uint8_t>(value.back() ^ (constant & mask));
}

}  // namespace

Result<CmacKey> CmacKey::Of(KeyedCipher cipher) {
  FLORIN_TRY(auto subkeys, SecretBox<Subkeys>::Create());
  Subkeys& keys = subkeys.Write(SecretAccess{});
  const MutableBytes whole = MutableBytes(keys.whole).first(cipher.block_size());
  FLORIN_CHECK_OK(cipher.EncryptBlocks(whole, whole));
  Double(whole);
  keys.padded = keys.whole;
  Double(MutableBytes(keys.padded).first(cipher.block_size()));
  return CmacKey(std::move(cipher), std::move(subkeys));
}

Result<AesCmacKey> AesCmacKey::Create(ByteView key) {
  FLORIN_TRY(KeyedCipher cipher, AesCipher(key));
  FLORIN_TRY(CmacKey cmac, Of(std::move(cipher)));
  return AesCmacKey(std::move(cmac));
}

Result<TdesCmacKey> TdesCmacKey::Create(ByteView key) {
  if (key.size() != 16 && key.size() != 24) {
    return Error(ErrorCode::kInvalidArgument, "a TDES CMAC key has 16 or 24 bytes");
  }
  FLORIN_TRY(KeyedCipher cipher, TdesCipher(key));
  FLORIN_TRY(CmacKey cmac, Of(std::move(cipher)));
  return TdesCmacKey(std::move(cmac));
}

Status CmacKey::Sign(const Parts& parts, MutableBytes mac) const {
  CmacStream stream(*this);
  for (const ByteView& part : parts) FLORIN_CHECK_OK(stream.Update(part));
  return stream.Finish(mac);
}

Status CmacKey::Verify(const Parts& parts, ByteView mac, std::size_t mac_size) const {
  SecretArray<kCmacSize> expected;
  const MutableBytes full = expected.Write(SecretAccess{}).first(size());
  FLORIN_CHECK_OK(Sign(parts, full));
  return CheckMac(full, mac, mac_size);
}

Status CmacStream::Update(ByteView data) {
  const std::size_t block = key_->size();
  return ChainAllButLast(key_->cipher_, data, pending_.Write(SecretAccess{}).first(block),
                         pending_size_, chain_.Write(SecretAccess{}).first(block));
}

Status CmacStream::Finish(MutableBytes mac) {
  const std::size_t block = key_->size();
  if (mac.empty() || mac.size() > block) {
    return Error(ErrorCode::kInvalidArgument, "a CMAC has 1..16 bytes with AES, 1..8 with TDES");
  }
  const CmacKey::Subkeys& subkeys = key_->subkeys_.Read(SecretAccess{});
  const MutableBytes last = pending_.Write(SecretAccess{}).first(block);
  const MutableBytes chain = chain_.Write(SecretAccess{}).first(block);
  const bool whole = pending_size_ == block;
  if (!whole) {
    last[pending_size_] = 0x80;
    std::fill(last.begin() + static_cast<std::ptrdiff_t>(pending_size_) + 1, last.end(),
              std::uint8_t{0});
  }
  const std::array<std::uint8_t, kMaxBlockSize>& subkey = whole ? subkeys.whole : subkeys.padded;
  for (std::size_t i = 0; i < block; ++i) last[i] = static_cast<std::uint8_t>(last[i] ^ subkey[i]);
  FLORIN_CHECK_OK(key_->cipher_.ChainBlocks(last, chain));
  std::memcpy(mac.data(), chain.data(), mac.size());
  chain_ = SecretArray<kMaxBlockSize>();
  pending_ = SecretArray<kMaxBlockSize>();
  pending_size_ = 0;
  return OkStatus();
}

}  // namespace florin::primitives
