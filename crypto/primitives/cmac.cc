#include <algorithm>
#include <cstring>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/chain_all_but_last.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/self_test.h"
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

Status CheckTdesCmacKey(ByteView key) {
  if (key.size() == 16 || key.size() == 24) return PrimitivesReady();
  return Error(ErrorCode::kInvalidArgument, "a TDES CMAC key has 16 or 24 bytes");
}

Error BadMacSize() {
  return {ErrorCode::kInvalidArgument, "a CMAC has 1..16 bytes with AES, 1..8 with TDES"};
}

// Pads `last`, of which `size` bytes are there, and adds the subkey that belongs to it.
void CloseLastBlock(MutableBytes last, std::size_t size, ByteView whole, ByteView padded) {
  const bool is_whole = size == last.size();
  if (!is_whole) {
    last[size] = 0x80;
    std::fill(last.begin() + static_cast<std::ptrdiff_t>(size) + 1, last.end(), std::uint8_t{0});
  }
  const ByteView subkey = is_whole ? whole : padded;
  for (std::size_t i = 0; i < last.size(); ++i) {
    last[i] = static_cast<std::uint8_t>(last[i] ^ subkey[i]);
  }
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
  FLORIN_CHECK_OK(CheckTdesCmacKey(key));
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

Status TdesCmacOnce(ByteView key, const Parts& parts, MutableBytes mac) {
  FLORIN_CHECK_OK(CheckTdesCmacKey(key));
  if (mac.empty() || mac.size() > kTdesCmacSize) return BadMacSize();
  const TransientDesSchedule schedule(key);
  SecretArray<4 * kTdesBlockSize> storage;
  const MutableBytes bytes = storage.Write(SecretAccess{});
  const MutableBytes whole = bytes.first(kTdesBlockSize);
  const MutableBytes padded = bytes.subspan(kTdesBlockSize, kTdesBlockSize);
  const MutableBytes chain = bytes.subspan(2 * kTdesBlockSize, kTdesBlockSize);
  const MutableBytes pending = bytes.last(kTdesBlockSize);
  DesEncryptEcb(*schedule, whole, whole);
  Double(whole);
  std::memcpy(padded.data(), whole.data(), padded.size());
  Double(padded);
  const auto chain_blocks = [&](ByteView blocks) {
    DesChain(*schedule, DesChaining::kWholeKey, blocks, chain);
    return OkStatus();
  };
  std::size_t pending_size = 0;
  for (const ByteView& part : parts) {
    FLORIN_CHECK_OK(ChainAllButLast(chain_blocks, part, pending, pending_size));
  }
  CloseLastBlock(pending, pending_size, whole, padded);
  FLORIN_CHECK_OK(chain_blocks(pending));
  std::memcpy(mac.data(), chain.data(), mac.size());
  return OkStatus();
}

Status CmacStream::Update(ByteView data) {
  const std::size_t block = key_->size();
  const MutableBytes chain = chain_.Write(SecretAccess{}).first(block);
  const auto chain_blocks = [&](ByteView blocks) {
    return key_->cipher_.ChainBlocks(blocks, chain);
  };
  return ChainAllButLast(chain_blocks, data, pending_.Write(SecretAccess{}).first(block),
                         pending_size_);
}

Status CmacStream::Finish(MutableBytes mac) {
  const std::size_t block = key_->size();
  if (mac.empty() || mac.size() > block) return BadMacSize();
  const CmacKey::Subkeys& subkeys = key_->subkeys_.Read(SecretAccess{});
  const MutableBytes last = pending_.Write(SecretAccess{}).first(block);
  const MutableBytes chain = chain_.Write(SecretAccess{}).first(block);
  CloseLastBlock(last, pending_size_, subkeys.whole, subkeys.padded);
  FLORIN_CHECK_OK(key_->cipher_.ChainBlocks(last, chain));
  std::memcpy(mac.data(), chain.data(), mac.size());
  chain_ = SecretArray<kMaxBlockSize>();
  pending_ = SecretArray<kMaxBlockSize>();
  pending_size_ = 0;
  return OkStatus();
}

}  // namespace florin::primitives
