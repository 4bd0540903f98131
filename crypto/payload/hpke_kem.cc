#include "crypto/payload/hpke_kem.h"

#include "crypto/base/curve_table.h"
#include "crypto/primitives/curve_key.h"

namespace florin::payload {
namespace {

using hsm::ScopedKey;
using mechanisms::ConcatenateBaseAndKey;
using mechanisms::ConcatenateDataAndBase;
using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::HkdfDerive;
using mechanisms::KeyType;
using mechanisms::Verb;

Result<ScopedKey> Agree(hsm::Session& session, const HpkeKemRow& kem,
                        const HpkeAgreement& agreement) {
  return DeriveScoped(session, EcdhDerive{agreement.peer, EcdhKdf::kNull, {}}, agreement.own,
                      DerivingSecret(InfoOf(kem.curve).private_size));
}

// dh, or dh1 || dh2.
Result<ScopedKey> AgreeOnAll(hsm::Session& session, const HpkeKemRow& kem,
                             const HpkeAgreement& first, const HpkeAgreement* second) {
  FLORIN_TRY(ScopedKey one, Agree(session, kem, first));
  if (second == nullptr) return one;
  FLORIN_TRY(const ScopedKey two, Agree(session, kem, *second));
  return DeriveScoped(session, ConcatenateBaseAndKey{{two.handle(), nullptr}}, one.handle(),
                      DerivingSecret(2 * InfoOf(kem.curve).private_size));
}

}  // namespace

Status CheckHpkePublicKey(const HpkeKemRow& kem, ByteView public_key) {
  return primitives::CheckPublicKey(kem.curve, public_key);
}

Result<Bytes> HpkePublicKeyOf(hsm::Session& session, const HpkeKemRow& kem, hsm::KeyHandle key,
                              ByteView given) {
  const std::size_t size = InfoOf(kem.curve).public_size;
  Bytes public_key(given.begin(), given.end());
  if (given.empty()) {
    public_key.resize(hsm::kMaxPublicPoint);
    FLORIN_TRY(const std::size_t written, session.PublicPoint(key, public_key));
    public_key.resize(written);
  }
  if (public_key.size() == size) return public_key;
  return Error(ErrorCode::kInvalidArgument, "HPKE: the key is not on the curve of the suite");
}

Result<ScopedKey> HpkeSharedSecret(hsm::Session& session, const HpkeRows& rows,
                                   const HpkeAgreement& first, const HpkeAgreement* second,
                                   const HpkeKemContext& context) {
  const HpkeKemRow& kem = rows.kem();
  const std::size_t dh_size = InfoOf(kem.curve).private_size * (second == nullptr ? 1 : 2);
  FLORIN_TRY(const ScopedKey dh, AgreeOnAll(session, kem, first, second));
  const LabelledBytes prefix = LabelledBytes::Prefix(rows.kem_suite_id(), "eae_prk");
  FLORIN_TRY(const ScopedKey labelled,
             DeriveScoped(session, ConcatenateDataAndBase{prefix.view()}, dh.handle(),
                          DerivingSecret(prefix.view().size() + dh_size)));
  FLORIN_TRY(LabelledBytes info, LabelledBytes::Info(rows.kem_suite_id(), "shared_secret",
                                                     context.enc, kem.secret_size));
  FLORIN_CHECK_OK(info.Append(context.recipient));
  FLORIN_CHECK_OK(info.Append(context.sender));
  // Extract, whose output is of no other use, and Expand.
  return DeriveScoped(session, HkdfDerive{kem.hash, true, true, {}, info.view()}, labelled.handle(),
                      DerivingSecret(kem.secret_size));
}

Result<hsm::KeyPair> DrawHpkeEphemeral(hsm::Session& session, const HpkeKemRow& kem) {
  hsm::KeyPairTemplate pair;
  pair.private_key.rules.type = KeyType::kEcPrivate;
  pair.private_key.rules.verbs = {Verb::kDerive};
  pair.public_key.rules.type = KeyType::kEcPublic;
  pair.public_key.rules.sensitive = false;
  // Some modules want a public key to permit something.
  if (IsWeierstrass(kem.curve)) pair.public_key.rules.verbs = {Verb::kVerify};
  pair.private_key.rules.curve = pair.public_key.rules.curve = kem.curve;
  return session.GeneratePair(pair);
}

}  // namespace florin::payload
