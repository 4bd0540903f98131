// TR-34 by the samples of TR-34:2019 Annex B.
#include <map>
#include <string>

#include "crypto/base/asn1_time.h"
#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_envelope.h"
#include "crypto/card/tr34_token.h"
#include "crypto/primitives/revocation_list.h"
#include "florin/base/hex.h"
#include "tests/crypto/card/key_block_testing.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::card {
namespace {

using primitives::Certificate;
using primitives::RsaPrivateKey;
using primitives::RsaPublicKey;
using vectors::TestCase;
using vectors::VectorFile;

struct Party {
  Bytes certificate_der;
  RsaPrivateKey private_key;
  RsaPublicKey public_key;
};

class Tr34Vectors : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* group : file_.GroupsOf("credential")) {
      for (const TestCase& test : group->tests) {
        auto private_key = RsaPrivateKey::FromDer(test.Hex("private_key"));
        auto public_key = RsaPublicKey::FromSpki(test.Hex("public_key"));
        ASSERT_TRUE(private_key.ok() && public_key.ok()) << test.place();
        const auto own = private_key->PublicKey();
        EXPECT_EQ(own->ToSpki().value(), test.Hex("public_key")) << test.place();
        const auto certificate = Certificate::FromDer(test.Hex("certificate"));
        EXPECT_EQ(certificate.ok(), test.valid) << test.place();
        if (certificate.ok()) {
          EXPECT_TRUE(SameBytes(certificate->spki(), test.Hex("public_key"))) << test.place();
        }
        parties_.emplace(test.Text("name"),
                         Party{test.Hex("certificate"), std::move(private_key).value(),
                               std::move(public_key).value()});
      }
    }
    for (const auto* group : file_.GroupsOf("id")) {
      for (const TestCase& test : group->tests) ids_[test.Text("name")] = test.Hex("der");
    }
  }

  template <class Check>
  void ForEach(const char* type, Check check) {
    std::size_t count = 0;
    for (const auto* group : file_.GroupsOf(type)) {
      for (const TestCase& test : group->tests) {
        SCOPED_TRACE(test.place());
        check(test);
        ++count;
      }
    }
    EXPECT_NE(count, 0U) << type;
  }

  // The token, after its signature has been verified.
  Tr34Token Verified(const Bytes& der, const std::string& signer) {
    const auto token = Tr34Token::Parse(der);
    EXPECT_TRUE(token.ok()) << token.error().message();
    if (!token.ok()) return {};
    EXPECT_TRUE(SameBytes(token->signer, ids_.at(signer)));
    EXPECT_TRUE(VerifyTr34Signature(*token, parties_.at(signer).public_key).ok());
    for (const auto& [name, party] : parties_) {
      EXPECT_EQ(VerifyTr34Signature(*token, party.public_key).ok(), name == signer) << name;
    }
    return *token;
  }

  Bytes IdsOf(const TestCase& test) {
    Bytes joined;
    for (const std::string& name : test.List("ids")) {
      joined.insert(joined.end(), ids_.at(name).begin(), ids_.at(name).end());
    }
    return joined;
  }

  void ExpectNobodyOpens(const Tr34Envelope& envelope) {
    primitives::TestRandom random(50);
    for (const auto& [name, party] : parties_) {
      EXPECT_EQ(OpenTr34Envelope(envelope, party.private_key, random).code(),
                ErrorCode::kVerificationFailed)
          << name;
    }
  }

  void CheckIds();
  void CheckContents();
  void CheckKeyContents();
  void CheckKeyTokens();
  void CheckAttributes();
  void CheckRandomTokens();
  void CheckRevocationLists();
  void CheckCredentialTokens();
  void CheckRebindTokens();
  void CheckUnbindTokens();

  const VectorFile file_ = LoadCardVectors("tr34.json");
  std::map<std::string, Party> parties_;
  std::map<std::string, Bytes> ids_;
  std::map<std::string, Bytes> attributes_;
};

void Tr34Vectors::CheckIds() {
  ForEach("id", [](const TestCase& test) {
    const Bytes id = test.Hex("der");
    EXPECT_EQ(id.at(0), 0x30);
  });
  for (const auto& [name, party] : parties_) {
    const auto certificate = Certificate::FromDer(party.certificate_der);
    if (!certificate.ok()) continue;
    EXPECT_EQ(IssuerAndSerialOf(*certificate).value(), ids_.at(name)) << name;
  }
}

void Tr34Vectors::CheckContents() {
  ForEach("content", [this](const TestCase& test) {
    const Bytes der = test.Hex("envelope");
    const auto envelope = Tr34Envelope::Parse(der);
    ASSERT_TRUE(envelope.ok()) << envelope.error().message();
    EXPECT_TRUE(SameBytes(envelope->recipient, ids_.at("krd_1")));
    const auto content = DecryptTr34Content(*envelope, test.Hex("content_key"));
    EXPECT_EQ(content.ok(), test.valid);
    if (test.valid) {
      EXPECT_TRUE(SameBytes(envelope->iv, test.Hex("iv")));
      EXPECT_EQ(BytesOf(*content), test.Hex("content"));
    }
    ExpectNobodyOpens(*envelope);
  });
}

