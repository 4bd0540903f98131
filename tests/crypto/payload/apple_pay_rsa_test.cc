// RSA_v1: tokens that open, and every way in which one can be wrong that EC_v1 does not have.
#include <gtest/gtest.h>

#include <functional>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/oids.h"
#include "florin/base/hex.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;

// The merchant has an RSA key, and the EC key of the fixture beside it.
class ApplePayRsaFixture : public ApplePayFixture {
 protected:
  void SetUpRsaWith(std::unique_ptr<hsm::Session> session) {
    SetUpWith(std::move(session));
    const hsm::KeyTemplate merchant = RsaMerchantKey("merchant-rsa");
    const auto material = MerchantRsaKey().ToDer();
    ASSERT_TRUE(material.ok());
    const auto imported = session_->Import(merchant, *material);
    ASSERT_TRUE(imported.ok()) << imported.error().message();
    std::vector<ApplePayMerchantKey> keys;
    keys.push_back(ApplePayMerchantKey::FromMerchantIdentifier(
                       hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                       kForgeMerchant, point_)
                       .value());
    keys.push_back(ApplePayMerchantKey::FromMerchantIdentifier(*merchant.name, kForgeMerchant,
                                                               InfoOf(MerchantRsaKey()))
                       .value());
    *apple_pay_ = std::move(ApplePay::Create(std::move(keys), Options(*pki_))).value();
  }

  static ForgedToken SignedByRsa(ForgedToken token,
                                 const std::function<void(ForgedCms&)>& change = {},
                                 UnixSeconds time = kForgeNow, const ForgedPki* pki = nullptr) {
    ForgedCms cms = MakeRsaCms(pki == nullptr ? *pki_ : *pki, ContentDigest(token), time);
    if (change) change(cms);
    token.signature = BuildCms(cms);
    return token;
  }

  static ForgedToken GoodRsa() {
    return SignedByRsa(EncryptToRsa(SamplePlaintext(), MerchantRsaKey()));
  }
};

class ApplePayRsa : public ApplePayRsaFixture {
 protected:
  void SetUp() override {
    auto limited = std::make_unique<LimitedSession>(OpenSoft());
    limited_ = limited.get();
    SetUpRsaWith(std::move(limited));
  }
  LimitedSession* limited_ = nullptr;
};

class ApplePayRsaOver : public ApplePayRsaFixture, public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override {
    auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    SetUpRsaWith(std::move(session));
  }
};

