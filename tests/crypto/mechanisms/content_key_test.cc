// How keys come in that JWE wraps: AES-GCM, PKCS #1 v1.5 and ECDH with AES key wrap, OAEP with
// SHA-1.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <utility>

#include "crypto/mechanisms/operation.h"
#include "crypto/mechanisms/transfer.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/rsa.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

KeyRules Content(std::size_t length = 0) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kDecrypt});
  rules.length = length;
  return rules;
}

KeyPtr Imported(KeyRules rules, ByteView material) {
  return Key::Import(std::move(rules), Secret(material)).value();
}

TEST(ContentKey, ComesByGcm) {
  const Bytes wrapping = RandomBytes(32);
  const Bytes cek = RandomBytes(16);
  const Bytes iv = RandomBytes(12);
  Bytes wrapped(32);
  ASSERT_TRUE(primitives::AesGcmSealOnce(wrapping, iv, {}, cek, MutableBytes(wrapped).first(16),
                                         MutableBytes(wrapped).last(16))
                  .ok());
  const KeyPtr key = Imported(Rules(KeyType::kAes, {Verb::kUnwrap}), wrapping);
  const auto code = [&key](const AesGcm& gcm, ByteView bytes, KeyRules rules) {
    return Unwrap(gcm, *key, bytes, std::move(rules)).code();
  };
  const auto unwrapped = Unwrap(AesGcm{iv, {}, 16}, *key, wrapped, Content(16));
  ASSERT_TRUE(unwrapped.ok()) << unwrapped.error().message();
  EXPECT_EQ(MaterialOf(**unwrapped), cek);
  EXPECT_EQ((*unwrapped)->origin(), KeyOrigin::kUnwrapped);
  EXPECT_EQ(code({iv, {}, 16}, wrapped, Content(32)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({iv, {}, 12}, wrapped, Content()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({iv, iv, 16}, wrapped, Content()), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code({iv, {}, 16}, ByteView(wrapped).first(31), Content()), ErrorCode::kMalformed);
  wrapped[3] ^= 1;
  EXPECT_EQ(code({iv, {}, 16}, wrapped, Content()), ErrorCode::kVerificationFailed);
  // A key that unwraps shows nothing, and no key wraps by it.
  Bytes out(64);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, AesGcm{iv, {}, 16}, *key, wrapped, out).code(),
            ErrorCode::kPermissionDenied);
  const KeyPtr wraps = Imported(Rules(KeyType::kAes, {Verb::kWrap}), wrapping);
  KeyRules target = Rules(KeyType::kAes, {Verb::kDecrypt});
  target.extractable = true;
  EXPECT_EQ(Wrap(AesGcm{iv, {}, 16}, *wraps, *Imported(target, cek), out).code(),
            ErrorCode::kUnsupported);
}

class Pkcs1Key : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    key_ =
        new primitives::RsaPrivateKey(std::move(primitives::RsaPrivateKey::Generate(2048)).value());
  }
  static void TearDownTestSuite() {
    delete key_;
    key_ = nullptr;
  }

  static KeyRules NamedRules() {
    KeyRules rules = Rules(KeyType::kRsaPrivate, {Verb::kUnwrap});
    rules.allowed_mechanisms = {MechanismType::kRsaPkcs1};
    return rules;
  }
  static Result<KeyPtr> Make(KeyRules rules) {
    return Key::Import(std::move(rules), std::move(key_->ToDer()).value());
  }
  static Bytes Wrapped(ByteView cek) {
    Bytes out(256);
    EXPECT_TRUE(key_->PublicKey().value().EncryptPkcs1(cek, out).ok());
    return out;
  }

  // m^e mod n, without padding.
  static Bytes RawPublic(const Bytes& block) {
    const Bytes spki = key_->PublicKey().value().ToSpki().value();
    const std::uint8_t* next = spki.data();
    EVP_PKEY* pkey = d2i_PUBKEY(nullptr, &next, static_cast<long>(spki.size()));
    EVP_PKEY_CTX* ctx = EVP_PKEY_CTX_new(pkey, nullptr);
    Bytes out(256);
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_encrypt_init(ctx), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_encrypt(ctx, out.data(), &size, block.data(), block.size()), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return out;
  }

  static inline primitives::RsaPrivateKey* key_ = nullptr;
};

