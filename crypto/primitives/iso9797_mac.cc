#include <cstring>

#include "crypto/primitives/chain_all_but_last.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {
namespace {

template <class Key>
Status SignParts(const Key& key, MacPadding padding, const Parts& parts, MutableBytes mac) {
  Iso9797MacStream stream(key, padding, parts.TotalSize());
  for (const ByteView& part : parts) FLORIN_CHECK_OK(stream.Update(part));
  return stream.Finish(mac);
}

template <class Key>
Status VerifyParts(const Key& key, MacPadding padding, const Parts& parts, ByteView mac,
                   std::size_t mac_size) {
  SecretArray<kTdesMacSize> expected;
  FLORIN_CHECK_OK(SignParts(key, padding, parts, expected.Write(SecretAccess{})));
  return CheckMac(expected.Read(SecretAccess{}), mac, mac_size);
}

}  // namespace

Result<CbcMacKey> CbcMacKey::Create(ByteView key) {
  if (key.size() != 16 && key.size() != 24) {
    return Error(ErrorCode::kInvalidArgument, "a CBC-MAC key has 16 or 24 bytes");
  }
  FLORIN_TRY(KeyedCipher cipher, TdesCipher(key));
  return CbcMacKey(std::move(cipher));
}

Status CbcMacKey::Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const {
  return SignParts(*this, padding, parts, mac);
}

Status CbcMacKey::Verify(MacPadding padding, const Parts& parts, ByteView mac,
                         std::size_t mac_size) const {
  return VerifyParts(*this, padding, parts, mac, mac_size);
}

Result<RetailMacKey> RetailMacKey::Create(ByteView key) {
  if (key.size() != 16) {
    return Error(ErrorCode::kInvalidArgument, "a retail MAC key has 16 bytes");
  }
  FLORIN_TRY(KeyedCipher left, TdesCipher(key.first(8)));
  FLORIN_TRY(KeyedCipher both, TdesCipher(key));
  return RetailMacKey(std::move(left), std::move(both));
}

Status RetailMacKey::Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const {
  return SignParts(*this, padding, parts, mac);
}

Status RetailMacKey::Verify(MacPadding padding, const Parts& parts, ByteView mac,
                            std::size_t mac_size) const {
  return VerifyParts(*this, padding, parts, mac, mac_size);
}

// The length block of method 3 is never the last one.
Status Iso9797MacStream::Begin() {
  if (begun_) return OkStatus();
  begun_ = true;
  if (padding_ != MacPadding::kMethod3) return OkStatus();
  std::array<std::uint8_t, kTdesBlockSize> bits;
  FLORIN_CHECK_OK(WriteBitLength(message_size_, bits));
  return chaining_->ChainBlocks(bits, chain_.Write(SecretAccess{}));
}

// The last block may have a key of its own.
Status Iso9797MacStream::Update(ByteView data) {
  FLORIN_CHECK_OK(Begin());
  received_ += data.size();
  return ChainAllButLast(*chaining_, data, pending_.Write(SecretAccess{}), pending_size_,
                         chain_.Write(SecretAccess{}));
}

Status Iso9797MacStream::Finish(MutableBytes mac) {
  if (mac.empty() || mac.size() > kTdesMacSize) {
    return Error(ErrorCode::kInvalidArgument, "this MAC has 1..8 bytes");
  }
  if (padding_ == MacPadding::kMethod3 && received_ != message_size_) {
    return Error(ErrorCode::kInvalidArgument, "MAC: the message is not as long as was said");
  }
  FLORIN_CHECK_OK(Begin());
  SecretArray<2 * kTdesBlockSize> tail;
  const ByteView rest = ByteView(pending_.Read(SecretAccess{})).first(pending_size_);
  const MacPadding behind =
      padding_ == MacPadding::kMethod2 ? MacPadding::kMethod2 : MacPadding::kMethod1;
  FLORIN_TRY(const std::size_t size,
             AddMacPadding(behind, kTdesBlockSize, rest, tail.Write(SecretAccess{})));
  const ByteView blocks = ByteView(tail.Read(SecretAccess{})).first(size);
  const MutableBytes chain = chain_.Write(SecretAccess{});
  FLORIN_CHECK_OK(chaining_->ChainBlocks(blocks.first(size - kTdesBlockSize), chain));
  // Algorithm 3: E(left), then D(right) and E(left) make one TDES encryption.
  FLORIN_CHECK_OK(last_->ChainBlocks(blocks.last(kTdesBlockSize), chain));
  std::memcpy(mac.data(), chain.data(), mac.size());
  chain_ = SecretArray<kTdesBlockSize>();
  pending_ = SecretArray<kTdesBlockSize>();
  pending_size_ = 0;
  received_ = 0;
  begun_ = false;
  return OkStatus();
}

}  // namespace florin::primitives
