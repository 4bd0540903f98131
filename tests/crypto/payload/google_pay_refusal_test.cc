// Everything about a Google Pay token that can be wrong, one thing at a time: each is refused with
// the one error, and the operator hears where.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "florin/base/base64.h"
#include "tests/crypto/payload/google_fixture.h"

namespace florin::payload {
namespace {

class GooglePayRefusals : public GooglePayFixture {
 protected:
  void SetUp() override { SetUpWith(OpenSoft()); }

  // A token whose signedMessage was changed and signed again: Google's mistake, or a test's.
  void ExpectSealedRefused(const std::function<std::string(std::string)>& change, const char* stage,
                           const std::string& what) {
    ForgedGoogleToken token = Draft();
    token.signed_message = change(token.signed_message);
    ExpectRefused(BuildGoogleToken(token), stage, what);
  }

  void ExpectPlaintextRefused(const std::string& plaintext, const std::string& what,
                              bool ecv1 = false) {
    ExpectRefused(BuildGoogleToken(Draft(plaintext, ecv1)), "payment_data", what);
  }

  // The value of a member of signedMessage, with '=' as Google escapes it.
  static std::string Member(const std::string& json, const std::string& name) {
    const std::size_t at = json.find("\"" + name + "\":\"") + name.size() + 4;
    return json.substr(at, json.find('"', at) - at);
  }

  static std::string WithPoint(const std::string& json, ByteView point) {
    return Replaced(json, Member(json, "ephemeralPublicKey"),
                    Replaced(Base64Of(point), "=", "\\u003d"));
  }
};

TEST_F(GooglePayRefusals, TokensOfAnotherForm) {
  const std::string good = Good();
  ExpectRefused("", "token.json", "empty");
  ExpectRefused("[]", "token.json", "an array");
  ExpectRefused(good + " x", "token.json", "something behind it");
  ExpectRefused(good.substr(0, good.size() - 1), "token.json", "truncated");
  ExpectRefused(Replaced(good, "{", "{\"signature\":\"\","), "token.json", "duplicate member");
  ExpectRefused(Replaced(good, "\"protocolVersion\"", "'protocolVersion'"), "token.json",
                "not JSON, though some parsers take it");
  ExpectRefused(Replaced(good, "\"protocolVersion\":\"ECv2\"", "\"protocolVersion\"=\"ECv2\";"),
                "token.json", "not JSON either");
  ExpectRefused(std::string(16 * 1024 + 1, ' ') + good, "token.json", "too long");
  ExpectRefused(Replaced(good, "{", "{\"extra\":1,"), "token.members", "added member");
  ExpectRefused(Replaced(good, "\"signature\":", "\"signatur\":"), "token.members", "renamed");
  ExpectRefused(Replaced(good, "\"signatures\":[", "\"extra\":0,\"signatures\":["), "token.members",
                "member added to intermediateSigningKey");
  ExpectRefused(Replaced(good, "\"signatures\":[", "\"signatures\":[],\"x\":["), "token.members",
                "signatures under another name");
  ExpectRefused(Replaced(good, "\"signature\":\"", "\"signature\":\"*"), "token.fields",
                "no base64");
}

TEST_F(GooglePayRefusals, OtherVersions) {
  const std::string good = Good();
  const auto with = [&good](const char* version) {
    return Replaced(good, "\"protocolVersion\":\"ECv2\"", version);
  };
  ExpectRefused(with("\"protocolVersion\":\"ECv3\""), "token.version", "ECv3");
  ExpectRefused(with("\"protocolVersion\":\"ecv2\""), "token.version", "lower case");
  ExpectRefused(with("\"protocolVersion\":2"), "token.version", "an integer");
  ExpectRefused(with("\"protocolVersion\":2.0"), "token.version", "a fraction");
  ExpectRefused(with("\"protocolVersion\":null"), "token.version", "null");
  ExpectRefused(with("\"protocolVersion\":\"ECv1\""), "token.members", "ECv2 called ECv1");
  ExpectRefused(with("\"protocolVersion\":\"ECv2SigningOnly\""), "token.version",
                "a payment as a callback");
  ExpectRefused("{\"encryptedMessage\":\"AA==\",\"ephemeralPublicKey\":\"AA==\",\"tag\":\"AA==\"}",
                "token.version", "ECv0");
  ForgedGoogleToken ecv1 = Draft(GooglePlaintext("v"), true);
  ecv1.protocol = "ECv2";
  ExpectRefused(BuildGoogleToken(ecv1), "signature", "ECv1 keys and sizes, signed as ECv2");
}

// Every bit of the signed texts counts, one in each byte here.
TEST_F(GooglePayRefusals, FlippedBits) {
  for (const bool ecv1 : {false, true}) {
    const std::string good = BuildGoogleToken(Draft(GooglePlaintext(NewId()), ecv1));
    int opened = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string flipped = good;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 3)));
      if (Open(flipped).ok()) ++opened;
    }
    EXPECT_EQ(opened, 0);
    ExpectOpens(good, "unchanged, none of them claimed its id");
  }
}

