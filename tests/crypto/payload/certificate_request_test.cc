#include "florin/payload/certificate_request.h"

#include <gtest/gtest.h>

#include "florin/base/hex.h"
#include "florin/payload/wallet_simulator.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

using hsm::ProcessingKey;

const CertificateSubject kSubject = {"merchant.test.florin", "J\xc3\xb6rg & Co", "DE"};

Result<hsm::KeyPair> Generate(hsm::Session& session, ProcessingKey kind, const char* label) {
  FLORIN_TRY(auto pair, hsm::CertifiedKeyPair(label, kind));
  pair.private_key.persistent = false;
  pair.public_key.persistent = false;
  return session.GeneratePair(pair);
}

class CertificateRequestOver : public ApplePayFixture,
                               public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override {
    auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    SetUpWith(std::move(session));
  }
};

std::vector<SessionKind> KindsAndSoftHsm() {
  std::vector<SessionKind> kinds = SessionKinds();
  kinds.push_back({"SoftHsm", OpenSoftHsm});
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Sessions, CertificateRequestOver, testing::ValuesIn(KindsAndSoftHsm()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(CertificateRequestOver, KeysAskForTheirCertificates) {
  for (const ProcessingKey kind : {ProcessingKey::kP256, ProcessingKey::kRsa2048}) {
    const auto pair = Generate(*session_, kind, "asks");
    ASSERT_TRUE(pair.ok()) << pair.error().message() << " rv " << pair.error().detail();
    const auto request =
        MakeCertificateRequest(*session_, pair->private_key, pair->public_key, kSubject);
    ASSERT_TRUE(request.ok()) << request.error().message();
    const auto read = ReadCertificateRequest(*request);
    ASSERT_TRUE(read.ok()) << read.error().message();
    Bytes info(hsm::kMaxPublicKeyInfo);
    const auto size = session_->PublicKeyInfo(pair->public_key, info);
    ASSERT_TRUE(size.ok());
    info.resize(*size);
    EXPECT_EQ(read->public_key_info, info);
    // C=DE (PrintableString), O and CN (UTF8String).
    EXPECT_EQ(HexEncode(read->subject),
              "3041310b300906035504061302444531133011060355040a0c0a4ac3b67267202620436f311d"
              "301b06035504030c146d65726368616e742e746573742e666c6f72696e");
    for (std::size_t i = 0; i < request->size(); i += 7) {
      Bytes flipped = *request;
      flipped[i] ^= 1U;
      EXPECT_FALSE(ReadCertificateRequest(flipped).ok()) << i;
    }
    for (std::size_t length = 0; length < request->size(); length += 5) {
      EXPECT_FALSE(ReadCertificateRequest(ByteView(*request).first(length)).ok()) << length;
    }
    EXPECT_TRUE(session_->Destroy(pair->private_key).ok());
    EXPECT_TRUE(session_->Destroy(pair->public_key).ok());
  }
}

// From the request to a payment: what a merchant does in a year's round.
TEST_P(CertificateRequestOver, TheKeyThenOpensTokens) {
  auto wallet = std::move(WalletSimulator::Create(kForgeNow)).value();
  for (const ProcessingKey kind : {ProcessingKey::kP256, ProcessingKey::kRsa2048}) {
    const std::string label = kind == ProcessingKey::kP256 ? "born-ec" : "born-rsa";
    const auto pair = Generate(*session_, kind, label.c_str());
    ASSERT_TRUE(pair.ok()) << pair.error().message();
    const auto request =
        MakeCertificateRequest(*session_, pair->private_key, pair->public_key, kSubject);
    ASSERT_TRUE(request.ok()) << request.error().message();
    const auto read = ReadCertificateRequest(*request);
    ASSERT_TRUE(read.ok());
    const auto certificate = wallet.IssueMerchantCertificate(kForgeMerchant, read->public_key_info);
    ASSERT_TRUE(certificate.ok());
    std::vector<ApplePayMerchantKey> keys;
    keys.push_back(ApplePayMerchantKey::FromCertificate(
                       hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label).value(), *certificate,
                       kForgeMerchant)
                       .value());
    ApplePayOptions options = Options(*pki_);
    options.trusted_roots = {
        Bytes(wallet.root_certificate().begin(), wallet.root_certificate().end())};
    const auto apple_pay = std::move(ApplePay::Create(std::move(keys), options)).value();
    WalletPayment payment;
    payment.credential.pan = Pan::Parse("4111111111111111").value();
    payment.credential.expiry = {2029, 12, 31};
    payment.credential.amount = Money{"978", 1};
    payment.credential.cryptogram =
        ThreeDSecureData{std::move(SecretBytes::Create(20)).value(), "5"};
    const auto token = wallet.MakeToken(payment, kForgeMerchant, read->public_key_info, kForgeNow);
    ASSERT_TRUE(token.ok());
    const auto opened = apple_pay.Open(*session_, AsBytes(*token));
    if (GetParam().name == "SoftHsm") {
      EXPECT_FALSE(opened.ok()) << "it lacks what either version needs";
      continue;
    }
    ASSERT_TRUE(opened.ok()) << observer_.last_stage() << " "
                             << observer_.events.back().outcome.message();
    EXPECT_EQ(opened->credential.amount->minor_units, 1);
  }
}

class CertificateRequests : public ApplePayFixture {
 protected:
  void SetUp() override { SetUpWith(OpenSoft()); }
};

TEST_F(CertificateRequests, KeysOfTwoPairsMakeNone) {
  const auto first = Generate(*session_, ProcessingKey::kP256, "first");
  const auto second = Generate(*session_, ProcessingKey::kP256, "second");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(
      MakeCertificateRequest(*session_, first->private_key, second->public_key, kSubject).code(),
      ErrorCode::kVerificationFailed);
}

TEST_F(CertificateRequests, SubjectsHaveBounds) {
  const auto pair = Generate(*session_, ProcessingKey::kP256, "subject");
  ASSERT_TRUE(pair.ok());
  for (const CertificateSubject& subject :
       {CertificateSubject{}, CertificateSubject{std::string(65, 'a'), "", ""},
        CertificateSubject{"a", std::string(65, 'a'), ""}, CertificateSubject{"a", "", "DEU"},
        CertificateSubject{"a", "", "de"}, CertificateSubject{"\xff", "", ""}}) {
    EXPECT_EQ(
        MakeCertificateRequest(*session_, pair->private_key, pair->public_key, subject).code(),
        ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(MakeCertificateRequest(*session_, pair->private_key, pair->public_key,
                                     {std::string(64, 'a'), std::string(64, 'b'), "US"})
                  .ok());
}

// A key that was not made for it does not sign its request.
TEST_F(CertificateRequests, OtherProcessingKeysDoNotSign) {
  auto pair = hsm::PaymentProcessingKeyPair("silent").value();
  pair.private_key.persistent = false;
  pair.public_key.persistent = false;
  const auto made = session_->GeneratePair(pair);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(MakeCertificateRequest(*session_, made->private_key, made->public_key, kSubject).code(),
            ErrorCode::kPermissionDenied);
}

// The exception to "a key that derives must not sign" is for these two mechanisms alone.
TEST_F(CertificateRequests, TheExceptionIsNarrow) {
  using mechanisms::MechanismType;
  const auto generate = [this](std::vector<MechanismType> allowed) {
    auto pair = hsm::CertifiedKeyPair("narrow", ProcessingKey::kP256).value();
    pair.private_key.persistent = false;
    pair.public_key.persistent = false;
    pair.private_key.rules.allowed_mechanisms = std::move(allowed);
    return session_->GeneratePair(pair).code();
  };
  EXPECT_EQ(generate({}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(generate({MechanismType::kEcdsa}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(generate({MechanismType::kEcdhDerive}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(generate({MechanismType::kEcdhDerive, MechanismType::kEcdsa, MechanismType::kAesGcm}),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(generate({MechanismType::kEcdsa, MechanismType::kEcdhDerive}), ErrorCode::kOk);
}

}  // namespace
}  // namespace florin::payload
