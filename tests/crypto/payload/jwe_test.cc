// Jwe and JweSender against each other, and everything that must be refused.
#include "florin/payload/jwe.h"

#include <gtest/gtest.h>

#include <functional>

#include "crypto/payload/jose_tables.h"
#include "florin/base/base64.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/payload/recording_observer.h"

namespace florin::payload {
namespace {

constexpr std::string_view kPlaintext = R"({"cardNumber":"5555555555554444"})";

// The protected header with `change` applied to its JSON, and the other parts as they are.
using Parts = std::array<std::string, 5>;

Parts Split(const std::string& text) {
  Parts parts;
  std::size_t at = 0;
  for (std::string& part : parts) {
    const std::size_t dot = text.find('.', at);
    part = text.substr(at, dot - at);
    at = dot + 1;
  }
  return parts;
}

std::string Join(const Parts& parts) {
  return parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[3] + "." + parts[4];
}

std::string HeaderOf(const std::string& text) {
  const auto json = Base64Decode(Split(text)[0], Base64Form::kUrl);
  return std::string(AsText(*json));
}

std::string WithHeader(const std::string& text, const std::string& json) {
  Parts parts = Split(text);
  parts[0] = Base64Encode(AsBytes(json), Base64Form::kUrl);
  return Join(parts);
}

std::string Replaced(std::string text, const std::string& old, const std::string& by) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), by);
}

// A key in a session, and both sides of its payloads.
class Partner {
 public:
  Partner(hsm::Session& session, JweProfile profile, JweKeySize size = {})
      : session_(session), profile_(std::move(profile)) {
    const JweAlgorithm algorithm = profile_.algorithms.front();
    if (auto pair = JweKeyPair(session, "partner", algorithm, size); pair.ok()) {
      pair->private_key.persistent = false;
      pair->public_key.persistent = false;
      const auto made = session.GeneratePair(*pair);
      EXPECT_TRUE(made.ok()) << made.error().message();
      Bytes info(hsm::kMaxPublicKeyInfo);
      const auto length = session.PublicKeyInfo(made->public_key, info);
      EXPECT_TRUE(length.ok());
      public_key_ = JosePublicKey::FromSpki(ByteView(info).first(*length)).value();
      key_ = pair->private_key.name;
      return;
    }
    ImportShared(algorithm);
  }

  Jwe Receiver() {
    JweOptions options;
    options.observer = &observer;
    auto jwe = Jwe::Create(profile_, {{*key_}}, options);
    EXPECT_TRUE(jwe.ok()) << jwe.error().message();
    return std::move(jwe).value();
  }

  JweSender Sender(JweSenderOptions options = {}) const {
    auto sender =
        public_key_.has_value()
            ? JweSender::ToPublicKey(profile_, *public_key_, "kid-1", std::move(options))
            : JweSender::UnderSharedKey(profile_, *send_key_, "kid-1", std::move(options));
    EXPECT_TRUE(sender.ok()) << sender.error().message();
    return std::move(sender).value();
  }

  std::string Seal(std::string_view plaintext = kPlaintext) const {
    auto text = Sender().Seal(session_, AsBytes(plaintext));
    EXPECT_TRUE(text.ok()) << text.error().message();
    return text.ok() ? *text : std::string();
  }

  RecordingObserver observer;

 private:
  void ImportShared(JweAlgorithm algorithm) {
    const JweEncryption encryption = profile_.encryptions.front();
    Bytes bytes;
    for (const auto direction : {JweDirection::kReceive, JweDirection::kSend}) {
      const bool sends = direction == JweDirection::kSend;
      auto key = JweSharedKey(sends ? "send" : "receive", algorithm, encryption, direction);
      EXPECT_TRUE(key.ok());
      key->persistent = false;
      bytes.resize(key->rules.length, 0x5A);
      const auto material = SecretBytes::CopyOf(bytes);
      const auto made = session_.Import(*key, *material);
      EXPECT_TRUE(made.ok()) << made.error().message();
      (sends ? send_key_ : key_) = key->name;
    }
  }

