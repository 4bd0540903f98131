// 3-D Secure authentication values and the cryptograms of the own token domain.
#include "crypto/card/three_ds.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/card/token_cryptogram.h"
#include "crypto/mechanisms/implementation.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"

namespace florin::mechanisms {
namespace {

using Kind = ThreeDsKind;

constexpr std::size_t kAavFields = card::kSpaAavSize - card::kSpaMacSize;
constexpr std::size_t kTdesKeyLength = 16;
constexpr std::size_t kMaxValue = card::kTokenCryptogramSize;

static_assert(ThreeDsValueSize(Kind::kSpa2Iav) == card::kSpa2IavSize);

std::string_view UsageOf(Kind kind) {
  switch (kind) {
    case Kind::kVisaCavv:
    case Kind::kSpaAavCvc2: return "C0";
    case Kind::kSpaAavHmac:
    case Kind::kSpa2Iav: return "M7";
    case Kind::kTokenCryptogram: return "E0";
    case Kind::kTokenValue: return "E4";
  }
  return {};
}

bool TakesInput(Kind kind, std::size_t size) {
  switch (kind) {
    case Kind::kSpaAavHmac:
    case Kind::kSpaAavCvc2: return size == kAavFields;
    case Kind::kSpa2Iav: return size >= 1 && size <= card::kMaxMerchantName;
    case Kind::kVisaCavv:
    case Kind::kTokenCryptogram:
    case Kind::kTokenValue: return size == 0;
  }
  return false;
}

void Copy(const card::VerificationValue& value, MutableBytes out) {
  const std::string_view digits = value.Read(SecretAccess{});
  std::copy(digits.begin(), digits.end(), out.begin());
}

Status Cavv(const ThreeDsAuthentication& parameter, const Key& key, MutableBytes out) {
  FLORIN_TRY(const auto* cvk, key.schedules().RetailMac());
  FLORIN_TRY(const auto value,
             card::CavvOutput(*cvk, *parameter.pan, parameter.pan_form, parameter.tracking,
                              parameter.result_code, parameter.second_factor));
  Copy(value, out);
  return OkStatus();
}

Status SpaAavMac(const ThreeDsAuthentication& parameter, const Key& key, ByteView fields,
                 MutableBytes out) {
  std::array<std::uint8_t, card::kSpaAavSize> field{};
  std::copy(fields.begin(), fields.end(), field.begin());
  FLORIN_TRY(card::SpaAav aav, card::SpaAav::Parse(field));
  if (parameter.kind == Kind::kSpaAavHmac) {
    FLORIN_TRY(const auto* hmac, key.schedules().HmacSha1());
    FLORIN_CHECK_OK(card::SealSpaAavHmac(*hmac, *parameter.pan, aav));
  } else {
    FLORIN_TRY(const auto* cvk, key.schedules().RetailMac());
    FLORIN_CHECK_OK(card::SealSpaAavCvc2(*cvk, *parameter.pan, aav));
  }
  std::copy(aav.mac.begin(), aav.mac.end(), out.begin());
  return OkStatus();
}

Status Iav(const ThreeDsAuthentication& parameter, const Key& key, ByteView merchant_name,
           MutableBytes out) {
  FLORIN_TRY(const auto* hmac, key.schedules().Hmac(Hash::kSha256));
  const card::Spa2Transaction transaction = {AsText(merchant_name), parameter.amount,
                                             parameter.currency, parameter.ds_transaction_id};
  return card::Spa2Iav(*hmac, *parameter.pan, transaction, out.first<card::kSpa2IavSize>());
}

Status TokenCryptogram(const ThreeDsAuthentication& parameter, const Key& key, MutableBytes out) {
  FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
  const card::TokenTransaction transaction = {parameter.requestor, parameter.amount,
                                              parameter.currency, parameter.unpredictable_number,
                                              parameter.counter};
  return card::TokenCryptogram(*cipher, *parameter.pan, parameter.psn, transaction,
                               out.first<card::kTokenCryptogramSize>());
}

Status TokenValue(const ThreeDsAuthentication& parameter, const Key& key, MutableBytes out) {
  FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
  FLORIN_TRY(const auto value,
             card::TokenVerificationValue(*cipher, *parameter.pan, parameter.psn, parameter.expiry,
                                          parameter.requestor, parameter.counter));
  Copy(value, out);
  return OkStatus();
}

// Writes ThreeDsValueSize bytes.
Status Compute(const ThreeDsAuthentication& parameter, const Key& key, ByteView input,
               MutableBytes out) {
  if (!TakesInput(parameter.kind, input.size())) {
    return Error(ErrorCode::kMalformed,
                 "3-D Secure: an AAV takes its first 15 bytes, an IAV the merchant's name of at "
                 "most 255 bytes, all others nothing");
  }
  switch (parameter.kind) {
    case Kind::kVisaCavv: return Cavv(parameter, key, out);
    case Kind::kSpaAavHmac:
    case Kind::kSpaAavCvc2: return SpaAavMac(parameter, key, input, out);
    case Kind::kSpa2Iav: return Iav(parameter, key, input, out);
    case Kind::kTokenCryptogram: return TokenCryptogram(parameter, key, out);
    case Kind::kTokenValue: return TokenValue(parameter, key, out);
  }
  return Error(ErrorCode::kInvalidArgument, "3-D Secure: unknown kind");
}

Status CheckFields(const ThreeDsAuthentication& parameter) {
  if (parameter.pan == nullptr || parameter.pan->empty()) {
    return Error(ErrorCode::kInvalidArgument, "3-D Secure: the PAN or token is missing");
  }
  if (parameter.kind == Kind::kVisaCavv &&
      (parameter.result_code > 9 || parameter.second_factor > 99)) {
    return Error(ErrorCode::kInvalidArgument,
                 "3-D Secure: a result code has one digit, a second factor two");
  }
  const bool has_amount =
      parameter.kind == Kind::kSpa2Iav || parameter.kind == Kind::kTokenCryptogram;
  if (has_amount && (parameter.amount > card::kMaxTokenAmount || parameter.currency > 999)) {
    return Error(ErrorCode::kInvalidArgument,
                 "3-D Secure: an amount has at most twelve digits, a currency three");
  }
  const bool has_psn =
      parameter.kind == Kind::kTokenCryptogram || parameter.kind == Kind::kTokenValue;
  if (has_psn && parameter.psn > card::kMaxPsn) {
    return Error(ErrorCode::kInvalidArgument, "3-D Secure: PSN must be 0 to 99");
  }
  return OkStatus();
}

static_assert(card::kMaxTokenAmount == card::kMaxSpa2Amount);

class Authentication final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<ThreeDsAuthentication>(mechanism);
    if (key.rules().header->usage() != UsageOf(parameter.kind)) {
      return Error(ErrorCode::kPermissionDenied,
                   "3-D Secure: CAVV and CVC2 take keys of usage C0, HMAC M7, the token domain's "
                   "cryptogram E0 and its value E4");
    }
    if (key.rules().type == KeyType::kDes3 && key.rules().length != kTdesKeyLength) {
      return Error(ErrorCode::kInvalidArgument, "3-D Secure: a TDES key has 16 bytes");
    }
    FLORIN_CHECK_OK(CheckFields(parameter));
    switch (parameter.kind) {
      case Kind::kVisaCavv:
      case Kind::kSpaAavCvc2: FLORIN_CHECK_OK(key.schedules().RetailMac()); break;
      case Kind::kSpaAavHmac:
        FLORIN_CHECK_OK(CheckHmacHash(key, Hash::kSha1));
        FLORIN_CHECK_OK(key.schedules().HmacSha1());
        break;
      case Kind::kSpa2Iav:
        FLORIN_CHECK_OK(CheckHmacHash(key, Hash::kSha256));
        FLORIN_CHECK_OK(key.schedules().Hmac(Hash::kSha256));
        break;
      case Kind::kTokenCryptogram:
      case Kind::kTokenValue: FLORIN_CHECK_OK(key.schedules().Cipher()); break;
    }
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ThreeDsValueSize(ParameterOf<ThreeDsAuthentication>(mechanism).kind);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<ThreeDsAuthentication>(mechanism);
    const std::size_t size = ThreeDsValueSize(parameter.kind);
    FLORIN_CHECK_OK(Compute(parameter, key, input, out.first(size)));
    return size;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<ThreeDsAuthentication>(mechanism);
    SecretArray<kMaxValue> value;
    const MutableBytes expected =
        value.Write(SecretAccess{}).first(ThreeDsValueSize(parameter.kind));
    FLORIN_CHECK_OK(Compute(parameter, key, input, expected));
    if (ConstantTimeEqual(expected, signature)) return OkStatus();
    return Error(ErrorCode::kVerificationFailed, "the authentication value does not match");
  }
};

}  // namespace

const Implementation& ThreeDsAuthenticationImplementation() { return Forever<Authentication>(); }

}  // namespace florin::mechanisms
