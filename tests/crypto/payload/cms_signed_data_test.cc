#include "crypto/payload/cms_signed_data.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/oids.h"
#include "crypto/payload/signer_chain.h"
#include "crypto/primitives/cms.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/payload/forge.h"

namespace florin::payload {
namespace {

using Digest32 = std::array<std::uint8_t, 32>;

class CmsSignedDataTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { pki_ = new ForgedPki(MakePki()); }
  static void TearDownTestSuite() { delete pki_; }

  void SetUp() override {
    content_ = {1, 2, 3, 4, 5};
    ASSERT_TRUE(primitives::Digest(Hash::kSha256, ByteView(content_), digest_).ok());
    chains_ = std::move(SignerChains::Create({pki_->root.certificate})).value();
  }

  ForgedCms Make() const { return MakeCms(*pki_, digest_); }

  // Everything that Open does with a message, in the same order.
  Status Verify(ByteView cms, CmsStage* stage = nullptr) {
    CmsSignedData message;
    CmsStage ignored;
    FLORIN_CHECK_OK(message.Read(cms, stage == nullptr ? ignored : *stage));
    if (!SameBytes(message.message_digest(), digest_)) {
      return Error(ErrorCode::kVerificationFailed, "digest");
    }
    FLORIN_TRY(const SignerChain chain,
               chains_->Verify(message.leaf(), message.intermediate(), kForgeNow));
    Digest32 attributes;
    FLORIN_CHECK_OK(message.SignedAttributesDigest(attributes));
    FLORIN_CHECK_OK(
        chain.CheckSignature(message.signature_algorithm(), attributes, message.signature()));
    chains_->Remember(chain, kForgeNow);
    return OkStatus();
  }

  bool OpenSslAccepts(ByteView cms) const {
    return primitives::VerifyDetachedCms(cms, content_, pki_->root.certificate, kForgeNow).ok();
  }

