// The contract of key agreement: the published secret gives the KBPK, and nothing else comes out.
#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/hsm/session_contract_key_blocks.h"

namespace florin::hsm {
namespace {

using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::EcdhKeyAgreement;

class SessionContractAgreement : public SessionContractKeyExchange {
 protected:
  static KeyTemplate Own(std::vector<MechanismType> names = {MechanismType::kEcdhKeyAgreement}) {
    return Keyed(KeyType::kEcPrivate, 32, {Verb::kDerive}, "K3EX", std::move(names));
  }
  static KeyTemplate Agreed(std::size_t length, const std::string& header,
                            VerbSet verbs = kCarries) {
    return Keyed(header[2] == 'T' ? KeyType::kDes3 : KeyType::kAes, length, verbs, header);
  }
};

// The published shared secret, and the two KDFs by one hash call: the key has at most 32 bytes.
TEST_P(SessionContractAgreement, PublishedSecretGivesTheKbpk) {
  CONTRACT_NEEDS(kEcdhKeyAgreement, kDerive);
  const Bytes info = Hex("0102030405060708090A");
  int checked = 0;
  const VectorFile file = Load("key_agreement.json");
  for (const auto* group : file.GroupsOf("ecdh")) {
    for (const TestCase& test : group->tests) {
      const auto own = primitives::EcPrivateKey::FromDer(test.Hex("private_key"));
      const auto peer = primitives::EcPublicKey::FromSpki(test.Hex("peer"));
      ASSERT_TRUE(own.ok() && peer.ok());
      const KeyHandle key = ImportHex(Own(), HexOf(own->scalar().Read(SecretAccess{})));
      for (const auto kdf : {card::KeyAgreementKdf::kNistSp800, card::KeyAgreementKdf::kAnsiX963}) {
        Bytes input = test.Hex("z");
        const Bytes counter = {0, 0, 0, 1};
        const bool counter_first = kdf == card::KeyAgreementKdf::kNistSp800;
        input.insert(counter_first ? input.begin() : input.end(), counter.begin(), counter.end());
        input.insert(input.end(), info.begin(), info.end());
        Bytes digest(32);
        ASSERT_TRUE(primitives::Digest(Hash::kSha256, ByteView(input), digest).ok());
        digest.resize(16);
        EcdhKeyAgreement mechanism;
        mechanism.peer_point = peer->point();
        mechanism.agreement.kdf = kdf;
        mechanism.agreement.shared_info = info;
        const auto kbpk = session().Derive(mechanism, key, Agreed(16, "K1AB"));
        ASSERT_TRUE(kbpk.ok()) << kbpk.error().message();
        const auto text = Wrap({'D'}, *kbpk, DataKey());
        ASSERT_TRUE(text.ok()) << text.error().message();
        const auto opened = Open(*text, HexOf(digest).c_str());
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        EXPECT_EQ(*opened, Hex(kAes128));
        ++checked;
      }
    }
  }
  EXPECT_GE(checked, 2);
}

TEST_P(SessionContractAgreement, OnlyAKbpkComesOut) {
  CONTRACT_NEEDS(kEcdhKeyAgreement, kDerive);
  const KeyHandle own = ImportHex(Own(), kScalar);
  const auto peer = primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom());
  ASSERT_TRUE(peer.ok());
  const Bytes info(20, 3);
  EcdhKeyAgreement mechanism;
  mechanism.peer_point = peer->public_key().point();
  mechanism.agreement.shared_info = info;
  const auto agree = [&](const KeyTemplate& result, const EcdhKeyAgreement& how) {
    return session().Derive(how, own, result).code();
  };
  EXPECT_EQ(agree(Agreed(16, "K1AB"), mechanism), ErrorCode::kOk);
  EXPECT_EQ(agree(Agreed(16, "K1AD", {Verb::kUnwrap}), mechanism), ErrorCode::kOk);
  // Another usage, none, another type, length or more rights.
  for (const char* header : {"D0AB", "P0AB", "K0AB", "M6AC"}) {
    EXPECT_TRUE(IsRefusal(agree(Agreed(16, header, {}), mechanism))) << header;
  }
  EXPECT_TRUE(
      IsRefusal(agree(Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), mechanism)));
  EXPECT_TRUE(IsRefusal(agree(Agreed(32, "K1AB"), mechanism)));
  EXPECT_TRUE(IsRefusal(agree(Agreed(16, "K1TB"), mechanism)));
  KeyTemplate leaves = Exportable(KeyType::kAes, 16, kCarries, "D0000K1AB00E0000");
  EXPECT_TRUE(IsRefusal(agree(leaves, mechanism))) << "the private key must not leave either";
  KeyTemplate lax = Agreed(16, "K1AB");
  lax.rules.key_block_import.legacy_versions = true;
  EXPECT_TRUE(IsRefusal(agree(lax, mechanism)));
  // The parameter.
  EcdhKeyAgreement weaker = mechanism;
  weaker.agreement.key = card::AgreedKey::kAes256;
  EXPECT_TRUE(IsRefusal(agree(Agreed(32, "K1AB"), weaker))) << "P-256 has 128 bits";
  weaker.agreement.weaker_curve = true;
  EXPECT_TRUE(IsRefusal(agree(Agreed(32, "K1AB"), weaker)));
  EcdhKeyAgreement silent = mechanism;
  silent.agreement.shared_info = {};
  EXPECT_FALSE(agree(Agreed(16, "K1AB"), silent) == ErrorCode::kOk);
  Bytes off(mechanism.peer_point.begin(), mechanism.peer_point.end());
  off[64] ^= 1;
  EcdhKeyAgreement invalid = mechanism;
  invalid.peer_point = off;
  EXPECT_FALSE(agree(Agreed(16, "K1AB"), invalid) == ErrorCode::kOk);
}

// The bytes of an agreed KBPK must not come out a second time as a key that decrypts.
TEST_P(SessionContractAgreement, TheTwoDerivationsShareNoKey) {
  CONTRACT_NEEDS(kEcdhKeyAgreement, kDerive);
  const auto peer = primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom());
  ASSERT_TRUE(peer.ok());
  const Bytes info(20, 3);
  const EcdhDerive derive{peer->public_key().point(), EcdhKdf::kSp800Sha256, info};
  EcdhKeyAgreement agree;
  agree.peer_point = peer->public_key().point();
  agree.agreement.shared_info = info;
  const KeyTemplate cipher = Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt});
  const KeyHandle named = ImportHex(Own(), kScalar);
  EXPECT_EQ(session().Derive(derive, named, cipher).code(), ErrorCode::kPermissionDenied);
  const KeyHandle unnamed = ImportHex(Own({}), kScalar);
  EXPECT_TRUE(session().Derive(derive, unnamed, cipher).ok());
  EXPECT_EQ(session().Derive(agree, unnamed, Agreed(16, "K1AB")).code(),
            ErrorCode::kPermissionDenied);
  const auto material = HexDecodeSecret(kScalar);
  EXPECT_TRUE(IsRefusal(
      session()
          .Import(Own({MechanismType::kEcdhKeyAgreement, MechanismType::kEcdhDerive}), *material)
          .code()));
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractAgreement, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
