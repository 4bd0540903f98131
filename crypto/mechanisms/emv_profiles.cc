// EMV mechanisms bound to profiles: field 55 under the rules of the issuer master key.
#include <algorithm>
#include <string>

#include "crypto/card/emv_verify.h"
#include "crypto/mechanisms/emv_issuer.h"
#include "crypto/mechanisms/implementation.h"
#include "florin/base/byte_writer.h"
#include "florin/card/emv_tlv.h"

namespace florin::mechanisms {
namespace {

Status CheckCall(const EmvCard& card, const Key& key) {
  FLORIN_INVARIANT(key.rules().emv.has_value());  // the rule table saw to it
  FLORIN_CHECK_OK(CheckEmvCard(card.pan, card.psn));
  return CheckIssuerKey(key);
}

Result<card::EmvArqc> ReadRequest(const EmvCard& card, const Key& key, ByteView field55) {
  FLORIN_TRY(const card::EmvTlv tlv, card::EmvTlv::Parse(field55));
  auto arqc = card::ReadEmvArqc(tlv, *key.rules().emv, *card.pan, card.psn);
  if (!arqc.ok() && arqc.code() == ErrorCode::kNotFound) {
    return Error(ErrorCode::kMalformed, "field 55 lacks a tag that the profile needs",
                 arqc.error().detail());
  }
  return arqc;
}

Result<card::EmvCardKeys> VerifiedKeys(const EmvCard& card, const Key& key,
                                       const card::EmvArqc& arqc) {
  FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
  FLORIN_TRY(card::EmvCardKeys keys,
             card::DeriveCardKeysWith(*cipher, arqc, *card.pan, key.rules().length));
  FLORIN_CHECK_OK(card::VerifyArqc(keys, arqc));
  return keys;
}

// --- the answer: the value of tag 91 ---

Error NoAnswer(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

Status WriteMethod1(const card::EmvKey& key, const EmvAuthorization& parameter,
                    const card::EmvArqc& arqc, ByteWriter& out) {
  if (!parameter.arc.has_value()) {
    return NoAnswer("EMV: this card's profile answers by method 1; give the ARC");
  }
  std::array<std::uint8_t, card::kArpcMethod1Size> arpc{};
  FLORIN_CHECK_OK(card::ArpcMethod1(key, arqc.arqc, *parameter.arc, arpc));
  FLORIN_CHECK_OK(out.Write(arpc));
  return out.Write(*parameter.arc);
}

Status WriteMethod2(const card::EmvKey& key, const EmvAuthorization& parameter,
                    const card::EmvArqc& arqc, ByteWriter& out) {
  if (!parameter.csu.has_value()) {
    return NoAnswer("EMV: this card's profile answers by method 2; give the CSU");
  }
  std::array<std::uint8_t, card::kArpcMethod2Size> arpc{};
  FLORIN_CHECK_OK(card::ArpcMethod2(key, arqc.arqc, *parameter.csu, parameter.proprietary, arpc));
  FLORIN_CHECK_OK(out.Write(arpc));
  FLORIN_CHECK_OK(out.Write(*parameter.csu));
  return out.Write(parameter.proprietary);
}

Status WriteAnswer(const card::EmvCardKeys& keys, const EmvAuthorization& parameter,
                   const card::EmvArqc& arqc, ByteWriter& out) {
  const card::EmvKey& key = keys.ArpcKey(arqc.profile.arpc.key);
  switch (arqc.profile.arpc.method) {
    case card::EmvArpcMethod::kNone: return OkStatus();
    case card::EmvArpcMethod::kMethod1: return WriteMethod1(key, parameter, arqc, out);
    case card::EmvArpcMethod::kMethod2: return WriteMethod2(key, parameter, arqc, out);
  }
  return Error(ErrorCode::kInternal, "EMV: no such ARPC method");
}

Result<std::size_t> CopyTo(MutableBytes out, ByteView result) {
  if (out.size() < result.size()) {
    return Error(ErrorCode::kBufferTooSmall, "no room for the output");
  }
  std::ranges::copy(result, out.begin());
  return result.size();
}

class Authorization final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<EmvAuthorization>(mechanism);
    FLORIN_CHECK_OK(CheckProprietary(parameter.csu.has_value(), parameter.proprietary));
    return CheckCall(parameter.card, key);
  }

  std::size_t OutputSize(Verb, const Mechanism&, const Key&, std::size_t) const override {
    return kMaxIssuerAuthenticationData;
  }

  // The profile of the data decides.
  bool MayWriteLess(Verb) const override { return true; }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<EmvAuthorization>(mechanism);
    FLORIN_TRY(const card::EmvArqc arqc, ReadRequest(parameter.card, key, input));
    FLORIN_TRY(const card::EmvCardKeys keys, VerifiedKeys(parameter.card, key, arqc));
    std::array<std::uint8_t, kMaxIssuerAuthenticationData> answer{};
    ByteWriter writer(answer);
    FLORIN_CHECK_OK(WriteAnswer(keys, parameter, arqc, writer));
    return CopyTo(out, ByteView(answer).first(writer.position()));
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<EmvAuthorization>(mechanism);
    FLORIN_TRY(const card::EmvArqc arqc, ReadRequest(parameter.card, key, input));
    if (!SameBytes(signature, arqc.arqc)) {
      return Error(ErrorCode::kVerificationFailed, "the ARQC is not the one of field 55");
    }
    FLORIN_CHECK_OK(VerifiedKeys(parameter.card, key, arqc));
    return OkStatus();
  }
};

class ArqcTrace final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    return CheckCall(ParameterOf<EmvArqcTrace>(mechanism).card, key);
  }

  std::size_t OutputSize(Verb, const Mechanism&, const Key&, std::size_t) const override {
    return kMaxEmvTrace;
  }

  // A text is as long as it is.
  bool MayWriteLess(Verb) const override { return true; }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const EmvCard& card = ParameterOf<EmvArqcTrace>(mechanism).card;
    FLORIN_TRY(const card::EmvArqc arqc, ReadRequest(card, key, input));
    const auto algorithm =
        key.rules().type == KeyType::kAes ? card::EmvAlgorithm::kAes : card::EmvAlgorithm::kTdes;
    FLORIN_TRY(const auto issuer_key,
               card::EmvKey::Create(algorithm, key.Material(SecretAccess{})));
    FLORIN_TRY(const auto trace, card::TraceArqc(issuer_key, arqc, *card.pan));
    FLORIN_TRY(const std::string text, card::ToJson(trace));
    return CopyTo(out, AsBytes(text));
  }
};

}  // namespace

const Implementation& EmvAuthorizationImplementation() { return Forever<Authorization>(); }
const Implementation& EmvArqcTraceImplementation() { return Forever<ArqcTrace>(); }

}  // namespace florin::mechanisms
