// HPKE with another implementation at the other end.
//   hpke_peer make <cases.json>                 a message of every mode and suite, and its keys
//   hpke_peer check <cases.json> <answers.json> what the other end opened, and sealed itself
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "crypto/primitives/curve_key.h"
#include "florin/base/hex.h"
#include "florin/base/random.h"
#include "florin/payload/hpke.h"
#include "tests/interop/peer.h"

namespace florin::payload {
namespace {

using interop::Hex;
using interop::HexOf;
using interop::Json;
using interop::Random;

constexpr HpkeKem kKems[] = {HpkeKem::kP256Sha256, HpkeKem::kP384Sha384, HpkeKem::kP521Sha512,
                             HpkeKem::kX25519Sha256};
constexpr HpkeKdf kKdfs[] = {HpkeKdf::kSha256, HpkeKdf::kSha384, HpkeKdf::kSha512};
constexpr HpkeAead kAeads[] = {HpkeAead::kAes128Gcm, HpkeAead::kAes256Gcm,
                               HpkeAead::kChaCha20Poly1305, HpkeAead::kExportOnly};
constexpr std::size_t kMessages = 2;
constexpr std::size_t kExportLength = 48;

hsm::KeyHandle Import(hsm::Session& session, mechanisms::KeyType type, Curve curve, ByteView key) {
  hsm::KeyTemplate shape;
  shape.rules.type = type;
  shape.rules.curve = curve;
  shape.rules.length = key.size();
  shape.rules.verbs = {mechanisms::Verb::kDerive};
  return session.Import(shape, SecretBytes::CopyOf(key).value()).value();
}

void DrawPair(Curve curve, const std::string& name, Json& test) {
  const auto key = primitives::CurvePrivateKey::Generate(curve, SystemRandom()).value();
  test[name + "_private"] = HexEncode(key.private_key().Read(SecretAccess{}));
  test[name + "_public"] = HexEncode(key.public_key());
}

// Both sides of one case; the views of the setups lie here.
struct Case {
  explicit Case(const Json& test)
      : suite{static_cast<HpkeKem>(test.at("kem").get<int>()),
              static_cast<HpkeKdf>(test.at("kdf").get<int>()),
              static_cast<HpkeAead>(test.at("aead").get<int>())},
        info(Hex(test, "info")),
        aad(Hex(test, "aad")),
        context(Hex(test, "export_context")),
        recipient_public(Hex(test, "recipient_public")),
        sender_public(Hex(test, "sender_public")),
        psk_id(Hex(test, "psk_id")) {
    const Curve curve = DescribeHpkeSuite(suite).value().curve;
    const HpkeProfile profile{suite, {static_cast<HpkeMode>(test.at("mode").get<int>())}};
    const auto ec = mechanisms::KeyType::kEcPrivate;
    from.profile = to.profile = profile;
    from.info = to.info = info;
    from.recipient_public_key = to.public_key = recipient_public;
    to.private_key = Import(*session, ec, curve, Hex(test, "recipient_private"));
    if (test.contains("psk")) {
      const auto secret = mechanisms::KeyType::kGenericSecret;
      from.psk = to.psk = {Import(*session, secret, curve, Hex(test, "psk")), psk_id};
    }
    if (test.contains("sender_private")) {
      from.sender_key = Import(*session, ec, curve, Hex(test, "sender_private"));
      from.sender_public_key = to.sender_public_key = sender_public;
    }
  }

