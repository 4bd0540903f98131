#include "florin/payload/apple_provisioning.h"

#include <gtest/gtest.h>

#include <functional>

#include "crypto/payload/apple_provisioning_seal.h"
#include "crypto/primitives/kdf.h"
#include "florin/base/hex.h"
#include "tests/crypto/payload/apple_pay_fixture.h"
#include "tests/crypto/payload/provisioning_device.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {
namespace {

const Bytes kActivation = {'T', 'A', 'V'};

ProvisioningCard Card() {
  ProvisioningCard card;
  card.pan = Pan::Parse("4111111111111111").value();
  card.expiry = {2029, 3, 0};
  card.name = std::move(SecretBytes::CopyOf(AsBytes("J\xc3\xb6rg \"Q\" Test"))).value();
  return card;
}

struct Issuer {
  FixedClock clock{kDeviceNow};
  RecordingObserver observer;
  std::unique_ptr<hsm::Session> session;

  Result<ProvisioningResponse> Encrypt(const ProvisioningDevice& device,
                                       const ProvisioningRequest& request,
                                       const ProvisioningProfile& profile = {}) {
    AppleProvisioningOptions options;
    options.trusted_roots = {device.root()};
    options.profile = profile;
    options.clock = &clock;
    options.observer = &observer;
    FLORIN_TRY(const auto provisioning, AppleProvisioning::Create(std::move(options)));
    return provisioning.Encrypt(*session, request, Card(), kActivation);
  }

