#include "tools/wallet/hpke.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "crypto/base/curve_table.h"
#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "tools/command_io.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

using payload::HpkeMode;
using payload::HpkeModeSet;
using payload::HpkeReceiverSetup;
using payload::HpkeSenderSetup;
using payload::HpkeSuiteInfo;

constexpr HpkeModeSet kEveryMode = {HpkeMode::kBase, HpkeMode::kPsk, HpkeMode::kAuth,
                                    HpkeMode::kAuthPsk};
constexpr const char* kModeNames[] = {"Base", "PSK", "Auth", "AuthPSK"};

Result<hsm::KeyTemplate> DerivingKey(mechanisms::KeyType type, Curve curve) {
  hsm::KeyTemplate key;
  key.rules.type = type;
  key.rules.curve = curve;
  key.rules.verbs = {mechanisms::Verb::kDerive};
  return key;
}

// The keys of a command: all in a token, all test keys, or none at all.
class Keys {
 public:
  static Result<Keys> Open(const TokenOptions& token,
                           std::initializer_list<const KeyArgument*> arguments) {
    bool labels = false;
    bool tests = false;
    for (const KeyArgument* argument : arguments) {
      labels = labels || !argument->label.empty();
      tests = tests || !argument->test_key.empty();
    }
    if (labels && tests) return Bad("name all keys by label, or give all of them as test keys");
    if (!labels) {
      FLORIN_TRY(const hsm::SoftToken soft, hsm::SoftToken::Create());
      FLORIN_TRY(auto session, soft.OpenSession());
      return Keys(std::move(session));
    }
    if (token.token_label.empty()) return Bad("say with --token where the keys are");
    FLORIN_TRY(TokenSession opened, OpenTokenSession(token));
    return Keys(std::move(opened.session));
  }

  hsm::Session& session() { return *session_; }

  // No key where none is named.
  Result<hsm::KeyHandle> Find(const KeyArgument& argument, mechanisms::KeyType type, Curve curve) {
    if (argument.empty()) return hsm::KeyHandle{};
    if (!argument.label.empty()) {
      const bool is_private = type == mechanisms::KeyType::kEcPrivate;
      return FindKey(*session_, is_private ? hsm::KeyClass::kPrivate : hsm::KeyClass::kSecret,
                     argument.label);
    }
    const auto material = HexDecodeSecret(argument.test_key);
    if (!material.ok()) return Bad("a test key is given in hex digits, two a byte");
    FLORIN_TRY(hsm::KeyTemplate key, DerivingKey(type, curve));
    key.rules.length = material->size();
    return session_->Import(key, *material);
  }

 private:
  explicit Keys(std::unique_ptr<hsm::Session> session) : session_(std::move(session)) {}
  std::unique_ptr<hsm::Session> session_;
};

// The options in bytes, where the views of a setup lie.
struct Inputs {
  static Result<Inputs> Read(const HpkeOptions& options) {
    Inputs inputs;
    FLORIN_TRY(inputs.suite, payload::DescribeHpkeSuite(options.suite));
    FLORIN_TRY(inputs.info, HexOption(options.info, "--info is given in hex digits"));
    FLORIN_TRY(inputs.aad, HexOption(options.aad, "--aad is given in hex digits"));
    FLORIN_TRY(inputs.psk_id, HexOption(options.psk_id, "--psk-id is given in hex digits"));
    return inputs;
  }
  HpkeSuiteInfo suite;
  Bytes info, aad, psk_id;
};

Result<Bytes> ReadFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  if (!in) return Error(ErrorCode::kNotFound, "the file cannot be read");
  Bytes bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return bytes;
}

