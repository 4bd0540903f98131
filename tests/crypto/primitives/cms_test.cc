#include "crypto/primitives/cms.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "florin/base/base64.h"
#include "tests/crypto/primitives/test_ca.h"
#include "tools/vectors/vector_file.h"

namespace florin::primitives {
namespace {

constexpr std::string_view kContent = "what a phone would sign";

Bytes SignWith(const TestCa& ca, CmsEncoding encoding) {
  CmsSigningOptions options;
  options.signing_time = kYear2025;
  options.encoding = encoding;
  return SignDetachedCms(AsBytes(kContent), ca.leaf, ca.leaf_key, {&ca.intermediate, 1}, options)
      .value();
}

TEST(CmsTest, RoundTripsInBothEncodings) {
  TestCa ca(40);
  for (const CmsEncoding encoding : {CmsEncoding::kDer, CmsEncoding::kBerIndefinite}) {
    const Bytes cms = SignWith(ca, encoding);
    EXPECT_EQ(cms[1] == 0x80, encoding == CmsEncoding::kBerIndefinite);
    auto verified = VerifyDetachedCms(cms, AsBytes(kContent), ca.root, kYear2025);
    ASSERT_TRUE(verified.ok());
    EXPECT_TRUE(SameBytes(verified->signer.der(), ca.leaf.der()));
    EXPECT_EQ(verified->certificates.size(), 2U);
    ASSERT_TRUE(verified->signing_time.has_value());
    EXPECT_EQ(*verified->signing_time, kYear2025);
  }
}

TEST(CmsTest, WhatMakesItFail) {
  TestCa ca(41);
  TestCa other(42);
  const Bytes cms = SignWith(ca, CmsEncoding::kBerIndefinite);
  const auto code = [&cms](std::string_view content, const Certificate& root, UnixSeconds time) {
    return VerifyDetachedCms(cms, AsBytes(content), root, time).code();
  };
  EXPECT_EQ(code("what a phone would sigN", ca.root, kYear2025), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code("", ca.root, kYear2025), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(kContent, other.root, kYear2025), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(kContent, ca.root, UnixSeconds{0}), ErrorCode::kExpired);
}

TEST(CmsTest, WithoutCertificatesThereIsNoSigner) {
  TestCa ca(43);
  CmsSigningOptions options;
  options.signing_time = kYear2025;
  options.include_certificates = false;
  auto cms = SignDetachedCms(AsBytes(kContent), ca.leaf, ca.leaf_key, {}, options);
  ASSERT_TRUE(cms.ok());
  EXPECT_FALSE(VerifyDetachedCms(*cms, AsBytes(kContent), ca.root, kYear2025).ok());
}

TEST(CmsTest, GarbageIsRefused) {
  TestCa ca(44);
  const Bytes good = SignWith(ca, CmsEncoding::kDer);
  const auto code = [&ca](const Bytes& cms) {
    return VerifyDetachedCms(cms, AsBytes(kContent), ca.root, kYear2025).code();
  };
  EXPECT_EQ(code({}), ErrorCode::kMalformed);
  EXPECT_EQ(code(Bytes(100, 0x30)), ErrorCode::kMalformed);
  EXPECT_EQ(code(Bytes(kMaxCmsSize + 1)), ErrorCode::kLimitExceeded);
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(code(longer), ErrorCode::kMalformed);
  TestRandom random(44);
  for (int i = 0; i < 300; ++i) {
    Bytes cms = good;
    const std::size_t at = random.Below(cms.size());
    cms[at] = static_cast<std::uint8_t>(cms[at] ^ (1 + random.Below(255)));
    // Some bytes are not signed (versions, OID copies): what verifies must still name our signer.
    auto verified = VerifyDetachedCms(cms, AsBytes(kContent), ca.root, kYear2025);
    if (verified.ok()) {
      EXPECT_TRUE(SameBytes(verified->signer.der(), ca.leaf.der()));
    }
  }
}

TEST(CmsTest, TheKeyMustBeTheSigners) {
  TestCa ca(45);
  EXPECT_EQ(SignDetachedCms(AsBytes(kContent), ca.leaf, ca.intermediate_key, {}, {}).code(),
            ErrorCode::kInvalidArgument);
}

Bytes FromBase64(const nlohmann::json& text) {
  return Base64Decode(text.get<std::string>(), Base64Form::kStandard).value();
}

// The content that a wallet token signs: ephemeral key, data, transaction identifier.
Bytes SignedContent(const nlohmann::json& token) {
  const auto& header = token.at("header");
  Bytes content = FromBase64(header.at("ephemeralPublicKey"));
  const Bytes data = FromBase64(token.at("data"));
  const Bytes id = HexDecode(header.at("transactionId").get<std::string>()).value();
  content.insert(content.end(), data.begin(), data.end());
  content.insert(content.end(), id.begin(), id.end());
  return content;
}

TEST(CmsTest, PublishedWalletTokensVerifyAtTheirSigningTime) {
  const auto file =
      vectors::VectorFile::Load(FLORIN_SOURCE_DIR "/tests/vectors/wallet/apple_pay_ec_v1.json");
  const auto roots = file.GroupsOf("root");
  ASSERT_EQ(roots.size(), 1U);
  auto root = Certificate::FromDer(roots[0]->tests.at(0).Hex("certificate"));
  ASSERT_TRUE(root.ok());
  int tokens = 0;
  for (const auto* group : file.GroupsOf("token")) {
    for (const auto& test : group->tests) {
      SCOPED_TRACE(test.id);
      const auto token = nlohmann::json::parse(test.Text("token"));
      const Bytes cms = FromBase64(token.at("signature"));
      const Bytes content = SignedContent(token);
      const UnixSeconds time{test.Number("signing_time")};
      auto verified = VerifyDetachedCms(cms, content, *root, time);
      ASSERT_TRUE(verified.ok()) << verified.error().message();
      EXPECT_EQ(verified->signing_time, time);
      EXPECT_TRUE(verified->signer.HasExtension("1.2.840.113635.100.6.29"));
      EXPECT_EQ(VerifyDetachedCms(cms, content, *root, UnixSeconds{4102444800}).code(),
                ErrorCode::kExpired);
      ++tokens;
    }
  }
  EXPECT_EQ(tokens, 3);
}

}  // namespace
}  // namespace florin::primitives
