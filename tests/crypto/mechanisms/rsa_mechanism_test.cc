// RSA mechanisms: signatures in pieces, DigestInfo, OAEP that tells nothing, and wrapping.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "crypto/mechanisms/operation.h"
#include "crypto/mechanisms/registry.h"
#include "crypto/mechanisms/transfer.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

KeyPairPtrs MakePair(VerbSet private_verbs, VerbSet public_verbs, std::size_t length = 256) {
  KeyRules priv = Rules(KeyType::kRsaPrivate, private_verbs);
  priv.length = length;
  KeyRules pub = Rules(KeyType::kRsaPublic, public_verbs);
  pub.sensitive = false;
  return Key::GeneratePair(priv, pub, SystemRandom()).value();
}

// One pair for each use for all tests: making one takes longer than they do.
const KeyPairPtrs& Signer() {
  static const auto* const kPair = new KeyPairPtrs(MakePair({Verb::kSign}, {Verb::kVerify}));
  return *kPair;
}
const KeyPairPtrs& Cipher() {
  static const auto* const kPair = new KeyPairPtrs(MakePair({Verb::kDecrypt}, {Verb::kEncrypt}));
  return *kPair;
}
const KeyPairPtrs& Carrier() {
  static const auto* const kPair = new KeyPairPtrs(MakePair({Verb::kUnwrap}, {Verb::kWrap}, 384));
  return *kPair;
}

constexpr Hash kHashes[] = {Hash::kSha256, Hash::kSha384, Hash::kSha512};

Bytes DigestOf(Hash hash, ByteView data) {
  Bytes digest(HashSize(hash));
  EXPECT_TRUE(primitives::Digest(hash, data, digest).ok());
  return digest;
}

TEST(RsaMechanism, PiecesEqualTheWhole) {
  const Bytes data = RandomBytes(100);
  for (const Hash hash : kHashes) {
    for (const Mechanism& mechanism : {Mechanism(RsaPkcs1{hash}), Mechanism(RsaPss{hash})}) {
      Operation sign;
      ASSERT_TRUE(sign.Prepare(Verb::kSign, mechanism, *Signer().private_key).ok());
      ASSERT_EQ(sign.OutputSize(data.size()), 256U);
      Bytes signature(256);
      ASSERT_TRUE(sign.Update(ByteView(data).first(64), {}).ok());
      ASSERT_TRUE(sign.Update(ByteView(data).subspan(64), {}).ok());
      Bytes small(255);
      EXPECT_EQ(sign.Finish(small).code(), ErrorCode::kBufferTooSmall);
      ASSERT_EQ(sign.Finish(signature).value(), 256U);
      EXPECT_TRUE(VerifyOnce(mechanism, *Signer().public_key, data, signature).ok());
      Operation verify;
      ASSERT_TRUE(verify.Prepare(Verb::kVerify, mechanism, *Signer().public_key).ok());
      ASSERT_TRUE(verify.Update(data, {}).ok());
      EXPECT_TRUE(verify.FinishVerify(signature).ok());
      for (const std::size_t place : {0U, 128U, 255U}) {
        Bytes wrong = signature;
        wrong[place] = static_cast<std::uint8_t>(wrong[place] ^ 1);
        EXPECT_EQ(VerifyOnce(mechanism, *Signer().public_key, data, wrong).code(),
                  ErrorCode::kVerificationFailed);
      }
      for (const std::size_t size : {0U, 255U, 257U}) {
        EXPECT_EQ(VerifyOnce(mechanism, *Signer().public_key, data, Bytes(size)).code(),
                  ErrorCode::kVerificationFailed);
      }
    }
  }
}

