#include <algorithm>
#include <cstring>

#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {

Result<RetailMacKey> RetailMacKey::Create(ByteView key) {
  if (key.size() != 16) {
    return Error(ErrorCode::kInvalidArgument, "a retail MAC key has 16 bytes");
  }
  FLORIN_TRY(KeyedCipher left, TdesCipher(key.first(8)));
  FLORIN_TRY(KeyedCipher both, TdesCipher(key));
  return RetailMacKey(std::move(left), std::move(both));
}

Status RetailMacKey::Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const {
  RetailMacStream stream(*this, padding);
  for (const ByteView& part : parts) FLORIN_CHECK_OK(stream.Update(part));
  return stream.Finish(mac);
}

Status RetailMacKey::Verify(MacPadding padding, const Parts& parts, ByteView mac,
                            std::size_t mac_size) const {
  SecretArray<kRetailMacSize> expected;
  FLORIN_CHECK_OK(Sign(padding, parts, expected.Write(SecretAccess{})));
  return CheckMac(expected.Read(SecretAccess{}), mac, mac_size);
}

Status RetailMacStream::Update(ByteView data) {
  const MutableBytes pending = pending_.Write(SecretAccess{});
  while (!data.empty()) {
    // A full block waits until it is known not to be the last, which the long key encrypts.
    if (pending_size_ == kTdesBlockSize) {
      FLORIN_CHECK_OK(key_->left_.ChainBlocks(pending, chain_.Write(SecretAccess{})));
      pending_size_ = 0;
    }
    const std::size_t take = std::min(data.size(), kTdesBlockSize - pending_size_);
    std::memcpy(pending.data() + pending_size_, data.data(), take);
    pending_size_ += take;
    data = data.subspan(take);
  }
  return OkStatus();
}

Status RetailMacStream::Finish(MutableBytes mac) {
  if (mac.empty() || mac.size() > kRetailMacSize) {
    return Error(ErrorCode::kInvalidArgument, "a retail MAC has 1..8 bytes");
  }
  const MutableBytes chain = chain_.Write(SecretAccess{});
  const MutableBytes last = pending_.Write(SecretAccess{});
  if (padding_ == MacPadding::kMethod2) {
    if (pending_size_ == kTdesBlockSize) {
      FLORIN_CHECK_OK(key_->left_.ChainBlocks(last, chain));
      pending_size_ = 0;
    }
    last[pending_size_++] = 0x80;
  }
  std::fill(last.begin() + static_cast<std::ptrdiff_t>(pending_size_), last.end(), std::uint8_t{0});
  // E(left), then D(right) and E(left): the last block is one TDES encryption.
  FLORIN_CHECK_OK(key_->both_.ChainBlocks(last, chain));
  std::memcpy(mac.data(), chain.data(), mac.size());
  chain_ = SecretArray<8>();
  pending_ = SecretArray<8>();
  pending_size_ = 0;
  return OkStatus();
}

}  // namespace florin::primitives
