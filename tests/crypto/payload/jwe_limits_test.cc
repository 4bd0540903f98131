// What Jwe, JwsVerifier and JweSender take; and what a small limit, or a text made to fill the
// memory of a call, must not do.
#include <gtest/gtest.h>

#include <algorithm>

#include "florin/base/base64.h"
#include "florin/payload/jwe.h"
#include "florin/payload/jws.h"
#include "florin/payload/jws_keys.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/payload/recording_observer.h"

namespace florin::payload {
namespace {

std::string Encoded(std::string_view text) { return Base64Encode(AsBytes(text), Base64Form::kUrl); }

TEST(JweCreate, ProfilesAndKeysMustFit) {
  const auto secret = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "k").value();
  const auto priv = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "k").value();
  const auto code = [](JweProfile profile, std::vector<JweKey> keys, JweOptions options = {}) {
    return Jwe::Create(std::move(profile), std::move(keys), options).code();
  };
  EXPECT_EQ(code(MastercardJweProfile(), {{priv}}), ErrorCode::kOk);
  EXPECT_EQ(code(MastercardJweProfile(), {{secret}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(AmexTokenServiceProfile(), {{priv}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(MastercardJweProfile(), {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(MastercardJweProfile(), std::vector<JweKey>(17, {priv})),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({}, {{priv}}), ErrorCode::kInvalidArgument);
  JweProfile odd = MastercardJweProfile();
  odd.gcm_iv_lengths = {8};
  EXPECT_EQ(code(odd, {{priv}}), ErrorCode::kInvalidArgument);
  odd = MastercardJweProfile();
  odd.unprotected = true;
  EXPECT_EQ(code(odd, {{priv}}), ErrorCode::kInvalidArgument);
  JweOptions options;
  options.max_bytes = 100;
  EXPECT_EQ(code(MastercardJweProfile(), {{priv}}, options), ErrorCode::kInvalidArgument);
}

TEST(JweSender, SaysWhatItNeeds) {
  const auto secret = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "k").value();
  const auto code = [](const auto& result) { return result.code(); };
  EXPECT_EQ(code(JweSender::UnderSharedKey(AmexTokenServiceProfile(), secret, "")),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(JweSender::UnderSharedKey(MastercardJweProfile(), secret, "kid")),
            ErrorCode::kInvalidArgument);
  const auto sender = JweSender::UnderSharedKey(AmexTokenServiceProfile(), secret, "kid");
  ASSERT_TRUE(sender.ok());
  EXPECT_EQ(code(sender->Seal(AsBytes("text"))), ErrorCode::kInvalidArgument);
  const auto session = OpenSoft();
  EXPECT_EQ(code(sender->Seal(*session, AsBytes("text"))), ErrorCode::kNotFound);
}

constexpr std::size_t kLimits[] = {256, 1024, 2048, 4096, 8192, 16 * 1024, 64 * 1024};

TEST(JoseLimits, ADetachedPayloadAsLongAsTheTextMayBe) {
  const auto session = OpenSoft();
  auto pair = JwsKeyPair("signer", JwsAlgorithm::kEs256);
  ASSERT_TRUE(pair.ok());
  pair->private_key.persistent = pair->public_key.persistent = false;
  const auto made = session->GeneratePair(*pair);
  ASSERT_TRUE(made.ok());
  Bytes info(hsm::kMaxPublicKeyInfo);
  info.resize(session->PublicKeyInfo(made->public_key, info).value());
  JwsProfile profile;
  profile.algorithms = {JwsAlgorithm::kEs256};
  for (const std::size_t limit : kLimits) {
    const auto verifier = JwsVerifier::Create(profile, {{JosePublicKey::FromSpki(info).value()}},
                                              {.max_bytes = limit});
    ASSERT_TRUE(verifier.ok());
    // As long a header as the text and the limit of headers have room for.
    const std::size_t header = std::min<std::size_t>(8000, (limit - 4) * 3 / 4);
    std::string json = R"({"alg":"ES256","typ":")";
    json += std::string(header - json.size() - 2, 'A') + R"("})";
    std::string text = Encoded(json) + "..AA";
    ASSERT_LE(text.size(), limit);
    EXPECT_EQ(verifier->VerifyDetached(*session, text, Bytes(limit / 2, 7)).code(),
              ErrorCode::kVerificationFailed)
        << limit;
    EXPECT_EQ(verifier->VerifyDetached(*session, text, Bytes(limit / 2 + 1, 7)).code(),
              ErrorCode::kVerificationFailed)
        << limit;
  }
}

TEST(JoseLimits, AHeaderSharedByManyRecipients) {
  const auto session = OpenSoft();
  const JweAlgorithm algorithm = JweAlgorithm::kEcdhEsA128Kw;
  auto pair = JweKeyPair("partner", algorithm);
  ASSERT_TRUE(pair.ok());
  pair->private_key.persistent = pair->public_key.persistent = false;
  const auto made = session->GeneratePair(*pair);
  ASSERT_TRUE(made.ok());
  Bytes info(hsm::kMaxPublicKeyInfo);
  info.resize(session->PublicKeyInfo(made->public_key, info).value());
  const JweProfile profile = RfcProfile(algorithm, JweEncryption::kA128Gcm);
  const auto sender = JweSender::ToPublicKey(profile, JosePublicKey::FromSpki(info).value(), "",
                                             {.apu = Bytes(256, 1), .apv = Bytes(256, 2)});
  ASSERT_TRUE(sender.ok());
  const std::string compact = sender->Seal(AsBytes("text")).value();
  const std::string header = compact.substr(0, compact.find('.'));
  for (const std::size_t limit : kLimits) {
    RecordingObserver observer;
    const auto jwe = Jwe::Create(profile, {{*pair->private_key.name}},
                                 {.observer = &observer, .max_bytes = limit});
    ASSERT_TRUE(jwe.ok());
    for (int recipients = 1; recipients <= 17; ++recipients) {
      std::string text = R"({"protected":")" + header + R"(","recipients":[)";
      for (int i = 0; i < recipients; ++i) {
        text += i == 0 ? R"({"encrypted_key":"AAAA"})" : R"(,{"encrypted_key":"AAAA"})";
      }
      text += R"(],"iv":"AAAAAAAAAAAAAAAA","ciphertext":"AA","tag":"AAAAAAAAAAAAAAAAAAAAAA"})";
      EXPECT_EQ(jwe->Open(*session, text).code(), ErrorCode::kVerificationFailed) << limit;
      if (text.size() <= limit && recipients <= 16) {
        EXPECT_EQ(observer.last_stage(), "encrypted_key") << observer.Told();
      }
    }
  }
}

// 16 recipients and 16 keys of no name would be 256 private-key operations.
TEST(JoseLimits, TrialsOfOneText) {
  auto session = std::make_unique<LimitedSession>(OpenSoft());
  const JweProfile profile = RfcProfile(JweAlgorithm::kA256Kw, JweEncryption::kA128Gcm);
  std::vector<JweKey> keys;
  for (int i = 0; i < 16; ++i) {
    keys.push_back(
        {ImportJweKey(*session, JweAlgorithm::kA256Kw, JweEncryption::kA128Gcm, Curve::kP256,
                      Bytes(32, static_cast<std::uint8_t>(i)), "key " + std::to_string(i))});
  }
  RecordingObserver observer;
  const auto jwe = Jwe::Create(profile, keys, {.observer = &observer});
  ASSERT_TRUE(jwe.ok());
  const std::string encrypted_key = Base64Encode(Bytes(24, 1), Base64Form::kUrl);
  std::string text =
      R"({"protected":")" + Encoded(R"({"alg":"A256KW","enc":"A128GCM"})") + R"(","recipients":[)";
  for (int i = 0; i < 16; ++i) {
    text += (i == 0 ? R"({"encrypted_key":")" : R"(,{"encrypted_key":")") + encrypted_key + R"("})";
  }
  text += R"(],"iv":"AAAAAAAAAAAAAAAA","ciphertext":"AA","tag":"AAAAAAAAAAAAAAAAAAAAAA"})";
  EXPECT_EQ(jwe->Open(*session, text).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(session->unwraps(), 16);
}

// One key that is gone does not stop another.
TEST(JoseLimits, AMissingKeyIsPassedOver) {
  const auto session = OpenSoft();
  const JweProfile profile = RfcProfile(JweAlgorithm::kA256Kw, JweEncryption::kA128Gcm);
  const auto opens = ImportJweKey(*session, JweAlgorithm::kA256Kw, JweEncryption::kA128Gcm,
                                  Curve::kP256, Bytes(32, 7), "opens");
  auto sends =
      JweSharedKey("sends", JweAlgorithm::kA256Kw, JweEncryption::kA128Gcm, JweDirection::kSend);
  ASSERT_TRUE(sends.ok());
  sends->persistent = false;
  const auto bytes = SecretBytes::CopyOf(Bytes(32, 7));
  ASSERT_TRUE(session->Import(*sends, *bytes).ok());
  const auto gone = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "gone").value();
  const auto sender = JweSender::UnderSharedKey(profile, *sends->name, "");
  ASSERT_TRUE(sender.ok());
  const std::string text = sender->Seal(*session, AsBytes("text")).value();
  const auto jwe = Jwe::Create(profile, {{gone}, {opens}});
  const auto message = jwe->Open(*session, text);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->key_index, 1U);
  // Where none opens it, the missing one is what the caller must know of.
  std::string other = text;
  other.back() = other.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(jwe->Open(*session, other).code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace florin::payload