  hsm::Session& session_;
  JweProfile profile_;
  std::optional<JosePublicKey> public_key_;
  std::optional<hsm::KeyRef> key_;
  std::optional<hsm::KeyRef> send_key_;
};

std::vector<JweProfile> SchemeProfiles() {
  return {MastercardJweProfile(),    VisaMessageLevelProfile(), VisaTokenServiceProfile(),
          AmexTokenServiceProfile(), SamsungProfile(),          ClickToPayProfile(),
          CybersourceProfile()};
}

TEST(JweProfiles, WhatIsSentIsOpened) {
  const auto session = OpenSoft();
  for (const JweProfile& profile : SchemeProfiles()) {
    SCOPED_TRACE(profile.name);
    const auto fresh = OpenSoft();
    Partner partner(*fresh, profile);
    const auto message = partner.Receiver().Open(*fresh, partner.Seal());
    ASSERT_TRUE(message.ok()) << partner.observer.events.back().outcome.message();
    EXPECT_EQ(AsText(message->plaintext.Read(SecretAccess{})), kPlaintext);
    EXPECT_EQ(message->kid, "kid-1");
    EXPECT_EQ(message->algorithm, profile.algorithms.front());
    EXPECT_EQ(message->encryption, profile.encryptions.front());
  }
}

// Wallet reference of the schemes' own documents: what stands in a header.
TEST(JweProfiles, HeadersAreThoseOfTheSchemes) {
  const FixedClock clock(UnixSeconds{1'732'665'600});
  const auto header = [&clock](const JweProfile& profile) {
    const auto session = OpenSoft();
    Partner partner(*session, profile);
    JweSenderOptions options;
    options.clock = &clock;
    return HeaderOf(partner.Sender(options).Seal(*session, AsBytes(kPlaintext)).value());
  };
  EXPECT_EQ(header(MastercardJweProfile()),
            R"({"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"kid-1","cty":"application/json"})");
  EXPECT_EQ(header(VisaMessageLevelProfile()),
            R"({"alg":"RSA-OAEP-256","enc":"A128GCM","kid":"kid-1","iat":1732665600000})");
  EXPECT_EQ(header(AmexTokenServiceProfile()), R"({"alg":"A256KW","enc":"A128GCM","kid":"kid-1"})");
  EXPECT_EQ(header(CybersourceProfile()),
            R"({"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"kid-1","iat":"1732665600"})");
  const std::string visa = header(VisaTokenServiceProfile());
  EXPECT_EQ(visa.find(R"({"alg":"A256GCMKW","enc":"A256GCM","kid":"kid-1","typ":"JOSE",)"
                      R"("channelSecurityContext":"SHARED_SECRET","iat":"1732665600","iv":")"),
            0U)
      << visa;
}

struct Choice {
  JweAlgorithm algorithm;
  JweEncryption encryption;
};

std::vector<Choice> EveryChoice() {
  std::vector<Choice> choices;
  for (const JweAlgorithm algorithm : kEveryJweAlgorithm) {
    for (const JweEncryption encryption : kEveryJweEncryption) {
      const std::size_t wrapping = RowOf(algorithm).wrapping_key_length;
      const bool wraps = RowOf(algorithm).management == KeyManagement::kKeyWrap;
      // No token wraps a key under a weaker one.
      if (wraps && wrapping < std::min<std::size_t>(RowOf(encryption).cek_length, 32)) continue;
      choices.push_back({algorithm, encryption});
    }
  }
  return choices;
}

