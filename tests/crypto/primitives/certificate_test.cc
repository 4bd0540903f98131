#include "crypto/primitives/certificate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "crypto/primitives/der.h"
#include "tests/crypto/primitives/test_ca.h"

namespace florin::primitives {
namespace {

TEST(CertificateTest, WhatIsIssuedIsRead) {
  TestCa ca(20);
  CertificateTemplate contents = LeafTemplate("Reader");
  contents.extensions.push_back({"1.2.840.113635.100.6.29", {0x05, 0x00}, false});
  const Certificate leaf = ca.Issue(contents);
  EXPECT_TRUE(SameBytes(leaf.issuer(), ca.intermediate.subject()));
  EXPECT_EQ(leaf.serial().size(), 16U);
  EXPECT_EQ(leaf.not_before(), kYear2020);
  EXPECT_EQ(leaf.not_after(), kYear2030);
  Bytes spki(91);
  ASSERT_TRUE(ca.leaf_key.public_key().ToSpki(spki).ok());
  EXPECT_TRUE(SameBytes(leaf.spki(), spki));
  auto key = leaf.EcKey();
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(key->SameAs(ca.leaf_key.public_key()));
  auto value = leaf.Extension("1.2.840.113635.100.6.29");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(ToHex(*value), "0500");
  EXPECT_FALSE(leaf.HasExtension("1.2.840.113635.100.6.30"));
  EXPECT_EQ(leaf.Extension("not an oid").code(), ErrorCode::kInvalidArgument);
  auto id = leaf.SubjectKeyId();
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->size(), 20U);
  EXPECT_TRUE(leaf.CheckSignedBy(ca.intermediate).ok());
  EXPECT_EQ(leaf.CheckSignedBy(ca.root).code(), ErrorCode::kVerificationFailed);
}

TEST(CertificateTest, BadEncodingsAreRefused) {
  TestCa ca(21);
  Bytes der(ca.leaf.der().begin(), ca.leaf.der().end());
  EXPECT_TRUE(Certificate::FromDer(der).ok());
  for (std::size_t size = 0; size < der.size(); size += 7) {
    EXPECT_EQ(Certificate::FromDer(ByteView(der).first(size)).code(), ErrorCode::kMalformed);
  }
  der.push_back(0);
  EXPECT_EQ(Certificate::FromDer(der).code(), ErrorCode::kMalformed);
  EXPECT_EQ(Certificate::FromDer(Bytes(kMaxCertificateSize + 1)).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(Certificate::FromPem(AsBytes("no certificate")).code(), ErrorCode::kMalformed);
  EXPECT_EQ(Certificate::FromPem({}).code(), ErrorCode::kMalformed);
}

// The bytes of one element: tag, shortest length, content.
Bytes Der(std::uint8_t tag, const Bytes& content) {
  Bytes out = {tag};
  const std::size_t size = content.size();
  if (size > 0xff) {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8)});
  } else if (size > 0x7f) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(size));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

// OpenSSL reads each of these, outside what is signed and inside.
TEST(CertificateTest, OnlyDerIsRead) {
  TestCa ca(29);
  const Bytes good(ca.leaf.der().begin(), ca.leaf.der().end());
  ASSERT_EQ(good[1], 0x82);
  const Bytes content(good.begin() + 4, good.end());
  EXPECT_TRUE(Certificate::FromDer(Der(0x30, content)).ok());

  Bytes indefinite = {0x30, 0x80};
  indefinite.insert(indefinite.end(), content.begin(), content.end());
  indefinite.insert(indefinite.end(), {0x00, 0x00});
  EXPECT_EQ(Certificate::FromDer(indefinite).code(), ErrorCode::kMalformed);

  Bytes long_length = {0x30, 0x83, 0x00, good[2], good[3]};
  long_length.insert(long_length.end(), content.begin(), content.end());
  EXPECT_EQ(Certificate::FromDer(long_length).code(), ErrorCode::kMalformed);

  // Inside the signed part: its length is said in one byte more.
  ASSERT_EQ(content[1], 0x82);
  Bytes inner = {0x30, 0x83, 0x00};
  inner.insert(inner.end(), content.begin() + 2, content.end());
  EXPECT_EQ(Certificate::FromDer(Der(0x30, inner)).code(), ErrorCode::kMalformed);
}

