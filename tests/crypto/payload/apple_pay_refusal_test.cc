// Every way in which a token can be wrong: the caller always sees the same error.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/oids.h"
#include "florin/base/hex.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

class ApplePayRefusal : public ApplePayFixture {
 protected:
  void SetUp() override { SetUpWith(OpenSoft()); }
};

// What a session has to do with is refused alike by every kind of session.
class ApplePayRefusalOver : public ApplePayFixture,
                            public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override {
    auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    SetUpWith(std::move(session));
  }
};

INSTANTIATE_TEST_SUITE_P(Sessions, ApplePayRefusalOver, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(ApplePayRefusal, TheUnchangedTokenOpens) {
  auto payment = Open(Good());
  ASSERT_TRUE(payment.ok()) << observer_.last_stage() << " "
                            << observer_.events.back().outcome.message();
  EXPECT_EQ(observer_.last_stage(), "open");
}

TEST_F(ApplePayRefusal, Json) {
  const std::string good = ToJson(Good());
  ExpectRefused("", "token.json", "nothing");
  ExpectRefused("[]", "token.json", "an array");
  ExpectRefused(good + "x", "token.json", "something behind");
  ExpectRefused("{" + good.substr(1, good.size() - 2) + ",\"data\":\"\"}", "token.json",
                "a member twice");
  ExpectRefused("\xef\xbb\xbf" + good, "token.json", "a byte order mark");
  ExpectRefused(std::string(20000, ' ') + good, "token.json", "too long");
  ExpectRefused(Replace(good, "EC_v1", "EC_v2"), "token.version", "EC_v2");
  ExpectRefused(Replace(good, "EC_v1", "RSA_v1"), "token.header", "RSA_v1 with ephemeralPublicKey");
  ExpectRefused(Replace(good, "\"EC_v1\"", "1"), "token.version", "a number");
  ExpectRefused(Replace(good, "\"version\"", "\"Version\""), "token.version", "other case");
  ExpectRefused(Replace(good, "{\"version", "{\"extra\":1,\"version"), "token.members", "extra");
  ExpectRefused(Replace(good, "\"header\":{", "\"header\":{\"wrappedKey\":\"\","), "token.header",
                "wrappedKey");
  ExpectRefused(Replace(good, "\"publicKeyHash\"", "\"publickeyhash\""), "token.header", "missing");
  ExpectRefused(Replace(good, "\"data\":\"", "\"data\":\"="), "token.fields", "no base64");
  ExpectRefused(Replace(good, "\"data\":\"", "\"data\":\" "), "token.fields", "a space");
}

TEST_F(ApplePayRefusal, Wrapper) {
  const ForgedToken token = Good();
  const std::string good = ToJson(token);
  const std::string id = HexEncode(token.transaction_id, HexCase::kUpper);
  ExpectRefused("{\"paymentData\":" + good + ",\"other\":1}", "token.wrapper", "extra member");
  ExpectRefused("{\"paymentData\":[]}", "token.wrapper", "an array");
  ExpectRefused(
      "{\"paymentData\":" + good + ",\"transactionIdentifier\":\"" + std::string(64, '0') + "\"}",
      "token.transaction", "another identifier");
  auto payment = Open(
      "{\"paymentMethod\":{\"displayName\":\"Visa 1111\",\"network\":\"Visa\",\"type\":"
      "\"debit\"},\"transactionIdentifier\":\"" +
      id + "\",\"paymentData\":" + good + "}");
  EXPECT_TRUE(payment.ok()) << observer_.last_stage();
}

TEST_F(ApplePayRefusal, FieldLengths) {
  ForgedToken token = Good();
  token.transaction_id.pop_back();
  ExpectRefused(token, "token.fields", "transaction id of 31 bytes");
  token = Good();
  token.public_key_hash.push_back(0);
  ExpectRefused(token, "token.fields", "key hash of 33 bytes");
  token = Good();
  token.application_data = Bytes(31);
  ExpectRefused(token, "token.fields", "application data of 31 bytes");
  const std::string base64_application =
      Replace(ToJson(Good()), "\"transactionId\"",
              "\"applicationData\":\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\","
              "\"transactionId\"");
  ExpectRefused(base64_application, "token.fields", "application data in base64");
}

TEST_F(ApplePayRefusal, MerchantKey) {
  ForgedToken token = Good();
  token.public_key_hash[5] ^= 1U;
  ExpectRefused(token, "merchant_key", "another key hash");
}

// One bit of each byte, in every part that is signed.
TEST_F(ApplePayRefusal, FlippedBits) {
  const ForgedToken good = Good();
  Bytes ForgedToken::*const parts[] = {&ForgedToken::data, &ForgedToken::key,
                                       &ForgedToken::transaction_id};
  for (Bytes ForgedToken::*const part : parts) {
    for (std::size_t i = 0; i < (good.*part).size(); ++i) {
      ForgedToken token = good;
      (token.*part)[i] = static_cast<std::uint8_t>((token.*part)[i] ^ 1U << (i % 8));
      ExpectRefused(token, "content_digest", "byte " + std::to_string(i));
    }
  }
  for (std::size_t i = 0; i < good.signature.size(); i += 3) {
    ForgedToken token = good;
    token.signature[i] = static_cast<std::uint8_t>(token.signature[i] ^ 1U << (i % 8));
    ExpectRefused(token, "", "signature byte " + std::to_string(i));
  }
  EXPECT_TRUE(Open(good).ok()) << "refused tokens leave no trace";
}

TEST_F(ApplePayRefusal, ApplicationDataIsSigned) {
  ForgedToken token = Good();
  token.application_data = Bytes(32, 7);
  ExpectRefused(token, "content_digest", "added");
  token = Encrypt(SamplePlaintext(), point_);
  token.application_data = Bytes(32, 7);
  token = Signed(std::move(token));
  ForgedToken stripped = token;
  stripped.application_data.reset();
  ExpectRefused(stripped, "content_digest", "stripped");
  ForgedToken changed = token;
  (*changed.application_data)[0] ^= 1U;
  ExpectRefused(changed, "content_digest", "changed");
  auto payment = Open(token);
  ASSERT_TRUE(payment.ok());
  ASSERT_TRUE(payment->application_data_hash.has_value());
  EXPECT_EQ((*payment->application_data_hash)[31], 7);
}

// Parts of two good tokens do not make a third.
TEST_F(ApplePayRefusal, MixedTokens) {
  const ForgedToken first = Good();
  ForgedToken second = Good();
  second.signature = first.signature;
  ExpectRefused(second, "content_digest", "another token's signature");
  ForgedToken moved = first;
  moved.data.insert(moved.data.begin(), moved.key.back());
  moved.key.pop_back();
  // The concatenation is the same, so digest and signature hold: the fixed length of the key is
  // what refuses it.
  ExpectRefused(moved, "ephemeral_key", "the border between key and data moved");
}

TEST_F(ApplePayRefusal, Chains) {
  PkiOptions no_leaf_marker;
  no_leaf_marker.leaf_marker = false;
  PkiOptions no_intermediate_marker;
  no_intermediate_marker.intermediate_marker = false;
  for (const PkiOptions& options : {no_leaf_marker, no_intermediate_marker}) {
    const ForgedPki pki = MakePki(options);
    ApplePay trusting = MakeApplePay(pki);
    std::swap(*apple_pay_, trusting);
    ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_), {}, kForgeNow, &pki), "chain",
                  "a marker is missing");
    std::swap(*apple_pay_, trusting);
  }
  const ForgedPki impostor = MakePki();  // a root of its own with the same names
  ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_), {}, kForgeNow, &impostor), "chain",
                "another root of the same name");
  // The impostor's certificates do not help a signature of the right names either.
  ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_),
                       [&](ForgedCms& cms) {
                         cms.certificates[1] = DerOf(impostor.intermediate.certificate);
                       }),
                "chain", "another intermediate of the same name");
  // A good leaf, signed by another key.
  ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_),
                       [&](ForgedCms& cms) { cms.signers[0].key = &impostor.leaf.key; }),
                "signature", "another key");
}

