// ECDH whose result is a key block protection key.
#include "crypto/card/key_agreement.h"

#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

KeyType TypeOfAgreed(card::AgreedKey key) {
  const bool tdes = key == card::AgreedKey::kTdes2 || key == card::AgreedKey::kTdes3;
  return tdes ? KeyType::kDes3 : KeyType::kAes;
}

class KeyAgreementForm final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<EcdhKeyAgreement>(mechanism);
    // What carries the parameter to a module has room for points of these two only.
    if (key.rules().curve == Curve::kP521) {
      return Error(ErrorCode::kUnsupported, "key agreement: takes keys on P-256 and P-384");
    }
    if (parameter.peer_point.size() != primitives::PointSize(key.rules().curve)) {
      return Error(ErrorCode::kMalformed,
                   "key agreement: the peer's point is not one of the key's curve");
    }
    if (parameter.agreement.weaker_curve) {
      return Error(ErrorCode::kPermissionDenied,
                   "key agreement: a curve weaker than the key is not put up with here");
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const auto& parameter = ParameterOf<EcdhKeyAgreement>(mechanism);
    const std::size_t size = card::AgreedKeySize(parameter.agreement.key);
    if (result.type != TypeOfAgreed(parameter.agreement.key) ||
        (result.length != 0 && result.length != size)) {
      return Error(ErrorCode::kInvalidArgument,
                   "key agreement: the key to be agreed on is of another type or length");
    }
    FLORIN_TRY(const auto peer,
               primitives::EcPublicKey::FromPoint(base.rules().curve, parameter.peer_point));
    return card::DeriveAgreedKey(base.schedules().EcPrivate(), peer, parameter.agreement);
  }
};

}  // namespace

const Implementation& KeyAgreementImplementation() { return Forever<KeyAgreementForm>(); }

}  // namespace florin::mechanisms
