// The contract of RSA keys: published values, pairs, what a key may not do.
#include <optional>

#include "crypto/primitives/hash.h"
#include "crypto/primitives/rsa.h"
#include "tests/crypto/hsm/session_contract_key_blocks.h"

namespace florin::hsm {
namespace {

using mechanisms::RsaOaep;
using mechanisms::RsaPkcs1;
using mechanisms::RsaPss;
using vectors::TestGroup;

Hash HashOf(const TestCase& test) {
  return test.Text("hash") == "sha384" ? Hash::kSha384 : Hash::kSha256;
}

class SessionContractRsa : public SessionContractKeyExchange {
 protected:
  // Which RSA signatures and OAEP hashes a foreign module has is its own affair.
  bool Has(MechanismType type, Verb verb) { return Offers(type, verb); }

  static KeyTemplate Rsa(KeyType type, VerbSet verbs, std::size_t length = 256) {
    KeyTemplate key = Template(type, length, verbs);
    if (type == KeyType::kRsaPublic) {
      key.rules.sensitive = false;
      key.rules.extractable = true;
    }
    return key;
  }
  KeyPair MakePair(VerbSet private_verbs, VerbSet public_verbs) {
    auto pair = session().GeneratePair(
        {Rsa(KeyType::kRsaPrivate, private_verbs), Rsa(KeyType::kRsaPublic, public_verbs)});
    EXPECT_TRUE(pair.ok()) << pair.error().message() << " rv " << pair.error().detail();
    return pair.ok() ? *pair : KeyPair{};
  }
  KeyHandle Private(const TestGroup& group, VerbSet verbs) {
    return ImportHex(Rsa(KeyType::kRsaPrivate, verbs), HexOf(group.Hex("private_key")));
  }
  KeyHandle Public(const TestGroup& group, VerbSet verbs) {
    return ImportHex(Rsa(KeyType::kRsaPublic, verbs), HexOf(group.Hex("public_key")));
  }
  Bytes Info(KeyHandle key) {
    Bytes info(kMaxPublicKeyInfo);
    const auto size = session().PublicKeyInfo(key, info);
    EXPECT_TRUE(size.ok()) << size.error().message() << " rv " << size.error().detail();
    info.resize(size.ok() ? *size : 0);
    return info;
  }

