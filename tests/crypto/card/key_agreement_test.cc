// ECDH for key blocks: published values, both sides, and OpenSSL's KDFs.
#include "crypto/card/key_agreement.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <string>
#include <vector>

#include "crypto/primitives/kdf.h"
#include "tests/crypto/card/key_block_testing.h"
#include "tests/crypto/primitives/test_ca.h"

namespace florin::card {
namespace {

using primitives::EcPrivateKey;
using primitives::EcPublicKey;
using primitives::TestRandom;
using vectors::TestCase;
using vectors::VectorFile;

TEST(KeyAgreementVectors, All) {
  const VectorFile file = LoadCardVectors("key_agreement.json");
  for (const auto* group : file.GroupsOf("ecdh")) {
    for (const TestCase& test : group->tests) {
      EXPECT_EQ(test.Text("curve"), "P-256");
      const auto own = EcPrivateKey::FromDer(test.Hex("private_key"));
      const auto peer = EcPublicKey::FromSpki(test.Hex("peer"));
      ASSERT_TRUE(own.ok() && peer.ok()) << test.place();
      Bytes z(32);
      ASSERT_TRUE(primitives::Ecdh(*own, peer->point(), z).ok());
      EXPECT_EQ(z, test.Hex("z")) << test.place();
    }
  }
  for (const auto* group : file.GroupsOf("x963_kdf")) {
    for (const TestCase& test : group->tests) {
      EXPECT_EQ(test.Text("hash"), "sha256");
      Bytes key(test.Hex("key").size());
      const Bytes info = test.Hex("shared_info");
      ASSERT_TRUE(primitives::X963Kdf(Hash::kSha256, test.Hex("z"), ByteView(info), key).ok());
      EXPECT_EQ(key, test.Hex("key")) << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

struct FreeKdf {
  void operator()(EVP_KDF_CTX* ctx) const { EVP_KDF_CTX_free(ctx); }
};

Bytes OpensslKdf(KeyAgreementKdf kdf, const char* hash, Bytes z, Bytes info, std::size_t size) {
  EVP_KDF* algorithm =
      EVP_KDF_fetch(nullptr, kdf == KeyAgreementKdf::kNistSp800 ? "SSKDF" : "X963KDF", nullptr);
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> ctx(EVP_KDF_CTX_new(algorithm));
  EVP_KDF_free(algorithm);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(hash), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, z.data(), z.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  Bytes out(size);
  EXPECT_EQ(EVP_KDF_derive(ctx.get(), out.data(), out.size(), params), 1);
  return out;
}

TEST(KeyAgreement, BothSidesAndOpensslAgree) {
  TestRandom random(41);
  constexpr std::pair<Hash, const char*> kHashes[] = {
      {Hash::kSha256, "SHA256"}, {Hash::kSha384, "SHA384"}, {Hash::kSha512, "SHA512"}};
  for (const Curve curve : {Curve::kP256, Curve::kP384}) {
    const auto a = EcPrivateKey::Generate(curve, random).value();
    const auto b = EcPrivateKey::Generate(curve, random).value();
    Bytes z(primitives::FieldSize(curve));
    ASSERT_TRUE(primitives::Ecdh(a, b.public_key().point(), z).ok());
    for (const auto kdf : {KeyAgreementKdf::kNistSp800, KeyAgreementKdf::kAnsiX963}) {
      for (const auto& [hash, name] : kHashes) {
        for (const auto kind : {AgreedKey::kTdes2, AgreedKey::kTdes3, AgreedKey::kAes128,
                                AgreedKey::kAes192, AgreedKey::kAes256}) {
          const Bytes info = random.Take(1 + random.Below(kMaxSharedInfo));
          const KeyAgreement agreement{kdf, hash, kind, info, /*weaker_curve=*/true};
          const auto ours = DeriveAgreedKey(a, b.public_key(), agreement);
          const auto theirs = DeriveAgreedKey(b, a.public_key(), agreement);
          ASSERT_TRUE(ours.ok() && theirs.ok());
          EXPECT_EQ(ours->size(), AgreedKeySize(kind));
          EXPECT_TRUE(ours->EqualTo(*theirs));
          EXPECT_EQ(BytesOf(*ours), OpensslKdf(kdf, name, z, info, ours->size()));
        }
      }
    }
  }
}

TEST(KeyAgreement, TheAgreedKeyProtectsAKeyBlock) {
  TestRandom random(42);
  const auto a = EcPrivateKey::Generate(Curve::kP384, random).value();
  const auto b = EcPrivateKey::Generate(Curve::kP384, random).value();
  Bytes info(kMaxSharedInfo);
  const auto size =
      WriteSharedInfo("TR-31 D", AsBytes("acquirer"), AsBytes("cloud"), random.Take(16), info);
  ASSERT_TRUE(size.ok());
  info.resize(*size);
  const KeyAgreement agreement{.key = AgreedKey::kAes192, .shared_info = info};
  const auto wrapping = DeriveAgreedKey(a, b.public_key(), agreement);
  const auto unwrapping = DeriveAgreedKey(b, a.public_key(), agreement);
  ASSERT_TRUE(wrapping.ok() && unwrapping.ok());
  const Bytes key = random.Take(24);
  const auto block = Wrap(BytesOf(*wrapping), "D0000D0AB00N0000", key, random);
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(Unwrap(BytesOf(*unwrapping), *block, {}).value(), key);
}

TEST(KeyAgreement, Refusals) {
  TestRandom random(43);
  const auto a = EcPrivateKey::Generate(Curve::kP256, random).value();
  const auto b = EcPrivateKey::Generate(Curve::kP384, random).value();
  const Bytes info(10, 1);
  const Bytes long_info(kMaxSharedInfo + 1, 1);
  const auto code = [&a](const EcPublicKey& peer, const KeyAgreement& agreement) {
    return DeriveAgreedKey(a, peer, agreement).code();
  };
  EXPECT_EQ(code(b.public_key(), {.shared_info = info}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(a.public_key(), {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(a.public_key(), {.shared_info = long_info}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(a.public_key(), {.hash = Hash::kSha1, .shared_info = info}),
            ErrorCode::kUnsupported);
  Bytes out(kMaxSharedInfo);
  const Bytes party = {1};
  const Bytes nonce(16, 2);
  EXPECT_EQ(WriteSharedInfo("", party, party, nonce, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(WriteSharedInfo("p", party, party, Bytes(15), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(WriteSharedInfo("p", party, party, Bytes(1100), out).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(WriteSharedInfo("p", party, party, nonce, MutableBytes(out).first(34)).code(),
            ErrorCode::kBufferTooSmall);
  EXPECT_EQ(WriteSharedInfo("p", party, party, nonce, out).value(), 35U);
}

TEST(KeyAgreement, TheCurveIsAsStrongAsTheKey) {
  TestRandom random(46);
  const Bytes info(10, 1);
  for (const auto& [curve, strength] : {std::pair{Curve::kP256, 128}, {Curve::kP384, 192}}) {
    const auto own = EcPrivateKey::Generate(curve, random).value();
    for (const auto& [key, bits] : {std::pair{AgreedKey::kTdes2, 80},
                                    {AgreedKey::kTdes3, 112},
                                    {AgreedKey::kAes128, 128},
                                    {AgreedKey::kAes192, 192},
                                    {AgreedKey::kAes256, 256}}) {
      EXPECT_EQ(AgreedKeyStrength(key), bits);
      KeyAgreement agreement{.key = key, .shared_info = info};
      EXPECT_EQ(DeriveAgreedKey(own, own.public_key(), agreement).code(),
                bits > strength ? ErrorCode::kPermissionDenied : ErrorCode::kOk);
      agreement.weaker_curve = true;
      EXPECT_TRUE(DeriveAgreedKey(own, own.public_key(), agreement).ok());
    }
  }
}

TEST(KeyAgreement, ThePeersCertificateMustLeadToTheRoot) {
  primitives::TestCa ca(44);
  primitives::TestCa other(45);
  const std::vector<primitives::Certificate> between = {ca.intermediate};
  primitives::CertificateTemplate contents = primitives::LeafTemplate("Agreement");
  contents.key_agreement = true;
  const primitives::Certificate peer = ca.Issue(contents);
  const auto key = AgreementKeyOf(peer, between, ca.root, primitives::kYear2025);
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(key->SameAs(ca.leaf_key.public_key()));
  EXPECT_EQ(AgreementKeyOf(peer, between, other.root, primitives::kYear2025).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(AgreementKeyOf(peer, between, ca.root, UnixSeconds{4102444800}).code(),
            ErrorCode::kExpired);
  // It signs, and agrees on nothing.
  EXPECT_EQ(AgreementKeyOf(ca.leaf, between, ca.root, primitives::kYear2025).code(),
            ErrorCode::kVerificationFailed);
}

}  // namespace
}  // namespace florin::card
