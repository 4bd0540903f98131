// RSA mechanisms against OpenSSL's own interface: each takes what the other makes, and forms that
// are almost right are refused.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "crypto/mechanisms/operation.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/mechanisms/test_keys.h"
#include "tools/vectors/vector_file.h"

namespace florin::mechanisms {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

constexpr const char* kVectors = FLORIN_SOURCE_DIR "/tests/vectors/mechanisms/rsa.json";
constexpr Hash kHashes[] = {Hash::kSha256, Hash::kSha384, Hash::kSha512};

using PkeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CtxPtr = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

const EVP_MD* Md(Hash hash) {
  switch (hash) {
    case Hash::kSha1: return EVP_sha1();
    case Hash::kSha384: return EVP_sha384();
    case Hash::kSha512: return EVP_sha512();
    default: return EVP_sha256();
  }
}

Bytes DigestOf(Hash hash, ByteView data) {
  Bytes digest(HashSize(hash));
  EXPECT_TRUE(primitives::Digest(hash, data, digest).ok());
  return digest;
}

KeyRules Public(VerbSet verbs) {
  KeyRules rules = Rules(KeyType::kRsaPublic, verbs);
  rules.sensitive = false;
  return rules;
}

// The key of RFC 7520 3.4, on both sides.
class RsaOpensslTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const VectorFile file = VectorFile::Load(kVectors);
    const auto* group = file.GroupsOf("pkcs1").at(0);
    const Bytes der = group->Hex("private_key");
    const std::uint8_t* next = der.data();
    pkey_.reset(d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(der.size())));
    ASSERT_NE(pkey_, nullptr);
    const auto key = [&](KeyRules rules, const char* field) {
      return Key::Import(std::move(rules), Secret(group->Hex(field))).value();
    };
    signer_ = key(Rules(KeyType::kRsaPrivate, {Verb::kSign, Verb::kDecrypt}), "private_key");
    verifier_ = key(Public({Verb::kVerify, Verb::kEncrypt}), "public_key");
  }

  CtxPtr Context() const { return {EVP_PKEY_CTX_new(pkey_.get(), nullptr), EVP_PKEY_CTX_free}; }

  // The private operation over a whole block.
  Bytes Raw(const Bytes& block) const {
    const CtxPtr ctx = Context();
    Bytes out(256);
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_sign_init(ctx.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(ctx.get(), RSA_NO_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_sign(ctx.get(), out.data(), &size, block.data(), block.size()), 1);
    return out;
  }

  Bytes Pss(Hash hash, Hash mgf, int salt, const Bytes& digest) const {
    const CtxPtr ctx = Context();
    Bytes out(256);
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_sign_init(ctx.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(ctx.get(), RSA_PKCS1_PSS_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_signature_md(ctx.get(), Md(hash)), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx.get(), Md(mgf)), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx.get(), salt), 1);
    EXPECT_EQ(EVP_PKEY_sign(ctx.get(), out.data(), &size, digest.data(), digest.size()), 1);
    return out;
  }

  // `label` is empty or the label that OpenSSL binds to the ciphertext.
  Bytes Oaep(Hash hash, Hash mgf, const Bytes& message, const std::string& label = "") const {
    const CtxPtr ctx = Context();
    Bytes out(256);
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_encrypt_init(ctx.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(ctx.get(), RSA_PKCS1_OAEP_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(ctx.get(), Md(hash)), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx.get(), Md(mgf)), 1);
    if (!label.empty()) {
      void* copy = OPENSSL_memdup(label.data(), label.size());
      EXPECT_EQ(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx.get(), copy, static_cast<int>(label.size())),
                1);
    }
    EXPECT_EQ(EVP_PKEY_encrypt(ctx.get(), out.data(), &size, message.data(), message.size()), 1);
    return out;
  }

  Status Verify(const Mechanism& mechanism, const Bytes& data, const Bytes& signature) const {
    return VerifyOnce(mechanism, *verifier_, data, signature);
  }
  Status Decrypt(const RsaOaep& mechanism, const Bytes& cipher) const {
    Bytes out(256);
    const auto size = RunOnce(Verb::kDecrypt, mechanism, *signer_, cipher, out);
    return size.ok() ? OkStatus() : Status(size.error());
  }

  PkeyPtr pkey_{nullptr, EVP_PKEY_free};
  KeyPtr signer_;
  KeyPtr verifier_;
};