  static ForgedPki* pki_;
  Bytes content_;
  Digest32 digest_{};
  std::unique_ptr<SignerChains> chains_;
};

ForgedPki* CmsSignedDataTest::pki_ = nullptr;

TEST_F(CmsSignedDataTest, AcceptsWhatPhonesWrite) {
  for (const bool null_parameters : {false, true}) {
    const Bytes cms = BuildCms(MakeCms(*pki_, digest_, kForgeNow, null_parameters));
    EXPECT_TRUE(Verify(cms).ok());
    EXPECT_TRUE(OpenSslAccepts(cms));
  }
}

// The writer, the reader and OpenSSL agree.
TEST_F(CmsSignedDataTest, ReadsAndOpenSslAcceptsWhatItWrites) {
  for (const std::int64_t time : {kForgeNow.value, std::int64_t{2524608000}}) {
    for (const bool null_parameters : {false, true}) {
      const Bytes leaf = DerOf(pki_->leaf.certificate);
      const Bytes intermediate = DerOf(pki_->intermediate.certificate);
      CmsToSign message;
      message.content_digest = digest_;
      message.signing_time = UnixSeconds{time};
      message.leaf = leaf;
      message.intermediate = intermediate;
      message.digest_parameters_null = null_parameters;
      Bytes out(leaf.size() + intermediate.size() + kCmsOverhead);
      auto size = WriteCmsSignedData(message, &pki_->leaf.key, out);
      ASSERT_TRUE(size.ok()) << size.error().message();
      const ByteView cms = ByteView(out).first(*size);
      EXPECT_TRUE(Verify(cms).ok());
      EXPECT_TRUE(OpenSslAccepts(cms));
      CmsSignedData read;
      CmsStage stage;
      ASSERT_TRUE(read.Read(cms, stage).ok());
      EXPECT_EQ(read.signing_time().value, time);
      Bytes small(*size - 16);  // signatures differ by a few bytes in length
      EXPECT_EQ(WriteCmsSignedData(message, &pki_->leaf.key, small).code(),
                ErrorCode::kBufferTooSmall);
    }
  }
}

TEST_F(CmsSignedDataTest, FindsTheLeafByNameNotByPlace) {
  ForgedCms cms = Make();
  std::swap(cms.certificates[0], cms.certificates[1]);
  EXPECT_TRUE(Verify(BuildCms(cms)).ok());
}

TEST_F(CmsSignedDataTest, JoinsASegmentedSignature) {
  ForgedCms cms = Make();
  cms.segmented_signature = true;
  const Bytes built = BuildCms(cms);
  EXPECT_TRUE(Verify(built).ok());
  EXPECT_TRUE(OpenSslAccepts(built));
}

// BER lets a length be written longer than needed; OpenSSL agrees.
TEST_F(CmsSignedDataTest, ReadsLongFormLengths) {
  ForgedCms cms = Make();
  cms.version = {0x02, 0x81, 0x01, 0x01};
  const Bytes built = BuildCms(cms);
  EXPECT_TRUE(Verify(built).ok());
  EXPECT_TRUE(OpenSslAccepts(built));
}

struct Refusal {
  const char* name;
  CmsStage stage;
  std::function<void(ForgedCms&, const ForgedPki&)> change;
};

Bytes Sha512Algorithm() {
  return {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03};
}

std::vector<Refusal> StructureRefusals() {
  using C = ForgedCms;
  using P = ForgedPki;
  return {
      {"version 3", CmsStage::kVersion,
       [](C& c, const P&) {
         c.version = {0x02, 0x01, 0x03};
       }},
      {"no digest algorithm", CmsStage::kDigestAlgorithms,
       [](C& c, const P&) { c.digest_algorithms.clear(); }},
      {"two digest algorithms", CmsStage::kDigestAlgorithms,
       [](C& c, const P&) { c.digest_algorithms.push_back(Sha512Algorithm()); }},
      {"SHA-512", CmsStage::kDigestAlgorithms,
       [](C& c, const P&) { c.digest_algorithms = {Sha512Algorithm()}; }},
      {"content inside", CmsStage::kEncapsulatedContent,
       [](C& c, const P&) {
         c.encapsulated_content = Element(
             asn1::kSequence,
             {Element(asn1::kOid, {Bytes(std::begin(oids::kData), std::end(oids::kData))}),
              Element(asn1::kContext0, {Element(asn1::kOctetString, {Bytes{1, 2, 3, 4, 5}})})});
       }},
      {"other content type", CmsStage::kEncapsulatedContent,
       [](C& c, const P&) {
         c.encapsulated_content =
             Element(asn1::kSequence, {Element(asn1::kOid, {Bytes(std::begin(oids::kSignedData),
                                                                  std::end(oids::kSignedData))})});
       }},
      {"one certificate", CmsStage::kCertificates,
       [](C& c, const P&) { c.certificates.pop_back(); }},
      {"the root too", CmsStage::kCertificates,
       [](C& c, const P& p) { c.certificates.push_back(DerOf(p.root.certificate)); }},
      {"the leaf twice", CmsStage::kCertificates,
       [](C& c, const P&) { c.certificates[1] = c.certificates[0]; }},
      {"the leaf thrice", CmsStage::kCertificates,
       [](C& c, const P&) { c.certificates.push_back(c.certificates[0]); }},
      {"something that is no certificate", CmsStage::kCertificates,
       [](C& c, const P&) {
         c.certificates[1] = {0x02, 0x01, 0x01};
       }},
      {"CRLs", CmsStage::kCertificates,
       [](C& c, const P&) {
         c.crls = {0xa1, 0x00};
       }},
      {"no signer", CmsStage::kSignerInfo, [](C& c, const P&) { c.signers.clear(); }},
  };
}

std::vector<Refusal> SignerRefusals() {
  using C = ForgedCms;
  using P = ForgedPki;
  return {
      {"two signers", CmsStage::kSignerInfo,
       [](C& c, const P&) { c.signers.push_back(c.signers[0]); }},
      {"signer version 3", CmsStage::kSignerInfo,
       [](C& c, const P&) {
         c.signers[0].version = {0x02, 0x01, 0x03};
       }},
      {"key identifier", CmsStage::kSignerInfo,
       [](C& c, const P&) {
         c.signers[0].name = {0x80, 0x02, 0x01, 0x02};
       }},
      {"serial number of nobody", CmsStage::kSignerInfo,
       [](C& c, const P& p) {
         c.signers[0].name =
             Element(asn1::kSequence,
                     {Bytes(p.leaf.certificate.issuer().begin(), p.leaf.certificate.issuer().end()),
                      Bytes{0x02, 0x01, 0x01}});
       }},
      {"signer SHA-512", CmsStage::kSignerDigestAlgorithm,
       [](C& c, const P&) { c.signers[0].digest_algorithm = Sha512Algorithm(); }},
      {"digest parameters not NULL", CmsStage::kSignerDigestAlgorithm,
       [](C& c, const P&) {
         c.signers[0].digest_algorithm = Join(
             {Bytes{0x30, 0x0e}, ByteView(Sha256Algorithm()).subspan(2), Bytes{0x02, 0x01, 0x00}});
       }},
  };
}

std::vector<Refusal> AttributeRefusals() {
  using C = ForgedCms;
  using P = ForgedPki;
  return {
      {"no signed attributes", CmsStage::kContentType,
       [](C& c, const P&) { c.signers[0].attributes.clear(); }},
      {"no content type", CmsStage::kContentType,
       [](C& c, const P&) { c.signers[0].attributes.erase(c.signers[0].attributes.begin()); }},
      {"no signing time", CmsStage::kSigningTime,
       [](C& c, const P&) { c.signers[0].attributes.erase(c.signers[0].attributes.begin() + 1); }},
      {"no message digest", CmsStage::kMessageDigest,
       [](C& c, const P&) { c.signers[0].attributes.erase(c.signers[0].attributes.begin() + 2); }},
      {"short message digest", CmsStage::kMessageDigest,
       [](C& c, const P&) { c.signers[0].attributes[2] = MessageDigestAttribute(Bytes(20)); }},
      {"two signing times", CmsStage::kSignedAttributes,
       [](C& c, const P&) {
         c.signers[0].attributes.push_back(SigningTimeAttribute(UnixSeconds{1}));
       }},
      {"attributes not in order", CmsStage::kSignedAttributes,
       [](C& c, const P&) {
         c.signers[0].sort_attributes = false;
         std::swap(c.signers[0].attributes[0], c.signers[0].attributes[1]);
       }},
      {"other content type attribute", CmsStage::kContentType,
       [](C& c, const P&) {
         c.signers[0].attributes[0] = Element(
             asn1::kSequence,
             {Element(asn1::kOid,
                      {Bytes(std::begin(oids::kContentType), std::end(oids::kContentType))}),
              Element(asn1::kSet, {Element(asn1::kOid, {Bytes(std::begin(oids::kSignedData),
                                                              std::end(oids::kSignedData))})})});
       }},
      {"protection of another digest", CmsStage::kAlgorithmProtection,
       [](C& c, const P&) {
         c.signers[0].attributes[3] =
             AlgorithmProtectionAttribute(Sha512Algorithm(), EcdsaAlgorithm());
       }},
      {"protection of another signature", CmsStage::kAlgorithmProtection,
       [](C& c, const P&) {
         c.signers[0].attributes[3] =
             AlgorithmProtectionAttribute(Sha256Algorithm(), Sha256Algorithm());
       }},
      {"other signature algorithm", CmsStage::kSignatureAlgorithm,
       [](C& c, const P&) { c.signers[0].signature_algorithm = Sha256Algorithm(); }},
      {"unsigned attributes", CmsStage::kSignature,
       [](C& c, const P&) {
         c.signers[0].unsigned_attributes = {0xa1, 0x00};
       }},
  };
}

TEST_F(CmsSignedDataTest, RefusesWhatIsNotTheProfile) {
  std::vector<Refusal> refusals = StructureRefusals();
  for (Refusal& refusal : SignerRefusals()) refusals.push_back(std::move(refusal));
  for (Refusal& refusal : AttributeRefusals()) refusals.push_back(std::move(refusal));
  for (const Refusal& refusal : refusals) {
    ForgedCms cms = Make();
    refusal.change(cms, *pki_);
    CmsStage stage = CmsStage::kContentInfo;
    EXPECT_FALSE(Verify(BuildCms(cms), &stage).ok()) << refusal.name;
    EXPECT_STREQ(CmsStageName(stage), CmsStageName(refusal.stage)) << refusal.name;
  }
}

TEST_F(CmsSignedDataTest, PassesOverUnknownSignedAttributes) {
  ForgedCms cms = Make();
  cms.signers[0].attributes.push_back(Element(
      asn1::kSequence, {Element(asn1::kOid, {Bytes{0x2a, 0x03}}), Element(asn1::kSet, {})}));
  EXPECT_TRUE(Verify(BuildCms(cms)).ok());
  cms.signers[0].attributes.erase(cms.signers[0].attributes.begin() + 3);
  EXPECT_TRUE(Verify(BuildCms(cms)).ok()) << "a CMSAlgorithmProtection need not be there";
  for (std::uint8_t i = 4; i < 30; ++i) {
    cms.signers[0].attributes.push_back(
        Element(asn1::kSequence, {Element(asn1::kOid, {Bytes{0x2a, i}}), Element(asn1::kSet, {})}));
  }
  EXPECT_EQ(Verify(BuildCms(cms)).code(), ErrorCode::kLimitExceeded);
}

TEST_F(CmsSignedDataTest, RefusesASignatureOverTheTagAsSent) {
  ForgedCms cms = Make();
  cms.signers[0].sign_as_sent = true;
  const Bytes built = BuildCms(cms);
  EXPECT_EQ(Verify(built).code(), ErrorCode::kVerificationFailed);
  EXPECT_FALSE(OpenSslAccepts(built));
}

TEST_F(CmsSignedDataTest, RefusesEveryTruncation) {
  const Bytes cms = BuildCms(Make());
  for (std::size_t size = 0; size < cms.size(); ++size) {
    CmsSignedData message;
    CmsStage stage;
    ASSERT_FALSE(message.Read(ByteView(cms).first(size), stage).ok()) << size;
  }
  Bytes longer = cms;
  longer.push_back(0);
  EXPECT_FALSE(Verify(longer).ok());
}

// One bit of every byte is turned over. Nothing that is accepted here is refused by OpenSSL, and
// nothing is accepted but what says the same.
TEST_F(CmsSignedDataTest, RefusesEveryChangedByteAsOpenSslDoes) {
  const Bytes cms = BuildCms(Make());
  std::size_t openssl_alone = 0;
  for (std::size_t i = 0; i < cms.size(); ++i) {
    Bytes changed = cms;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1U << (i % 8));
    const bool accepted = Verify(changed).ok();
    EXPECT_FALSE(accepted) << "byte " << i;
    if (i % 16 != 0) continue;  // the oracle is slow
    const bool oracle = OpenSslAccepts(changed);
    EXPECT_TRUE(oracle || !accepted) << "byte " << i;
    if (oracle && !accepted) ++openssl_alone;
  }
  RecordProperty("accepted_by_openssl_alone", static_cast<int>(openssl_alone));
}

}  // namespace
}  // namespace florin::payload