  void ExpectSignature(const Mechanism& mechanism, const TestGroup& group, const TestCase& test) {
    const Bytes message = TextBytes(test.Text("message"));
    const Bytes published = test.Hex("signature");
    const KeyHandle signer = Private(group, {Verb::kSign});
    const KeyHandle verifier = Public(group, {Verb::kVerify});
    EXPECT_TRUE(session().Verify(mechanism, verifier, message, published).ok()) << test.place();
    Bytes wrong = published;
    wrong[200] = static_cast<std::uint8_t>(wrong[200] ^ 1);
    EXPECT_EQ(session().Verify(mechanism, verifier, message, wrong).code(),
              ErrorCode::kVerificationFailed);
    EXPECT_EQ(session().Verify(mechanism, verifier, message, {}).code(),
              ErrorCode::kVerificationFailed);
    Bytes made(256);
    const auto size = session().Sign(mechanism, signer, message, made);
    ASSERT_TRUE(size.ok()) << size.error().message() << " rv " << size.error().detail();
    EXPECT_EQ(*size, 256U);
    if (group.type == "pkcs1") {
      EXPECT_EQ(HexOf(made), HexOf(published)) << test.place();
    }
    EXPECT_TRUE(session().Verify(mechanism, verifier, message, made).ok());
    EXPECT_EQ(HexOf(Info(verifier)), HexOf(group.Hex("public_key")));
  }
};

VectorFile LoadRsa() {
  return VectorFile::Load(FLORIN_SOURCE_DIR "/tests/vectors/mechanisms/rsa.json");
}

TEST_P(SessionContractRsa, PublishedSignatures) {
  CONTRACT_NEEDS(kRsaPkcs1, kSign);
  const VectorFile file = LoadRsa();
  for (const auto* group : file.GroupsOf("pkcs1")) {
    for (const TestCase& test : group->tests) {
      ExpectSignature(RsaPkcs1{HashOf(test)}, *group, test);
    }
  }
  if (!Has(MechanismType::kRsaPss, Verb::kSign)) return;
  for (const auto* group : file.GroupsOf("pss")) {
    for (const TestCase& test : group->tests) ExpectSignature(RsaPss{HashOf(test)}, *group, test);
  }
}

TEST_P(SessionContractRsa, PublishedEncryptedKeys) {
  CONTRACT_NEEDS(kRsaOaep, kDecrypt);
  const VectorFile file = LoadRsa();
  int checked = 0;
  for (const auto* group : file.GroupsOf("oaep")) {
    const KeyHandle key = Private(*group, {Verb::kDecrypt});
    Bytes probe(256);
    const auto tried =
        session().Decrypt(RsaOaep{}, key, group->tests.at(0).Hex("ciphertext"), probe);
    if (!tried.ok() && !backend().knows_headers) {
      GTEST_SKIP() << GetParam().name << " has no OAEP with SHA-256: " << tried.error().message();
    }
    const KeyHandle carrier = Private(*group, {Verb::kUnwrap});
    const KeyHandle cipher = Public(*group, {Verb::kEncrypt});
    for (const TestCase& test : group->tests) {
      const RsaOaep oaep{HashOf(test)};
      const Bytes message = test.Hex("message");
      Bytes out(256);
      const auto size = session().Decrypt(oaep, key, test.Hex("ciphertext"), out);
      ASSERT_TRUE(size.ok()) << test.place() << ": " << size.error().message();
      EXPECT_EQ(HexOf(ByteView(out).first(*size)), HexOf(message));
      Bytes again(256);
      ASSERT_TRUE(session().Encrypt(oaep, cipher, message, again).ok());
      Bytes exact(message.size());
      ASSERT_TRUE(session().Decrypt(oaep, key, again, exact).ok());
      EXPECT_EQ(exact, message);
      // The key inside, as a key: it encrypts as its bytes do.
      const VerbSet verbs = {Verb::kEncrypt};
      const auto inside = session().Unwrap(oaep, carrier, test.Hex("ciphertext"),
                                           Template(KeyType::kAes, 0, verbs));
      ASSERT_TRUE(inside.ok()) << inside.error().message() << " rv " << inside.error().detail();
      const std::size_t other_length = message.size() == 16 ? 32 : 16;
      EXPECT_FALSE(session()
                       .Unwrap(oaep, carrier, test.Hex("ciphertext"),
                               Template(KeyType::kAes, other_length, verbs))
                       .ok())
          << "another length than the template's";
      const KeyHandle same =
          ImportHex(Template(KeyType::kAes, message.size(), verbs), HexOf(message));
      Bytes first(16);
      Bytes second(16);
      ASSERT_TRUE(session().Encrypt(mechanisms::AesEcb{}, *inside, Bytes(16, 5), first).ok());
      ASSERT_TRUE(session().Encrypt(mechanisms::AesEcb{}, same, Bytes(16, 5), second).ok());
      EXPECT_EQ(first, second);
      Bytes changed = test.Hex("ciphertext");
      changed[100] = static_cast<std::uint8_t>(changed[100] ^ 1);
      EXPECT_EQ(session().Decrypt(oaep, key, changed, out).code(), ErrorCode::kVerificationFailed);
      EXPECT_EQ(out, Bytes(256)) << "wiped";
      EXPECT_EQ(session().Unwrap(oaep, carrier, changed, Template(KeyType::kAes, 0, verbs)).code(),
                ErrorCode::kVerificationFailed);
      ++checked;
    }
  }
  EXPECT_GE(checked, 3);
}

TEST_P(SessionContractRsa, PairsMatchAndAreTold) {
  CONTRACT_NEEDS(kRsaPkcs1, kSign);
  const KeyPair pair = MakePair({Verb::kSign}, {Verb::kVerify});
  const Bytes data(33, 6);
  Bytes signature(256);
  ASSERT_TRUE(session().Sign(RsaPkcs1{Hash::kSha256}, pair.private_key, data, signature).ok());
  EXPECT_TRUE(session().Verify(RsaPkcs1{Hash::kSha256}, pair.public_key, data, signature).ok());
  const Bytes info = Info(pair.public_key);
  EXPECT_EQ(HexOf(Info(pair.private_key)), HexOf(info));
  // The public key goes out and verifies there.
  const auto outside = primitives::RsaPublicKey::FromSpki(info);
  ASSERT_TRUE(outside.ok());
  Bytes digest(32);
  ASSERT_TRUE(primitives::Digest(Hash::kSha256, ByteView(data), digest).ok());
  EXPECT_TRUE(outside->VerifyPkcs1(Hash::kSha256, digest, signature).ok());
  Bytes small(info.size() - 1);
  EXPECT_EQ(session().PublicKeyInfo(pair.public_key, small).code(), ErrorCode::kBufferTooSmall);

  const auto private_key = session().Describe(pair.private_key);
  const auto public_key = session().Describe(pair.public_key);
  ASSERT_TRUE(private_key.ok() && public_key.ok());
  EXPECT_EQ(private_key->type, KeyType::kRsaPrivate);
  EXPECT_EQ(public_key->type, KeyType::kRsaPublic);
  for (const auto* key : {&*private_key, &*public_key}) {
    EXPECT_EQ(key->length, 256U);
    EXPECT_EQ(key->strength, 112U);
    EXPECT_FALSE(key->curve.has_value());
    EXPECT_FALSE(key->check_value.has_value());
  }
}

TEST_P(SessionContractRsa, ADigestSignsAsItsMessage) {
  CONTRACT_NEEDS(kRsaPkcs1, kSign);
  const KeyPair pair = MakePair({Verb::kSign}, {Verb::kVerify});
  const Bytes data(70, 1);
  Bytes digest(48);
  ASSERT_TRUE(primitives::Digest(Hash::kSha384, ByteView(data), digest).ok());
  Bytes info(mechanisms::kMaxRsaDigestInfo);
  info.resize(*mechanisms::RsaDigestInfo(Hash::kSha384, digest, info));
  Bytes signature(256);
  ASSERT_TRUE(session().Sign(RsaPkcs1{}, pair.private_key, info, signature).ok());
  EXPECT_TRUE(session().Verify(RsaPkcs1{Hash::kSha384}, pair.public_key, data, signature).ok());
  if (!Has(MechanismType::kRsaPss, Verb::kSign)) return;
  ASSERT_TRUE(
      session().Sign(RsaPss{Hash::kSha384, true}, pair.private_key, digest, signature).ok());
  EXPECT_TRUE(session().Verify(RsaPss{Hash::kSha384}, pair.public_key, data, signature).ok());
}

TEST_P(SessionContractRsa, EcKeysTellTheirInfo) {
  CONTRACT_NEEDS(kEcdsa, kSign);
  const KeyPair pair = Pair(Verb::kSign, Curve::kP384);
  Bytes point(97);
  ASSERT_TRUE(session().PublicPoint(pair.public_key, point).ok());
  const Bytes info = Info(pair.public_key);
  ASSERT_EQ(info.size(), 120U);
  EXPECT_EQ(HexOf(ByteView(info).last(97)), HexOf(point));
  const KeyHandle secret = ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kAes128);
  Bytes out(kMaxPublicKeyInfo);
  EXPECT_EQ(session().PublicKeyInfo(secret, out).code(), ErrorCode::kInvalidArgument);
}

TEST_P(SessionContractRsa, RulesAreKept) {
  CONTRACT_NEEDS(kRsaOaep, kWrap);
  if (!backend().knows_headers) GTEST_SKIP() << "foreign modules have rules of their own";
  const VectorFile file = LoadRsa();
  const TestGroup& group = *file.GroupsOf("pkcs1").at(0);
  const auto import = [&](const char* header, VerbSet verbs) {
    KeyTemplate key = Rsa(KeyType::kRsaPrivate, verbs);
    key.rules.header = *KeyBlockHeader::Parse(header);
    const auto material = SecretBytes::CopyOf(group.Hex("private_key"));
    return session().Import(key, *material);
  };
  Bytes out(256);
  const auto signer = import("D0000S0RS00N0000", {Verb::kSign});
  ASSERT_TRUE(signer.ok()) << signer.error().message();
  EXPECT_TRUE(session().Sign(RsaPss{}, *signer, Bytes(5), out).ok());
  for (const Verb verb : {Verb::kSign, Verb::kDecrypt}) {
    EXPECT_TRUE(IsRefusal(import("D0000K2RD00N0000", {verb}).code())) << "a key of TR-34";
  }
  const auto tr34 = import("D0000K2RD00N0000", {Verb::kUnwrap});
  ASSERT_TRUE(tr34.ok()) << tr34.error().message();
  EXPECT_EQ(
      session().Unwrap(RsaOaep{}, *tr34, out, Template(KeyType::kAes, 16, {Verb::kEncrypt})).code(),
      ErrorCode::kPermissionDenied);
  EXPECT_TRUE(IsRefusal(import("D0000S0RS00N0000", {Verb::kDecrypt}).code()));
  EXPECT_TRUE(IsRefusal(import("D0000S0ES00N0000", {Verb::kSign}).code()));
  // Wrapping and decrypting meet in no pair.
  EXPECT_TRUE(IsRefusal(session()
                            .GeneratePair({Rsa(KeyType::kRsaPrivate, {Verb::kDecrypt}),
                                           Rsa(KeyType::kRsaPublic, {Verb::kWrap})})
                            .code()));
  const KeyPair pair = MakePair({Verb::kUnwrap}, {Verb::kWrap});
  KeyTemplate target = Template(KeyType::kDes3, 16, {Verb::kEncrypt});
  target.rules.extractable = true;
  const KeyHandle key = ImportHex(target, kTdes2);
  Bytes wrapped(256);
  ASSERT_TRUE(session().Wrap(RsaOaep{}, pair.public_key, key, wrapped).ok());
  EXPECT_TRUE(session()
                  .Unwrap(RsaOaep{}, pair.private_key, wrapped,
                          Template(KeyType::kDes3, 16, {Verb::kEncrypt}))
                  .ok());
  EXPECT_EQ(session().Decrypt(RsaOaep{}, pair.private_key, wrapped, out).code(),
            ErrorCode::kPermissionDenied);
  target = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  target.rules.extractable = true;
  EXPECT_EQ(session().Wrap(RsaOaep{}, pair.public_key, ImportHex(target, kAes128), wrapped).code(),
            ErrorCode::kPermissionDenied)
      << "RSA of 2048 bits has 112";
  // Lengths.
  for (const std::size_t length : {128U, 255U, 640U}) {
    const auto code = session()
                          .GeneratePair({Rsa(KeyType::kRsaPrivate, {Verb::kSign}, length),
                                         Rsa(KeyType::kRsaPublic, {Verb::kVerify}, length)})
                          .code();
    EXPECT_TRUE(IsRefusal(code)) << length;
  }
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractRsa, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