  std::unique_ptr<hsm::Session> session = interop::OpenSession();
  HpkeSuite suite;
  Bytes info, aad, context, recipient_public, sender_public, psk_id;
  HpkeSenderSetup from;
  HpkeReceiverSetup to;
};

Json MakeCase(const HpkeSuite& suite, HpkeMode mode) {
  const auto described = DescribeHpkeSuite(suite).value();
  const int number = static_cast<int>(mode);
  Json test = {{"id", std::string(described.kem) + " " + described.kdf + " " + described.aead +
                          " mode " + std::to_string(number)},
               {"mode", number},
               {"kem", static_cast<int>(suite.kem)},
               {"kdf", static_cast<int>(suite.kdf)},
               {"aead", static_cast<int>(suite.aead)},
               {"info", HexEncode(Random(20))},
               {"aad", HexEncode(Random(7))},
               {"export_context", HexEncode(Random(9))},
               {"export_length", kExportLength},
               {"plaintexts", Json::array()},
               {"ciphertexts", Json::array()}};
  DrawPair(described.curve, "recipient", test);
  if (mode == HpkeMode::kAuth || mode == HpkeMode::kAuthPsk) {
    DrawPair(described.curve, "sender", test);
  }
  if (mode == HpkeMode::kPsk || mode == HpkeMode::kAuthPsk) {
    test["psk"] = HexEncode(Random(32));
    test["psk_id"] = HexEncode(Random(4));
  }
  Case made(test);
  HpkeSender sender = HpkeSender::Create(*made.session, made.from).value();
  test["enc"] = HexEncode(sender.enc());
  for (std::size_t i = 0; i < kMessages && suite.aead != HpkeAead::kExportOnly; ++i) {
    const Bytes plaintext = Random(100 * i + 1);
    test["plaintexts"].push_back(HexEncode(plaintext));
    test["ciphertexts"].push_back(HexEncode(sender.Seal(made.aad, plaintext).value()));
  }
  const SecretBytes exported = sender.Export(made.context, kExportLength).value();
  test["exported"] = HexEncode(exported.Read(SecretAccess{}));
  return test;
}

// What is wrong with an answer; empty: nothing.
std::string Wrong(const Json& test, const Json& answer) {
  if (answer.at("id") != test.at("id")) return "another case";
  if (answer.at("opened") != test.at("plaintexts")) return "they opened something else";
  if (answer.at("exported_by_receiver") != test.at("exported")) return "their export differs";
  Case made(test);
  auto receiver = HpkeReceiver::Create(*made.session, made.to, Hex(answer, "enc"));
  if (!receiver.ok()) return receiver.error().message();
  const Json& sealed = answer.at("sealed");
  if (sealed.size() != test.at("plaintexts").size()) return "they sealed too few";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    const Bytes ciphertext = HexDecode(sealed[i].get<std::string>()).value();
    const auto opened = receiver->Open(made.aad, ciphertext);
    if (!opened.ok()) return opened.error().message();
    if (HexOf(*opened) != test.at("plaintexts")[i]) return "we opened something else";
  }
  const auto exported = receiver->Export(made.context, kExportLength);
  if (!exported.ok() || HexOf(*exported) != answer.at("exported_by_sender")) {
    return "our export differs";
  }
  return "";
}

int Make(const char* path) {
  Json cases = Json::array();
  for (const HpkeKem kem : kKems) {
    for (const HpkeKdf kdf : kKdfs) {
      for (const HpkeAead aead : kAeads) {
        for (int mode = 0; mode < 4; ++mode) {
          cases.push_back(MakeCase({kem, kdf, aead}, static_cast<HpkeMode>(mode)));
        }
      }
    }
  }
  std::ofstream(path) << cases.dump();
  return 0;
}

int Check(const char* cases_path, const char* answers_path) {
  std::ifstream cases_file(cases_path), answers_file(answers_path);
  const Json cases = Json::parse(cases_file), answers = Json::parse(answers_file);
  if (cases.empty() || cases.size() != answers.size()) {
    std::puts("FAILED: answers are missing");
    return 1;
  }
  int failed = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string wrong = Wrong(cases[i], answers[i]);
    if (wrong.empty()) continue;
    ++failed;
    std::printf("FAILED: %s: %s\n", cases[i].at("id").get<std::string>().c_str(), wrong.c_str());
  }
  std::printf("hpke: %zu suites and modes both ways, %d failed\n", cases.size(), failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace florin::payload

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "make" && argc == 3) return florin::payload::Make(argv[2]);
  if (verb == "check" && argc == 4) return florin::payload::Check(argv[2], argv[3]);
  std::puts("usage: hpke_peer make <cases.json> | check <cases.json> <answers.json>");
  return 2;
}