Result<Json> Seal(const HpkeSealOptions& options) {
  FLORIN_TRY(const Inputs inputs, Inputs::Read(options.common));
  FLORIN_TRY(Keys keys, Keys::Open(options.common.token, {&options.sender, &options.common.psk}));
  FLORIN_TRY(const Bytes recipient, HexOption(options.recipient, "--to is given in hex digits"));
  FLORIN_TRY(const Bytes own, HexOption(options.sender_public, "--from-public is given in hex"));
  HpkeSenderSetup setup;
  setup.profile = {options.common.suite, kEveryMode};
  setup.recipient_public_key = recipient;
  setup.info = inputs.info;
  FLORIN_TRY(setup.psk.key, keys.Find(options.common.psk, mechanisms::KeyType::kGenericSecret,
                                      inputs.suite.curve));
  setup.psk.id = inputs.psk_id;
  FLORIN_TRY(setup.sender_key,
             keys.Find(options.sender, mechanisms::KeyType::kEcPrivate, inputs.suite.curve));
  setup.sender_public_key = own;
  FLORIN_TRY(const Bytes plaintext, ReadFile(options.input));
  FLORIN_TRY(const payload::HpkeMessage message,
             payload::HpkeSeal(keys.session(), setup, inputs.aad, plaintext));
  return Json{{"enc", UpperHex(message.enc)}, {"ciphertext", UpperHex(message.ciphertext)}};
}

// A message, and what a receiver needs to open it.
struct Received {
  Inputs inputs;
  Bytes enc, ciphertext, own, sender;
  HpkeReceiverSetup setup;

  static Result<std::unique_ptr<Received>> Read(const HpkeOpenOptions& options, Keys& keys) {
    auto read = std::make_unique<Received>();
    FLORIN_TRY(read->inputs, Inputs::Read(options.common));
    FLORIN_TRY(read->enc, HexOption(options.enc, "--enc is given in hex digits"));
    FLORIN_TRY(read->ciphertext, HexOption(options.ciphertext, "--ciphertext is given in hex"));
    FLORIN_TRY(read->own, HexOption(options.recipient_public, "--public is given in hex digits"));
    FLORIN_TRY(read->sender, HexOption(options.sender_public, "--from is given in hex digits"));
    const Curve curve = read->inputs.suite.curve;
    HpkeReceiverSetup& setup = read->setup;
    setup.profile = {options.common.suite, kEveryMode};
    FLORIN_TRY(setup.private_key, keys.Find(options.key, mechanisms::KeyType::kEcPrivate, curve));
    setup.public_key = read->own;
    setup.info = read->inputs.info;
    FLORIN_TRY(setup.psk.key,
               keys.Find(options.common.psk, mechanisms::KeyType::kGenericSecret, curve));
    setup.psk.id = read->inputs.psk_id;
    setup.sender_public_key = read->sender;
    return read;
  }
};

Result<Json> Open(const HpkeOpenOptions& options) {
  if (options.key.empty()) return Bad("a key is missing: --key with --token, or --test-key");
  FLORIN_TRY(Keys keys, Keys::Open(options.common.token, {&options.key, &options.common.psk}));
  FLORIN_TRY(const auto received, Received::Read(options, keys));
  FLORIN_TRY(const SecretBytes plaintext,
             payload::HpkeOpen(keys.session(), received->setup, received->enc, received->inputs.aad,
                               received->ciphertext));
  return Json{{"plaintext", UpperHex(plaintext.Read(SecretAccess{}))}};
}

// Remembers where a message was refused, and why, which callers of the library are not told.
class Stage final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    if (event.outcome.code() == ErrorCode::kOk) return;
    name = event.stage;
    reason = event.outcome.message();
  }
  std::string name;
  std::string reason;
};

// With a key that belongs to nobody only the encapsulated key can be judged.
Result<hsm::KeyPair> AnyPair(hsm::Session& session, Curve curve) {
  FLORIN_TRY(hsm::KeyPairTemplate pair, hsm::AgreementKeyPair("any", curve));
  pair.private_key.persistent = pair.public_key.persistent = false;
  return session.GeneratePair(pair);
}