class JweSessions : public testing::TestWithParam<SessionKind> {};
INSTANTIATE_TEST_SUITE_P(Sessions, JweSessions,
                         testing::Values(SessionKinds()[0], SessionKinds()[2]),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(JweSessions, EveryAlgorithmWithEveryEncryption) {
  const auto session = GetParam().open();
  if (session == nullptr) GTEST_SKIP() << "not on this machine";
  for (const auto& [algorithm, encryption] : EveryChoice()) {
    SCOPED_TRACE(std::string(JoseName(algorithm)) + " " + std::string(JoseName(encryption)));
    const auto fresh = GetParam().open();
    Partner partner(*fresh, RfcProfile(algorithm, encryption));
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1000U}) {
      const std::string plaintext(size, 'p');
      const auto message = partner.Receiver().Open(*fresh, partner.Seal(plaintext));
      ASSERT_TRUE(message.ok()) << partner.observer.events.back().outcome.message();
      EXPECT_EQ(AsText(message->plaintext.Read(SecretAccess{})), plaintext);
    }
  }
}

// One partner of each kind of key, and a text that opens unless a test changes it.
class JweRefusals : public testing::Test {
 protected:
  void Use(JweAlgorithm algorithm, JweEncryption encryption) {
    JweProfile profile;
    profile.name = "test";
    profile.algorithms = {algorithm};
    profile.encryptions = {encryption};
    profile.required_members = {"kid"};
    profile.optional_members = {"typ"};
    Use(std::move(profile));
  }
  void Use(JweProfile profile) {
    session_ = OpenSoft();
    partner_.emplace(*session_, std::move(profile));
    jwe_.emplace(partner_->Receiver());
    text_ = partner_->Seal();
    ASSERT_TRUE(jwe_->Open(*session_, text_).ok());
  }

  void ExpectRefused(const std::string& text, const char* stage, const std::string& what) {
    const auto refused = jwe_->Open(*session_, text);
    ASSERT_FALSE(refused.ok()) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kVerificationFailed) << what;
    EXPECT_STREQ(refused.error().message(), "the JWE was refused; the operator's log says why");
    EXPECT_EQ(refused.error().detail(), 0U) << what;
    EXPECT_EQ(partner_->observer.last_stage(), stage)
        << what << ": " << partner_->observer.events.back().outcome.message();
  }

  std::unique_ptr<hsm::Session> session_;
  std::optional<Partner> partner_;
  std::optional<Jwe> jwe_;
  std::string text_;
};

// Any bit of any part.
TEST_F(JweRefusals, EveryFlippedCharacter) {
  for (const auto& [algorithm, encryption] :
       {Choice{JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm},
        Choice{JweAlgorithm::kEcdhEsA256Kw, JweEncryption::kA128CbcHs256},
        Choice{JweAlgorithm::kRsa15, JweEncryption::kA128Gcm},
        Choice{JweAlgorithm::kA256GcmKw, JweEncryption::kA256CbcHs512}}) {
    Use(algorithm, encryption);
    for (std::size_t i = 0; i < text_.size(); i += 1 + i % 3) {
      if (text_[i] == '.') continue;
      std::string flipped = text_;
      flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
      if (flipped == text_) continue;
      EXPECT_EQ(jwe_->Open(*session_, flipped).code(), ErrorCode::kVerificationFailed)
          << JoseName(algorithm) << " at " << i;
    }
  }
}