TEST_F(ApplePayRefusal, CertificatesAndSigners) {
  const auto refuse = [this](const char* stage, const char* what,
                             const std::function<void(ForgedCms&)>& change) {
    ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_), change), stage, what);
  };
  refuse("cms.certificates", "the root too",
         [](ForgedCms& cms) { cms.certificates.push_back(DerOf(pki_->root.certificate)); });
  refuse("cms.certificates", "the leaf twice",
         [](ForgedCms& cms) { cms.certificates.push_back(cms.certificates[0]); });
  refuse("cms.certificates", "the leaf alone", [](ForgedCms& cms) { cms.certificates.pop_back(); });
  refuse("cms.signer_info", "two signers",
         [](ForgedCms& cms) { cms.signers.push_back(cms.signers[0]); });
  refuse("cms.content_type", "another content type", [](ForgedCms& cms) {
    Bytes& attribute = cms.signers[0].attributes[0];
    attribute.back() = 0x02;  // id-signedData
  });
  refuse("cms.algorithm_protection", "other algorithms protected", [](ForgedCms& cms) {
    cms.signers[0].attributes[3] = AlgorithmProtectionAttribute(EcdsaAlgorithm(), EcdsaAlgorithm());
  });
}

TEST_F(ApplePayRefusal, DigestParametersAbsentOrNull) {
  for (const bool null_parameters : {false, true}) {
    ForgedToken token = Encrypt(SamplePlaintext(), point_);
    token.signature = BuildCms(MakeCms(*pki_, ContentDigest(token), kForgeNow, null_parameters));
    EXPECT_TRUE(Open(token).ok());
  }
}

