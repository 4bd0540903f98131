// Every published value of tests/vectors/wallet/google_pay.json and google_wallet_callback.json,
// over every kind of session.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/payload/google_pay_kdf.h"
#include "crypto/payload/google_root_key_set.h"
#include "crypto/payload/google_signature.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"
#include "florin/payload/google_wallet_callbacks.h"
#include "tests/crypto/payload/google_fixture.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {
namespace {

using vectors::TestCase;

bool HasFlag(const TestCase& test, const char* flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

primitives::EcPrivateKey KeyOf(const Bytes& scalar) {
  return std::move(primitives::EcPrivateKey::FromScalar(Curve::kP256, scalar)).value();
}

std::string RootList(const std::string& key, const std::string& version) {
  const std::string expiration = version == "ECv1" ? "" : R"(,"keyExpiration":"9000000000000")";
  return R"({"keys":[{"keyValue":")" + key + R"(","protocolVersion":")" + version + "\"" +
         expiration + "}]}";
}

std::string Load(const char* name) {
  return std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/" + name;
}

class GooglePayVectors : public GooglePayFixture, public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override {
    auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    SetUpWith(std::move(session));
  }

  void CheckToken(const TestCase& test);
  void CheckOpens(const TestCase& test, const std::string& version);
  void CheckKeySchedule(const TestCase& test, const GoogleSealed& sealed, const char* info);
  void CheckRefused(const TestCase& test);
  void CheckRootKeys(const TestCase& test);

  // Opens the sealed message with a key of the session.
  Result<SecretBytes> OpenSealed(const Bytes& scalar, const GoogleSealed& sealed,
                                 GoogleProtocol protocol, const std::string& label) {
    const MerchantKeyPair pair = MakeMerchantKey(*session_, label.c_str(), KeyOf(scalar));
    FLORIN_TRY(const hsm::KeyHandle handle, session_->Resolve(pair.name));
    GooglePayStep step;
    return GooglePayOpener().Open(*session_, handle, sealed, protocol, step);
  }

  Bytes other_key_;
  JsonParser token_parser_ = std::move(JsonParser::Create(GoogleTokenLimits(16384))).value();
  JsonParser inner_parser_ = std::move(JsonParser::Create(GoogleTokenLimits(16384))).value();
  Bytes scratch_ = Bytes(16384);
};