TEST(DerTest, TheOneFormOnly) {
  const char* const kGood[] = {"0500",
                               "0101ff",
                               "010100",
                               "020100",
                               "02020080",
                               "0201ff",
                               "0202ff7f",
                               "03020780",
                               "030100",
                               "0603550406",
                               "3000",
                               "3103020100",
                               "31060201000201ff",
                               "31060201010201 01",
                               "a003020100",
                               "8001ff",
                               "0c0161",
                               "040200ff",
                               "0603818001"};
  const char* const kBad[] = {"",
                              "05",
                              "050000",  // nothing, half, too much
                              "058100",
                              "0580",
                              "3080 0000",  // lengths
                              "04820001ff",
                              "1f0500",
                              "05",  // lengths, long tags
                              "010101",
                              "0100",
                              "0200",  // booleans, integers
                              "02020001",
                              "0202ff80",
                              "0a020001",  // longer than needed
                              "0300",
                              "030108",
                              "030101",  // bit strings
                              "03020701",
                              "03020481",  // unused bits that are set
                              "0600",
                              "060281",
                              "0603558001",  // arcs without end, or with leading zeros
                              "050100",
                              "000 0",
                              "1000",  // null with content, end of contents, sequence
                              "240401020401",
                              "2403040161",
                              "2303030100",  // strings in pieces
                              "31060201010201 00",
                              "3003020200",  // a set out of order, a broken inside
                              "3105020100 0500 00"};
  const auto bytes = [](std::string text) {
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return Hex(text);
  };
  for (const char* text : kGood) EXPECT_TRUE(IsDer(bytes(text))) << text;
  for (const char* text : kBad) EXPECT_FALSE(IsDer(bytes(text))) << text;
}

TEST(DerTest, NestingIsBounded) {
  Bytes nested;
  for (int i = 0; i < 32; ++i) nested = Der(0x30, nested);
  EXPECT_TRUE(IsDer(nested));
  for (int i = 0; i < 8; ++i) nested = Der(0x30, nested);
  EXPECT_FALSE(IsDer(nested));
}

TEST(CertificateTest, FlippedBitsNeverCrashAndNeverVerify) {
  TestCa ca(22);
  TestRandom random(22);
  const Bytes good(ca.leaf.der().begin(), ca.leaf.der().end());
  for (int i = 0; i < 300; ++i) {
    Bytes der = good;
    der[random.Below(der.size())] ^= static_cast<std::uint8_t>(1 + random.Below(255));
    auto parsed = Certificate::FromDer(der);
    if (!parsed.ok()) continue;
    EXPECT_FALSE(VerifyChain(*parsed, {&ca.intermediate, 1}, ca.root, kYear2025).ok());
  }
}

TEST(ChainTest, AChainLeadsToTheRoot) {
  TestCa ca(23);
  EXPECT_TRUE(VerifyChain(ca.leaf, {&ca.intermediate, 1}, ca.root, kYear2025).ok());
  const std::vector<Certificate> with_root = {ca.root, ca.intermediate, ca.leaf};
  EXPECT_TRUE(VerifyChain(ca.leaf, with_root, ca.root, kYear2025).ok());
  EXPECT_EQ(VerifyChain(ca.leaf, {}, ca.root, kYear2025).code(), ErrorCode::kVerificationFailed);
}

TEST(ChainTest, TimeIsTheGivenOne) {
  TestCa ca(24);
  const auto at = [&ca](std::int64_t time) {
    return VerifyChain(ca.leaf, {&ca.intermediate, 1}, ca.root, UnixSeconds{time}).code();
  };
  EXPECT_EQ(at(kYear2020.value), ErrorCode::kOk);
  EXPECT_EQ(at(kYear2020.value - 1), ErrorCode::kExpired);
  EXPECT_EQ(at(kYear2030.value - 1), ErrorCode::kOk);
  EXPECT_EQ(at(kYear2030.value + 1), ErrorCode::kExpired);
}