  void ExpectRefused(const ProvisioningDevice& device, const ProvisioningRequest& request,
                     const char* stage, const char* what) {
    const auto refused = Encrypt(device, request);
    ASSERT_EQ(refused.code(), ErrorCode::kVerificationFailed) << what;
    EXPECT_STREQ(refused.error().message(),
                 "the provisioning request was refused; the operator's log says why");
    EXPECT_EQ(observer.last_stage(), stage)
        << what << ": " << observer.events.back().outcome.message();
  }
};

class ProvisioningOver : public testing::TestWithParam<SessionKind> {
 protected:
  void SetUp() override {
    issuer_.session = GetParam().open();
    if (issuer_.session == nullptr) GTEST_SKIP() << "not on this machine";
  }
  Issuer issuer_;
};

INSTANTIATE_TEST_SUITE_P(Sessions, ProvisioningOver, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ProvisioningOver, TheDeviceOpensTheCard) {
  for (const bool rsa : {false, true}) {
    const ProvisioningDevice device({.rsa = rsa});
    for (const std::size_t iv_length : {12U, 16U}) {
      for (const auto party_v : {ProvisioningPartyV::kEphemeralPoint, ProvisioningPartyV::kNone}) {
        ProvisioningProfile profile;
        profile.iv_length = iv_length;
        profile.party_v = party_v;
        profile.rsa_key_length = iv_length == 12 ? 32 : 16;
        const ProvisioningRequest request = device.Request();
        const auto response = issuer_.Encrypt(device, request, profile);
        ASSERT_TRUE(response.ok()) << issuer_.observer.last_stage() << " "
                                   << issuer_.observer.events.back().outcome.message();
        EXPECT_EQ(response->activation_data, kActivation);
        EXPECT_EQ(response->scheme, rsa ? ProvisioningScheme::kRsaV2 : ProvisioningScheme::kEccV2);
        EXPECT_EQ(response->ephemeral_public_key.size(), rsa ? 0U : 65U);
        EXPECT_EQ(response->wrapped_key.size(), rsa ? 256U : 0U);
        EXPECT_EQ(device.Open(*response, profile),
                  R"({"primaryAccountNumber":"4111111111111111","expiration":"03/29",)"
                  "\"name\":\"J\xc3\xb6rg \\\"Q\\\" Test\","
                  "\"nonce\":\"" +
                      HexEncode(request.nonce) + R"(","nonceSignature":")" +
                      HexEncode(request.nonce_signature) + "\"}");
      }
    }
  }
}

// Two implementations agree; see the notes of the file for what that proves.
TEST_P(ProvisioningOver, ComputedValues) {
  const auto file = vectors::VectorFile::Load(std::string(FLORIN_SOURCE_DIR) +
                                              "/tests/vectors/wallet/apple_provisioning.json");
  for (const auto* group : file.GroupsOf("ecc_v2")) {
    for (const vectors::TestCase& test : group->tests) {
      SCOPED_TRACE(test.id);
      ProvisioningProfile profile;
      profile.iv_length = static_cast<std::size_t>(test.Number("iv_length"));
      const auto leaf = primitives::Certificate::FromDer(test.Hex("leaf_certificate"));
      ASSERT_TRUE(leaf.ok());
      EXPECT_TRUE(leaf->HasExtension(profile.leaf_marker));
      const auto leaf_key = leaf->EcKey();
      ASSERT_TRUE(leaf_key.ok());
      const auto scalar =
          primitives::EcPrivateKey::FromScalar(Curve::kP256, test.Hex("ephemeral_private_key"));
      ASSERT_TRUE(scalar.ok());
      const Bytes point = test.Hex("ephemeral_public_key");
      EXPECT_TRUE(SameBytes(scalar->public_key().point(), point));
      Bytes z(32);
      ASSERT_TRUE(primitives::Ecdh(*scalar, leaf_key->point(), z).ok());
      EXPECT_EQ(HexEncode(z), test.Text("shared_secret"));
      Bytes key(32);
      ASSERT_TRUE(primitives::OneStepKdf(Hash::kSha256, z,
                                         ByteView(ProvisioningSharedInfo(profile, point)), key)
                      .ok());
      EXPECT_EQ(HexEncode(key), test.Text("symmetric_key"));
      const auto ephemeral =
          issuer_.session->Import(EcMerchantKey("ephemeral-" + test.id), scalar->scalar());
      ASSERT_TRUE(ephemeral.ok());
      const ApplePayKeyDeriver deriver(mechanisms::Verb::kEncrypt);
      const auto sealed = SealPassData(*issuer_.session, deriver, profile, *ephemeral, point,
                                       leaf_key->point(), AsBytes(test.Text("plaintext")));
      ASSERT_TRUE(sealed.ok()) << sealed.error().message();
      EXPECT_EQ(HexEncode(*sealed), test.Text("encrypted_pass_data"));
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

class Provisioning : public testing::Test {
 protected:
  void SetUp() override { issuer_.session = OpenSoft(); }
  Issuer issuer_;
};

TEST_F(Provisioning, Leaves) {
  const auto refuse = [this](const DeviceOptions& options, const char* stage, const char* what) {
    const ProvisioningDevice device(options);
    issuer_.ExpectRefused(device, device.Request(), stage, what);
  };
  refuse({.marker = false}, "marker", "no marker");
  refuse({.key_usage = false}, "leaf_key", "a key that signs");
  refuse({.rsa = true, .key_usage = false}, "leaf_key", "an RSA key that signs");
  refuse({.second_critical = true}, "chain", "a critical extension that nobody knows");
  refuse({.leaf_curve = Curve::kP384}, "leaf_key", "P-384");
  refuse({.not_after = UnixSeconds{kDeviceNow.value - 1}}, "chain", "expired");
  const ProvisioningDevice device({.marker_is_critical = false});
  EXPECT_TRUE(issuer_.Encrypt(device, device.Request()).ok());
}

TEST_F(Provisioning, Requests) {
  const ProvisioningDevice device;
  const ProvisioningDevice other;
  const auto refuse = [&](const char* stage, const char* what,
                          const std::function<void(ProvisioningRequest&)>& change) {
    ProvisioningRequest request = device.Request();
    change(request);
    issuer_.ExpectRefused(device, request, stage, what);
  };
  refuse("request", "no certificates", [](auto& r) { r.certificates.clear(); });
  refuse("request", "five", [](auto& r) { r.certificates.resize(5, r.certificates[0]); });
  refuse("chain", "no intermediate", [](auto& r) { r.certificates.pop_back(); });
  refuse("chain", "another root", [&](auto& r) { r = other.Request(); });
  refuse("marker", "the intermediate first",
         [](auto& r) { std::swap(r.certificates[0], r.certificates[1]); });
  refuse("certificates", "no certificate", [](auto& r) { r.certificates[0] = {1, 2, 3}; });
  refuse("chain", "a flipped bit", [](auto& r) { r.certificates[0].back() ^= 1U; });
  refuse("request", "no nonce", [](auto& r) { r.nonce.clear(); });
  refuse("request", "a long nonce", [](auto& r) { r.nonce.resize(65); });
  refuse("request", "no signature", [](auto& r) { r.nonce_signature.clear(); });
  refuse("request", "a long signature", [](auto& r) { r.nonce_signature.resize(513); });
}

TEST_F(Provisioning, CardsAndActivationData) {
  const ProvisioningDevice device;
  AppleProvisioningOptions options;
  options.trusted_roots = {device.root()};
  options.clock = &issuer_.clock;
  const auto provisioning = std::move(AppleProvisioning::Create(std::move(options))).value();
  const auto code = [&](const std::function<void(ProvisioningCard&)>& change,
                        const Bytes& activation = kActivation) {
    ProvisioningCard card = Card();
    change(card);
    return provisioning.Encrypt(*issuer_.session, device.Request(), card, activation).code();
  };
  EXPECT_EQ(code([](ProvisioningCard&) {}), ErrorCode::kOk);
  EXPECT_EQ(code([](ProvisioningCard& c) { c.name = SecretBytes(); }), ErrorCode::kOk);
  EXPECT_EQ(code([](ProvisioningCard& c) { c.pan = Pan(); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](ProvisioningCard& c) { c.expiry.month = 13; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](ProvisioningCard& c) {
              c.name = std::move(SecretBytes::CopyOf(AsBytes("\xff"))).value();
            }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](ProvisioningCard&) {}, {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](ProvisioningCard&) {}, Bytes(4097)), ErrorCode::kInvalidArgument);
}

TEST_F(Provisioning, ProfilesAreChecked) {
  const auto code = [](const std::function<void(ProvisioningProfile&)>& change) {
    AppleProvisioningOptions options;
    change(options.profile);
    return AppleProvisioning::Create(std::move(options)).code();
  };
  EXPECT_EQ(code([](ProvisioningProfile&) {}), ErrorCode::kOk) << "Apple Root CA - G3";
  const std::function<void(ProvisioningProfile&)> changes[] = {
      [](ProvisioningProfile& p) { p.iv_length = 13; },
      [](ProvisioningProfile& p) { p.rsa_key_length = 24; },
      [](ProvisioningProfile& p) { p.leaf_marker = ""; },
      [](ProvisioningProfile& p) { p.leaf_marker = "1..2"; },
      [](ProvisioningProfile& p) { p.leaf_marker = "marker"; },
      [](ProvisioningProfile& p) { p.pan_member = ""; },
      [](ProvisioningProfile& p) { p.nonce_member = ""; },
      [](ProvisioningProfile& p) { p.name_member = p.pan_member; },
      [](ProvisioningProfile& p) { p.name_member = std::string(65, 'a'); },
  };
  for (const auto& change : changes) EXPECT_EQ(code(change), ErrorCode::kInvalidArgument);
}

TEST_F(Provisioning, MembersAreTheProfiles) {
  const ProvisioningDevice device;
  ProvisioningProfile profile;
  profile.pan_member = "primaryAccountIdentifier";
  profile.expiration_member = "";
  profile.name_member = "";
  const ProvisioningRequest request = device.Request();
  const auto response = issuer_.Encrypt(device, request, profile);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(device.Open(*response, profile),
            R"({"primaryAccountIdentifier":"4111111111111111","nonce":")" +
                HexEncode(request.nonce) + R"(","nonceSignature":")" +
                HexEncode(request.nonce_signature) + "\"}");
}

// The session's own errors are not the request's, and nothing of the call stays in it.
TEST_F(Provisioning, SessionsThatFail) {
  auto owned = std::make_unique<LimitedSession>(OpenSoft());
  LimitedSession& limited = *owned;
  issuer_.session = std::move(owned);
  const ProvisioningDevice device;
  limited.derive_error = Error(ErrorCode::kDeviceError, "as injected");
  EXPECT_EQ(issuer_.Encrypt(device, device.Request()).code(), ErrorCode::kDeviceError);
  limited.derive_error = Error(ErrorCode::kSessionLost, "as injected");
  EXPECT_EQ(issuer_.Encrypt(device, device.Request()).code(), ErrorCode::kSessionLost);
  limited.derive_error.reset();
  EXPECT_TRUE(issuer_.Encrypt(device, device.Request()).ok());
}

TEST_F(Provisioning, Messages) {
  const ProvisioningDevice device;
  const ProvisioningRequest request = device.Request();
  const auto json = WriteProvisioningRequest(request);
  ASSERT_TRUE(json.ok());
  const auto read = ReadProvisioningRequest(AsBytes(*json));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->certificates, request.certificates);
  EXPECT_EQ(read->nonce, request.nonce);
  for (const bool rsa : {false, true}) {
    const ProvisioningDevice phone({.rsa = rsa});
    const auto response = issuer_.Encrypt(phone, phone.Request());
    ASSERT_TRUE(response.ok());
    const auto answer = WriteProvisioningResponse(*response);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->find("wrappedKey") != std::string::npos, rsa);
    const auto again = ReadProvisioningResponse(AsBytes(*answer));
    ASSERT_TRUE(again.ok());
    EXPECT_NE(phone.Open(*again, {}), "");
  }
  for (const char* bad : {"", "[]", "{}", R"({"certificates":[],"nonce":"AA=="})",
                          R"({"certificates":[1],"nonce":"AA==","nonceSignature":"AA=="})",
                          R"({"certificates":[],"nonce":"A","nonceSignature":"AA=="})",
                          R"({"certificates":[],"nonce":"AA==","nonceSignature":"AA==","x":1})"}) {
    EXPECT_FALSE(ReadProvisioningRequest(AsBytes(std::string_view(bad))).ok()) << bad;
  }
  for (const char* bad : {"{}", R"({"encryptedPassData":"AA==","activationData":"AA=="})",
                          R"({"encryptedPassData":"AA==","activationData":"AA==","wrappedKey":""})",
                          R"({"encryptedPassData":"AA==","activationData":"","wrappedKey":"AA==",)"
                          R"("ephemeralPublicKey":"AA=="})"}) {
    EXPECT_FALSE(ReadProvisioningResponse(AsBytes(std::string_view(bad))).ok()) << bad;
  }
}

}  // namespace
}  // namespace florin::payload
