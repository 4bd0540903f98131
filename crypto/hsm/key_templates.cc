#include "florin/hsm/key_templates.h"

#include <string>

#include "crypto/base/curve_table.h"
#include "crypto/card/tr34_key.h"
#include "crypto/mechanisms/rule_table.h"

namespace florin::hsm {

using mechanisms::KeyBlockHeader;
using mechanisms::KeyType;
using mechanisms::Verb;
using mechanisms::VerbSet;

Result<KeyPairTemplate> PaymentProcessingKeyPair(std::string_view label) {
  return AgreementKeyPair(label, Curve::kP256);
}

Result<KeyPairTemplate> AgreementKeyPair(std::string_view label, Curve curve) {
  const CurveInfo& info = InfoOf(curve);
  if (info.form == CurveForm::kEdwards) {
    return Error(ErrorCode::kInvalidArgument, "Ed25519 keys sign and agree on nothing");
  }
  KeyPairTemplate pair;
  pair.private_key.rules.type = KeyType::kEcPrivate;
  pair.private_key.rules.curve = curve;
  pair.private_key.rules.length = info.private_size;
  pair.private_key.rules.verbs = {Verb::kDerive};
  pair.private_key.persistent = true;
  FLORIN_TRY(pair.private_key.name, KeyRef::Create(KeyClass::kPrivate, label));
  pair.public_key.rules.type = KeyType::kEcPublic;
  pair.public_key.rules.curve = curve;
  pair.public_key.rules.length = info.public_size;
  pair.public_key.rules.sensitive = false;
  pair.public_key.persistent = true;
  FLORIN_TRY(pair.public_key.name, KeyRef::Create(KeyClass::kPublic, label));
  return pair;
}

Result<KeyPairTemplate> CertifiedKeyPair(std::string_view label, ProcessingKey key) {
  using mechanisms::MechanismType;
  FLORIN_TRY(KeyPairTemplate pair, PaymentProcessingKeyPair(label));
  mechanisms::KeyRules& own = pair.private_key.rules;
  mechanisms::KeyRules& given = pair.public_key.rules;
  given.verbs = {Verb::kVerify};
  own.verbs = {Verb::kDerive, Verb::kSign};
  own.allowed_mechanisms = {MechanismType::kEcdhDerive, MechanismType::kEcdsa};
  if (key == ProcessingKey::kP256) return pair;
  own.type = KeyType::kRsaPrivate;
  own.length = 256;
  own.verbs = {Verb::kUnwrap, Verb::kSign};
  own.allowed_mechanisms = {MechanismType::kRsaOaep, MechanismType::kRsaPkcs1};
  given.type = KeyType::kRsaPublic;
  given.length = 256;
  return pair;
}

Result<KeyTemplate> VaultKeyRingKey(std::string_view label) {
  KeyTemplate key;
  FLORIN_TRY(key.rules.header, KeyBlockHeader::Parse("D0000D0AB00N0000"));
  key.rules.type = KeyType::kAes;
  key.rules.length = 32;
  key.rules.verbs = {Verb::kEncrypt, Verb::kDecrypt};
  FLORIN_TRY(key.name, KeyRef::Create(KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<KeyTemplate> PaymentKey(std::string_view label, const KeyBlockHeader& header,
                               std::size_t length) {
  KeyTemplate key;
  FLORIN_TRY(key.rules.type, mechanisms::TypeOfHeader(header));
  if (mechanisms::IsPrivateKey(key.rules.type)) {
    return Error(ErrorCode::kInvalidArgument, "a secret key has algorithm A, T or H");
  }
  key.rules.header = header;
  key.rules.length = length;
  key.rules.verbs = mechanisms::VerbsOfHeader(key.rules.type, header);
  FLORIN_TRY(key.name, KeyRef::Create(KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<KeyTemplate> IssuerMasterKey(std::string_view label, CryptogramSide side) {
  std::string header = "D0000E0TX00N0000";
  header[8] = static_cast<char>(side);
  KeyTemplate key;
  FLORIN_TRY(key.rules.header, KeyBlockHeader::Parse(header));
  key.rules.type = KeyType::kDes3;
  key.rules.length = 16;
  // The ARPC of a verified ARQC is a signature of the side that verifies.
  key.rules.verbs =
      side == CryptogramSide::kCard ? VerbSet{Verb::kSign} : VerbSet{Verb::kSign, Verb::kVerify};
  FLORIN_TRY(key.name, KeyRef::Create(KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<KeyTemplate> KeyBlockProtectionKey(std::string_view label, KeyBlockWay way) {
  std::string header = "D0000K1AX00N0000";
  header[8] = static_cast<char>(way);
  KeyTemplate key;
  FLORIN_TRY(key.rules.header, KeyBlockHeader::Parse(header));
  key.rules.type = KeyType::kAes;
  key.rules.length = 32;
  key.rules.verbs = mechanisms::VerbsOfHeader(key.rules.type, *key.rules.header);
  FLORIN_TRY(key.name, KeyRef::Create(KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<KeyPairTemplate> Tr34KeyPair(std::string_view label, card::Tr34Role role,
                                    const mechanisms::Tr34Peers& peers, std::size_t length) {
  const bool sends = role == card::Tr34Role::kKdh;
  KeyPairTemplate pair;
  pair.private_key.rules.type = KeyType::kRsaPrivate;
  pair.private_key.rules.length = length;
  pair.private_key.rules.verbs =
      sends ? VerbSet{Verb::kWrap, Verb::kSign} : VerbSet{Verb::kUnwrap, Verb::kVerify};
  FLORIN_TRY(pair.private_key.rules.header,
             KeyBlockHeader::Parse(sends ? "D0000K2RS00N0000" : "D0000K2RD00N0000"));
  pair.private_key.rules.tr34_peers = peers;
  pair.private_key.persistent = true;
  FLORIN_TRY(pair.private_key.name, KeyRef::Create(KeyClass::kPrivate, label));
  pair.public_key.rules.type = KeyType::kRsaPublic;
  pair.public_key.rules.length = length;
  pair.public_key.rules.sensitive = false;
  pair.public_key.persistent = true;
  FLORIN_TRY(pair.public_key.name, KeyRef::Create(KeyClass::kPublic, label));
  return pair;
}

namespace {

Result<KeyTemplate> TemplateOfHeader(const KeyBlockHeader& header) {
  KeyTemplate key;
  key.rules.header = header;
  FLORIN_TRY(key.rules.type, mechanisms::TypeOfHeader(header));
  // The peers of a TR-34 key do not travel with it, and it carries nothing without them.
  if (header.usage() != "K2") key.rules.verbs = mechanisms::VerbsOfHeader(key.rules.type, header);
  return key;
}

}  // namespace

Result<KeyTemplate> KeyTemplateOf(const card::KeyBlock& block) {
  return TemplateOfHeader(block.header());
}

Result<KeyTemplate> KeyTemplateOfTr34(ByteView token) {
  FLORIN_TRY(const auto parsed, card::Tr34Token::Parse(token));
  FLORIN_TRY(const KeyBlockHeader header, card::StatedTr34Header(parsed));
  return TemplateOfHeader(header);
}

}  // namespace florin::hsm
