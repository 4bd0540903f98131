// ApplePay and what it stands on: sessions that lack or break something, options, certificates.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "crypto/payload/apple_pay_kdf.h"
#include "florin/base/hex.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/wallet_simulator.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;

class ApplePaySession : public ApplePayFixture {
 protected:
  void SetUp() override {
    auto limited = std::make_unique<LimitedSession>(OpenSoft());
    limited_ = limited.get();
    SetUpWith(std::move(limited));
  }
  LimitedSession* limited_ = nullptr;
};

TEST_F(ApplePaySession, DerivedKeysAreDestroyed) {
  for (const bool in_steps : {false, true}) {
    limited_->without_one_step_kdf = in_steps;
    EXPECT_TRUE(Open(Good()).ok());
    EXPECT_EQ(limited_->live_derived_keys(), 0) << in_steps;
    ForgedToken token = Encrypt(SamplePlaintext(), point_);
    token.data.back() ^= 1U;
    ExpectRefused(Signed(token), "decrypt", "wrong tag");
    EXPECT_EQ(limited_->live_derived_keys(), 0) << in_steps;
  }
  limited_->derive_error = Error(ErrorCode::kDeviceError, "broken");
  for (int step = 0; step < 4; ++step) {
    limited_->derives_before_error = limited_->derives() + step;
    EXPECT_EQ(Open(Good()).code(), ErrorCode::kDeviceError) << step;
    EXPECT_EQ(limited_->live_derived_keys(), 0) << step;
  }
}

// Which way worked is remembered, and found again when the session changes.
TEST_F(ApplePaySession, TriesTheWayThatWorkedFirst) {
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(limited_->derives(), 1);
  limited_->without_one_step_kdf = true;
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(limited_->derives(), 1 + 5) << "one call in vain, then four steps";
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(limited_->derives(), 6 + 4);
  limited_->without_one_step_kdf = false;
  limited_->without = {MechanismType::kConcatenateDataAndBase};
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_TRUE(Open(Good()).ok());
}

TEST_F(ApplePaySession, NamesTheMechanismThatIsMissing) {
  limited_->without_one_step_kdf = true;
  struct Case {
    MechanismType missing;
    const char* name;
  };
  for (const Case& test :
       {Case{MechanismType::kConcatenateDataAndBase, "CKM_CONCATENATE_DATA_AND_BASE"},
        Case{MechanismType::kConcatenateBaseAndData, "CKM_CONCATENATE_BASE_AND_DATA"},
        Case{MechanismType::kHashDerive, "CKM_SHA256_KEY_DERIVATION"},
        Case{MechanismType::kEcdhDerive, "CKM_ECDH1_DERIVE"}}) {
    limited_->without = {test.missing};
    const auto refused = Open(Good());
    ASSERT_EQ(refused.code(), ErrorCode::kUnsupported) << test.name;
    EXPECT_NE(std::string(refused.error().message()).find(test.name), std::string::npos)
        << refused.error().message();
  }
}

// SoftHSM2 knows CKD_NULL alone, and Debian's has no CONCATENATE.
TEST_F(ApplePaySession, OverSoftHsmItSaysWhatIsMissing) {
  auto soft_hsm = OpenSoftHsm();
  if (soft_hsm == nullptr) GTEST_SKIP() << "not on this machine";
  session_.reset();
  SetUpWith(std::move(soft_hsm));
  const auto refused = Open(Good());
  ASSERT_EQ(refused.code(), ErrorCode::kUnsupported) << refused.error().message();
  EXPECT_NE(std::string(refused.error().message()).find("CKM_CONCATENATE_DATA_AND_BASE"),
            std::string::npos)
      << refused.error().message();
}

TEST_F(ApplePaySession, ErrorsOfTheSessionPassThrough) {
  for (const ErrorCode code :
       {ErrorCode::kSessionLost, ErrorCode::kDeviceError, ErrorCode::kPermissionDenied,
        ErrorCode::kResourceExhausted, ErrorCode::kNotInitialized}) {
    limited_->derive_error = Error(code, "as injected");
    EXPECT_EQ(Open(Good()).code(), code);
    EXPECT_EQ(observer_.last_stage(), "key_agreement");
    limited_->derive_error.reset();
  }
  const ForgedToken token = Good();
  limited_->decrypt_error = Error(ErrorCode::kSessionLost, "as injected");
  EXPECT_EQ(Open(token).code(), ErrorCode::kSessionLost);
  limited_->decrypt_error.reset();
  EXPECT_TRUE(Open(token).ok()) << "a token whose session was lost may be presented again";
}