INSTANTIATE_TEST_SUITE_P(Sessions, GooglePayVectors, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

// Both keys, from Z; the tag; the plaintext.
void GooglePayVectors::CheckKeySchedule(const TestCase& test, const GoogleSealed& sealed,
                                        const char* info) {
  std::array<std::uint8_t, 32> z;
  ASSERT_TRUE(
      primitives::Ecdh(KeyOf(test.Hex("recipient_private_key")), sealed.ephemeral_point, z).ok());
  EXPECT_EQ(HexEncode(z), test.Text("shared_secret"));
  const Bytes cipher_key = test.Hex("encryption_key");
  const Bytes mac_key = test.Hex("mac_key");
  Bytes both(cipher_key.size() + mac_key.size());
  ASSERT_TRUE(primitives::Hkdf(Hash::kSha256, {}, {sealed.ephemeral_point, z},
                               AsBytes(std::string_view(info)), both)
                  .ok());
  EXPECT_TRUE(SameBytes(ByteView(both).first(cipher_key.size()), cipher_key));
  EXPECT_TRUE(SameBytes(ByteView(both).last(mac_key.size()), mac_key));
  auto mac = primitives::HmacKey::Create(Hash::kSha256, mac_key);
  ASSERT_TRUE(mac.ok());
  EXPECT_TRUE(mac->Verify(sealed.encrypted_message, sealed.tag).ok());
  auto cipher = primitives::AesCipher(cipher_key);
  ASSERT_TRUE(cipher.ok());
  Bytes plaintext(sealed.encrypted_message.size());
  ASSERT_TRUE(cipher
                  ->Crypt(primitives::CipherMode::kCtr, primitives::Direction::kDecrypt,
                          kGooglePayCounter, sealed.encrypted_message, plaintext)
                  .ok());
  EXPECT_EQ(AsText(plaintext), test.Text("plaintext"));
}

void GooglePayVectors::CheckToken(const TestCase& test) {
  const std::string json = test.Text("token");
  DecodedFields fields(scratch_);
  GoogleTokenStage stage;
  auto token = ReadGoogleToken(token_parser_, AsBytes(json), fields, stage);
  ASSERT_TRUE(token.ok()) << GoogleTokenStageName(stage) << token.error().message();
  const std::string version = GoogleProtocolName(token->protocol);

  auto roots = GoogleRootKeys::Pinned(AsBytes(RootList(test.Text("root_key"), version)));
  ASSERT_TRUE(roots.ok()) << roots.error().message();
  GoogleRootKeySets sets;
  EXPECT_EQ(test.Text("sender"), kGooglePaySender);
  GoogleSignatures signatures(kGooglePaySender);
  const std::string recipient = test.Text("recipient");
  const std::vector<std::string_view> recipients = {"merchant:nobody", recipient};
  const char* where = "";
  const auto signed_for =
      signatures.Verify(*token, sets.Current(**roots), recipients,
                        UnixSeconds{test.Number("verify_at")}, inner_parser_, where);
  ASSERT_TRUE(signed_for.ok()) << where << " " << signed_for.error().message();
  EXPECT_EQ(*signed_for, 1U);

  auto sealed = ReadGoogleSealed(inner_parser_, token->signed_message, fields);
  ASSERT_TRUE(sealed.ok()) << sealed.error().message();
  CheckKeySchedule(test, *sealed, "Google");
  auto plaintext = OpenSealed(test.Hex("recipient_private_key"), *sealed, token->protocol, test.id);
  ASSERT_TRUE(plaintext.ok()) << plaintext.error().message();
  EXPECT_EQ(AsText(plaintext->Read(SecretAccess{})), test.Text("plaintext"));
  if (!other_key_.empty()) {
    EXPECT_EQ(OpenSealed(other_key_, *sealed, token->protocol, test.id + "-other").code(),
              ErrorCode::kVerificationFailed);
  }
  CheckOpens(test, version);
}

// From end to end at the time of the token, and not ten years later.
void GooglePayVectors::CheckOpens(const TestCase& test, const std::string& version) {
  const std::string json = test.Text("token");
  UseRoots(RootList(test.Text("root_key"), version));
  const auto recipient = GoogleRecipientId::Parse(test.Text("recipient"));
  EXPECT_EQ(recipient.ok(), !HasFlag(test, "bare_recipient"));
  clock_.now = UnixSeconds{test.Number("verify_at")};
  if (!recipient.ok()) {
    ExpectRefused(json, "signature", "a bare id");
    return;
  }
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, test.id).value();
  const primitives::EcPrivateKey key = KeyOf(test.Hex("recipient_private_key"));
  GooglePayOptions options = Options();
  options.recipients = {*recipient};
  auto google_pay =
      GooglePay::Create({GooglePayKey::Create(name, key.public_key().point()).value()}, options);
  ASSERT_TRUE(google_pay.ok());
  const bool gateway = recipient->kind() == GoogleRecipientId::Kind::kGateway;
  auto payment = google_pay->Open(*session_, AsBytes(json), gateway ? "some-merchant" : "");
  if (HasFlag(test, "not_payment_data")) {
    EXPECT_FALSE(payment.ok());
    EXPECT_EQ(observer_.last_stage(), "payment_data");
    return;
  }
  ASSERT_TRUE(payment.ok()) << observer_.last_stage() << " "
                            << observer_.events.back().outcome.message();
  const std::string plaintext = test.Text("plaintext");
  const std::string pan(payment->credential.pan.Read(SecretAccess{}));
  EXPECT_NE(plaintext.find("\"" + pan + "\""), std::string::npos);
  EXPECT_NE(plaintext.find("\"" + payment->credential.id + "\""), std::string::npos);
  EXPECT_EQ(plaintext.find("assuranceDetails") != std::string::npos,
            payment->assurance.has_value());
  EXPECT_EQ(plaintext.find("dpan") != std::string::npos, payment->tokenized_card);
  clock_.now.value += 3650 * 86400;
  EXPECT_FALSE(google_pay->Open(*session_, AsBytes(json)).ok()) << "ten years later";
}