TEST_F(ApplePayRefusal, SigningTime) {
  const auto signed_at = [this](std::int64_t offset) {
    return Signed(Encrypt(SamplePlaintext(), point_), {}, UnixSeconds{kForgeNow.value + offset});
  };
  ExpectRefused(signed_at(-301), "signing_time", "too old");
  ExpectRefused(signed_at(301), "signing_time", "from the future");
  EXPECT_TRUE(Open(signed_at(-300)).ok());
  EXPECT_TRUE(Open(signed_at(300)).ok());
}

TEST_F(ApplePayRefusal, ExpiredChain) {
  ASSERT_TRUE(Open(Good()).ok()) << "the chain is remembered";
  clock_.now = UnixSeconds{kForgeNow.value + 86401};
  ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_), {}, clock_.now), "chain", "expired");
}

TEST_F(ApplePayRefusal, Replay) {
  const ForgedToken token = Good();
  ASSERT_TRUE(Open(token).ok());
  ExpectRefused(token, "replay", "the same token again");
  std::string upper = ToJson(token);
  const std::string id = HexEncode(token.transaction_id);
  ExpectRefused(Replace(upper, id, HexEncode(token.transaction_id, HexCase::kUpper)), "replay",
                "its id in upper case");
}

TEST_P(ApplePayRefusalOver, EphemeralKeys) {
  const auto refuse = [this](const char* what, const std::function<void(Bytes&)>& change) {
    ForgedToken token = Encrypt(SamplePlaintext(), point_);
    change(token.key);
    ExpectRefused(Signed(std::move(token)), "ephemeral_key", what);
  };
  refuse("not on the curve", [](Bytes& spki) { spki.back() ^= 1U; });
  refuse("infinity", [](Bytes& spki) { std::fill(spki.begin() + 27, spki.end(), 0); });
  refuse("infinity in one byte", [](Bytes& spki) {
    spki = std::move(HexDecode("301906072a8648ce3d020106082a8648ce3d030107030200"
                               "00"))
               .value();
  });
  refuse("compressed", [](Bytes& spki) {
    spki.resize(59);
    spki[1] = 0x39;
    spki[24] = 0x22;
    spki[26] = 0x02;
  });
  refuse("something behind", [](Bytes& spki) { spki.push_back(0); });
  refuse("the raw point", [](Bytes& spki) { spki.erase(spki.begin(), spki.begin() + 26); });
  refuse("P-384", [](Bytes& spki) {
    const auto key = primitives::EcPrivateKey::Generate(Curve::kP384, SystemRandom());
    spki.resize(primitives::SpkiSize(Curve::kP384));
    EXPECT_TRUE(key->public_key().ToSpki(spki).ok());
  });
  refuse("empty", [](Bytes& spki) { spki.clear(); });
}