void Tr34Vectors::CheckKeyContents() {
  ForEach("key_content", [this](const TestCase& test) {
    const Bytes der = test.Hex("der");
    const auto content = Tr34KeyContent::Parse(der);
    ASSERT_TRUE(content.ok());
    EXPECT_TRUE(SameBytes(content->kdh, ids_.at("kdh_1")));
    EXPECT_TRUE(SameBytes(content->key, test.Hex("key")));
    EXPECT_EQ(AsText(content->header), test.Text("header"));
    EXPECT_EQ(BytesOf(WriteTr34KeyContent(*content).value()), der);
  });
}

void Tr34Vectors::CheckKeyTokens() {
  ForEach("key_token", [this](const TestCase& test) {
    const Bytes der = test.Hex("token");
    const Tr34Token token = Verified(der, test.Text("signer"));
    EXPECT_EQ(AsText(token.header), "A0256K0TB00E0000");
    EXPECT_NE(token.time.has_value(), !token.random.empty());
    EXPECT_FALSE(token.crl.empty());
    const auto envelope = Tr34Envelope::Parse(token.content);
    ASSERT_TRUE(envelope.ok());
    ExpectNobodyOpens(*envelope);
    attributes_[test.id] = Bytes(token.attributes.begin(), token.attributes.end());
  });
}

void Tr34Vectors::CheckAttributes() {
  ForEach("attributes", [this](const TestCase& test) {
    // Printed with the tag of the message or with that of the signature's input.
    const Bytes printed = test.Hex("der");
    EXPECT_TRUE(SameBytes(ByteView(printed).subspan(1),
                          ByteView(attributes_.at(test.Text("token"))).subspan(1)));
  });
}

void Tr34Vectors::CheckRandomTokens() {
  ForEach("random_token", [](const TestCase& test) {
    const Bytes der = test.Hex("der");
    const auto random = ReadTr34RandomToken(der);
    ASSERT_TRUE(random.ok());
    EXPECT_TRUE(SameBytes(*random, test.Hex("random")));
    EXPECT_EQ(Tr34RandomAttribute(*random).value(), der);
  });
}

void Tr34Vectors::CheckRevocationLists() {
  ForEach("revocation_list", [this](const TestCase& test) {
    const auto list = primitives::RevocationList::FromDer(test.Hex("der"));
    ASSERT_TRUE(list.ok());
    const std::string issuer = test.Text("issuer");
    for (const char* name : {"root", "ca_kdh", "ca_krd"}) {
      const auto authority = Certificate::FromDer(parties_.at(name).certificate_der).value();
      EXPECT_EQ(list->CheckSignedBy(authority).ok(), name == issuer) << name;
    }
    for (const std::string& serial : test.List("revoked")) {
      EXPECT_TRUE(list->Revokes(HexDecode(serial).value())) << serial;
    }
    EXPECT_FALSE(list->Revokes(HexDecode("3400000006").value()));
    EXPECT_EQ(test.Text("this_update"), "2010-11-02T17:33:30Z");
    EXPECT_EQ(list->this_update().value, 1288719210);
    EXPECT_TRUE(list->next_update().has_value());
  });
}

void Tr34Vectors::CheckCredentialTokens() {
  ForEach("credential_token", [this](const TestCase& test) {
    const Bytes der = test.Hex("der");
    const auto credential = Tr34Credential::Parse(der);
    ASSERT_TRUE(credential.ok()) << credential.error().message();
    const auto party = parties_.find(test.Text("name"));
    if (party != parties_.end()) {
      EXPECT_TRUE(SameBytes(credential->certificate, party->second.certificate_der));
    } else {
      const auto certificate = Certificate::FromDer(credential->certificate);
      ASSERT_TRUE(certificate.ok());
      EXPECT_EQ(IssuerAndSerialOf(*certificate).value(), ids_.at(test.Text("name")));
    }
    EXPECT_EQ(!credential->crl.empty(), test.Flag("crl"));
    const Bytes again = WriteTr34Credential(*credential).value();
    EXPECT_EQ(SameBytes(again, der), !test.Flag("crl"));
  });
}

void Tr34Vectors::CheckRebindTokens() {
  ForEach("rebind_token", [this](const TestCase& test) {
    const Bytes der = test.Hex("token");
    const Tr34Token token = Verified(der, test.Text("signer"));
    const auto rebinding = Tr34Rebinding::Parse(token.content);
    ASSERT_TRUE(rebinding.ok()) << rebinding.error().message();
    EXPECT_TRUE(SameBytes(rebinding->ids, IdsOf(test)));
    EXPECT_TRUE(SameBytes(rebinding->certificate, parties_.at(test.Text("next")).certificate_der));
    EXPECT_TRUE(SameBytes(WriteTr34Rebinding(*rebinding).value(), token.content));
  });
}

void Tr34Vectors::CheckUnbindTokens() {
  ForEach("unbind_token", [this](const TestCase& test) {
    const Bytes der = test.Hex("token");
    const Tr34Token token = Verified(der, test.Text("signer"));
    EXPECT_TRUE(SameBytes(token.content, IdsOf(test)));
    EXPECT_EQ(token.attributes.empty(), !test.flags.empty());
  });
}

TEST_F(Tr34Vectors, All) {
  CheckIds();
  CheckContents();
  CheckKeyContents();
  CheckKeyTokens();
  CheckAttributes();
  CheckRandomTokens();
  CheckRevocationLists();
  CheckCredentialTokens();
  CheckRebindTokens();
  CheckUnbindTokens();
  EXPECT_EQ(file_.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::card
