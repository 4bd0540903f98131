#include <algorithm>
#include <cstring>

#include "crypto/primitives/chain_all_but_last.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {

namespace {

Error BadMacSize() { return {ErrorCode::kInvalidArgument, "this MAC has 1..8 bytes"}; }

}  // namespace

// Whole messages.
struct Iso9797Mac {
  static Status Sign(const DesSchedule& schedule, DesChaining chaining, MacPadding padding,
                     const Parts& parts, MutableBytes mac) {
    if (parts.end() - parts.begin() == 1 && padding != MacPadding::kMethod3) {
      return SignOne(schedule, chaining, padding, *parts.begin(), mac);
    }
    Iso9797MacStream stream(schedule, chaining, padding, parts.TotalSize());
    for (const ByteView& part : parts) FLORIN_CHECK_OK(stream.Update(part));
    return stream.Finish(mac);
  }

  // A message in one piece, without a copy of its blocks.
  static Status SignOne(const DesSchedule& schedule, DesChaining chaining, MacPadding padding,
                        ByteView data, MutableBytes mac) {
    if (mac.empty() || mac.size() > kTdesMacSize) return BadMacSize();
    const bool always_pads = padding == MacPadding::kMethod2;
    // What fills no block, or is the last block of a message that is not padded further.
    const std::size_t rest = always_pads || data.empty() ? data.size() % kTdesBlockSize
                                                         : (data.size() - 1) % kTdesBlockSize + 1;
    SecretArray<2 * kTdesBlockSize> storage;
    const auto last = storage.Write(SecretAccess{}).first<kTdesBlockSize>();
    const auto whole = storage.Write(SecretAccess{}).last<kTdesBlockSize>();
    if (rest != 0) std::memcpy(last.data(), data.data() + data.size() - rest, rest);
    if (always_pads) last[rest] = 0x80;
    DesMac(schedule, chaining, data.first(data.size() - rest), last, whole);
    std::memcpy(mac.data(), whole.data(), mac.size());
    return OkStatus();
  }

  static Status Verify(const DesSchedule& schedule, DesChaining chaining, MacPadding padding,
                       const Parts& parts, ByteView mac, std::size_t mac_size) {
    SecretArray<kTdesMacSize> expected;
    FLORIN_CHECK_OK(Sign(schedule, chaining, padding, parts, expected.Write(SecretAccess{})));
    return CheckMac(expected.Read(SecretAccess{}), mac, mac_size);
  }
};

namespace {

Status CheckCbcMacKey(ByteView key) {
  if (key.size() == 16 || key.size() == 24) return PrimitivesReady();
  return Error(ErrorCode::kInvalidArgument, "a CBC-MAC key has 16 or 24 bytes");
}

Status CheckRetailMacKey(ByteView key) {
  if (key.size() == 16) return PrimitivesReady();
  return Error(ErrorCode::kInvalidArgument, "a retail MAC key has 16 bytes");
}

Result<SecretBox<DesSchedule>> Expanded(ByteView key) {
  FLORIN_TRY(auto schedule, SecretBox<DesSchedule>::Create());
  ExpandDesKey(key, schedule.Write(SecretAccess{}));
  return schedule;
}

}  // namespace

Result<CbcMacKey> CbcMacKey::Create(ByteView key) {
  FLORIN_CHECK_OK(CheckCbcMacKey(key));
  FLORIN_TRY(auto schedule, Expanded(key));
  return CbcMacKey(std::move(schedule));
}

Status CbcMacKey::Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const {
  return Iso9797Mac::Sign(schedule_.Read(SecretAccess{}), DesChaining::kWholeKey, padding, parts,
                          mac);
}

Status CbcMacKey::Verify(MacPadding padding, const Parts& parts, ByteView mac,
                         std::size_t mac_size) const {
  return Iso9797Mac::Verify(schedule_.Read(SecretAccess{}), DesChaining::kWholeKey, padding, parts,
                            mac, mac_size);
}

Result<RetailMacKey> RetailMacKey::Create(ByteView key) {
  FLORIN_CHECK_OK(CheckRetailMacKey(key));
  FLORIN_TRY(auto schedule, Expanded(key));
  return RetailMacKey(std::move(schedule));
}

TransientRetailMacKey::TransientRetailMacKey(ByteView key) : memory_(key) {
  FLORIN_INVARIANT(key.size() == 16);
  schedule_ = &*memory_;
}

Status RetailMac::Sign(MacPadding padding, const Parts& parts, MutableBytes mac) const {
  return Iso9797Mac::Sign(*schedule_, DesChaining::kFirstKey, padding, parts, mac);
}

Status RetailMac::Verify(MacPadding padding, const Parts& parts, ByteView mac,
                         std::size_t mac_size) const {
  return Iso9797Mac::Verify(*schedule_, DesChaining::kFirstKey, padding, parts, mac, mac_size);
}

Status CbcMacOnce(ByteView key, MacPadding padding, const Parts& parts, MutableBytes mac) {
  FLORIN_CHECK_OK(CheckCbcMacKey(key));
  const TransientDesSchedule schedule(key);
  return Iso9797Mac::Sign(*schedule, DesChaining::kWholeKey, padding, parts, mac);
}

Status RetailMacOnce(ByteView key, MacPadding padding, const Parts& parts, MutableBytes mac) {
  FLORIN_CHECK_OK(CheckRetailMacKey(key));
  return TransientRetailMacKey(key).Sign(padding, parts, mac);
}

// The length block of method 3 is never the last one.
Status Iso9797MacStream::Begin() {
  if (begun_) return OkStatus();
  begun_ = true;
  if (padding_ != MacPadding::kMethod3) return OkStatus();
  std::array<std::uint8_t, kTdesBlockSize> bits;
  FLORIN_CHECK_OK(WriteBitLength(message_size_, bits));
  Chain(bits);
  return OkStatus();
}

// The last block may have a key of its own.
Status Iso9797MacStream::Update(ByteView data) {
  FLORIN_CHECK_OK(Begin());
  received_ += data.size();
  const auto chain = [this](ByteView blocks) {
    Chain(blocks);
    return OkStatus();
  };
  return ChainAllButLast(chain, data, pending_.Write(SecretAccess{}), pending_size_);
}

Status Iso9797MacStream::Finish(MutableBytes mac) {
  if (mac.empty() || mac.size() > kTdesMacSize) return BadMacSize();
  if (padding_ == MacPadding::kMethod3 && received_ != message_size_) {
    return Error(ErrorCode::kInvalidArgument, "MAC: the message is not as long as was said");
  }
  FLORIN_CHECK_OK(Begin());
  const MutableBytes chain = chain_.Write(SecretAccess{});
  const MutableBytes last = pending_.Write(SecretAccess{});
  if (padding_ == MacPadding::kMethod2 && pending_size_ == kTdesBlockSize) {
    Chain(last);
    pending_size_ = 0;
  }
  const MutableBytes filler = last.subspan(pending_size_);
  std::fill(filler.begin(), filler.end(), std::uint8_t{0});
  if (padding_ == MacPadding::kMethod2) filler.front() = 0x80;
  // Algorithm 3: E(left), then D(right) and E(left) make one TDES encryption.
  DesChain(*schedule_, DesChaining::kWholeKey, last, chain);
  std::memcpy(mac.data(), chain.data(), mac.size());
  Wipe(chain);
  Wipe(last);
  pending_size_ = 0;
  received_ = 0;
  begun_ = false;
  return OkStatus();
}

}  // namespace florin::primitives