TEST_F(GooglePayRefusals, WrongSignatures) {
  ForgedGoogleToken token = Draft();
  token.signer = &pki_.root;
  ExpectRefused(BuildGoogleToken(token), "signature", "the root key signed the message itself");
  const primitives::EcPrivateKey stranger = NewKey();
  token = Draft();
  token.signer = &stranger;
  ExpectRefused(BuildGoogleToken(token), "signature", "a stranger signed the message");
  token = Draft();
  token.root = &stranger;
  ExpectRefused(BuildGoogleToken(token), "intermediate.signature", "a root of no list");
  token = Draft();
  token.root = &pki_.ecv1_root;
  ExpectRefused(BuildGoogleToken(token), "intermediate.signature", "the root key of ECv1");
  token = Draft(GooglePlaintext("e1"), true);
  token.signer = &pki_.root;
  ExpectRefused(BuildGoogleToken(token), "signature", "ECv1 under the root key of ECv2");
  const std::string good = Good();
  const std::string message = "encryptedMessage\\\":\\\"";
  ExpectRefused(Replaced(good, message, message + "AAAA"), "signature", "a changed message");
  ExpectRefused(Replaced(good, "1800000000000", "1900000000000"), "intermediate.signature",
                "a prolonged intermediate key");
}

TEST_F(GooglePayRefusals, SignedForSomebodyElse) {
  for (const char* other : {"merchant:florin-shop2", "merchant:florin-sho", "gateway:florin-shop",
                            "florin-shop", "merchant:12345678901234567890", ""}) {
    ForgedGoogleToken token = Draft();
    token.recipient = other;
    ExpectRefused(BuildGoogleToken(token), "signature", other);
  }
  ForgedGoogleToken token = Draft();
  token.sender = "GooglePayPasses";
  ExpectRefused(BuildGoogleToken(token), "intermediate.signature", "the sender of callbacks");
  token = Draft();
  token.sender = "google";
  ExpectRefused(BuildGoogleToken(token), "intermediate.signature", "no sender of Google's");
  // Lengths belong to what is signed: text may not move from one field to the next.
  token = Draft();
  token.sender = "Googl";
  token.recipient = std::string("e") + kGoogleRecipient;
  ExpectRefused(BuildGoogleToken(token), "intermediate.signature", "shifted fields");
}

TEST_F(GooglePayRefusals, RootKeys) {
  const std::string token = Good();
  UseRoots(GoogleKeysJson({{&pki_.root, "ECv2", "1700000000000"}}));
  ExpectRefused(token, "root_keys", "expires now");
  UseRoots(GoogleKeysJson({{&pki_.root, "ECv2", "1700000000001"}}));
  ExpectOpens(token, "a moment later");
  UseRoots(GoogleKeysJson({{&pki_.root, "ECv2", ""}}));
  ExpectRefused(Good(), "root_keys", "without an expiration");
  UseRoots(GoogleKeysJson({{&pki_.root, "ECv2SigningOnly", "2000000000000"}}));
  ExpectRefused(Good(), "root_keys", "of another version only");
  const primitives::EcPrivateKey other = NewKey();
  UseRoots(GoogleKeysJson({{&other, "ECv2", "2000000000000"}}));
  ExpectRefused(Good(), "intermediate.signature", "another key");
  UseRoots(
      GoogleKeysJson({{&other, "ECv2", "2000000000000"}, {&pki_.root, "ECv2", "2000000000000"}}));
  ExpectOpens(Good(), "one of several");
  UseRoots(GoogleKeysJson({{&pki_.ecv1_root, "ECv1", "1700000000000"}}));
  ExpectRefused(BuildGoogleToken(Draft(GooglePlaintext("e"), true)), "root_keys",
                "ECv1 keys may tell an expiration, too");
}