// EM of RFC 8017 9.2: 00 || type || filling || 00 || info.
Bytes Block(const Bytes& info, std::uint8_t type = 1, std::uint8_t filling = 0xff) {
  Bytes block(256, filling);
  block[0] = 0;
  block[1] = type;
  block[255 - info.size()] = 0;
  std::copy(info.begin(), info.end(), block.end() - static_cast<long>(info.size()));
  return block;
}

Bytes InfoOf(Hash hash, const Bytes& digest) {
  Bytes info(kMaxRsaDigestInfo);
  info.resize(RsaDigestInfo(hash, digest, info).value());
  return info;
}

TEST_F(RsaOpensslTest, EachVerifiesTheOther) {
  for (const Hash hash : kHashes) {
    const Bytes data = RandomBytes(77);
    const Bytes digest = DigestOf(hash, data);
    EXPECT_TRUE(Verify(RsaPkcs1{hash}, data, Raw(Block(InfoOf(hash, digest)))).ok());
    EXPECT_TRUE(
        Verify(RsaPss{hash}, data, Pss(hash, hash, static_cast<int>(digest.size()), digest)).ok());
    for (const bool pss : {false, true}) {
      Bytes signature(256);
      const Mechanism mechanism = pss ? Mechanism(RsaPss{hash}) : Mechanism(RsaPkcs1{hash});
      ASSERT_TRUE(RunOnce(Verb::kSign, mechanism, *signer_, data, signature).ok());
      const CtxPtr ctx = Context();
      ASSERT_EQ(EVP_PKEY_verify_init(ctx.get()), 1);
      ASSERT_EQ(
          EVP_PKEY_CTX_set_rsa_padding(ctx.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING),
          1);
      ASSERT_EQ(EVP_PKEY_CTX_set_signature_md(ctx.get(), Md(hash)), 1);
      EXPECT_EQ(EVP_PKEY_verify(ctx.get(), signature.data(), signature.size(), digest.data(),
                                digest.size()),
                1);
    }
    const Bytes message = RandomBytes(40);
    Bytes opened(40);
    ASSERT_TRUE(
        RunOnce(Verb::kDecrypt, RsaOaep{hash}, *signer_, Oaep(hash, hash, message), opened).ok());
    EXPECT_EQ(opened, message);
  }
}

