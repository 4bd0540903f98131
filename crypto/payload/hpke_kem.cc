#include "crypto/payload/hpke_kem.h"
#include "crypto/payload/session_keys.h"

#include "crypto/base/curve_table.h"
#include "crypto/primitives/curve_key.h"
#include "crypto/primitives/kdf.h"

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

// Candidates of DeriveKeyPair for curves whose scalars lie below an order (RFC 9180 7.1.3).
Result<SecretBytes> FirstScalar(const HpkeKemRow& kem, ByteView suite_id, ByteView dkp_prk) {
  const CurveInfo& curve = InfoOf(kem.curve);
  FLORIN_TRY(SecretBytes candidate, SecretBytes::Create(curve.private_size));
  const MutableBytes bytes = candidate.Write(SecretAccess{});
  for (unsigned counter = 0; counter <= 255; ++counter) {
    const std::array<std::uint8_t, 1> number = {static_cast<std::uint8_t>(counter)};
    FLORIN_TRY(const LabelledBytes info,
               LabelledBytes::Info(suite_id, "candidate", number, bytes.size()));
    FLORIN_CHECK_OK(primitives::HkdfExpand(kem.hash, dkp_prk, info.view(), bytes));
    bytes[0] = static_cast<std::uint8_t>(bytes[0] & curve.top_mask);
    const auto key = primitives::EcPrivateKey::FromScalar(kem.curve, bytes);
    if (key.ok()) return candidate;
    if (key.code() != ErrorCode::kInvalidArgument) return key.error();
  }
  return Error(ErrorCode::kInternal, "HPKE: no key comes of this keying material");
}

}  // namespace

Result<SecretBytes> DeriveHpkePrivateKey(HpkeKem id, ByteView ikm) {
  FLORIN_TRY(const HpkeKemRow* kem, FindHpkeKem(id));
  const std::size_t size = InfoOf(kem->curve).private_size;
  if (ikm.size() < size || ikm.size() > kMaxHpkeInfo) {
    return Error(ErrorCode::kInvalidArgument,
                 "HPKE: keying material is as long as the private key, or longer");
  }
  const auto suite_id = HpkeKemSuiteId(id);
  SecretArray<kMaxHpkeDigest> storage;
  const MutableBytes dkp_prk = storage.Write(SecretAccess{}).first(HashSize(kem->hash));
  FLORIN_CHECK_OK(LabelledExtract(kem->hash, suite_id, "dkp_prk", ikm, dkp_prk));
  if (IsWeierstrass(kem->curve)) return FirstScalar(*kem, suite_id, dkp_prk);
  FLORIN_TRY(SecretBytes key, SecretBytes::Create(size));
  FLORIN_TRY(const LabelledBytes info, LabelledBytes::Info(suite_id, "sk", {}, size));
  FLORIN_CHECK_OK(
      primitives::HkdfExpand(kem->hash, dkp_prk, info.view(), key.Write(SecretAccess{})));
  return key;
}

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