TEST_F(JweRefusals, TheForm) {
  Use(JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm);
  const Parts parts = Split(text_);
  ExpectRefused("", "text", "nothing");
  ExpectRefused(text_.substr(0, text_.rfind('.')), "text", "four parts");
  ExpectRefused(text_ + ".", "text", "six parts");
  ExpectRefused(text_ + "=", "content", "padding");
  ExpectRefused(" " + text_, "text", "white space");
  ExpectRefused("." + parts[1] + "." + parts[2] + "." + parts[3] + "." + parts[4], "text",
                "no header");
  ExpectRefused(R"({"ciphertext":"","iv":"","tag":""})", "text", "JSON where it is not taken");
  ExpectRefused(WithHeader(text_, "[]"), "text", "a header that is no object");
  ExpectRefused(WithHeader(text_, HeaderOf(text_) + " {}"), "text", "two headers");
  ExpectRefused(std::string(70'000, 'A') + text_, "text", "too long");
  ExpectRefused(WithHeader(text_, Replaced(HeaderOf(text_), "{", R"({"alg":"RSA-OAEP-256",)")),
                "text", "a member twice");
  Parts empty = parts;
  empty[1] = "";
  ExpectRefused(Join(empty), "header", "no encrypted key");
}

TEST_F(JweRefusals, TheHeader) {
  Use(JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm);
  const std::string header = HeaderOf(text_);
  const auto refused = [&](const std::string& old, const std::string& by) {
    ExpectRefused(WithHeader(text_, Replaced(header, old, by)), "header", by);
  };
  refused(R"("alg":"RSA-OAEP-256")", R"("alg":"none")");
  refused(R"("alg":"RSA-OAEP-256")", R"("alg":"RSA1_5")");
  refused(R"("alg":"RSA-OAEP-256")", R"("alg":"RSA-OAEP")");
  refused(R"("alg":"RSA-OAEP-256")", R"("alg":"dir")");
  refused(R"("alg":"RSA-OAEP-256",)", "");
  refused(R"("alg":"RSA-OAEP-256")", R"("alg":7)");
  refused(R"("enc":"A256GCM")", R"("enc":"A128GCM")");
  refused(R"("enc":"A256GCM")", R"("enc":"none")");
  refused(R"(,"enc":"A256GCM")", "");
  refused("{", R"({"zip":"DEF",)");
  refused("{", R"({"crit":["exp"],"exp":1,)");
  refused("{", R"({"jku":"https://example.com/",)");
  refused(R"(,"kid":"kid-1")", "");
  refused(R"("kid":"kid-1")", R"("kid":["kid-1"])");
  // Authenticated: a header that says the same in other words does not open.
  ExpectRefused(WithHeader(text_, Replaced(header, "{", "{ ")), "decrypt", "white space");
  ExpectRefused(WithHeader(text_, Replaced(header, "{", R"({"typ":"JOSE",)")), "decrypt",
                "a member that was added");
}

TEST_F(JweRefusals, AnyMemberNeverMeansZipOrCrit) {
  Use(RfcProfile(JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm));
  const std::string header = HeaderOf(text_);
  ExpectRefused(WithHeader(text_, Replaced(header, "{", R"({"zip":"DEF",)")), "header", "zip");
  ExpectRefused(WithHeader(text_, Replaced(header, "{", R"({"crit":["a"],"a":1,)")), "header",
                "crit");
}

// CEKs of every other length, tags and IVs cut and swapped.
TEST_F(JweRefusals, Lengths) {
  JweProfile profile = MastercardJweProfile();
  Use(profile);
  Parts parts = Split(text_);
  const auto changed = [&](std::size_t part, std::string value) {
    Parts with = parts;
    with[part] = std::move(value);
    return Join(with);
  };
  const auto encoded = [](std::size_t size) {
    return Base64Encode(Bytes(size, 7), Base64Form::kUrl);
  };
  for (const std::size_t size : {0U, 1U, 11U, 13U, 15U, 17U}) {
    ExpectRefused(changed(2, encoded(size)), "content", "IV of " + std::to_string(size));
  }
  for (const std::size_t size : {0U, 4U, 12U, 15U, 17U, 32U}) {
    ExpectRefused(changed(4, encoded(size)), "content", "tag of " + std::to_string(size));
  }
  ExpectRefused(changed(3, ""), "decrypt", "no ciphertext");
  ExpectRefused(changed(1, encoded(255)), "encrypted_key", "an encrypted key too short");
  ExpectRefused(changed(1, encoded(600)), "encrypted_key", "an encrypted key too long");
  const std::string other = partner_->Seal();
  ExpectRefused(changed(4, Split(other)[4]), "decrypt", "the tag of another");
  ExpectRefused(changed(1, Split(other)[1]), "decrypt", "the key of another");
}

// A CEK of another length than "enc" says: wrapped well, refused all the same.
TEST_F(JweRefusals, AContentKeyOfAnotherLength) {
  JweProfile wide = RfcProfile(JweAlgorithm::kRsaOaep256, JweEncryption::kA128Gcm);
  wide.encryptions = {JweEncryption::kA128Gcm, JweEncryption::kA256Gcm};
  Use(wide);
  const std::string header = HeaderOf(text_);
  ExpectRefused(WithHeader(text_, Replaced(header, "A128GCM", "A256GCM")), "encrypted_key",
                "16 bytes for A256GCM");
}

TEST_F(JweRefusals, EphemeralKeys) {
  Use(JweAlgorithm::kEcdhEs, JweEncryption::kA256Gcm);
  const std::string header = HeaderOf(text_);
  const std::size_t x = header.find(R"("x":")") + 5;
  const std::size_t y = header.find(R"("y":")") + 5;
  const auto with = [&](std::size_t at, std::string value) {
    return WithHeader(text_, std::string(header).replace(at, 43, value));
  };
  const std::string zero = Base64Encode(Bytes(32, 0), Base64Form::kUrl);
  ExpectRefused(with(y, zero), "header", "off the curve");
  ExpectRefused(WithHeader(text_, std::string(header).replace(x, 43, zero).replace(y, 43, zero)),
                "header", "zero for infinity");
  ExpectRefused(with(x, Base64Encode(Bytes(32, 0xFF), Base64Form::kUrl)), "header", "above p");
  ExpectRefused(with(x, Base64Encode(Bytes(31, 1), Base64Form::kUrl)), "header", "a short x");
  ExpectRefused(WithHeader(text_, Replaced(header, "P-256", "P-384")), "header", "another curve");
  ExpectRefused(WithHeader(text_, Replaced(header, "P-256", "secp256k1")), "header", "no curve");
  ExpectRefused(WithHeader(text_, Replaced(header, R"("kty":"EC")", R"("kty":"RSA")")), "header",
                "no EC key");
  ExpectRefused(WithHeader(text_, Replaced(header, R"("kty":"EC")", R"("kty":"OKP")")), "header",
                "an EC curve of another type");
  ExpectRefused(WithHeader(text_, Replaced(header, R"("kty":"EC")", R"("d":"AA","kty":"EC")")),
                "header", "a private key");
  ExpectRefused(
      WithHeader(text_, Replaced(header, "{", R"({"apu":")" + std::string(400, 'A') + R"(",)")),
      "header", "party info too long");
  ExpectRefused(WithHeader(text_, Replaced(header, "{", R"({"apu":"QQ",)")), "decrypt",
                "party info that was added");
  Parts parts = Split(text_);
  parts[1] = "AAAA";
  ExpectRefused(Join(parts), "header", "an encrypted key where none belongs");
}

TEST_F(JweRefusals, KeysOfAnotherName) {
  JweProfile profile = AmexTokenServiceProfile();
  Use(profile);
  JweOptions options;
  options.observer = &partner_->observer;
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "receive").value();
  jwe_.emplace(Jwe::Create(profile, {{name, "kid-2"}}, options).value());
  ExpectRefused(text_, "key", "another kid");
  jwe_.emplace(Jwe::Create(profile, {{name, "kid-2"}, {name, "kid-1"}}, options).value());
  EXPECT_EQ(jwe_->Open(*session_, text_)->key_index, 1U);
}

// What goes to the session is the same, whatever is wrong (RFC 7516 11.5).
TEST_F(JweRefusals, AWrongKeyIsAnsweredAsWrongContentIs) {
  for (const JweAlgorithm algorithm :
       {JweAlgorithm::kRsaOaep256, JweAlgorithm::kRsaOaep, JweAlgorithm::kRsa15}) {
    SCOPED_TRACE(std::string(JoseName(algorithm)));
    Use(algorithm, JweEncryption::kA256Gcm);
    auto counting = std::make_unique<LimitedSession>(std::move(session_));
    LimitedSession& session = *counting;
    session_ = std::move(counting);
    const Parts parts = Split(text_);
    Parts wrong_key = parts, wrong_tag = parts;
    wrong_key[1] = Base64Encode(Bytes(256, 1), Base64Form::kUrl);
    wrong_tag[4][0] = wrong_tag[4][0] == 'A' ? 'B' : 'A';
    std::vector<std::string> calls[2];
    std::size_t events[2];
    for (const bool key : {false, true}) {
      const std::size_t before = partner_->observer.events.size();
      session.calls.clear();
      EXPECT_EQ(jwe_->Open(session, Join(key ? wrong_key : wrong_tag)).code(),
                ErrorCode::kVerificationFailed);
      calls[key] = session.calls;
      events[key] = partner_->observer.events.size() - before;
    }
    EXPECT_EQ(events[0], 1U);
    EXPECT_EQ(events[1], 1U);
    // The key that was unwrapped is destroyed; where there is none, nothing is.
    if (algorithm != JweAlgorithm::kRsa15) calls[1].push_back("destroy");
    EXPECT_EQ(calls[0], calls[1]);
    EXPECT_EQ(calls[0].front(), "generate");
    EXPECT_EQ(partner_->observer.last_stage(),
              algorithm == JweAlgorithm::kRsa15 ? "decrypt" : "encrypted_key");
    EXPECT_NE(partner_->observer.events.back().subject, 0U);
    // Where no random key is to be had, nothing is tried.
    session.generate_error = Error(ErrorCode::kUnsupported, "no CKM_AES_KEY_GEN");
    for (const Parts& sent : {parts, wrong_key, wrong_tag}) {
      EXPECT_EQ(jwe_->Open(session, Join(sent)).code(), ErrorCode::kUnsupported);
    }
    EXPECT_EQ(session.live_derived_keys(), 0);
  }
}

// NSS says CKR_ARGUMENTS_BAD to an encrypted key above the modulus.
TEST_F(JweRefusals, WhatTheKeyCausedIsNotTheTokensFault) {
  Use(JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm);
  auto limited = std::make_unique<LimitedSession>(std::move(session_));
  limited->unwrap_error = Error(ErrorCode::kUnsupported, "this token does not offer RSA-OAEP", 7);
  LimitedSession& session = *limited;
  session_ = std::move(limited);
  ExpectRefused(text_, "encrypted_key", "what a text may cause");
  session.without = {mechanisms::MechanismType::kRsaOaep};
  EXPECT_EQ(jwe_->Open(*session_, text_).code(), ErrorCode::kUnsupported);
}

// Errors of the session are not the payload's fault.
TEST(JweOpen, TellsOfTheSession) {
  auto limited = std::make_unique<LimitedSession>(OpenSoft());
  Partner partner(*limited, AmexTokenServiceProfile());
  const std::string text = partner.Seal();
  limited->decrypt_error = Error(ErrorCode::kSessionLost, "gone");
  EXPECT_EQ(partner.Receiver().Open(*limited, text).code(), ErrorCode::kSessionLost);
  limited->decrypt_error = Error(ErrorCode::kDeviceError, "as some modules answer a wrong tag");
  EXPECT_EQ(partner.Receiver().Open(*limited, text).code(), ErrorCode::kVerificationFailed);
  limited->decrypt_error.reset();
  const auto absent = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "absent").value();
  const auto jwe = Jwe::Create(AmexTokenServiceProfile(), {{absent}});
  EXPECT_EQ(jwe->Open(*limited, text).code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace florin::payload