Json Structure(const Received& received) {
  const HpkeSuiteInfo& suite = received.inputs.suite;
  const bool psk = !received.inputs.psk_id.empty();
  const std::size_t mode = (psk ? 1U : 0U) + (received.sender.empty() ? 0U : 2U);
  const std::size_t tag = suite.tag_size;
  const std::size_t size = received.ciphertext.size();
  Json json = {{"kem", suite.kem},
               {"kdf", suite.kdf},
               {"aead", suite.aead},
               {"mode", kModeNames[mode]},
               {"enc bytes", received.enc.size()},
               {"enc bytes of the KEM", suite.enc_size},
               {"ciphertext bytes", size},
               {"tag bytes", tag},
               {"plaintext bytes", size < tag ? 0 : size - tag},
               {"info bytes", received.inputs.info.size()},
               {"aad bytes", received.inputs.aad.size()}};
  if (psk) json["psk_id bytes"] = received.inputs.psk_id.size();
  return json;
}

Result<Json> Explain(const HpkeOpenOptions& options) {
  FLORIN_TRY(Keys keys, Keys::Open(options.common.token, {&options.key, &options.common.psk}));
  FLORIN_TRY(const auto received, Received::Read(options, keys));
  Json json = Structure(*received);
  Stage stage;
  HpkeReceiverSetup setup = received->setup;
  const bool has_key = !options.key.empty();
  if (!has_key) {
    FLORIN_TRY(const hsm::KeyPair any, AnyPair(keys.session(), received->inputs.suite.curve));
    setup.private_key = any.private_key;
    setup.public_key = {};
    setup.psk = {};
    setup.sender_public_key = {};
  }
  auto receiver = payload::HpkeReceiver::Create(keys.session(), setup, received->enc, stage);
  if (!receiver.ok() && receiver.code() != ErrorCode::kVerificationFailed) return receiver.error();
  json["encapsulated key"] = receiver.ok() ? "right" : "wrong";
  if (receiver.ok() && has_key) {
    const auto opened = receiver->Open(received->inputs.aad, received->ciphertext);
    if (!opened.ok() && opened.code() != ErrorCode::kVerificationFailed) return opened.error();
    json["opens"] = opened.ok();
  } else {
    json["opens"] = receiver.ok() ? Json() : Json(false);
  }
  json["refused at"] = stage.name.empty() ? Json() : Json(stage.name);
  json["because"] = stage.reason.empty() ? Json() : Json(stage.reason);
  if (stage.name == "open") {
    json["bound to"] = "enc, recipient's key, mode, suite, info, aad, psk, psk_id, sender's key";
  }
  return json;
}

Result<Json> PublicKey(const HpkeKeyOptions& options) {
  FLORIN_TRY(const auto suite, payload::DescribeHpkeSuite({.kem = options.kem}));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  hsm::Session& session = *token.session;
  if (options.create) {
    FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kPrivate, options.label));
    FLORIN_TRY(const auto pair, hsm::AgreementKeyPair(options.label, suite.curve));
    FLORIN_CHECK_OK(session.GeneratePair(pair));
  }
  FLORIN_TRY(const hsm::KeyHandle key, FindKey(session, hsm::KeyClass::kPublic, options.label));
  Bytes point(hsm::kMaxPublicPoint);
  FLORIN_TRY(const std::size_t size, session.PublicPoint(key, point));
  point.resize(size);
  FLORIN_TRY(const hsm::KeyDescription described, session.Describe(key));
  const Json curve =
      described.curve.has_value() ? Json(std::string(InfoOf(*described.curve).name)) : Json();
  return Json{{"label", options.label}, {"curve", curve}, {"public_key", UpperHex(point)}};
}

}  // namespace

int RunHpkeKey(const HpkeKeyOptions& options) {
  return Finish("wallet hpke key", options.json, PublicKey(options));
}

int RunHpkeSeal(const HpkeSealOptions& options) {
  return Finish("wallet hpke seal", options.common.json, Seal(options));
}

int RunHpkeOpen(const HpkeOpenOptions& options) {
  return Finish("wallet hpke open", options.common.json, Open(options),
                {.wrong = "the message was refused"});
}

int RunHpkeExplain(const HpkeOpenOptions& options) {
  auto explained = Explain(options);
  const bool wrong = explained.ok() && explained->at("opens") == false;
  const int status = Finish("wallet hpke explain", options.common.json, std::move(explained));
  return status == kDone && wrong ? kWrong : status;
}

}  // namespace florin::tools
