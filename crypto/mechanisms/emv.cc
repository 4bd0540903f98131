// EMV application cryptograms and issuer answers under the issuer master key.
#include <array>

#include "crypto/card/emv_derivation.h"
#include "crypto/mechanisms/implementation.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"

namespace florin::mechanisms {
namespace {

// Cryptogram data that fills one block only would be MACed by one TDES encryption, which is what
// ARPC method 1 gives for a block of the caller's choice: a key that may only verify could then
// sign. Profiles have 13 bytes or more. One byte beyond a block suffices with either padding.
constexpr std::size_t kMinCryptogramInput = 9;
constexpr std::size_t kMaxCryptogramInput = 4096;
constexpr std::size_t kIssuerKeyLength = 16;

Status CheckCard(const EmvCardAndAtc& card, const Key& key) {
  if (card.pan == nullptr || card.pan->empty()) {
    return Error(ErrorCode::kInvalidArgument, "EMV: the PAN is missing");
  }
  if (card.psn > card::kMaxPsn) {
    return Error(ErrorCode::kInvalidArgument, "EMV: PSN must be 0 to 99");
  }
  if (key.rules().length != kIssuerKeyLength) {
    return Error(ErrorCode::kInvalidArgument, "EMV: an issuer master key has 16 bytes");
  }
  FLORIN_CHECK_OK(key.schedules().Cipher());
  return OkStatus();
}

Result<card::EmvKey> SessionKey(const EmvCardAndAtc& card, const Key& issuer) {
  FLORIN_TRY(const auto* cipher, issuer.schedules().Cipher());
  FLORIN_TRY(const auto icc_key,
             card::DeriveIccMasterKeyWith(*cipher, card.option, *card.pan, card.psn));
  return card::DeriveCryptogramSessionKey(icc_key, card.atc);
}

class Cryptogram final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    return CheckCard(ParameterOf<EmvCryptogram>(mechanism).card, key);
  }

  std::size_t OutputSize(Verb, const Mechanism&, const Key&, std::size_t) const override {
    return card::kCryptogramSize;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    FLORIN_CHECK_OK(Compute(mechanism, key, input, out.first<card::kCryptogramSize>()));
    return card::kCryptogramSize;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    SecretArray<card::kCryptogramSize> expected;
    FLORIN_CHECK_OK(Compute(mechanism, key, input, expected.Write(SecretAccess{})));
    if (ConstantTimeEqual(expected.Read(SecretAccess{}), signature)) return OkStatus();
    return Error(ErrorCode::kVerificationFailed, "the cryptogram does not match");
  }

 private:
  static Status Compute(const Mechanism& mechanism, const Key& key, ByteView input,
                        std::span<std::uint8_t, card::kCryptogramSize> out) {
    if (input.size() < kMinCryptogramInput || input.size() > kMaxCryptogramInput) {
      return Error(ErrorCode::kMalformed, "EMV: cryptogram data has 9 to 4096 bytes");
    }
    const auto& parameter = ParameterOf<EmvCryptogram>(mechanism);
    FLORIN_TRY(const auto session_key, SessionKey(parameter.card, key));
    return card::ApplicationCryptogram(session_key, parameter.padding, input, out);
  }
};

class Arpc final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<EmvArpc>(mechanism);
    if (parameter.proprietary.size() > card::kMaxProprietaryData) {
      return Error(ErrorCode::kInvalidArgument, "EMV: proprietary data has 0 to 8 bytes");
    }
    if (!parameter.csu.has_value() && !parameter.proprietary.empty()) {
      return Error(ErrorCode::kInvalidArgument, "EMV: method 1 has no proprietary data");
    }
    return CheckCard(parameter.card, key);
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ParameterOf<EmvArpc>(mechanism).csu.has_value() ? card::kArpcMethod2Size
                                                           : card::kArpcMethod1Size;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    if (input.size() != card::kCryptogramSize) {
      return Error(ErrorCode::kMalformed, "EMV: an ARQC has 8 bytes");
    }
    const auto& parameter = ParameterOf<EmvArpc>(mechanism);
    const auto arqc = input.first<card::kCryptogramSize>();
    FLORIN_TRY(const auto session_key, SessionKey(parameter.card, key));
    if (parameter.csu.has_value()) {
      FLORIN_CHECK_OK(card::ArpcMethod2(session_key, arqc, *parameter.csu, parameter.proprietary,
                                        out.first<card::kArpcMethod2Size>()));
      return card::kArpcMethod2Size;
    }
    FLORIN_CHECK_OK(
        card::ArpcMethod1(session_key, arqc, parameter.arc, out.first<card::kArpcMethod1Size>()));
    return card::kArpcMethod1Size;
  }
};

}  // namespace

const Implementation& EmvCryptogramImplementation() { return Forever<Cryptogram>(); }
const Implementation& EmvArpcImplementation() { return Forever<Arpc>(); }

}  // namespace florin::mechanisms