// The tag of the ECv0 message is right: it is refused because nobody signed it.
void GooglePayVectors::CheckRefused(const TestCase& test) {
  const std::string json = test.Text("token");
  DecodedFields fields(scratch_);
  auto sealed = ReadGoogleSealed(inner_parser_, json, fields);
  ASSERT_TRUE(sealed.ok());
  CheckKeySchedule(test, *sealed, "Android");
  ExpectRefused(json, "token.version", test.id);
  GoogleWalletCallbacksOptions options;
  options.issuer_id = "1";
  options.root_keys = roots_.get();
  auto callbacks = GoogleWalletCallbacks::Create(options);
  ASSERT_TRUE(callbacks.ok());
  EXPECT_FALSE(callbacks->Verify(AsBytes(json)).ok());
}

void GooglePayVectors::CheckRootKeys(const TestCase& test) {
  auto roots = GoogleRootKeys::Pinned(AsBytes(test.Text("keys_json")));
  ASSERT_TRUE(roots.ok()) << roots.error().message();
  GoogleRootKeySets sets;
  const GoogleRootKeySet& set = sets.Current(**roots);
  ASSERT_FALSE(set.keys.empty());
  EXPECT_TRUE(set.keys[0].Serves(GoogleProtocol::kEcV1, UnixSeconds{9'000'000'000}));
  if (!test.Has("refused_from")) return;
  EXPECT_EQ(set.keys.size(), 3U);
  const UnixSeconds end{test.Number("refused_from")};
  for (const auto protocol : {GoogleProtocol::kEcV2, GoogleProtocol::kEcV2SigningOnly}) {
    const auto serves = [&](UnixSeconds now) {
      return std::any_of(set.keys.begin(), set.keys.end(),
                         [&](const GoogleRootKey& key) { return key.Serves(protocol, now); });
    };
    EXPECT_TRUE(serves(UnixSeconds{end.value - 1}));
    EXPECT_FALSE(serves(end));
  }
}

TEST_P(GooglePayVectors, AllOfThem) {
  const auto file = vectors::VectorFile::Load(Load("google_pay.json"));
  for (const vectors::TestGroup* group : file.GroupsOf("other_key")) {
    other_key_ = group->tests.at(0).Hex("private_key");
  }
  for (const vectors::TestGroup& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.id);
      if (group.type == "token") {
        CheckToken(test);
      } else if (group.type == "refused") {
        CheckRefused(test);
      } else if (group.type == "root_keys") {
        CheckRootKeys(test);
      } else {
        EXPECT_EQ(group.type, "other_key");
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(GoogleWalletVectors, AllOfThem) {
  const auto file = vectors::VectorFile::Load(Load("google_wallet_callback.json"));
  for (const vectors::TestGroup& group : file.groups()) {
    EXPECT_EQ(group.Text("sender"), kGoogleWalletSender);
    auto roots =
        GoogleRootKeys::Pinned(AsBytes(RootList(group.Text("root_key"), "ECv2SigningOnly")));
    ASSERT_TRUE(roots.ok());
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.id);
      SettableClock clock;
      RecordingObserver observer;
      GoogleWalletCallbacksOptions options;
      options.issuer_id = group.Text("issuer_id");
      options.root_keys = roots->get();
      options.clock = &clock;
      options.observer = &observer;
      auto callbacks = GoogleWalletCallbacks::Create(options);
      ASSERT_TRUE(callbacks.ok());
      const std::string json = test.Text("callback");
      clock.now = UnixSeconds{test.Number("expiration_ms") / 1000};
      const auto callback = callbacks->Verify(AsBytes(json));
      ASSERT_TRUE(callback.ok()) << observer.last_stage();
      EXPECT_EQ(callback->class_id, test.Text("class_id"));
      EXPECT_EQ(callback->object_ids, std::vector<std::string>{test.Text("object_id")});
      EXPECT_EQ(callback->event_type, test.Text("event_type"));
      EXPECT_EQ(callback->count, test.Number("count"));
      EXPECT_EQ(callback->nonce, test.Text("nonce"));
      clock.now.value += 1;
      EXPECT_FALSE(callbacks->Verify(AsBytes(json)).ok());
      EXPECT_EQ(observer.last_stage(), "message_expiration");
      clock.now = UnixSeconds{test.Number("intermediate_expiration_ms") / 1000};
      EXPECT_FALSE(callbacks->Verify(AsBytes(json)).ok());
      EXPECT_EQ(observer.last_stage(), "intermediate.expiry");
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::payload