// The root of an attacker: same name, another key. And a chain that carries its own root.
TEST(ChainTest, TheRootCountsByKeyNotByName) {
  TestCa ca(25);
  TestCa attacker(26);
  ASSERT_TRUE(SameBytes(ca.root.subject(), attacker.root.subject()));
  const std::vector<Certificate> chain = {attacker.intermediate, attacker.root};
  EXPECT_EQ(VerifyChain(attacker.leaf, chain, ca.root, kYear2025).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(VerifyChain(attacker.root, chain, ca.root, kYear2025).code(),
            ErrorCode::kVerificationFailed);
  // Expired and wrong is wrong, not expired.
  EXPECT_EQ(VerifyChain(attacker.leaf, chain, ca.root, UnixSeconds{1}).code(),
            ErrorCode::kVerificationFailed);
}

TEST(ChainTest, ALeafIsNoIssuer) {
  TestCa ca(27);
  auto key = EcPrivateKey::Generate(Curve::kP256, ca.random);
  ASSERT_TRUE(key.ok());
  auto forged =
      IssueCertificate(LeafTemplate("Forged"), key->public_key(), ca.leaf, ca.leaf_key, ca.random);
  ASSERT_TRUE(forged.ok());
  const std::vector<Certificate> chain = {ca.leaf, ca.intermediate};
  EXPECT_EQ(VerifyChain(*forged, chain, ca.root, kYear2025).code(), ErrorCode::kVerificationFailed);
}

TEST(ChainTest, PathLengthHolds) {
  TestRandom random(28);
  auto root_key = EcPrivateKey::Generate(Curve::kP256, random);
  auto key = EcPrivateKey::Generate(Curve::kP256, random);
  CertificateTemplate root_contents = CaTemplate("Root");
  root_contents.path_length = 0;
  auto root = IssueSelfSigned(root_contents, *root_key, random);
  ASSERT_TRUE(root.ok());
  auto middle = IssueCertificate(CaTemplate("Middle"), key->public_key(), *root, *root_key, random);
  ASSERT_TRUE(middle.ok());
  auto leaf = IssueCertificate(LeafTemplate("Leaf"), key->public_key(), *middle, *key, random);
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(VerifyChain(*leaf, {&*middle, 1}, *root, kYear2025).code(),
            ErrorCode::kVerificationFailed);
}

TEST(ChainTest, UnknownCriticalExtensionsAreRefused) {
  TestCa ca(29);
  CertificateTemplate contents = LeafTemplate("Critical");
  contents.extensions.push_back({"1.3.6.1.4.1.99999.1", {0x05, 0x00}, true});
  EXPECT_EQ(VerifyChain(ca.Issue(contents), {&ca.intermediate, 1}, ca.root, kYear2025).code(),
            ErrorCode::kVerificationFailed);
}

TEST(ChainTest, TheRootMayBeAnAuthorityThatAnotherIssued) {
  TestCa ca(32);
  EXPECT_TRUE(VerifyChain(ca.leaf, {}, ca.intermediate, kYear2025).ok());
  EXPECT_EQ(VerifyChain(ca.leaf, {}, ca.intermediate, UnixSeconds{1}).code(), ErrorCode::kExpired);
  TestCa other(33);
  EXPECT_EQ(VerifyChain(ca.leaf, {}, other.intermediate, kYear2025).code(),
            ErrorCode::kVerificationFailed);
}

TEST(CertificateTest, KeyUsage) {
  TestCa ca(34);
  CertificateTemplate contents = LeafTemplate("Agreement");
  contents.key_agreement = true;
  const Certificate agreement = ca.Issue(contents);
  EXPECT_TRUE(agreement.CheckKeyUsage(KeyUsage::kKeyAgreement).ok());
  EXPECT_EQ(agreement.CheckKeyUsage(KeyUsage::kDigitalSignature).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_TRUE(ca.leaf.CheckKeyUsage(KeyUsage::kDigitalSignature).ok());
  EXPECT_EQ(ca.leaf.CheckKeyUsage(KeyUsage::kKeyEncipherment).code(),
            ErrorCode::kVerificationFailed);
}

TEST(ChainTest, Limits) {
  TestCa ca(30);
  const std::vector<Certificate> many(kMaxIntermediates + 1, ca.intermediate);
  EXPECT_EQ(VerifyChain(ca.leaf, many, ca.root, kYear2025).code(), ErrorCode::kLimitExceeded);
}

TEST(IssueTest, TheKeyMustBeTheIssuers) {
  TestCa ca(31);
  EXPECT_EQ(IssueCertificate(LeafTemplate("x"), ca.leaf_key.public_key(), ca.intermediate,
                             ca.root_key, ca.random)
                .code(),
            ErrorCode::kInvalidArgument);
  CertificateTemplate contents = LeafTemplate("x");
  contents.common_name = std::string(65, 'x');
  EXPECT_EQ(IssueSelfSigned(contents, ca.leaf_key, ca.random).code(), ErrorCode::kInvalidArgument);
  contents = LeafTemplate("x");
  contents.extensions.push_back({"nonsense", {0x05, 0x00}, false});
  EXPECT_EQ(IssueSelfSigned(contents, ca.leaf_key, ca.random).code(), ErrorCode::kInvalidArgument);
}

TEST(ValidityTest, TheCommonWindow) {
  TestCa ca(32);
  CertificateTemplate contents = LeafTemplate("Short");
  contents.validity = {kYear2025, {kYear2025.value + 60}};
  const std::vector<Certificate> all = {ca.root, ca.Issue(contents), ca.intermediate};
  const Validity common = CommonValidity(all);
  EXPECT_EQ(common.not_before, kYear2025);
  EXPECT_EQ(common.not_after.value, kYear2025.value + 60);
}

}  // namespace
}  // namespace florin::primitives
