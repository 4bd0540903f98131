// Usage information of merchant tokens: from a merchant's server to a device, and every alteration.
#include "florin/payload/apple_merchant_token_usage.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/base/json.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"
#include "tests/crypto/payload/hpke_testing.h"
#include "tests/crypto/payload/test_sessions.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {
namespace {

class Stages final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    last = std::string(event.component) + " " + event.stage;
  }
  std::string last;
};

class MerchantTokenUsage : public testing::Test {
 protected:
  void SetUp() override {
    binding_ = {"DNITHE302308980501188", "HPKE_AUTH_P384", merchant_.public_key,
                device_.public_key};
    auto sealed = SealMerchantTokenUsage(*server_, merchant_.handle, binding_, AsBytes(kPackage));
    ASSERT_TRUE(sealed.ok()) << sealed.error().message();
    answer_ = *sealed;
    ASSERT_EQ(Open(answer_), ErrorCode::kOk);
  }

  ErrorCode Open(const std::string& answer) {
    const auto opened =
        OpenMerchantTokenUsage(*phone_, device_.handle, binding_, AsBytes(answer), stages_);
    if (opened.ok()) {
      EXPECT_EQ(AsText(Revealed(*opened)), kPackage);
    } else if (opened.code() == ErrorCode::kVerificationFailed) {
      EXPECT_STREQ(opened.error().message(), "the usage information was refused");
    }
    return opened.code();
  }

  // The answer with another value of one member.
  std::string With(std::string_view member, const std::string& value) const {
    const std::string name = "\"" + std::string(member) + "\":\"";
    const std::size_t at = answer_.find(name) + name.size();
    std::string changed = answer_;
    return changed.replace(at, changed.find('"', at) - at, value);
  }
  std::string Member(std::string_view member) const {
    auto parser = JsonParser::Create();
    return std::string(parser->ParseObject(answer_)->GetString(member).value());
  }

  static constexpr std::string_view kPackage = R"({"pastPayments":[],"upcomingPayments":[]})";
  std::unique_ptr<hsm::Session> server_ = OpenSoft(), phone_ = OpenSoft();
  HpkeTestKey merchant_ = MakeHpkeKey(*server_, Curve::kP384);
  HpkeTestKey device_ = MakeHpkeKey(*phone_, Curve::kP384);
  MerchantTokenUsageBinding binding_;
  std::string answer_;
  Stages stages_;
};

TEST_F(MerchantTokenUsage, TheAnswerHasTheMembersThatAppleNames) {
  EXPECT_EQ(Member("ciphersuite"), "HPKE_AUTH_P384");
  EXPECT_EQ(Base64Decode(Member("ephemeralPublicKey"), Base64Form::kStandard)->size(), 97U);
  EXPECT_EQ(Base64Decode(Member("data"), Base64Form::kStandard)->size(), kPackage.size() + 16);
  const auto hash = [](ByteView bytes) {
    Bytes digest(32);
    EXPECT_TRUE(primitives::Digest(Hash::kSha256, bytes, digest).ok());
    return digest;
  };
  Bytes info(AsBytes("ApplePayMerchantTokenUsageInformation_1.0").begin(),
             AsBytes("ApplePayMerchantTokenUsageInformation_1.0").end());
  const Bytes identifier = hash(AsBytes(binding_.merchant_token_identifier));
  info.insert(info.end(), identifier.begin(), identifier.end());
  EXPECT_EQ(Member("infoHash"), HexEncode(hash(info)));
  EXPECT_EQ(Member("merchantPublicKeyHash"), HexEncode(hash(merchant_.public_key)));
  EXPECT_EQ(Member("merchantTokenPublicKeyHash"), HexEncode(hash(device_.public_key)));
}

TEST_F(MerchantTokenUsage, EveryAlterationIsRefused) {
  const std::string zeros(64, '0');
  const auto refused = [this](const std::string& answer, const char* stage) {
    EXPECT_EQ(Open(answer), ErrorCode::kVerificationFailed) << answer;
    EXPECT_EQ(stages_.last, stage) << answer;
  };
  constexpr char kForm[] = "payload.apple_merchant_token_usage answer";
  refused(With("ciphersuite", "OTHER"), kForm);
  for (const char* member : {"infoHash", "merchantPublicKeyHash", "merchantTokenPublicKeyHash"}) {
    refused(With(member, zeros), kForm);
    refused(With(member, "not hex"), kForm);
    refused(With(member, ""), kForm);
  }
  refused(With("data", "###"), kForm);
  refused(With("data", ""), "payload.hpke open");
  refused(With("ephemeralPublicKey", ""), "payload.hpke encapsulated key");
  refused(With("ephemeralPublicKey", Base64Encode(Bytes(97), Base64Form::kStandard)),
          "payload.hpke encapsulated key");
  // A point, but not the one.
  refused(With("ephemeralPublicKey", Base64Encode(device_.public_key, Base64Form::kStandard)),
          "payload.hpke open");
  Bytes data = Base64Decode(Member("data"), Base64Form::kStandard).value();
  data.back() ^= 1;
  refused(With("data", Base64Encode(data, Base64Form::kStandard)), "payload.hpke open");
  refused("", kForm);
  refused("[]", kForm);
  refused("{}", kForm);
  refused(answer_ + " x", kForm);
  refused(answer_.substr(0, answer_.size() - 1) + R"(,"more":""})", kForm);
  refused(answer_.substr(0, answer_.size() - 1) + R"(,"data":""})", kForm);
  refused(With("data", std::string(9000, 'A')), kForm);
}