TEST_F(GooglePayRefusals, IntermediateKeys) {
  const auto with = [this](const std::string& signed_key) {
    ForgedGoogleToken token = Draft();
    token.signed_key = signed_key;
    return BuildGoogleToken(token);
  };
  const primitives::EcPublicKey& key = pki_.intermediate.public_key();
  ExpectRefused(with(SignedKeyText(key, "1700000000000")), "intermediate.expiry", "expires now");
  ExpectOpens(with(SignedKeyText(key, "1700000000001")), "a moment later");
  for (const char* bad : {"", "-1", "1e12", "1800000000000 ", "1800000000000000"}) {
    ExpectRefused(with(SignedKeyText(key, bad)), "intermediate.key", bad);
  }
  const std::string good = SignedKeyText(key, "1800000000000");
  ExpectRefused(with(Replaced(good, "\"1800000000000\"", "1800000000000")), "intermediate.key",
                "a number");
  ExpectRefused(with("{\"keyExpiration\":\"1800000000000\"}"), "intermediate.key", "no key");
  ExpectRefused(with(good + good), "intermediate.key", "twice");
  ExpectOpens(with(Replaced(good, "{", "{\"extra\":true,")), "extra members are Google's to add");
  const auto p384 =
      primitives::EcPrivateKey::Generate(Curve::kP384, SystemRandom()).value().public_key();
  std::array<std::uint8_t, primitives::SpkiSize(Curve::kP384)> spki;
  ASSERT_TRUE(p384.ToSpki(spki).ok());
  ExpectRefused(
      with("{\"keyValue\":\"" + Base64Of(spki) + "\",\"keyExpiration\":\"1800000000000\"}"),
      "intermediate.key", "on P-384");
  ForgedGoogleToken many = Draft();
  many.first_key_signatures = std::vector<Bytes>(4, Bytes{0x30, 0x00});
  ExpectRefused(BuildGoogleToken(many), "token.members", "five signatures");
}

TEST_F(GooglePayRefusals, SignedMessages) {
  ExpectSealedRefused([](std::string json) { return Replaced(json, "{", "{\"x\":1,"); },
                      "signed_message", "added member");
  ExpectSealedRefused([](std::string json) { return Replaced(json, "\"tag\"", "\"tog\""); },
                      "signed_message", "stripped member");
  ExpectSealedRefused([](std::string json) { return Replaced(json, "{", "{\"tag\":\"\","); },
                      "signed_message", "duplicate member");
  ExpectSealedRefused([](const std::string&) { return std::string("plaintext"); }, "signed_message",
                      "no JSON");
  ExpectSealedRefused(
      [](std::string json) { return Replaced(json, Member(json, "encryptedMessage"), ""); },
      "signed_message", "nothing encrypted");
  ExpectSealedRefused([](std::string json) { return Replaced(json, Member(json, "tag"), "AAAA"); },
                      "signed_message", "a short tag");
  const std::string foreign_tag = Member(Draft().signed_message, "tag");
  ExpectSealedRefused(
      [&](std::string json) { return Replaced(json, Member(json, "tag"), foreign_tag); }, "tag",
      "the tag of another token");
  ExpectSealedRefused(
      [](std::string json) {
        const std::string message = Member(json, "encryptedMessage");
        std::string changed = message;
        changed[4] = changed[4] == 'A' ? 'B' : 'A';
        return Replaced(json, message, changed);
      },
      "tag", "a changed ciphertext");
}

