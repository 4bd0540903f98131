#include "crypto/payload/apple_provisioning_seal.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "crypto/base/json_writer.h"
#include "crypto/base/utf8.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

constexpr std::size_t kPoint = 65;
constexpr std::size_t kMaxPassData = 4096;
constexpr std::size_t kMaxName = 64;
constexpr std::array<std::uint8_t, 16> kZeros{};

Status CheckCard(const ProvisioningCard& card) {
  if (card.pan.empty()) return Error(ErrorCode::kInvalidArgument, "the card has no number");
  if (card.expiry.month < 1 || card.expiry.month > 12 || card.expiry.year < 2000 ||
      card.expiry.year > 2099) {
    return Error(ErrorCode::kInvalidArgument, "the card expires in no month of this century");
  }
  if (card.name.size() > kMaxName || !IsValidUtf8(AsText(card.name.Read(SecretAccess{})))) {
    return Error(ErrorCode::kInvalidArgument, "a name has at most 64 bytes of UTF-8");
  }
  return OkStatus();
}

// MM/YY, as on the card.
std::string ExpirationText(const CardExpiry& expiry) {
  const auto two = [](int number) {
    return std::string{static_cast<char>('0' + number / 10 % 10),
                       static_cast<char>('0' + number % 10)};
  };
  return two(expiry.month) + "/" + two(expiry.year % 100);
}

}  // namespace

Result<SecretBytes> WritePassData(const ProvisioningProfile& profile,
                                  const ProvisioningRequest& request,
                                  const ProvisioningCard& card) {
  FLORIN_CHECK_OK(CheckCard(card));
  FLORIN_TRY(SecretBytes json, SecretBytes::Create(kMaxPassData));
  const MutableBytes out = json.Write(SecretAccess{});
  JsonWriter writer(std::span<char>(reinterpret_cast<char*>(out.data()), out.size()));
  const auto put = [&writer](const std::string& name, std::string_view text) {
    if (!name.empty()) writer.String(name, text);
  };
  writer.BeginObject();
  put(profile.pan_member, card.pan.Read(SecretAccess{}));
  put(profile.expiration_member, ExpirationText(card.expiry));
  put(profile.name_member, AsText(card.name.Read(SecretAccess{})));
  put(profile.nonce_member, HexEncode(request.nonce));
  put(profile.nonce_signature_member, HexEncode(request.nonce_signature));
  writer.EndObject();
  FLORIN_TRY(const std::size_t size, writer.Finish());
  json.Truncate(size);
  return json;
}

Bytes ProvisioningSharedInfo(const ProvisioningProfile& profile, ByteView ephemeral_point) {
  const bool has_point = profile.party_v == ProvisioningPartyV::kEphemeralPoint;
  const ByteView party_v = has_point ? ephemeral_point : ByteView();
  Bytes info(kApplePayInfoPrefix.size() + party_v.size());
  std::copy(party_v.begin(), party_v.end(),
            std::copy(kApplePayInfoPrefix.begin(), kApplePayInfoPrefix.end(), info.begin()));
  return info;
}

Result<Bytes> SealPassData(hsm::Session& session, const ApplePayKeyDeriver& deriver,
                           const ProvisioningProfile& profile, hsm::KeyHandle ephemeral,
                           ByteView ephemeral_point, ByteView leaf_point, ByteView plaintext) {
  FLORIN_TRY(const hsm::ScopedKey key,
             deriver.Derive(session, ephemeral, leaf_point,
                            ProvisioningSharedInfo(profile, ephemeral_point)));
  // The key is used once, so an IV of zeros is sound (SP 800-38D 8.2).
  const mechanisms::AesGcm gcm{ByteView(kZeros).first(profile.iv_length), {}, kApplePayTagSize};
  Bytes sealed(plaintext.size() + kApplePayTagSize);
  FLORIN_TRY(const std::size_t size, session.Encrypt(gcm, key.handle(), plaintext, sealed));
  sealed.resize(size);
  return sealed;
}

}  // namespace florin::payload