// Sealed by another implementation of HPKE.
TEST(MerchantTokenUsageVectors, AnAnswerThatOthersSealedOpensInEverySession) {
  const auto file = vectors::VectorFile::Load(
      std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/apple_merchant_token_usage.json");
  for (const SessionKind& kind : SessionKinds()) {
    const auto session = kind.open();
    if (session == nullptr) continue;
    for (const auto& group : file.groups()) {
      const auto key =
          ImportHpkeKey(*session, Curve::kP384, group.Hex("merchant_token_private_key"));
      ASSERT_TRUE(key.ok()) << kind.name << " " << key.error().message();
      const std::string identifier = group.Text("merchant_token_identifier");
      const std::string ciphersuite = group.Text("ciphersuite");
      const Bytes merchant = group.Hex("merchant_public_key");
      const Bytes device = group.Hex("merchant_token_public_key");
      for (const auto& test : group.tests) {
        EXPECT_TRUE(test.valid);
        const std::string answer = test.Text("answer");
        const auto opened = OpenMerchantTokenUsage(
            *session, *key, {identifier, ciphersuite, merchant, device}, AsBytes(answer));
        ASSERT_TRUE(opened.ok()) << kind.name << " " << opened.error().message();
        EXPECT_EQ(AsText(Revealed(*opened)), test.Text("package"));
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

// Who sent it, to whom, about which token: none of them can be another.
TEST_F(MerchantTokenUsage, EveryOtherPartyIsRefused) {
  const MerchantTokenUsageBinding right = binding_;
  const HpkeTestKey other = MakeHpkeKey(*phone_, Curve::kP384);
  binding_.merchant_token_identifier = "another token";
  EXPECT_EQ(Open(answer_), ErrorCode::kVerificationFailed);
  binding_ = right;
  binding_.merchant_public_key = other.public_key;
  EXPECT_EQ(Open(answer_), ErrorCode::kVerificationFailed);
  binding_ = right;
  // A forger without the merchant's key who corrects the hash.
  const auto forged =
      SealMerchantTokenUsage(*phone_, other.handle,
                             {right.merchant_token_identifier, right.ciphersuite,
                              right.merchant_public_key, right.merchant_token_public_key},
                             AsBytes(kPackage));
  ASSERT_TRUE(forged.ok());
  EXPECT_EQ(Open(*forged), ErrorCode::kVerificationFailed);
  EXPECT_EQ(stages_.last, "payload.hpke open");
}

TEST_F(MerchantTokenUsage, BindingsThatCannotBe) {
  const auto code = [this](MerchantTokenUsageBinding binding, std::size_t size = 10) {
    return SealMerchantTokenUsage(*server_, merchant_.handle, binding, Bytes(size)).code();
  };
  EXPECT_EQ(code(binding_, kMaxMerchantTokenUsage), ErrorCode::kOk);
  EXPECT_EQ(code(binding_, kMaxMerchantTokenUsage + 1), ErrorCode::kLimitExceeded);
  MerchantTokenUsageBinding bad = binding_;
  bad.merchant_token_identifier = "";
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument);
  const std::string long_name(65, 'x');
  bad.merchant_token_identifier = long_name;
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument);
  bad = binding_;
  bad.ciphersuite = "";
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument);
  bad = binding_;
  const Bytes p256 = MakeHpkeKey(*server_, Curve::kP256).public_key;
  bad.merchant_token_public_key = p256;
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument);
  // The longest package still fits the 4000 characters.
  const auto longest =
      SealMerchantTokenUsage(*server_, merchant_.handle, binding_, Bytes(kMaxMerchantTokenUsage));
  auto parser = JsonParser::Create();
  EXPECT_EQ(parser->ParseObject(*longest)->GetString("data")->size(), 4000U);
}

}  // namespace
}  // namespace florin::payload