// Modules answer a wrong tag with CKR_GENERAL_ERROR or CKR_FUNCTION_FAILED too, and a caller who
// could tell the two apart would have an oracle.
TEST_F(ApplePaySession, ErrorsOfDecryptionAreRefusals) {
  for (const ErrorCode code :
       {ErrorCode::kDeviceError, ErrorCode::kVerificationFailed, ErrorCode::kPermissionDenied,
        ErrorCode::kInvalidArgument, ErrorCode::kNotInitialized, ErrorCode::kInternal}) {
    limited_->decrypt_error = Error(code, "as injected", 5);
    ExpectRefused(Good(), "decrypt", ErrorCodeName(code));
    EXPECT_EQ(observer_.events.back().outcome.code(), code) << "the operator hears all of it";
    EXPECT_EQ(observer_.events.back().outcome.detail(), 5U);
  }
  for (const ErrorCode code :
       {ErrorCode::kSessionLost, ErrorCode::kResourceExhausted, ErrorCode::kUnsupported}) {
    limited_->decrypt_error = Error(code, "as injected");
    EXPECT_EQ(Open(Good()).code(), code);
    EXPECT_EQ(observer_.last_stage(), "decrypt");
  }
}

// The window may pass while the session works: by then the guard may have forgotten the id.
TEST_F(ApplePaySession, ASlowSessionDoesNotOutliveTheWindow) {
  class Slow final : public ReplayGuard {
   public:
    Status Claim(ByteView, UnixSeconds) override {
      ++claims;
      return OkStatus();
    }
    int claims = 0;
  };
  Slow guard;
  ApplePayOptions options = Options(*pki_);
  options.replay_guard = &guard;
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                               hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                               kForgeMerchant, point_))
                     .value());
  *apple_pay_ = std::move(ApplePay::Create(std::move(keys), options)).value();
  limited_->before_decrypt = [this] { clock_.now.value += 301; };
  ExpectRefused(Good(), "signing_time", "the window passed meanwhile");
  EXPECT_EQ(observer_.events.back().outcome.code(), ErrorCode::kExpired);
  EXPECT_EQ(guard.claims, 0);
  clock_.now = kForgeNow;
  limited_->before_decrypt = [this] { clock_.now.value += 300; };
  EXPECT_TRUE(Open(Good()).ok()) << "the last second counts";
  EXPECT_EQ(guard.claims, 1);
}

TEST_F(ApplePaySession, EventsSayWhatTheyAreAbout) {
  const auto first_bytes = [](const Bytes& bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
    return number;
  };
  ForgedToken token = Good();
  ASSERT_TRUE(Open(token).ok());
  EXPECT_EQ(observer_.events.back().subject, first_bytes(token.transaction_id));
  ExpectRefused(token, "replay", "again");
  EXPECT_EQ(observer_.events.back().subject, first_bytes(token.transaction_id));
  token.public_key_hash[0] ^= 1U;
  ExpectRefused(token, "merchant_key", "another key");
  EXPECT_EQ(observer_.events.back().subject, first_bytes(token.public_key_hash));
  ExpectRefused("{}", "", "no token");
  EXPECT_EQ(observer_.events.back().subject, 0U);
}

// The leaf of the tests ends after a day. A chain is known once a token of it was verified.
TEST_F(ApplePaySession, AChainThatEndsSoonIsAnnouncedOnce) {
  const auto announced = [this] {
    return std::count_if(observer_.events.begin(), observer_.events.end(), [](const Event& event) {
      return std::string_view(event.stage) == "chain.expires_soon";
    });
  };
  const primitives::EcPrivateKey other = NewKey();
  ExpectRefused(Signed(Encrypt(SamplePlaintext(), point_),
                       [&](ForgedCms& cms) { cms.signers[0].key = &other; }),
                "signature", "another key");
  EXPECT_EQ(announced(), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Open(Good()).ok());
    EXPECT_EQ(announced(), 1);
  }
}

TEST_F(ApplePaySession, AMissingKeyIsTheOperatorsFault) {
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                               hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "nobody").value(),
                               kForgeMerchant, point_))
                     .value());
  auto apple_pay = ApplePay::Create(std::move(keys), Options(*pki_));
  ASSERT_TRUE(apple_pay.ok());
  const std::string json = ToJson(Good());
  EXPECT_EQ(apple_pay->Open(*session_, AsBytes(json)).code(), ErrorCode::kNotFound);
}

TEST_F(ApplePaySession, AFullReplayGuardIsNotTheTokensFault) {
  guard_ = MakeMemoryReplayGuard(1, clock_);
  apple_pay_ = std::make_unique<ApplePay>(MakeApplePay(*pki_));
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(Open(Good()).code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(observer_.last_stage(), "replay");
}

// An observer may do what it likes, also open another token.
TEST_F(ApplePaySession, AnObserverMayOpenAnotherToken) {
  class Nested final : public Observer {
   public:
    void OnEvent(const Event&) override {
      if (std::exchange(inside, true)) return;
      opened = open().ok();
    }
    std::function<Result<ApplePayPayment>()> open;
    bool inside = false;
    bool opened = false;
  };
  Nested nested;
  ApplePayOptions options = Options(*pki_);
  options.observer = &nested;
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                               hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                               kForgeMerchant, point_))
                     .value());
  auto apple_pay = std::move(ApplePay::Create(std::move(keys), options)).value();
  const std::string inner = ToJson(Good());
  const std::string outer = ToJson(Good());
  nested.open = [&] { return apple_pay.Open(*session_, AsBytes(inner)); };
  EXPECT_TRUE(apple_pay.Open(*session_, AsBytes(outer)).ok());
  EXPECT_TRUE(nested.opened);
}