TEST_F(Pkcs1Key, UnwrapsTheKeyOrARandomOne) {
  const KeyPtr key = Make(NamedRules()).value();
  const Bytes cek = RandomBytes(16);
  const Bytes wrapped = Wrapped(cek);
  EXPECT_EQ(MaterialOf(**Unwrap(RsaPkcs1{}, *key, wrapped, Content(16))), cek);
  // Whatever is wrong, a key comes out, another each time.
  Bytes flipped = wrapped;
  flipped[100] ^= 1;
  const Bytes longer = Wrapped(RandomBytes(32));
  for (const Bytes& wrong : {flipped, longer, Bytes(256, 0), Bytes(256, 0xFF), Bytes(255, 1)}) {
    const auto first = Unwrap(RsaPkcs1{}, *key, wrong, Content(16));
    const auto second = Unwrap(RsaPkcs1{}, *key, wrong, Content(16));
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_NE(MaterialOf(**first), MaterialOf(**second));
    EXPECT_EQ((*first)->rules().length, 16U);
  }
  EXPECT_EQ(Unwrap(RsaPkcs1{}, *key, wrapped, Content()).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Unwrap(RsaPkcs1{Hash::kSha256}, *key, wrapped, Content(16)).code(),
            ErrorCode::kInvalidArgument);
}

// Every byte that padding consists of (RFC 8017 7.2.1), built by hand.
TEST_F(Pkcs1Key, JudgesEveryByteOfThePadding) {
  const Bytes cek = RandomBytes(16);
  const Bytes substitute = RandomBytes(16);
  Bytes block(256, 0xA5);
  block[0] = 0;
  block[1] = 2;
  block[239] = 0;
  std::copy(cek.begin(), cek.end(), block.begin() + 240);
  const auto opened = [&](const Bytes& padded) {
    Bytes out(16);
    EXPECT_TRUE(key_->DecryptPkcs1(RawPublic(padded), substitute, out).ok());
    return out;
  };
  EXPECT_EQ(opened(block), cek);
  for (std::size_t i = 1; i < 240; ++i) {
    Bytes wrong = block;
    wrong[i] = i == 1 ? 1 : i == 239 ? 0x80 : 0;
    EXPECT_EQ(opened(wrong), substitute) << i;
  }
}

TEST_F(Pkcs1Key, ServesNothingElse) {
  const Bytes wrapped = Wrapped(RandomBytes(16));
  const auto code = [&wrapped](KeyRules rules) {
    const KeyPtr key = Make(std::move(rules)).value();
    return Unwrap(RsaPkcs1{}, *key, wrapped, Content(16)).code();
  };
  EXPECT_EQ(code(NamedRules()), ErrorCode::kOk);
  KeyRules two = NamedRules();
  two.allowed_mechanisms.push_back(MechanismType::kRsaOaep);
  EXPECT_EQ(code(two), ErrorCode::kPermissionDenied);
  KeyRules signs = NamedRules();
  signs.verbs.Add(Verb::kSign);
  EXPECT_EQ(code(signs), ErrorCode::kPermissionDenied);
  // A key that names nothing does not unwrap by it, and its copy does not come to.
  const KeyPtr plain = Make(Rules(KeyType::kRsaPrivate, {Verb::kUnwrap})).value();
  EXPECT_EQ(Unwrap(RsaPkcs1{}, *plain, Wrapped(RandomBytes(16)), Content(16)).code(),
            ErrorCode::kPermissionDenied);
  KeyRules copy = plain->rules();
  copy.allowed_mechanisms = {MechanismType::kRsaPkcs1};
  EXPECT_EQ(plain->CopyNarrowed(copy).code(), ErrorCode::kPermissionDenied);
  // One that signs may name its mechanism as before.
  const KeyPtr signer = Make(Rules(KeyType::kRsaPrivate, {Verb::kSign})).value();
  copy = signer->rules();
  copy.allowed_mechanisms = {MechanismType::kRsaPkcs1};
  EXPECT_TRUE(signer->CopyNarrowed(copy).ok());
}