TEST_F(RsaOpensslTest, AlmostRightPkcs1IsRefused) {
  const Bytes data = RandomBytes(30);
  const Bytes digest = DigestOf(Hash::kSha256, data);
  const Bytes info = InfoOf(Hash::kSha256, digest);
  const auto code = [&](const Bytes& block) {
    return Verify(RsaPkcs1{Hash::kSha256}, data, Raw(block)).code();
  };
  ASSERT_EQ(code(Block(info)), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kVerificationFailed;
  EXPECT_EQ(code(Block(info, 2, 0x33)), refused) << "the block type of encryption";
  EXPECT_EQ(code(Block(info, 0, 0)), refused);
  EXPECT_EQ(code(Block(info, 1, 0xfe)), refused);
  EXPECT_EQ(code(Block(digest)), refused) << "no DigestInfo";
  EXPECT_EQ(code(Block(InfoOf(Hash::kSha512, DigestOf(Hash::kSha512, data)))), refused);
  Bytes short_filling = Block(info);
  short_filling[100] = 0;
  EXPECT_EQ(code(short_filling), refused);
  // What Bleichenbacher 2006 hid a forgery in: bytes behind the digest, or in the parameters.
  Bytes trailing = info;
  trailing.insert(trailing.end(), 40, 0);
  EXPECT_EQ(code(Block(trailing)), refused);
  Bytes parameters = info;
  parameters[1] = 0x35;
  parameters[3] = 0x11;
  parameters[16] = 4;
  parameters.insert(parameters.begin() + 17, 4, 0xaa);
  EXPECT_EQ(code(Block(parameters)), refused);
  // BER's longer form of a length.
  Bytes ber = info;
  ber.insert(ber.begin() + 1, 0x81);
  EXPECT_EQ(code(Block(ber)), refused);
  // SHA-1, by whatever name it comes.
  const Bytes sha1 = DigestOf(Hash::kSha1, data);
  Bytes sha1_info = FromHex("3021300906052B0E03021A05000414");
  sha1_info.insert(sha1_info.end(), sha1.begin(), sha1.end());
  EXPECT_EQ(code(Block(sha1_info)), refused);
  EXPECT_EQ(Verify(RsaPkcs1{}, sha1_info, Raw(Block(sha1_info))).code(), ErrorCode::kMalformed);
}

TEST_F(RsaOpensslTest, AlmostRightPssIsRefused) {
  const Bytes data = RandomBytes(30);
  const Bytes digest = DigestOf(Hash::kSha256, data);
  const auto code = [&](const Bytes& signature) {
    return Verify(RsaPss{}, data, signature).code();
  };
  ASSERT_EQ(code(Pss(Hash::kSha256, Hash::kSha256, 32, digest)), ErrorCode::kOk);
  for (const int salt : {0, 20, 31, 33, 64}) {
    EXPECT_EQ(code(Pss(Hash::kSha256, Hash::kSha256, salt, digest)), ErrorCode::kVerificationFailed)
        << salt;
  }
  EXPECT_EQ(code(Pss(Hash::kSha256, Hash::kSha1, 32, digest)), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(Pss(Hash::kSha384, Hash::kSha384, 48, DigestOf(Hash::kSha384, data))),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(Raw(Block(InfoOf(Hash::kSha256, digest)))), ErrorCode::kVerificationFailed);
}

TEST_F(RsaOpensslTest, AlmostRightOaepIsRefused) {
  const Bytes message = RandomBytes(16);
  const ErrorCode refused = ErrorCode::kVerificationFailed;
  EXPECT_EQ(Decrypt({}, Oaep(Hash::kSha256, Hash::kSha256, message)).code(), ErrorCode::kOk);
  EXPECT_EQ(Decrypt({}, Oaep(Hash::kSha256, Hash::kSha1, message)).code(), refused);
  EXPECT_EQ(Decrypt({}, Oaep(Hash::kSha1, Hash::kSha1, message)).code(), refused);
  EXPECT_EQ(Decrypt({}, Oaep(Hash::kSha256, Hash::kSha256, message, "label")).code(), refused);
  EXPECT_EQ(Decrypt({Hash::kSha384}, Oaep(Hash::kSha256, Hash::kSha256, message)).code(), refused);
  EXPECT_EQ(Decrypt({}, Raw(Block(message, 2, 0x11))).code(), refused);
}

Hash NamedHash(const TestCase& test) {
  return test.Text("hash") == "sha384" ? Hash::kSha384 : Hash::kSha256;
}

TEST(RsaVectors, AreAllUsedAndRight) {
  const VectorFile file = VectorFile::Load(kVectors);
  for (const auto& group : file.groups()) {
    const auto priv = Key::Import(Rules(KeyType::kRsaPrivate, {Verb::kSign, Verb::kDecrypt}),
                                  Secret(group.Hex("private_key")));
    const auto pub = Key::Import(Public({Verb::kVerify}), Secret(group.Hex("public_key")));
    ASSERT_TRUE(priv.ok() && pub.ok()) << group.place();
    for (const TestCase& test : group.tests) {
      const Hash hash = NamedHash(test);
      if (group.type == "oaep") {
        Bytes out(256);
        const auto size =
            RunOnce(Verb::kDecrypt, RsaOaep{hash}, **priv, test.Hex("ciphertext"), out);
        ASSERT_TRUE(size.ok()) << test.place();
        out.resize(*size);
        EXPECT_EQ(out, test.Hex("message")) << test.place();
        continue;
      }
      const std::string message = test.Text("message");
      const Mechanism mechanism =
          group.type == "pss" ? Mechanism(RsaPss{hash}) : Mechanism(RsaPkcs1{hash});
      EXPECT_TRUE(VerifyOnce(mechanism, **pub, AsBytes(message), test.Hex("signature")).ok())
          << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::mechanisms
