#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "florin/base/hex.h"
#include "florin/hsm/key_templates.h"
#include "tools/key/der_file.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxPoint = 133;

Result<hsm::KeyPairTemplate> EcPair(const KeyPairOptions& options) {
  const bool p384 = options.curve == "P-384";
  FLORIN_TRY(auto pair, hsm::PaymentProcessingKeyPair(options.key.label));
  mechanisms::KeyRules& own = pair.private_key.rules;
  FLORIN_TRY(own.header, card::KeyBlockHeader::Parse("D0000K3EX00N0000"));
  own.curve = p384 ? Curve::kP384 : Curve::kP256;
  own.length = p384 ? 48 : 32;
  own.allowed_mechanisms = {mechanisms::MechanismType::kEcdhKeyAgreement};
  pair.public_key.rules.curve = own.curve;
  pair.public_key.rules.length = p384 ? 97 : 65;
  return pair;
}

Result<hsm::KeyPairTemplate> RsaPair(const KeyPairOptions& options) {
  using mechanisms::Verb;
  const bool signs = options.usage == "S0";
  FLORIN_TRY(auto pair, hsm::PaymentProcessingKeyPair(options.key.label));
  mechanisms::KeyRules& own = pair.private_key.rules;
  own.type = mechanisms::KeyType::kRsaPrivate;
  own.length = options.rsa_bits / 8;
  own.verbs = signs ? mechanisms::VerbSet{Verb::kSign} : mechanisms::VerbSet{Verb::kDecrypt};
  FLORIN_TRY(own.header,
             card::KeyBlockHeader::Parse(signs ? "D0000S0RS00N0000" : "D0000D1RD00N0000"));
  mechanisms::KeyRules& given = pair.public_key.rules;
  given.type = mechanisms::KeyType::kRsaPublic;
  given.length = own.length;
  given.verbs = signs ? mechanisms::VerbSet{Verb::kVerify} : mechanisms::VerbSet{Verb::kEncrypt};
  FLORIN_TRY(given.header,
             card::KeyBlockHeader::Parse(signs ? "D0000S0RV00E0000" : "D0000D1RE00E0000"));
  return pair;
}

Status MakePair(const KeyPairOptions& options) {
  FLORIN_TRY(const auto pair, options.rsa_bits == 0 ? EcPair(options) : RsaPair(options));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  FLORIN_CHECK_OK(CheckLabelIsFree(*token.session, hsm::KeyClass::kPrivate, options.key.label));
  FLORIN_TRY(const hsm::KeyPair made, token.session->GeneratePair(pair));
  return PrintKey(*token.session, made.private_key, options.key.json);
}

struct PublicKey {
  Bytes info;   // SubjectPublicKeyInfo
  Bytes point;  // of EC keys
};

Result<PublicKey> OwnPublicKey(const ExchangeTarget& key) {
  FLORIN_TRY(const TokenSession token, OpenTokenSession(key.token));
  FLORIN_TRY(const hsm::KeyHandle handle,
             FindKey(*token.session, hsm::KeyClass::kPublic, key.label));
  PublicKey found{Bytes(hsm::kMaxPublicKeyInfo), Bytes(kMaxPoint)};
  FLORIN_TRY(const std::size_t size, token.session->PublicKeyInfo(handle, found.info));
  found.info.resize(size);
  FLORIN_TRY(const auto description, token.session->Describe(handle));
  if (!description.curve.has_value()) {
    found.point.clear();
    return found;
  }
  FLORIN_TRY(const std::size_t point_size, token.session->PublicPoint(handle, found.point));
  found.point.resize(point_size);
  return found;
}

}  // namespace

int RunKeyPair(const KeyPairOptions& options) {
  const Status done = MakePair(options);
  return done.ok() ? 0 : ReportFailure("pair", done.error());
}

int RunKeyPublic(const KeyPublicOptions& options) {
  const auto key = OwnPublicKey(options.key);
  if (!key.ok()) return ReportFailure("public", key.error());
  const std::string pem = PemOf("PUBLIC KEY", key->info);
  const std::string point = HexEncode(key->point, HexCase::kUpper);
  if (options.key.json) {
    nlohmann::ordered_json json = {{"label", options.key.label}};
    if (!point.empty()) json["point"] = point;
    json["pem"] = pem + "\n";
    std::puts(json.dump().c_str());
    return 0;
  }
  const std::string hex = point.empty() ? HexEncode(key->info, HexCase::kUpper) : point;
  std::puts(options.hex ? hex.c_str() : pem.c_str());
  return 0;
}

}  // namespace florin::tools
