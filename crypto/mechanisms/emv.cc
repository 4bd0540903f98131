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

Status MakeCryptogram(const card::EmvKey& session_key, EmvPadding padding, ByteView data,
                      std::span<std::uint8_t, card::kCryptogramSize> out) {
  if (data.size() < kMinCryptogramInput || data.size() > kMaxCryptogramInput) {
    return Error(ErrorCode::kMalformed, "EMV: cryptogram data has 9 to 4096 bytes");
  }
  return card::ApplicationCryptogram(session_key, padding, data, out);
}

Status VerifyCryptogram(const card::EmvKey& session_key, EmvPadding padding, ByteView data,
                        ByteView cryptogram) {
  SecretArray<card::kCryptogramSize> expected;
  FLORIN_CHECK_OK(MakeCryptogram(session_key, padding, data, expected.Write(SecretAccess{})));
  if (ConstantTimeEqual(expected.Read(SecretAccess{}), cryptogram)) return OkStatus();
  return Error(ErrorCode::kVerificationFailed, "the cryptogram does not match");
}

Status CheckArpc(const EmvArpc& arpc, const Key& key) {
  if (arpc.proprietary.size() > card::kMaxProprietaryData) {
    return Error(ErrorCode::kInvalidArgument, "EMV: proprietary data has 0 to 8 bytes");
  }
  if (!arpc.csu.has_value() && !arpc.proprietary.empty()) {
    return Error(ErrorCode::kInvalidArgument, "EMV: method 1 has no proprietary data");
  }
  return CheckCard(arpc.card, key);
}

std::size_t ArpcSize(const EmvArpc& arpc) {
  return arpc.csu.has_value() ? card::kArpcMethod2Size : card::kArpcMethod1Size;
}

Result<std::size_t> MakeArpc(const card::EmvKey& session_key, const EmvArpc& arpc,
                             std::span<const std::uint8_t, card::kCryptogramSize> arqc,
                             MutableBytes out) {
  if (arpc.csu.has_value()) {
    FLORIN_CHECK_OK(card::ArpcMethod2(session_key, arqc, *arpc.csu, arpc.proprietary,
                                      out.first<card::kArpcMethod2Size>()));
  } else {
    FLORIN_CHECK_OK(
        card::ArpcMethod1(session_key, arqc, arpc.arc, out.first<card::kArpcMethod1Size>()));
  }
  return ArpcSize(arpc);
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
    const auto& parameter = ParameterOf<EmvCryptogram>(mechanism);
    FLORIN_TRY(const auto session_key, SessionKey(parameter.card, key));
    FLORIN_CHECK_OK(
        MakeCryptogram(session_key, parameter.padding, input, out.first<card::kCryptogramSize>()));
    return card::kCryptogramSize;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<EmvCryptogram>(mechanism);
    FLORIN_TRY(const auto session_key, SessionKey(parameter.card, key));
    return VerifyCryptogram(session_key, parameter.padding, input, signature);
  }
};

class Arpc final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    return CheckArpc(ParameterOf<EmvArpc>(mechanism), key);
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ArpcSize(ParameterOf<EmvArpc>(mechanism));
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    if (input.size() != card::kCryptogramSize) {
      return Error(ErrorCode::kMalformed, "EMV: an ARQC has 8 bytes");
    }
    const auto& arpc = ParameterOf<EmvArpc>(mechanism);
    FLORIN_TRY(const auto session_key, SessionKey(arpc.card, key));
    return MakeArpc(session_key, arpc, input.first<card::kCryptogramSize>(), out);
  }
};

class VerifiedArpc final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    return CheckArpc(ParameterOf<EmvVerifiedArpc>(mechanism).arpc, key);
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ArpcSize(ParameterOf<EmvVerifiedArpc>(mechanism).arpc);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<EmvVerifiedArpc>(mechanism);
    FLORIN_TRY(const auto session_key, SessionKey(parameter.arpc.card, key));
    FLORIN_CHECK_OK(VerifyCryptogram(session_key, parameter.padding, input, parameter.arqc));
    return MakeArpc(session_key, parameter.arpc, parameter.arqc, out);
  }
};

}  // namespace

const Implementation& EmvCryptogramImplementation() { return Forever<Cryptogram>(); }
const Implementation& EmvArpcImplementation() { return Forever<Arpc>(); }
const Implementation& EmvVerifiedArpcImplementation() { return Forever<VerifiedArpc>(); }

}  // namespace florin::mechanisms