INSTANTIATE_TEST_SUITE_P(Sessions, ApplePayRsaOver, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// Keys of both kinds are live at once.
TEST_P(ApplePayRsaOver, OpensTokensOfBothVersions) {
  const auto rsa = Open(GoodRsa());
  ASSERT_TRUE(rsa.ok()) << observer_.last_stage() << " "
                        << observer_.events.back().outcome.message();
  EXPECT_EQ(rsa->version, ApplePayVersion::kRsaV1);
  EXPECT_EQ(rsa->merchant_key_index, 1U);
  EXPECT_EQ(rsa->credential.pan.Read(SecretAccess{}), "4111111111111111");
  const auto ec = Open(Good());
  ASSERT_TRUE(ec.ok()) << observer_.last_stage();
  EXPECT_EQ(ec->version, ApplePayVersion::kEcV1);
  EXPECT_EQ(ec->merchant_key_index, 0U);
  const Status checked = apple_pay_->CheckKeys(*session_);
  EXPECT_TRUE(checked.ok()) << checked.error().message();
}

TEST_P(ApplePayRsaOver, WrappedKeys) {
  const auto refuse = [this](const char* what, ForgedToken token,
                             const char* stage = "key_unwrapping") {
    ExpectRefused(SignedByRsa(std::move(token)), stage, what);
  };
  ForgedToken token = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  token.key.back() ^= 1U;
  refuse("a flipped bit that Apple signed", token);
  token.key.pop_back();
  refuse("255 bytes", token);
  token.key.resize(257);
  refuse("257 bytes", token);
  token.key.clear();
  refuse("empty", token);
  token.key.assign(256, 0xff);
  refuse("more than the modulus", token);
  token.key.assign(256, 0);
  refuse("zero", token);
  // A module may cut a longer key to the length that was asked for; then the tag is wrong.
  refuse("a key of 32 bytes", EncryptToRsa(SamplePlaintext(), MerchantRsaKey(), 32), "");
  refuse("a key of 24 bytes", EncryptToRsa(SamplePlaintext(), MerchantRsaKey(), 24), "");
  // Padding with SHA-1 in MGF1, as the name of the algorithm means elsewhere, is another padding.
  token = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  const Bytes key(16, 7);
  ASSERT_TRUE(MerchantRsaKey().PublicKey()->EncryptOaep(Hash::kSha512, key, token.key).ok());
  refuse("OAEP with another hash", token);
  token = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  token.data.back() ^= 1U;
  refuse("a wrong tag that Apple signed", token, "decrypt");
  token = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  token.data.resize(16);
  refuse("nothing but a tag", token, "ciphertext");
  EXPECT_TRUE(Open(GoodRsa()).ok());
}

TEST_F(ApplePayRsa, Json) {
  const std::string good = ToJson(GoodRsa());
  ExpectRefused(Replace(good, "RSA_v1", "EC_v1"), "token.header", "EC_v1 with wrappedKey");
  ExpectRefused(Replace(good, "RSA_v1", "RSA_v2"), "token.version", "RSA_v2");
  ExpectRefused(Replace(good, "RSA_v1", "rsa_v1"), "token.version", "lower case");
  ExpectRefused(Replace(good, "\"header\":{", "\"header\":{\"ephemeralPublicKey\":\"\","),
                "token.header", "both keys");
  ExpectRefused(Replace(good, "\"wrappedKey\"", "\"wrappedkey\""), "token.header", "other case");
  ExpectRefused(Replace(good, "\"header\":{", "\"header\":{\"publicKeyHash\":\"\","), "token.json",
                "a member twice");
  const std::string wrong_member =
      Replace(Replace(good, "RSA_v1", "EC_v1"), "wrappedKey", "ephemeralPublicKey");
  ExpectRefused(wrong_member, "merchant_key", "the version of another key");
}

// One bit of each byte, in every part that is signed.
TEST_F(ApplePayRsa, FlippedBits) {
  const ForgedToken good = GoodRsa();
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

TEST_F(ApplePayRsa, ApplicationDataIsSigned) {
  ForgedToken token = GoodRsa();
  token.application_data = Bytes(32, 7);
  ExpectRefused(token, "content_digest", "added");
  token = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  token.application_data = Bytes(32, 7);
  token = SignedByRsa(std::move(token));
  ForgedToken stripped = token;
  stripped.application_data.reset();
  ExpectRefused(stripped, "content_digest", "stripped");
  const auto payment = Open(token);
  ASSERT_TRUE(payment.ok());
  EXPECT_EQ((*payment->application_data_hash)[31], 7);
}

TEST_F(ApplePayRsa, Signatures) {
  const auto refuse = [this](const char* stage, const char* what,
                             const std::function<void(ForgedCms&)>& change) {
    ExpectRefused(SignedByRsa(EncryptToRsa(SamplePlaintext(), MerchantRsaKey()), change), stage,
                  what);
  };
  refuse("signature", "another key",
         [](ForgedCms& cms) { cms.signers[0].key = &MerchantRsaKey(); });
  refuse("cms.signature_algorithm", "RSA without parameters", [](ForgedCms& cms) {
    cms.signers[0].signature_algorithm =
        Element(asn1::kSequence, {Element(asn1::kOid, {Bytes(std::begin(oids::kSha256WithRsa),
                                                             std::end(oids::kSha256WithRsa))})});
  });
  refuse("cms.signature_algorithm", "rsaEncryption", [](ForgedCms& cms) {
    cms.signers[0].signature_algorithm =
        Element(asn1::kSequence, {Element(asn1::kOid, {Bytes(std::begin(oids::kRsaEncryption),
                                                             std::end(oids::kRsaEncryption))}),
                                  Bytes{0x05, 0x00}});
  });
  refuse("cms.algorithm_protection", "ECDSA protected, RSA used", [](ForgedCms& cms) {
    cms.signers[0].attributes[3] =
        AlgorithmProtectionAttribute(Sha256Algorithm(), EcdsaAlgorithm());
  });
  // Good signatures of the other kind: by the EC leaf, and by the RSA leaf for EC_v1.
  ExpectRefused(Signed(EncryptToRsa(SamplePlaintext(), MerchantRsaKey())),
                "cms.signature_algorithm", "RSA_v1 signed by ECDSA");
  ExpectRefused(SignedByRsa(Encrypt(SamplePlaintext(), point_)), "cms.signature_algorithm",
                "EC_v1 signed by RSA");
  // The EC leaf named as the signer, with the algorithm of the RSA leaf, and its key.
  refuse("signature", "the leaf of another kind", [this](ForgedCms& cms) {
    const ForgedCms ec = MakeCms(*pki_, {});
    cms.certificates = ec.certificates;
    cms.signers[0].name = ec.signers[0].name;
  });
  refuse("cms.certificates", "the leaf alone", [](ForgedCms& cms) { cms.certificates.pop_back(); });
  refuse("cms.certificates", "the leaf twice",
         [](ForgedCms& cms) { cms.certificates[1] = cms.certificates[0]; });
  refuse("cms.certificates", "the root too",
         [](ForgedCms& cms) { cms.certificates.push_back(DerOf(pki_->root.certificate)); });
  refuse("cms.signer_info", "two signers",
         [](ForgedCms& cms) { cms.signers.push_back(cms.signers[0]); });
  ForgedToken segmented = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  segmented = SignedByRsa(segmented, [](ForgedCms& cms) { cms.segmented_signature = true; });
  EXPECT_TRUE(Open(segmented).ok()) << "BER allows it";
}

TEST_F(ApplePayRsa, Chains) {
  PkiOptions no_leaf_marker;
  no_leaf_marker.rsa_leaf_marker = false;
  PkiOptions no_intermediate_marker;
  no_intermediate_marker.intermediate_marker = false;
  for (const PkiOptions& options : {no_leaf_marker, no_intermediate_marker}) {
    const ForgedPki pki = MakePki(options);
    ApplePayOptions trusting = Options(pki);
    std::vector<ApplePayMerchantKey> keys;
    keys.push_back(ApplePayMerchantKey::FromMerchantIdentifier(
                       hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant-rsa").value(),
                       kForgeMerchant, InfoOf(MerchantRsaKey()))
                       .value());
    *apple_pay_ = std::move(ApplePay::Create(std::move(keys), trusting)).value();
    ExpectRefused(
        SignedByRsa(EncryptToRsa(SamplePlaintext(), MerchantRsaKey()), {}, kForgeNow, &pki),
        "chain", "a marker is missing");
  }
}

TEST_F(ApplePayRsa, OtherRoots) {
  const ForgedPki impostor = MakePki();  // a root of its own with the same names
  ExpectRefused(
      SignedByRsa(EncryptToRsa(SamplePlaintext(), MerchantRsaKey()), {}, kForgeNow, &impostor),
      "chain", "another root of the same name");
}

TEST_F(ApplePayRsa, TimesAndReplay) {
  const auto signed_at = [](std::int64_t offset) {
    return SignedByRsa(EncryptToRsa(SamplePlaintext(), MerchantRsaKey()), {},
                       UnixSeconds{kForgeNow.value + offset});
  };
  ExpectRefused(signed_at(-301), "signing_time", "too old");
  ExpectRefused(signed_at(301), "signing_time", "from the future");
  const ForgedToken token = signed_at(300);
  EXPECT_TRUE(Open(token).ok());
  ExpectRefused(token, "replay", "the same token again");
  ForgedToken other = GoodRsa();
  other.public_key_hash[3] ^= 1U;
  ExpectRefused(other, "merchant_key", "another key hash");
}

// Whatever a module answers to a wrong padding, callers see the one error: an attacker who could
// tell the answers apart would have an oracle (Bleichenbacher 1998, Manger 2001).
TEST_F(ApplePayRsa, ErrorsOfUnwrappingAreRefusals) {
  for (const ErrorCode code :
       {ErrorCode::kDeviceError, ErrorCode::kVerificationFailed, ErrorCode::kPermissionDenied,
        ErrorCode::kInvalidArgument, ErrorCode::kMalformed, ErrorCode::kInternal,
        ErrorCode::kUnsupported}) {
    limited_->unwrap_error = Error(code, "as injected", 5);
    ExpectRefused(GoodRsa(), "key_unwrapping", ErrorCodeName(code));
    EXPECT_EQ(observer_.events.back().outcome.code(), code) << "the operator hears all of it";
  }
  for (const ErrorCode code : {ErrorCode::kSessionLost, ErrorCode::kResourceExhausted}) {
    limited_->unwrap_error = Error(code, "as injected");
    EXPECT_EQ(Open(GoodRsa()).code(), code);
  }
  limited_->unwrap_error.reset();
  EXPECT_TRUE(Open(GoodRsa()).ok());
  EXPECT_EQ(limited_->live_derived_keys(), 0);
}

TEST_F(ApplePayRsa, NothingIsUnwrappedThatWasNotSigned) {
  ForgedToken token = GoodRsa();
  token.signature = GoodRsa().signature;
  const int before = limited_->unwraps();
  ExpectRefused(token, "content_digest", "another token's signature");
  EXPECT_EQ(limited_->unwraps(), before);
}

TEST_F(ApplePayRsa, NamesTheMechanismThatIsMissing) {
  limited_->without = {MechanismType::kRsaOaep};
  const auto refused = Open(GoodRsa());
  ASSERT_EQ(refused.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(refused.error().message()).find("CKM_RSA_PKCS_OAEP"), std::string::npos);
  EXPECT_EQ(apple_pay_->CheckKeys(*session_).code(), ErrorCode::kUnsupported);
}

// SoftHSM2 lists OAEP, but has it with SHA-1 alone.
TEST_F(ApplePayRsa, OverSoftHsmItSaysWhatIsMissing) {
  auto soft_hsm = OpenSoftHsm();
  if (soft_hsm == nullptr) GTEST_SKIP() << "not on this machine";
  session_.reset();
  SetUpRsaWith(std::move(soft_hsm));
  const Status checked = apple_pay_->CheckKeys(*session_);
  ASSERT_FALSE(checked.ok());
  // The EC key comes first, and lacks a mechanism as well.
  EXPECT_EQ(checked.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(observer_.events.back().outcome.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(observer_.events.back().outcome.message()).find("RSA-OAEP with this hash"),
            std::string::npos)
      << observer_.events.back().outcome.message();
  // In the course of business the answer could be the padding's, and is a refusal.
  ExpectRefused(GoodRsa(), "key_unwrapping", "over SoftHSM2");
  EXPECT_EQ(observer_.events.back().outcome.code(), ErrorCode::kUnsupported);
}

TEST_F(ApplePayRsa, CheckKeysFindsAnotherKey) {
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(ApplePayMerchantKey::FromMerchantIdentifier(
                     hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant-rsa").value(),
                     kForgeMerchant, InfoOf(SignerRsaKey()))
                     .value());
  const auto apple_pay = std::move(ApplePay::Create(std::move(keys), Options(*pki_))).value();
  EXPECT_EQ(apple_pay.CheckKeys(*session_).code(), ErrorCode::kVerificationFailed);
}

// Unlike a retired EC key: unwrapping is processing (SP 800-57 part 1 8.3.3).
TEST_F(ApplePayRsa, ARetiredKeyStillUnwraps) {
  const auto handle =
      session_->Resolve(hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant-rsa").value());
  ASSERT_TRUE(handle.ok());
  ASSERT_TRUE(limited_->SetState(*handle, mechanisms::KeyState::kRetired).ok());
  EXPECT_TRUE(Open(GoodRsa()).ok());
  EXPECT_EQ(limited_->SetState(*handle, mechanisms::KeyState::kCompromised).code(), ErrorCode::kOk);
  ExpectRefused(GoodRsa(), "key_unwrapping", "a compromised key");
}

TEST_F(ApplePayRsa, MerchantKeysOfOtherLengths) {
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant-rsa").value();
  const auto longer = primitives::RsaPrivateKey::Generate(3072);
  ASSERT_TRUE(longer.ok());
  EXPECT_EQ(
      ApplePayMerchantKey::FromMerchantIdentifier(name, kForgeMerchant, InfoOf(*longer)).code(),
      ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace florin::payload