TEST_F(GooglePayRefusals, EphemeralKeys) {
  const auto with_point = [](const Bytes& point) {
    return [point](const std::string& json) { return WithPoint(json, point); };
  };
  Bytes off_curve = shop_->point;
  off_curve[40] ^= 1U;
  ExpectSealedRefused(with_point(off_curve), "ephemeral_key", "off the curve");
  Bytes zero(65);
  zero[0] = 4;
  ExpectSealedRefused(with_point(zero), "ephemeral_key", "zero coordinates");
  Bytes huge(65, 0xff);
  huge[0] = 4;
  ExpectSealedRefused(with_point(huge), "ephemeral_key", "coordinates beyond p");
  Bytes hybrid = shop_->point;
  hybrid[0] = 6;
  ExpectSealedRefused(with_point(hybrid), "ephemeral_key", "hybrid form");
  Bytes infinity = {0x00, 0x00, 0x00, 0x00};
  ExpectSealedRefused(
      [&](std::string json) {
        return Replaced(json, Member(json, "ephemeralPublicKey"),
                        Base64Of(ByteView(infinity).first(3)));
      },
      "signed_message", "infinity");
  ExpectSealedRefused(with_point(shop_->point), "tag", "the shop's own key");
}

TEST_F(GooglePayRefusals, OtherKeys) {
  const primitives::EcPrivateKey other = NewKey();
  ForgedGoogleToken token = Draft();
  token.signed_message = SealedText(GooglePlaintext("x"), other.public_key().point());
  ExpectRefused(BuildGoogleToken(token), "tag", "encrypted to another key");
  token.signed_message = SealedText(GooglePlaintext("x"), shop_->point, /*ecv1=*/true);
  ExpectRefused(BuildGoogleToken(token), "tag", "with the key sizes of ECv1");
}

TEST_F(GooglePayRefusals, PaymentData) {
  const std::string good = GooglePlaintext("p");
  const auto with = [&good](std::string_view from, std::string_view to) {
    return Replaced(good, from, to);
  };
  ExpectPlaintextRefused("plaintext", "no JSON");
  ExpectPlaintextRefused(with("{", "{\"messageId\":\"q\","), "duplicate member");
  ExpectPlaintextRefused(with("\"messageId\":\"p\",", ""), "no id");
  ExpectPlaintextRefused(with("\"p\"", "\"\""), "an empty id");
  ExpectPlaintextRefused(with("\"messageExpiration\":\"1700086400000\",", ""), "no expiration");
  ExpectPlaintextRefused(with("\"1700086400000\"", "1700086400000"), "expiration as a number");
  ExpectPlaintextRefused(with("\"CARD\"", "\"TOKENIZED_CARD\""), "a form of ECv1");
  ExpectPlaintextRefused(with("\"CARD\"", "\"PAYPAL\""), "another method");
  ExpectPlaintextRefused(with("4111111111111111", "411111111111111a"), "no card number");
  ExpectPlaintextRefused(with("\"expirationMonth\":12", "\"expirationMonth\":13"), "month 13");
  ExpectPlaintextRefused(with("\"expirationMonth\":12", "\"expirationMonth\":\"12\""), "as a text");
  ExpectPlaintextRefused(with("\"expirationYear\":2027", "\"expirationYear\":27"), "two digits");
  ExpectPlaintextRefused(with("PAN_ONLY", "3DS"), "the method of ECv1");
  ExpectPlaintextRefused(with("PAN_ONLY", "CRYPTOGRAM_3DS"), "without a cryptogram");
  ExpectPlaintextRefused(with("\"PAN_ONLY\"", "\"PAN_ONLY\",\"cryptogram\":\"AAAA\""),
                         "a cryptogram with a card on file");
  ExpectPlaintextRefused(
      with("\"PAN_ONLY\"", "\"CRYPTOGRAM_3DS\",\"cryptogram\":\"AAAA\",\"eciIndicator\":\"x\""),
      "an ECI that is none");
  ExpectPlaintextRefused(with("\"PAN_ONLY\"", "\"PAN_ONLY\",\"assuranceDetails\":1"), "no object");
  ExpectRefused(BuildGoogleToken(Draft(with("1700086400000", "1700000000000"))),
                "message_expiration", "expired");
}

}  // namespace
}  // namespace florin::payload