TEST_F(Pkcs1Key, OaepTakesSha1) {
  const KeyPtr key = Make(Rules(KeyType::kRsaPrivate, {Verb::kUnwrap})).value();
  const Bytes cek = RandomBytes(16);
  Bytes wrapped(256);
  ASSERT_TRUE(key_->PublicKey().value().EncryptOaep(Hash::kSha1, cek, wrapped).ok());
  EXPECT_EQ(MaterialOf(**Unwrap(RsaOaep{Hash::kSha1}, *key, wrapped, Content())), cek);
  EXPECT_EQ(Unwrap(RsaOaep{Hash::kSha256}, *key, wrapped, Content()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(Unwrap(RsaOaep{Hash::kSha224}, *key, wrapped, Content()).code(),
            ErrorCode::kUnsupported);
}

TEST(ContentKey, ComesUnderAnAgreedKey) {
  const auto own = primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()).value();
  const auto ephemeral = primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()).value();
  const Bytes info = RandomBytes(40);
  const Bytes cek = RandomBytes(32);
  Bytes z(32);
  ASSERT_TRUE(primitives::Ecdh(ephemeral, own.public_key().point(), z).ok());
  Bytes wrapping(24);
  ASSERT_TRUE(primitives::OneStepKdf(Hash::kSha256, z, ByteView(info), wrapping).ok());
  const ByteView point = ephemeral.public_key().point();
  Bytes wrapped(point.begin(), point.end());
  wrapped.resize(65 + 40);
  ASSERT_TRUE(primitives::AesKeyWrap(primitives::AesCipher(wrapping).value(), cek,
                                     MutableBytes(wrapped).last(40))
                  .ok());
  KeyRules rules = Rules(KeyType::kEcPrivate, {Verb::kUnwrap});
  rules.length = 32;
  rules.allowed_mechanisms = {MechanismType::kEcdhAesKeyWrap};
  const auto scalar = [&own] { return std::move(own.scalar().Clone()).value(); };
  const KeyPtr key = Key::Import(rules, scalar()).value();
  const auto code = [&key](const EcdhAesKeyWrap& mechanism, ByteView bytes) {
    return Unwrap(mechanism, *key, bytes, Content()).code();
  };
  const auto unwrapped = Unwrap(EcdhAesKeyWrap{24, info}, *key, wrapped, Content());
  ASSERT_TRUE(unwrapped.ok()) << unwrapped.error().message();
  EXPECT_EQ(MaterialOf(**unwrapped), cek);
  EXPECT_EQ(code({16, info}, wrapped), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code({24, {}}, wrapped), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code({20, info}, wrapped), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({24, Bytes(1025)}, wrapped), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({24, info}, ByteView(wrapped).first(64)), ErrorCode::kMalformed);
  EXPECT_EQ(code({24, info}, ByteView(wrapped).first(80)), ErrorCode::kMalformed);
  Bytes off_curve = wrapped;
  off_curve[64] ^= 1;
  EXPECT_EQ(code({24, info}, off_curve), ErrorCode::kMalformed);
  // Such a key agrees on nothing openly, and no other unwraps so.
  EXPECT_EQ(Derive(EcdhDerive{point, EcdhKdf::kSp800Sha256, info}, *key, Content(16)).code(),
            ErrorCode::kPermissionDenied);
  rules.allowed_mechanisms = {};
  const KeyPtr unnamed = Key::Import(rules, scalar()).value();
  EXPECT_EQ(Unwrap(EcdhAesKeyWrap{24, info}, *unnamed, wrapped, Content()).code(),
            ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace florin::mechanisms