TEST_P(ApplePayRefusalOver, Ciphertext) {
  ForgedToken token = Encrypt(SamplePlaintext(), point_);
  token.data.resize(16);
  ExpectRefused(Signed(token), "ciphertext", "nothing but a tag");
  token = Encrypt(SamplePlaintext(), point_);
  token.data.back() ^= 1U;
  ExpectRefused(Signed(token), "decrypt", "a wrong tag that Apple signed");
  token = Encrypt(SamplePlaintext(), point_, "merchant.test.other");
  ExpectRefused(Signed(token), "decrypt", "another merchant identifier");
}

TEST_P(ApplePayRefusalOver, PaymentData) {
  const std::string good = SamplePlaintext();
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"4111111111111111", "411111111111111x"},
           {"4111111111111111", "41111111111"},
           {"291231", "291331"},
           {"291231", "291200"},
           {"291231", "290229"},
           {"291231", "290431"},
           {"291231", "2912311"},
           {"291231", "29123"},
           {"291231", "29-231"},
           {"\"978\"", "978"},
           {"\"978\"", "\"97\""},
           {"1234", "\"1234\""},
           {"1234", "12.34"},
           {"1234", "1e3"},
           {"1234", "-1"},
           {"1234", "99999999999999999999"},
           {"3DSecure", "3dsecure"},
           {"AAECAwQF", "AAECAwQ="},
           {"onlinePaymentCryptogram", "emvData"},
           {"\"eciIndicator\":\"7\"", "\"eciIndicator\":7"},
           {"\"eciIndicator\":\"7\"", "\"eciIndicator\":\"777\""},
           {"040010030273", "04001003027"},
           {"040010030273", std::string(66, '0')},
           {R"("3DSecure","paymentData":{)",
            R"("EMV","paymentData":{"emvData":"nAEA","encryptedPINData":")" +
                std::string(514, '0') + "\","},
           {"{\"application", "[{\"application"},
           {"\"currencyCode\":\"978\"", "\"currencyCode\":\"978\",\"currencyCode\":\"840\""},
           {"\"cardholderName\":\"TEST CARD\"", "\"cardholderName\":1"},
           {"}}", "},\"merchantTokenIdentifier\":\"" + std::string(65, 'a') + "\"}"},
           {"}}", "},\"merchantTokenMetadata\":{\"cardArt\":[1]}}"},
           {"}}", "},\"merchantTokenMetadata\":{\"cardArt\":[{\"url\":1}]}}"},
           {"}}", "},\"merchantTokenMetadata\":{\"cardMetadata\":{\"fpanSuffix\":\"12345\"}}}"},
           {"}}",
            "},\"authenticationResponses\":[{\"merchantIdentifier\":\"a\","
            "\"authenticationData\":\"b\",\"transactionAmount\":1}]}"},
       }) {
    const ForgedToken token = Signed(Encrypt(Replace(good, from, to), point_));
    ExpectRefused(token, "payment_data", from + " -> " + to);
  }
}

}  // namespace
}  // namespace florin::payload