TEST_F(ApplePaySession, OptionsAreChecked) {
  const auto create = [this](const std::function<void(ApplePayOptions&)>& change, int copies = 1) {
    std::vector<ApplePayMerchantKey> keys;
    for (int i = 0; i < copies; ++i) {
      keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                                   hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                                   kForgeMerchant, point_))
                         .value());
    }
    ApplePayOptions options = Options(*pki_);
    change(options);
    return ApplePay::Create(std::move(keys), options).code();
  };
  EXPECT_EQ(create([](ApplePayOptions&) {}), ErrorCode::kOk);
  const auto nothing = [](ApplePayOptions&) {};
  EXPECT_EQ(create(nothing, 0), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create(nothing, 2), ErrorCode::kInvalidArgument);
  const std::function<void(ApplePayOptions&)> changes[] = {
      [](ApplePayOptions& o) { o.replay_guard = nullptr; },
      [](ApplePayOptions& o) { o.clock = nullptr; },
      [](ApplePayOptions& o) { o.observer = nullptr; },
      [](ApplePayOptions& o) { o.window_seconds = -1; },
      [](ApplePayOptions& o) { o.window_seconds = INT64_MAX; },
      [](ApplePayOptions& o) { o.max_token_bytes = 10; },
      [](ApplePayOptions& o) { o.max_token_bytes = 1 << 30; },
  };
  for (const auto& change : changes) EXPECT_EQ(create(change), ErrorCode::kInvalidArgument);
  EXPECT_NE(create([](ApplePayOptions& o) { o.trusted_roots = {Bytes{1, 2, 3}}; }), ErrorCode::kOk);
}

TEST_F(ApplePaySession, MerchantCertificates) {
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value();
  auto wallet = std::move(WalletSimulator::Create(kForgeNow)).value();
  auto certificate = wallet.IssueMerchantCertificate(kForgeMerchant, point_);
  ASSERT_TRUE(certificate.ok());
  auto from_certificate = ApplePayMerchantKey::FromCertificate(name, *certificate);
  ASSERT_TRUE(from_certificate.ok()) << from_certificate.error().message();
  auto from_identifier = ApplePayMerchantKey::FromMerchantIdentifier(name, kForgeMerchant, point_);
  ASSERT_TRUE(from_identifier.ok());
  EXPECT_EQ(from_certificate->public_key_hash(), from_identifier->public_key_hash());
  EXPECT_EQ(from_certificate->merchant_id_hash(), from_identifier->merchant_id_hash());

  const auto secret = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "merchant").value();
  EXPECT_EQ(ApplePayMerchantKey::FromCertificate(secret, *certificate).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ApplePayMerchantKey::FromCertificate(name, DerOf(pki_->leaf.certificate)).code(),
            ErrorCode::kInvalidArgument)
      << "no payment processing certificate";
  EXPECT_FALSE(ApplePayMerchantKey::FromCertificate(name, {}).ok());
  EXPECT_FALSE(ApplePayMerchantKey::FromMerchantIdentifier(name, "", point_).ok());
  Bytes wrong = point_;
  wrong.back() ^= 1U;
  EXPECT_FALSE(ApplePayMerchantKey::FromMerchantIdentifier(name, kForgeMerchant, wrong).ok());
}

// The most common mistake: each merchant has two certificates.
TEST_F(ApplePaySession, TheMerchantIdentityCertificateIsToldApart) {
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value();
  const auto refuse = [&](const char* common_name, bool client_auth) {
    primitives::CertificateTemplate contents;
    contents.common_name = common_name;
    contents.validity = {UnixSeconds{kForgeNow.value - 86400},
                         UnixSeconds{kForgeNow.value + 86400}};
    Bytes hash = {0x0c, 0x40};  // identity certificates name the merchant, too
    hash.insert(hash.end(), 64, '0');
    contents.extensions.push_back({"1.2.840.113635.100.6.32", hash, false});
    if (client_auth) {
      contents.extensions.push_back({"2.5.29.37", *HexDecode("300a06082b06010505070302"), false});
    }
    const auto certificate =
        primitives::IssueCertificate(contents, merchant_key_.public_key(), pki_->root.certificate,
                                     pki_->root.key, SystemRandom());
    EXPECT_TRUE(certificate.ok());
    return ApplePayMerchantKey::FromCertificate(name, certificate->der());
  };
  EXPECT_TRUE(refuse("Apple Pay Payment Processing:merchant.test", false).ok());
  for (const auto& key : {refuse("Merchant ID: merchant.test", true),
                          refuse("Apple Pay Merchant Identity:merchant.test", false),
                          refuse("Merchant ID: merchant.test", false), refuse("shop", true)}) {
    ASSERT_EQ(key.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(key.error().message()).find("merchant identity certificate"),
              std::string::npos);
  }
}

