#include "florin/payload/jwe_keys.h"

#include "crypto/base/curve_table.h"
#include "crypto/payload/jose_tables.h"
#include "crypto/primitives/hash.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

// What the private key does, and by which mechanism alone.
struct PairJob {
  Verb verb;
  MechanismType mechanism;
};

PairJob JobOf(const JweAlgorithmRow& row) {
  switch (row.management) {
    case KeyManagement::kAgreement: return {Verb::kDerive, MechanismType::kEcdhDerive};
    case KeyManagement::kAgreedKeyWrap: return {Verb::kUnwrap, MechanismType::kEcdhAesKeyWrap};
    default: break;
  }
  return {Verb::kUnwrap, row.algorithm == JweAlgorithm::kRsa15 ? MechanismType::kRsaPkcs1
                                                               : MechanismType::kRsaOaep};
}

}  // namespace

Result<hsm::KeyPairTemplate> JweKeyPair(std::string_view label, JweAlgorithm algorithm,
                                        JweKeySize size) {
  const JweAlgorithmRow& row = RowOf(algorithm);
  const bool is_rsa = row.management == KeyManagement::kRsa;
  if (!is_rsa && row.management != KeyManagement::kAgreement &&
      row.management != KeyManagement::kAgreedKeyWrap) {
    return Error(ErrorCode::kInvalidArgument, "this algorithm has a shared key and no pair");
  }
  const PairJob job = JobOf(row);
  hsm::KeyPairTemplate pair;
  auto& priv = pair.private_key;
  auto& pub = pair.public_key;
  priv.rules.type = is_rsa ? KeyType::kRsaPrivate : KeyType::kEcPrivate;
  priv.rules.length = is_rsa ? size.rsa_length : InfoOf(size.curve).private_size;
  priv.rules.curve = size.curve;
  priv.rules.verbs = mechanisms::VerbSet{job.verb};
  priv.rules.allowed_mechanisms = {job.mechanism};
  priv.persistent = true;
  FLORIN_TRY(priv.name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label));
  pub.rules.type = is_rsa ? KeyType::kRsaPublic : KeyType::kEcPublic;
  pub.rules.length = is_rsa ? size.rsa_length : InfoOf(size.curve).public_size;
  pub.rules.curve = size.curve;
  pub.rules.sensitive = false;
  pub.persistent = true;
  FLORIN_TRY(pub.name, hsm::KeyRef::Create(hsm::KeyClass::kPublic, label));
  return pair;
}

Result<hsm::KeyPairTemplate> JweKeyPair(const hsm::Session& session, std::string_view label,
                                        JweAlgorithm algorithm, JweKeySize size) {
  FLORIN_TRY(hsm::KeyPairTemplate pair, JweKeyPair(label, algorithm, size));
  mechanisms::KeyRules& rules = pair.private_key.rules;
  const MechanismType whole = MechanismType::kEcdhAesKeyWrap;
  if (rules.allowed_mechanisms.front() == whole && !session.Supports(whole, Verb::kUnwrap)) {
    rules.verbs = mechanisms::VerbSet{Verb::kDerive};
    rules.allowed_mechanisms = {MechanismType::kEcdhDerive};
  }
  return pair;
}

Result<hsm::KeyTemplate> JweSharedKey(std::string_view label, JweAlgorithm algorithm,
                                      JweEncryption encryption, JweDirection direction) {
  const JweAlgorithmRow& row = RowOf(algorithm);
  const JweEncryptionRow& content = RowOf(encryption);
  const bool receives = direction == JweDirection::kReceive;
  hsm::KeyTemplate key;
  key.rules.type = KeyType::kAes;
  key.rules.length = row.wrapping_key_length;
  switch (row.management) {
    case KeyManagement::kKeyWrap:
      key.rules.verbs = mechanisms::VerbSet{receives ? Verb::kUnwrap : Verb::kWrap};
      key.rules.allowed_mechanisms = {MechanismType::kAesKeyWrap};
      break;
    case KeyManagement::kGcmKeyWrap:
      key.rules.verbs = mechanisms::VerbSet{receives ? Verb::kUnwrap : Verb::kEncrypt};
      key.rules.allowed_mechanisms = {MechanismType::kAesGcm};
      break;
    case KeyManagement::kDirect:
      key.rules.length = content.cek_length;
      key.rules.type = content.gcm ? KeyType::kAes : KeyType::kGenericSecret;
      key.rules.verbs = mechanisms::VerbSet{!content.gcm ? Verb::kDerive
                                            : receives   ? Verb::kDecrypt
                                                         : Verb::kEncrypt};
      key.rules.allowed_mechanisms = {content.gcm ? MechanismType::kAesGcm
                                                  : MechanismType::kExtractKeyFromKey};
      break;
    default:
      return Error(ErrorCode::kInvalidArgument, "this algorithm has a pair and no shared key");
  }
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<SecretBytes> VisaSharedSecretKey(std::string_view shared_secret) {
  FLORIN_TRY(SecretBytes key, SecretBytes::Create(HashSize(Hash::kSha256)));
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(shared_secret), key.Write(SecretAccess{})));
  return key;
}

}  // namespace florin::payload
