// Raw EMV mechanisms: cryptograms and issuer answers as the caller describes them.
#include <utility>

#include "crypto/card/emv_derivation.h"
#include "crypto/card/emv_session_key.h"
#include "crypto/card/emv_verify.h"
#include "crypto/mechanisms/emv_issuer.h"
#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

// Cryptogram data that fills one block only would be MACed by one TDES encryption, which is what
// ARPC method 1 gives for a block of the caller's choice: a key that may only verify could then
// sign. Profiles have 13 bytes or more. One byte beyond a block suffices with either padding.
constexpr std::size_t kMinCryptogramInput = 9;
constexpr std::size_t kMaxCryptogramInput = 4096;

Status CheckCard(const EmvCardAndAtc& card, const Key& key) {
  FLORIN_CHECK_OK(CheckEmvCard(card.pan, card.psn));
  return CheckIssuerKey(key);
}

Result<card::EmvCardKeys> CardKeys(const EmvCardAndAtc& card, const Key& issuer) {
  FLORIN_TRY(const auto* cipher, issuer.schedules().Cipher());
  FLORIN_TRY(auto icc_key, card::DeriveIccMasterKeyWith(*cipher, card.option, *card.pan, card.psn,
                                                        issuer.rules().length));
  FLORIN_TRY(auto session_key,
             card::DeriveSessionKey(icc_key, card.session_key, {card.atc, card.un, card.tree}));
  return card::EmvCardKeys{std::move(icc_key), std::move(session_key)};
}

Status CheckData(ByteView data) {
  if (data.size() >= kMinCryptogramInput && data.size() <= kMaxCryptogramInput) return OkStatus();
  return Error(ErrorCode::kMalformed, "EMV: cryptogram data has 9 to 4096 bytes");
}

Status CheckArpc(const EmvArpc& arpc, const Key& key) {
  FLORIN_CHECK_OK(CheckProprietary(arpc.csu.has_value(), arpc.proprietary));
  return CheckCard(arpc.card, key);
}

// The session keys of a card are encryptions under its master key. Method 1 encrypts ARQC xor ARC:
// an ARQC that nobody verified would choose the block, and get one.
Status CheckUnverified(const EmvArpc& arpc) {
  const bool under_master_key =
      arpc.key == EmvArpcKey::kMasterKey || arpc.card.session_key == EmvSessionKeyMethod::kNone;
  if (arpc.csu.has_value() || !under_master_key) return OkStatus();
  return Error(ErrorCode::kPermissionDenied,
               "EMV: method 1 under the card's master key answers verified ARQCs only");
}

std::size_t ArpcSize(const EmvArpc& arpc) {
  return arpc.csu.has_value() ? card::kArpcMethod2Size : card::kArpcMethod1Size;
}

Result<std::size_t> MakeArpc(const card::EmvCardKeys& keys, const EmvArpc& arpc,
                             std::span<const std::uint8_t, card::kCryptogramSize> arqc,
                             MutableBytes out) {
  const card::EmvKey& key = keys.ArpcKey(arpc.key);
  if (arpc.csu.has_value()) {
    FLORIN_CHECK_OK(card::ArpcMethod2(key, arqc, *arpc.csu, arpc.proprietary,
                                      out.first<card::kArpcMethod2Size>()));
  } else {
    FLORIN_CHECK_OK(card::ArpcMethod1(key, arqc, arpc.arc, out.first<card::kArpcMethod1Size>()));
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
    FLORIN_CHECK_OK(CheckData(input));
    FLORIN_TRY(const auto keys, CardKeys(parameter.card, key));
    FLORIN_CHECK_OK(card::ApplicationCryptogram(keys.session_key, parameter.padding, input,
                                                out.first<card::kCryptogramSize>()));
    return card::kCryptogramSize;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<EmvCryptogram>(mechanism);
    FLORIN_CHECK_OK(CheckData(input));
    FLORIN_TRY(const auto keys, CardKeys(parameter.card, key));
    return card::VerifyCryptogram(keys.session_key, parameter.padding, input, signature);
  }
};

class Arpc final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& arpc = ParameterOf<EmvArpc>(mechanism);
    FLORIN_CHECK_OK(CheckUnverified(arpc));
    return CheckArpc(arpc, key);
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
    FLORIN_TRY(const auto keys, CardKeys(arpc.card, key));
    return MakeArpc(keys, arpc, input.first<card::kCryptogramSize>(), out);
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
    FLORIN_CHECK_OK(CheckData(input));
    FLORIN_TRY(const auto keys, CardKeys(parameter.arpc.card, key));
    FLORIN_CHECK_OK(
        card::VerifyCryptogram(keys.session_key, parameter.padding, input, parameter.arqc));
    return MakeArpc(keys, parameter.arpc, parameter.arqc, out);
  }
};

}  // namespace

const Implementation& EmvCryptogramImplementation() { return Forever<Cryptogram>(); }
const Implementation& EmvArpcImplementation() { return Forever<Arpc>(); }
const Implementation& EmvVerifiedArpcImplementation() { return Forever<VerifiedArpc>(); }

}  // namespace florin::mechanisms