// A retired key derives nothing: it is retired when no more tokens come for it.
TEST_F(ApplePaySession, ARetiredKeyOpensNothing) {
  const auto handle =
      session_->Resolve(hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value());
  ASSERT_TRUE(handle.ok());
  EXPECT_TRUE(Open(Good()).ok());
  ASSERT_TRUE(limited_->SetState(*handle, mechanisms::KeyState::kRetired).ok());
  EXPECT_EQ(Open(Good()).code(), ErrorCode::kPermissionDenied) << "not the token's fault";
  EXPECT_EQ(apple_pay_->CheckKeys(*session_).code(), ErrorCode::kPermissionDenied);
}

TEST_F(ApplePaySession, MerchantCertificatesOfAnotherMerchant) {
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value();
  auto wallet = std::move(WalletSimulator::Create(kForgeNow)).value();
  auto certificate = wallet.IssueMerchantCertificate(kForgeMerchant, point_);
  ASSERT_TRUE(certificate.ok());
  const auto key = ApplePayMerchantKey::FromCertificate(name, *certificate, kForgeMerchant);
  ASSERT_TRUE(key.ok()) << key.error().message();
  EXPECT_TRUE(SameBytes(ByteView(key->public_key_info()).last(65), point_));
  const std::string too_long(256, 'a');
  for (const std::string_view merchant :
       {std::string_view("merchant.test.other"), std::string_view(), std::string_view(too_long)}) {
    EXPECT_EQ(ApplePayMerchantKey::FromCertificate(name, *certificate, merchant).code(),
              ErrorCode::kInvalidArgument)
        << merchant;
  }
  const auto wrong_kind =
      ApplePayMerchantKey::FromCertificate(name, DerOf(pki_->leaf.certificate), kForgeMerchant);
  ASSERT_EQ(wrong_kind.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(std::string(wrong_kind.error().message()).find("1.2.840.113635.100.6.32"),
            std::string::npos);
}

// What CheckKeys finds before the first customer does.
TEST_F(ApplePaySession, CheckKeysFindsKeysThatDoNotFit) {
  EXPECT_TRUE(apple_pay_->CheckKeys(*session_).ok());
  EXPECT_EQ(observer_.last_stage(), "check_keys");
  EXPECT_EQ(limited_->live_derived_keys(), 0);
  limited_->without_one_step_kdf = true;
  EXPECT_TRUE(apple_pay_->CheckKeys(*session_).ok());

  const primitives::EcPrivateKey other = NewKey();
  const MerchantKeyPair misplaced = MakeMerchantKey(*session_, "misplaced", other);
  const auto nobody = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "nobody").value();
  const primitives::EcPrivateKey third = NewKey();
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(
      ApplePayMerchantKey::FromMerchantIdentifier(misplaced.name, kForgeMerchant, point_).value());
  keys.push_back(ApplePayMerchantKey::FromMerchantIdentifier(nobody, kForgeMerchant,
                                                             third.public_key().point())
                     .value());
  const auto apple_pay = std::move(ApplePay::Create(std::move(keys), Options(*pki_))).value();
  observer_.events.clear();
  EXPECT_EQ(apple_pay.CheckKeys(*session_).code(), ErrorCode::kVerificationFailed);
  ASSERT_EQ(observer_.events.size(), 2U) << "each key is told";
  EXPECT_EQ(observer_.events[1].outcome.code(), ErrorCode::kNotFound);
  EXPECT_NE(observer_.events[0].subject, observer_.events[1].subject);
}

TEST_F(ApplePaySession, CheckKeysPassesErrorsOfTheSession) {
  limited_->decrypt_error = Error(ErrorCode::kDeviceError, "as injected");
  EXPECT_EQ(apple_pay_->CheckKeys(*session_).code(), ErrorCode::kVerificationFailed);
  limited_->decrypt_error = Error(ErrorCode::kSessionLost, "as injected");
  EXPECT_EQ(apple_pay_->CheckKeys(*session_).code(), ErrorCode::kSessionLost);
  limited_->derive_error = Error(ErrorCode::kPermissionDenied, "as injected");
  EXPECT_EQ(apple_pay_->CheckKeys(*session_).code(), ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace florin::payload