TEST(RsaMechanism, ADigestSignsAsItsMessage) {
  const Bytes data = RandomBytes(50);
  for (const Hash hash : kHashes) {
    const Bytes digest = DigestOf(hash, data);
    Bytes info(kMaxRsaDigestInfo);
    const auto size = RsaDigestInfo(hash, digest, info);
    ASSERT_TRUE(size.ok());
    info.resize(*size);
    Bytes of_data(256);
    Bytes of_info(256);
    ASSERT_TRUE(RunOnce(Verb::kSign, RsaPkcs1{hash}, *Signer().private_key, data, of_data).ok());
    ASSERT_TRUE(RunOnce(Verb::kSign, RsaPkcs1{}, *Signer().private_key, info, of_info).ok());
    EXPECT_EQ(of_data, of_info);
    EXPECT_TRUE(VerifyOnce(RsaPkcs1{}, *Signer().public_key, info, of_data).ok());
    Bytes pss(256);
    ASSERT_TRUE(RunOnce(Verb::kSign, RsaPss{hash, true}, *Signer().private_key, digest, pss).ok());
    EXPECT_TRUE(VerifyOnce(RsaPss{hash}, *Signer().public_key, data, pss).ok());
    EXPECT_EQ(RsaDigestInfo(hash, Bytes(20), info).code(), ErrorCode::kInvalidArgument);
    Bytes small(info.size() - 1);
    EXPECT_EQ(RsaDigestInfo(hash, digest, small).code(), ErrorCode::kBufferTooSmall);
  }
  EXPECT_EQ(RsaDigestInfo(Hash::kSha1, Bytes(20), {}).code(), ErrorCode::kUnsupported);
}

TEST(RsaMechanism, OnlyADigestInfoIsSignedRaw) {
  Bytes info(kMaxRsaDigestInfo);
  info.resize(RsaDigestInfo(Hash::kSha256, Bytes(32, 7), info).value());
  Bytes out(256);
  const auto code = [&out](const Mechanism& mechanism, ByteView input) {
    return RunOnce(Verb::kSign, mechanism, *Signer().private_key, input, out).code();
  };
  EXPECT_EQ(code(RsaPkcs1{}, info), ErrorCode::kOk);
  EXPECT_EQ(code(RsaPkcs1{}, Bytes(32, 7)), ErrorCode::kMalformed) << "a bare digest";
  EXPECT_EQ(code(RsaPkcs1{}, {}), ErrorCode::kMalformed);
  for (std::size_t i = 0; i < 19; ++i) {
    Bytes wrong = info;
    wrong[i] = static_cast<std::uint8_t>(wrong[i] ^ 4);
    EXPECT_EQ(code(RsaPkcs1{}, wrong), ErrorCode::kMalformed) << i;
  }
  // SHA-1, and SHA-256 without the NULL.
  EXPECT_EQ(code(RsaPkcs1{}, FromHex("3021300906052B0E03021A05000414" + std::string(40, '0'))),
            ErrorCode::kMalformed);
  EXPECT_EQ(code(RsaPkcs1{}, FromHex("302F300B0609608648016503040201"
                                     "0420" +
                                     std::string(64, '0'))),
            ErrorCode::kMalformed);
  EXPECT_EQ(code(RsaPss{Hash::kSha256, true}, Bytes(31)), ErrorCode::kMalformed);
  EXPECT_EQ(code(RsaPkcs1{Hash::kSha1}, info), ErrorCode::kUnsupported);
  EXPECT_EQ(code(RsaPss{Hash::kSha224}, info), ErrorCode::kUnsupported);
  Operation raw;
  ASSERT_TRUE(raw.Prepare(Verb::kSign, RsaPkcs1{}, *Signer().private_key).ok());
  EXPECT_EQ(raw.Update(info, {}).code(), ErrorCode::kUnsupported);
}

TEST(RsaMechanism, OaepFailuresAreOneFailure) {
  const Key& pub = *Cipher().public_key;
  const Key& priv = *Cipher().private_key;
  for (const Hash hash : kHashes) {
    const std::size_t longest = 256 - 2 * HashSize(hash) - 2;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, longest}) {
      const Bytes message = RandomBytes(size);
      Bytes cipher(256);
      ASSERT_TRUE(RunOnce(Verb::kEncrypt, RsaOaep{hash}, pub, message, cipher).ok());
      Bytes out(size);
      ASSERT_EQ(RunOnce(Verb::kDecrypt, RsaOaep{hash}, priv, cipher, out).value(), size);
      EXPECT_EQ(out, message);
    }
    Bytes cipher(256);
    EXPECT_EQ(RunOnce(Verb::kEncrypt, RsaOaep{hash}, pub, Bytes(longest + 1), cipher).code(),
              ErrorCode::kMalformed);
  }
  Bytes cipher(256);
  ASSERT_TRUE(RunOnce(Verb::kEncrypt, RsaOaep{}, pub, Bytes(16, 1), cipher).ok());
  Bytes small(15);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, RsaOaep{}, priv, cipher, small).code(),
            ErrorCode::kBufferTooSmall);
  Bytes out(256);
  Bytes changed = cipher;
  changed[255] = static_cast<std::uint8_t>(changed[255] ^ 1);
  const auto failure = [&](Hash hash, ByteView input) {
    return RunOnce(Verb::kDecrypt, RsaOaep{hash}, priv, input, out).error();
  };
  const Error first = failure(Hash::kSha256, changed);
  EXPECT_EQ(first.code(), ErrorCode::kVerificationFailed);
  for (const Error& other :
       {failure(Hash::kSha384, cipher), failure(Hash::kSha256, Bytes(256, 0xff)),
        failure(Hash::kSha256, Bytes(256)), failure(Hash::kSha256, ByteView(cipher).first(255)),
        failure(Hash::kSha256, {})}) {
    EXPECT_EQ(other.code(), first.code());
    EXPECT_STREQ(other.message(), first.message());
  }
}

