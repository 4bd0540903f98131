// ECDH, ECDSA, X25519 and RSA against Botan on random inputs.
#include <gtest/gtest.h>

#include <memory>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/x25519.h"
#include "tests/crypto/primitives/test_util.h"
#include "tests/support/botan_compat.h"

namespace florin::primitives {
namespace {

struct NamedCurve {
  Curve curve;
  const char* name;
};
constexpr NamedCurve kCurves[] = {
    {Curve::kP256, "secp256r1"}, {Curve::kP384, "secp384r1"}, {Curve::kP521, "secp521r1"}};

Botan::AutoSeeded_RNG& Rng() {
  static auto* const kRng = new Botan::AutoSeeded_RNG;
  return *kRng;
}

Botan::BigInt Scalar(const EcPrivateKey& key) {
  const ByteView bytes = key.scalar().Read(SecretAccess{});
  return Botan::BigInt(bytes.data(), bytes.size());
}

TEST(BotanTest, PublicPointsAndEcdh) {
  TestRandom random(70);
  for (const NamedCurve& c : kCurves) {
    for (int i = 0; i < 10; ++i) {
      auto key = EcPrivateKey::Generate(c.curve, random);
      auto peer = EcPrivateKey::Generate(c.curve, random);
      ASSERT_TRUE(key.ok() && peer.ok());
      const auto theirs =
          testing::BotanPrivateKey<Botan::ECDH_PrivateKey>(Rng(), c.name, Scalar(*key));
      const auto point = theirs.public_value();
      EXPECT_TRUE(SameBytes(ByteView(point.data(), point.size()), key->public_key().point()));
      Bytes ours(FieldSize(c.curve));
      ASSERT_TRUE(Ecdh(*key, peer->public_key().point(), ours).ok());
      const Botan::PK_Key_Agreement agreement(theirs, Rng(), "Raw");
      const ByteView peer_point = peer->public_key().point();
      const auto z = agreement.derive_key(0, peer_point.data(), peer_point.size());
      EXPECT_EQ(ToHex(ours), ToHex(ByteView(z.bits_of().data(), z.length()))) << c.name;
    }
  }
}

TEST(BotanTest, Ecdsa) {
  TestRandom random(71);
  for (const NamedCurve& c : kCurves) {
    for (int i = 0; i < 10; ++i) {
      auto key = EcPrivateKey::Generate(c.curve, random);
      ASSERT_TRUE(key.ok());
      const auto theirs =
          testing::BotanPrivateKey<Botan::ECDSA_PrivateKey>(Rng(), c.name, Scalar(*key));
      const Bytes message = random.Take(random.Below(100));
      Bytes digest(32);
      ASSERT_TRUE(Digest(Hash::kSha256, {message}, digest).ok());

      Botan::PK_Signer signer(theirs, Rng(), testing::BotanEmsa("SHA-256"));
      const auto their_signature = signer.sign_message(message.data(), message.size(), Rng());
      EXPECT_TRUE(EcdsaVerify(key->public_key(), digest,
                              ByteView(their_signature.data(), their_signature.size()),
                              SignatureForm::kRaw)
                      .ok());

      Bytes ours(RawSignatureSize(c.curve));
      ASSERT_TRUE(EcdsaSign(*key, digest, ours).ok());
      Botan::PK_Verifier verifier(theirs, testing::BotanEmsa("SHA-256"));
      EXPECT_TRUE(
          verifier.verify_message(message.data(), message.size(), ours.data(), ours.size()));
    }
  }
}

TEST(BotanTest, SpkiIsTheSame) {
  TestRandom random(72);
  for (const NamedCurve& c : kCurves) {
    auto key = EcPrivateKey::Generate(c.curve, random);
    ASSERT_TRUE(key.ok());
    const auto theirs =
        testing::BotanPrivateKey<Botan::ECDSA_PrivateKey>(Rng(), c.name, Scalar(*key));
    const auto der = theirs.subject_public_key();
    Bytes ours(SpkiSize(c.curve));
    ASSERT_TRUE(key->public_key().ToSpki(ours).ok());
    EXPECT_EQ(ToHex(ours), ToHex(ByteView(der.data(), der.size())));
  }
}

TEST(BotanTest, X25519) {
  TestRandom random(73);
  for (int i = 0; i < 20; ++i) {
    const Bytes scalar = random.Take(32);
    auto key = X25519PrivateKey::FromBytes(scalar);
    auto peer = X25519PrivateKey::Generate(random);
    ASSERT_TRUE(key.ok() && peer.ok());
    const Botan::secure_vector<std::uint8_t> secret(scalar.begin(), scalar.end());
    const Botan::X25519_PrivateKey theirs(secret);
    const Botan::PK_Key_Agreement agreement(theirs, Rng(), "Raw");
    const ByteView point = peer->public_key();
    const auto z = agreement.derive_key(0, point.data(), point.size());
    Bytes ours(32);
    ASSERT_TRUE(key->Agree(peer->public_key(), ours).ok());
    EXPECT_EQ(ToHex(ours), ToHex(ByteView(z.bits_of().data(), z.length())));
  }
}

TEST(BotanTest, Rsa) {
  TestRandom random(74);
  auto key = RsaPrivateKey::Generate(2048);
  ASSERT_TRUE(key.ok());
  auto pub = key->PublicKey();
  ASSERT_TRUE(pub.ok());
  auto spki = pub->ToSpki();
  ASSERT_TRUE(spki.ok());
  const std::unique_ptr<Botan::Public_Key> theirs(
      Botan::X509::load_key(std::vector<std::uint8_t>(spki->begin(), spki->end())));
  for (int i = 0; i < 5; ++i) {
    const Bytes message = random.Take(1 + random.Below(100));
    Botan::PK_Encryptor_EME encryptor(*theirs, Rng(), "OAEP(SHA-256,MGF1(SHA-256))");
    const auto cipher = encryptor.encrypt(message.data(), message.size(), Rng());
    Bytes back(256);
    auto size = key->DecryptOaep(Hash::kSha256, ByteView(cipher.data(), cipher.size()), back);
    ASSERT_TRUE(size.ok());
    back.resize(*size);
    EXPECT_EQ(back, message);

    Bytes digest(32);
    ASSERT_TRUE(Digest(Hash::kSha256, {message}, digest).ok());
    Bytes signature(256);
    const auto accepted = [&](const char* scheme) {
      Botan::PK_Verifier verifier(*theirs, scheme);
      return verifier.verify_message(message.data(), message.size(), signature.data(),
                                     signature.size());
    };
    ASSERT_TRUE(key->SignPss(Hash::kSha256, digest, signature).ok());
    EXPECT_TRUE(accepted("EMSA4(SHA-256)"));
    ASSERT_TRUE(key->SignPkcs1(Hash::kSha256, digest, signature).ok());
    EXPECT_TRUE(accepted("EMSA3(SHA-256)"));
  }
}

}  // namespace
}  // namespace florin::primitives
