#include "florin/payload/jws_keys.h"

#include "crypto/base/curve_table.h"
#include "crypto/payload/jose_tables.h"
#include "crypto/payload/jws_check.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

MechanismType MechanismOf(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kEcdsa: return MechanismType::kEcdsa;
    case SignatureScheme::kEdDsa: return MechanismType::kEddsa;
    case SignatureScheme::kRsaPss: return MechanismType::kRsaPss;
    case SignatureScheme::kRsaPkcs1: return MechanismType::kRsaPkcs1;
    case SignatureScheme::kHmac: break;
  }
  return MechanismType::kHmac;
}

}  // namespace

Result<hsm::KeyPairTemplate> JwsKeyPair(std::string_view label, JwsAlgorithm algorithm,
                                        std::size_t rsa_length) {
  const JwsAlgorithmRow& row = RowOf(algorithm);
  if (row.scheme == SignatureScheme::kHmac) {
    return Error(ErrorCode::kInvalidArgument, "this algorithm has a shared key and no pair");
  }
  const bool is_rsa =
      row.scheme == SignatureScheme::kRsaPkcs1 || row.scheme == SignatureScheme::kRsaPss;
  hsm::KeyPairTemplate pair;
  auto& priv = pair.private_key;
  auto& pub = pair.public_key;
  if (is_rsa) {
    priv.rules.type = KeyType::kRsaPrivate;
    pub.rules.type = KeyType::kRsaPublic;
    priv.rules.length = pub.rules.length = rsa_length;
  } else {
    const Curve curve = CurveOf(row);
    priv.rules.type = KeyType::kEcPrivate;
    pub.rules.type = KeyType::kEcPublic;
    priv.rules.curve = pub.rules.curve = curve;
    priv.rules.length = InfoOf(curve).private_size;
    pub.rules.length = InfoOf(curve).public_size;
  }
  priv.rules.verbs = mechanisms::VerbSet{Verb::kSign};
  priv.rules.allowed_mechanisms = {MechanismOf(row.scheme)};
  pub.rules.verbs = mechanisms::VerbSet{Verb::kVerify};
  pub.rules.sensitive = false;
  priv.persistent = pub.persistent = true;
  FLORIN_TRY(priv.name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label));
  FLORIN_TRY(pub.name, hsm::KeyRef::Create(hsm::KeyClass::kPublic, label));
  return pair;
}

Result<hsm::KeyTemplate> JwsSharedKey(std::string_view label, JwsAlgorithm algorithm) {
  const JwsAlgorithmRow& row = RowOf(algorithm);
  if (row.scheme != SignatureScheme::kHmac) {
    return Error(ErrorCode::kInvalidArgument, "this algorithm has a pair and no shared key");
  }
  hsm::KeyTemplate key;
  key.rules.type = KeyType::kHmac;
  key.rules.length = HashSize(row.hash);
  key.rules.verbs = {Verb::kSign, Verb::kVerify};
  key.rules.allowed_mechanisms = {MechanismType::kHmac};
  key.persistent = true;
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, label));
  return key;
}

}  // namespace florin::payload