TEST(RsaMechanism, KeysServeWhatTheyAreFor) {
  Bytes out(256);
  EXPECT_EQ(RunOnce(Verb::kSign, RsaPss{}, *Cipher().private_key, {}, out).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, RsaOaep{}, *Signer().private_key, Bytes(256), out).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(RunOnce(Verb::kSign, RsaPss{}, *Signer().public_key, {}, out).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(RunOnce(Verb::kEncrypt, RsaPss{}, *Cipher().public_key, {}, out).code(),
            ErrorCode::kUnsupported);
  const auto with = [](const char* header, VerbSet verbs) {
    return Key::Import(WithHeader(Rules(KeyType::kRsaPrivate, verbs), header),
                       Secret(MaterialOf(*Signer().private_key)));
  };
  const auto signer = with("D0000S0RS00N0000", {Verb::kSign});
  ASSERT_TRUE(signer.ok());
  EXPECT_TRUE(RunOnce(Verb::kSign, RsaPkcs1{Hash::kSha256}, **signer, {}, out).ok());
  const auto cipher = with("D0000D1RD00N0000", {Verb::kDecrypt});
  ASSERT_TRUE(cipher.ok());
  EXPECT_EQ(RunOnce(Verb::kDecrypt, RsaOaep{}, **cipher, Bytes(256), out).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(with("D0000D1RD00N0000", {Verb::kUnwrap}).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(with("D0000S0RS00N0000", {Verb::kDecrypt}).code(), ErrorCode::kPermissionDenied);
  // TR-34 keys do nothing else.
  for (const Verb verb : {Verb::kSign, Verb::kDecrypt}) {
    EXPECT_EQ(with("D0000K2RD00N0000", {verb}).code(), ErrorCode::kPermissionDenied);
  }
  EXPECT_EQ(with("D0000K2RS00N0000", {Verb::kDecrypt}).code(), ErrorCode::kPermissionDenied);
  const auto host = with("D0000K2RS00N0000", {Verb::kSign});
  ASSERT_TRUE(host.ok());
  EXPECT_EQ(RunOnce(Verb::kSign, RsaPss{}, **host, {}, out).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(RunOnce(Verb::kSign, RsaPkcs1{Hash::kSha256}, **host, {}, out).code(),
            ErrorCode::kPermissionDenied);
  const auto tr34 = with("D0000K2RD00N0000", {Verb::kUnwrap});
  ASSERT_TRUE(tr34.ok());
  EXPECT_EQ(Unwrap(RsaOaep{}, **tr34, Bytes(256), Rules(KeyType::kAes, {})).code(),
            ErrorCode::kPermissionDenied);
}

KeyRules Extractable(KeyType type) {
  KeyRules rules = Rules(type, {});
  rules.extractable = true;
  return rules;
}

TEST(RsaMechanism, OaepWrapsSecretKeys) {
  for (const Hash hash : kHashes) {
    const RsaOaep oaep{hash};
    const KeyPtr target = GenerateKey(Extractable(KeyType::kAes), 16);
    ASSERT_EQ(WrappedSize(oaep, *Carrier().public_key, *target).value(), 384U);
    Bytes wrapped(384);
    ASSERT_EQ(Wrap(oaep, *Carrier().public_key, *target, wrapped).value(), 384U);
    const auto back =
        Unwrap(oaep, *Carrier().private_key, wrapped, Rules(KeyType::kAes, {Verb::kEncrypt}));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(MaterialOf(**back), MaterialOf(*target));
    EXPECT_EQ((*back)->origin(), KeyOrigin::kUnwrapped);
    KeyRules longer = Rules(KeyType::kAes, {});
    longer.length = 32;
    EXPECT_EQ(Unwrap(oaep, *Carrier().private_key, wrapped, longer).code(),
              ErrorCode::kInvalidArgument);
    wrapped[9] = static_cast<std::uint8_t>(wrapped[9] ^ 1);
    EXPECT_EQ(Unwrap(oaep, *Carrier().private_key, wrapped, Rules(KeyType::kAes, {})).code(),
              ErrorCode::kVerificationFailed);
  }
}

TEST(RsaMechanism, WrappingKeepsItsRules) {
  Bytes wrapped(512);
  const auto wrap = [&wrapped](const KeyPtr& target) {
    return Wrap(RsaOaep{}, *Carrier().public_key, *target, wrapped).code();
  };
  EXPECT_EQ(wrap(GenerateKey(Extractable(KeyType::kDes3), 24)), ErrorCode::kOk);
  EXPECT_EQ(wrap(GenerateKey(Extractable(KeyType::kAes), 32)), ErrorCode::kPermissionDenied)
      << "stronger than RSA of 3072 bits";
  EXPECT_EQ(wrap(GenerateKey(Rules(KeyType::kAes, {}), 16)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(wrap(GenerateKey(WithHeader(Extractable(KeyType::kAes), "D0000D0AB00E0000"), 16)),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(wrap(GenerateKey(Extractable(KeyType::kEcPrivate), 0)), ErrorCode::kPermissionDenied);
  Bytes small(383);
  EXPECT_EQ(
      Wrap(RsaOaep{}, *Carrier().public_key, *GenerateKey(Extractable(KeyType::kAes), 16), small)
          .code(),
      ErrorCode::kBufferTooSmall);
  // What comes out neither carries keys nor has a header nor shows itself.
  ASSERT_EQ(wrap(GenerateKey(Extractable(KeyType::kAes), 16)), ErrorCode::kOk);
  const auto unwrap = [&wrapped](KeyRules rules) {
    return Unwrap(RsaOaep{}, *Carrier().private_key, ByteView(wrapped).first(384), std::move(rules))
        .code();
  };
  EXPECT_EQ(unwrap(Rules(KeyType::kAes, {Verb::kWrap})), ErrorCode::kPermissionDenied);
  EXPECT_EQ(unwrap(WithHeader(Rules(KeyType::kAes, {}), "D0000D0AB00E0000")),
            ErrorCode::kPermissionDenied);
  KeyRules shown = Rules(KeyType::kAes, {});
  shown.sensitive = false;
  EXPECT_EQ(unwrap(shown), ErrorCode::kPermissionDenied);
  EXPECT_EQ(unwrap(Rules(KeyType::kAes, {Verb::kDecrypt})), ErrorCode::kOk);
}

TEST(RsaMechanism, APairThatCarriesDoesNotDecrypt) {
  KeyRules pub = Rules(KeyType::kRsaPublic, {Verb::kWrap});
  pub.sensitive = false;
  pub.extractable = true;
  const auto make = [&pub](VerbSet verbs, bool sensitive) {
    KeyRules priv = Rules(KeyType::kRsaPrivate, verbs);
    priv.length = 256;
    priv.sensitive = sensitive;
    return Key::GeneratePair(priv, pub, SystemRandom()).code();
  };
  EXPECT_EQ(make({Verb::kDecrypt}, true), ErrorCode::kPermissionDenied);
  EXPECT_EQ(make({Verb::kUnwrap}, false), ErrorCode::kPermissionDenied);
  EXPECT_EQ(make({Verb::kUnwrap, Verb::kDecrypt}, true), ErrorCode::kPermissionDenied);
  EXPECT_EQ(make({Verb::kUnwrap}, true), ErrorCode::kOk);
  KeyRules leaves = WithHeader(Rules(KeyType::kRsaPrivate, {}), "D0000D1RD00E0000");
  leaves.length = 256;
  leaves.extractable = true;
  EXPECT_EQ(Key::GeneratePair(leaves, pub, SystemRandom()).code(), ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace florin::mechanisms
