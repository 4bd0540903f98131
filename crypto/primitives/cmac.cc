#include <algorithm>
#include <cstring>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/chain_all_but_last.h"
#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/self_test.h"
#include "crypto/primitives/tdes.h"
#include "crypto/primitives/xor.h"

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
  XorInto(last, (is_whole ? whole : padded).first(last.size()));
}

// chain_blocks(blocks, chain) encrypts each block xor the chain. Blocks have `block` bytes.
template <class ChainBlocks>
Status CmacOnce(const ChainBlocks& chain_blocks, std::size_t block, const Parts& parts,
                MutableBytes mac) {
  if (mac.empty() || mac.size() > block) return BadMacSize();
  SecretArray<4 * kMaxBlockSize> storage;
  const MutableBytes bytes = storage.Write(SecretAccess{});
  const MutableBytes whole = bytes.first(block);
  const MutableBytes padded = bytes.subspan(kMaxBlockSize, block);
  const MutableBytes chain = bytes.subspan(2 * kMaxBlockSize, block);
  const MutableBytes pending = bytes.subspan(3 * kMaxBlockSize, block);
  FLORIN_CHECK_OK(chain_blocks(chain, whole));  // E(0): all are zero
  Double(whole);
  std::copy(whole.begin(), whole.end(), padded.begin());
  Double(padded);
  const auto chain_more = [&](ByteView blocks) { return chain_blocks(blocks, chain); };
  std::size_t pending_size = 0;
  for (const ByteView& part : parts) {
    FLORIN_CHECK_OK(ChainAllButLast(chain_more, part, pending, pending_size));
  }
  CloseLastBlock(pending, pending_size, whole, padded);
  FLORIN_CHECK_OK(chain_more(pending));
  std::copy_n(chain.begin(), mac.size(), mac.begin());
  return OkStatus();
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
  const TransientDesSchedule schedule(key);
  const auto chain_blocks = [&](ByteView blocks, MutableBytes chain) {
    DesChain(*schedule, DesChaining::kWholeKey, blocks, chain);
    return OkStatus();
  };
  return CmacOnce(chain_blocks, kTdesBlockSize, parts, mac);
}

Status AesCmacOnce(ByteView key, const Parts& parts, MutableBytes mac) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  const TransientAesContext context(key, Direction::kEncrypt, {});
  const auto chain_blocks = [&](ByteView blocks, MutableBytes chain) {
    for (; !blocks.empty(); blocks = blocks.subspan(kAesBlockSize)) {
      XorInto(chain, blocks.first(kAesBlockSize));
      if (!context.Crypt(chain, chain.data())) return Status(CipherRefused());
    }
    return OkStatus();
  };
  return CmacOnce(chain_blocks, kAesBlockSize, parts, mac);
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
  Wipe(chain);
  Wipe(last);
  pending_size_ = 0;
  return OkStatus();
}

}  // namespace florin::primitives
