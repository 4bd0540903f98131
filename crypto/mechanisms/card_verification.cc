// Card verification values: CVV and CSC under their own keys, dCVV and CVC3 under keys derived from
// the issuer master key.
#include "crypto/card/card_verification.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/card/amex_csc.h"
#include "crypto/card/emv_derivation.h"
#include "crypto/mechanisms/implementation.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"

namespace florin::mechanisms {
namespace {

using card::VerificationValue;
using Kind = CardVerificationKind;

// Fewer digits could be guessed one after the other, each in ten tries.
constexpr std::size_t kMinDigits = 3;
constexpr std::size_t kMaxCscDigits = 5;
constexpr std::size_t kKeyLength = 16;

bool Derives(Kind kind) { return kind == Kind::kDcvv || kind == Kind::kCvc3; }

std::size_t MaxDigits(Kind kind) {
  switch (kind) {
    case Kind::kCvv: return VerificationValue::kMaxDigits;
    case Kind::kCscVersion1:
    case Kind::kCscVersion2: return kMaxCscDigits;
    case Kind::kDcvv: return card::kCvvDigits;
    case Kind::kCvc3: return card::kMaxCvc3Digits;
  }
  return 0;
}

Result<card::EmvKey> CardKey(const CardVerification& parameter, const Key& issuer) {
  FLORIN_TRY(const auto* cipher, issuer.schedules().Cipher());
  return card::DeriveIccMasterKeyWith(*cipher, parameter.option, *parameter.pan, parameter.psn);
}

Result<VerificationValue> Cvc3(const CardVerification& parameter, const Key& key, ByteView track) {
  FLORIN_TRY(const auto clear_key, CardKey(parameter, key));
  const primitives::TransientRetailMacKey card_key(clear_key.Read(SecretAccess{}));
  SecretArray<2> ivcvc3;
  FLORIN_CHECK_OK(card::Ivcvc3(card_key, track, ivcvc3.Write(SecretAccess{})));
  return card::Cvc3(card_key, ivcvc3.Read(SecretAccess{}), parameter.unpredictable_number,
                    parameter.atc, parameter.digits);
}

Result<VerificationValue> Compute(const CardVerification& parameter, const Key& key,
                                  ByteView input) {
  if (input.size() > card::kMaxStaticTrackData ||
      input.empty() != (parameter.kind != Kind::kCvc3)) {
    return Error(ErrorCode::kMalformed,
                 "card verification: CVC3 takes 1 to 128 bytes of track data, all others nothing");
  }
  const Pan& pan = *parameter.pan;
  switch (parameter.kind) {
    case Kind::kCvv: {
      FLORIN_TRY(const auto* cvk, key.schedules().RetailMac());
      return card::Cvv(*cvk, pan, parameter.expiry, parameter.service_code, parameter.digits);
    }
    case Kind::kCscVersion1: {
      FLORIN_TRY(const auto* csck, key.schedules().Cipher());
      return card::AmexCscVersion1(*csck, pan, parameter.expiry, parameter.digits);
    }
    case Kind::kCscVersion2: {
      FLORIN_TRY(const auto* csck, key.schedules().Cipher());
      return card::AmexCscVersion2(*csck, pan, parameter.expiry, parameter.service_code,
                                   parameter.digits);
    }
    case Kind::kDcvv: {
      FLORIN_TRY(const auto clear_key, CardKey(parameter, key));
      const primitives::TransientRetailMacKey card_key(clear_key.Read(SecretAccess{}));
      return card::Dcvv(card_key, pan, parameter.expiry, parameter.service_code, parameter.atc,
                        parameter.atc_form);
    }
    case Kind::kCvc3: return Cvc3(parameter, key, input);
  }
  return Error(ErrorCode::kInvalidArgument, "card verification: unknown kind");
}

class Verification final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<CardVerification>(mechanism);
    const Kind kind = parameter.kind;
    if ((key.rules().header->usage() == "E4") != Derives(kind)) {
      return Error(ErrorCode::kPermissionDenied,
                   "dCVV and CVC3 take keys of usage E4, the other values keys of usage C0");
    }
    if (key.rules().length != kKeyLength) {
      return Error(ErrorCode::kInvalidArgument, "card verification: a key has 16 bytes");
    }
    if (parameter.pan == nullptr || parameter.pan->empty()) {
      return Error(ErrorCode::kInvalidArgument, "card verification: the PAN is missing");
    }
    if (parameter.digits < kMinDigits || parameter.digits > MaxDigits(kind)) {
      return Error(ErrorCode::kInvalidArgument,
                   "card verification: a CVV has 3 to 8 digits, CSC and CVC3 3 to 5, dCVV 3");
    }
    if (Derives(kind) && parameter.psn > card::kMaxPsn) {
      return Error(ErrorCode::kInvalidArgument, "card verification: PSN must be 0 to 99");
    }
    if (Derives(kind) && parameter.option == card::EmvMasterKeyOption::kC) {
      return Error(ErrorCode::kInvalidArgument, "card verification: option C is for AES keys");
    }
    if (kind == Kind::kCvv) {
      FLORIN_CHECK_OK(key.schedules().RetailMac());
    } else {
      FLORIN_CHECK_OK(key.schedules().Cipher());
    }
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ParameterOf<CardVerification>(mechanism).digits;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    FLORIN_TRY(const auto value, Compute(ParameterOf<CardVerification>(mechanism), key, input));
    const std::string_view digits = value.Read(SecretAccess{});
    std::copy(digits.begin(), digits.end(), out.begin());
    return digits.size();
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    FLORIN_TRY(const auto value, Compute(ParameterOf<CardVerification>(mechanism), key, input));
    if (ConstantTimeEqual(AsBytes(value.Read(SecretAccess{})), signature)) return OkStatus();
    return Error(ErrorCode::kVerificationFailed, "the card verification value does not match");
  }
};

}  // namespace

const Implementation& CardVerificationImplementation() { return Forever<Verification>(); }

}  // namespace florin::mechanisms
