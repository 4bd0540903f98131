// The attacks that the literature knows on key-handle interfaces, each tried on a soft session:
// Clulow 2003; Delaune, Kremer, Steel 2008; Froeschle, Steel 2009; Bortolozzo et al. 2010.
#include <gtest/gtest.h>

#include <memory>

#include "tests/crypto/hsm/test_templates.h"

namespace florin::hsm {
namespace {

using mechanisms::AesEcb;
using mechanisms::AesGcm;
using mechanisms::AesKeyWrap;
using mechanisms::KeyBlockHeader;
using mechanisms::KeyRules;

class Attack : public ::testing::Test {
 protected:
  Attack() : token_(SoftToken::Create().value()), session_(token_.OpenSession().value()) {}

  KeyHandle Make(const KeyTemplate& key) {
    auto made = session_->Generate(key);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message());
    return made.ok() ? *made : KeyHandle{};
  }
  ErrorCode MakeCode(VerbSet verbs) {
    return session_->Generate(Ephemeral(KeyType::kAes, verbs, 32)).code();
  }

  ErrorCode DeriveCode(const mechanisms::Mechanism& mechanism, KeyHandle base,
                       const KeyTemplate& derived) {
    return session_->Derive(mechanism, base, derived).code();
  }

  SoftToken token_;
  std::unique_ptr<Session> session_;
};

TEST_F(Attack, WrapThenDecrypt) {
  EXPECT_EQ(MakeCode({Verb::kWrap, Verb::kDecrypt}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(MakeCode({Verb::kWrap, Verb::kEncrypt}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(MakeCode({Verb::kUnwrap, Verb::kDecrypt}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(MakeCode({Verb::kWrap, Verb::kUnwrap, Verb::kEncrypt, Verb::kDecrypt}),
            ErrorCode::kPermissionDenied);
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}, 32));
  const KeyHandle victim = Make(Extractable(Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 32)));
  Bytes wrapped(40);
  ASSERT_TRUE(session_->Wrap(AesKeyWrap{}, kek, victim, wrapped).ok());
  Bytes clear(40);
  EXPECT_EQ(session_->Decrypt(AesEcb{}, kek, ByteView(wrapped).first(32), clear).code(),
            ErrorCode::kPermissionDenied);
  // A block cipher is no wrapping mechanism.
  EXPECT_EQ(session_->Wrap(AesEcb{}, kek, victim, wrapped).code(), ErrorCode::kUnsupported);
}

TEST_F(Attack, EncryptThenUnwrap) {
  EXPECT_EQ(MakeCode({Verb::kUnwrap, Verb::kEncrypt}), ErrorCode::kPermissionDenied);
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kUnwrap}, 32));
  Bytes out(32);
  EXPECT_EQ(session_->Encrypt(AesEcb{}, kek, Bytes(32), out).code(), ErrorCode::kPermissionDenied);
}

// A key that wraps, wrapped itself and then unwrapped as a data key, would decrypt every wrapping
// it made.
TEST_F(Attack, WrapTheWrappingKeyAndUnwrapItToDecrypt) {
  const VerbSet both = {Verb::kWrap, Verb::kUnwrap};
  for (const VerbSet verbs : {VerbSet{Verb::kWrap}, VerbSet{Verb::kUnwrap}, both}) {
    EXPECT_EQ(session_->Generate(Extractable(Ephemeral(KeyType::kAes, verbs, 32))).code(),
              ErrorCode::kPermissionDenied);
    EXPECT_EQ(session_
                  ->Import(Extractable(Ephemeral(KeyType::kAes, verbs)),
                           SecretHex("000102030405060708090A0B0C0D0E0F"))
                  .code(),
              ErrorCode::kPermissionDenied);
  }
  const KeyHandle first = Make(Ephemeral(KeyType::kAes, both, 32));
  const KeyHandle second = Make(Ephemeral(KeyType::kAes, both, 32));
  Bytes wrapped(40);
  EXPECT_EQ(session_->Wrap(AesKeyWrap{}, first, first, wrapped).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(session_->Wrap(AesKeyWrap{}, first, second, wrapped).code(),
            ErrorCode::kPermissionDenied);
}

// Two keys of the same bytes, one to wrap and one to decrypt.
TEST_F(Attack, MakeTheWrappingKeyTwice) {
  const KeyHandle base = Make(Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}, 32));
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}, 32));
  const KeyHandle known = Make(Extractable(Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 32)));
  Bytes wrapped(40);
  ASSERT_TRUE(session_->Wrap(AesKeyWrap{}, kek, known, wrapped).ok());
  for (const Verb verb : {Verb::kWrap, Verb::kUnwrap}) {
    const KeyTemplate carrier = Ephemeral(KeyType::kAes, {verb}, 32);
    EXPECT_EQ(session_->Derive(mechanisms::HashDerive{}, base, carrier).code(),
              ErrorCode::kPermissionDenied);
    EXPECT_EQ(session_->Unwrap(AesKeyWrap{}, kek, wrapped, carrier).code(),
              ErrorCode::kPermissionDenied);
  }
}

TEST_F(Attack, AnotherRoleByUnwrappingAgain) {
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}, 32));
  KeyTemplate payment = Extractable(Ephemeral(KeyType::kDes3, {Verb::kVerify}, 16));
  payment.rules.header = KeyBlockHeader::Parse("D0000E0TV00E0000").value();
  Bytes wrapped(40);
  // A key with a header does not leave in a form that loses it, and none gets one on the way in.
  EXPECT_EQ(session_->Wrap(AesKeyWrap{}, kek, Make(payment), wrapped).code(),
            ErrorCode::kPermissionDenied);
  const KeyHandle plain = Make(Extractable(Ephemeral(KeyType::kDes3, {Verb::kEncrypt}, 16)));
  const std::size_t size = session_->Wrap(AesKeyWrap{}, kek, plain, wrapped).value();
  EXPECT_EQ(session_->Unwrap(AesKeyWrap{}, kek, ByteView(wrapped).first(size), payment).code(),
            ErrorCode::kPermissionDenied);
}

TEST_F(Attack, UnwrapAsReadable) {
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}, 32));
  const KeyHandle victim = Make(Extractable(Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 32)));
  Bytes wrapped(40);
  ASSERT_TRUE(session_->Wrap(AesKeyWrap{}, kek, victim, wrapped).ok());
  KeyTemplate readable = Ephemeral(KeyType::kAes, {Verb::kEncrypt});
  readable.rules.sensitive = false;
  EXPECT_EQ(session_->Unwrap(AesKeyWrap{}, kek, wrapped, readable).code(),
            ErrorCode::kPermissionDenied);
}

TEST_F(Attack, WrapUnderAWeakerKey) {
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kWrap}, 16));
  const KeyHandle victim = Make(Extractable(Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 32)));
  Bytes wrapped(40);
  EXPECT_EQ(session_->Wrap(AesKeyWrap{}, kek, victim, wrapped).code(),
            ErrorCode::kPermissionDenied);
}

TEST_F(Attack, WrapWhatIsNotExtractable) {
  const KeyHandle kek = Make(Ephemeral(KeyType::kAes, {Verb::kWrap}, 32));
  const KeyHandle victim = Make(Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 32));
  Bytes wrapped(40);
  EXPECT_EQ(session_->Wrap(AesKeyWrap{}, kek, victim, wrapped).code(),
            ErrorCode::kPermissionDenied);
}

TEST_F(Attack, DeriveAsAnOracle) {
  EXPECT_EQ(MakeCode({Verb::kDerive, Verb::kEncrypt}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(MakeCode({Verb::kDerive, Verb::kDecrypt}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(MakeCode({Verb::kDerive, Verb::kSign}), ErrorCode::kPermissionDenied);
}

TEST_F(Attack, DeriveAReadableOrExtractableKey) {
  const KeyHandle base = Make(Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}, 32));
  KeyTemplate readable = Ephemeral(KeyType::kGenericSecret, {Verb::kDerive});
  readable.rules.sensitive = false;
  const KeyTemplate extractable = Extractable(Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}));
  const Bytes data(4);
  for (const mechanisms::Mechanism& mechanism :
       {mechanisms::Mechanism(mechanisms::ConcatenateBaseAndData{data}),
        mechanisms::Mechanism(mechanisms::ConcatenateDataAndBase{data}),
        mechanisms::Mechanism(mechanisms::HashDerive{})}) {
    EXPECT_EQ(DeriveCode(mechanism, base, readable), ErrorCode::kPermissionDenied);
    EXPECT_EQ(DeriveCode(mechanism, base, extractable), ErrorCode::kPermissionDenied);
  }
}

TEST_F(Attack, ReduceTheKeySpace) {
  const KeyHandle base = Make(Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}, 32));
  const Bytes known(31);
  // One unknown byte would be left.
  KeyTemplate short_key = Ephemeral(KeyType::kHmac, {Verb::kSign}, 32);
  EXPECT_EQ(session_->Derive(mechanisms::ConcatenateDataAndBase{known}, base, short_key).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      session_->Derive(mechanisms::HashDerive{}, base, Ephemeral(KeyType::kHmac, {Verb::kSign}, 1))
          .code(),
      ErrorCode::kInvalidArgument);
}

// 15 known bytes before a secret, cut into pieces of 16: the first piece hides one byte.
TEST_F(Attack, CutAConcatenationIntoPieces) {
  using mechanisms::ExtractKeyFromKey;
  constexpr auto kExtract = mechanisms::MechanismType::kExtractKeyFromKey;
  const Bytes known(15);
  const KeyTemplate secret = Ephemeral(KeyType::kGenericSecret, {Verb::kDerive});
  KeyTemplate named = secret;
  named.rules.allowed_mechanisms = {kExtract};
  const KeyTemplate piece = Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 16);
  const KeyHandle base = Make(Extractable(Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}, 32)));
  for (const mechanisms::Mechanism& mechanism :
       {mechanisms::Mechanism(mechanisms::ConcatenateDataAndBase{known}),
        mechanisms::Mechanism(mechanisms::ConcatenateBaseAndData{known})}) {
    EXPECT_EQ(DeriveCode(mechanism, base, named), ErrorCode::kPermissionDenied);
    // Not by way of a wrapping either, from which it would come back under any name.
    EXPECT_EQ(DeriveCode(mechanism, base, Extractable(secret)), ErrorCode::kPermissionDenied);
    auto plain = session_->Derive(mechanism, base, secret);
    ASSERT_TRUE(plain.ok());
    EXPECT_EQ(DeriveCode(ExtractKeyFromKey{0}, *plain, piece), ErrorCode::kPermissionDenied);
  }
}

TEST_F(Attack, OverlappingPiecesOfAKey) {
  using mechanisms::ExtractKeyFromKey;
  KeyTemplate named = Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}, 64);
  named.rules.allowed_mechanisms = {mechanisms::MechanismType::kExtractKeyFromKey};
  const KeyHandle base = Make(named);
  const KeyTemplate piece = Ephemeral(KeyType::kAes, {Verb::kEncrypt}, 16);
  // The last two are over the end, by a little and by an offset that would overflow.
  for (const std::size_t offset : {std::size_t{1}, std::size_t{8}, std::size_t{64},
                                   std::size_t{192}, std::size_t{512}, ~std::size_t{0} - 7}) {
    EXPECT_EQ(DeriveCode(ExtractKeyFromKey{offset}, base, piece), ErrorCode::kInvalidArgument)
        << offset;
  }
}

TEST_F(Attack, InvalidCurvePoint) {
  const KeyHandle key = Make(Ephemeral(KeyType::kEcPrivate, {Verb::kDerive}));
  Bytes point(65);
  ASSERT_TRUE(session_->PublicPoint(key, point).ok());
  point[64] ^= 1;
  EXPECT_EQ(session_
                ->Derive(mechanisms::EcdhDerive{point, mechanisms::EcdhKdf::kNull, {}}, key,
                         Ephemeral(KeyType::kGenericSecret, {Verb::kDerive}))
                .code(),
            ErrorCode::kMalformed);
}

TEST_F(Attack, DegenerateTripleDes) {
  const KeyTemplate des = Ephemeral(KeyType::kDes3, {Verb::kEncrypt});
  EXPECT_EQ(session_->Import(des, SecretHex("0123456789ABCDEF0123456789ABCDEF")).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(session_->Import(des, SecretHex("01010101010101010123456789ABCDEF")).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(Attack, ShortTagsAndEmptyNonces) {
  const KeyHandle key = Make(Ephemeral(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}, 32));
  const Bytes iv(12);
  Bytes out(64);
  for (const std::size_t tag : {std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{11}}) {
    EXPECT_EQ(session_->Encrypt(AesGcm{iv, {}, tag}, key, Bytes(8), out).code(),
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(session_->Decrypt(AesGcm{iv, {}, tag}, key, Bytes(16), out).code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(session_->Encrypt(AesGcm{{}, {}, 16}, key, Bytes(8), out).code(),
            ErrorCode::kInvalidArgument);
}

// Padding errors of CBC are one error in one time, whatever is wrong.
TEST_F(Attack, PaddingOracleHasOneAnswer) {
  const KeyHandle key = Make(Ephemeral(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}, 32));
  const Bytes iv(16);
  Bytes cipher(32);
  ASSERT_TRUE(session_->Encrypt(mechanisms::AesCbcPad{iv}, key, Bytes(16), cipher).ok());
  const char* message = nullptr;
  for (int bit = 0; bit < 256; ++bit) {
    Bytes forged = cipher;
    forged[15] = static_cast<std::uint8_t>(forged[15] ^ bit);
    Bytes out(32);
    const auto result = session_->Decrypt(mechanisms::AesCbcPad{iv}, key, forged, out);
    if (result.ok()) continue;
    ASSERT_EQ(result.code(), ErrorCode::kMalformed);
    if (message == nullptr) message = result.error().message();
    EXPECT_STREQ(result.error().message(), message);
  }
  EXPECT_NE(message, nullptr);
}

TEST_F(Attack, APaymentKeyAsADataKey) {
  KeyTemplate issuer = Ephemeral(KeyType::kDes3, {Verb::kSign, Verb::kVerify}, 16);
  issuer.rules.header = KeyBlockHeader::Parse("D0000E0TN00N0000").value();
  const KeyHandle key = Make(issuer);
  Bytes out(8);
  EXPECT_EQ(session_->Encrypt(mechanisms::Des3Ecb{}, key, Bytes(8), out).code(),
            ErrorCode::kPermissionDenied);
  issuer.rules.verbs = {Verb::kEncrypt};
  EXPECT_EQ(session_->Generate(issuer).code(), ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace florin::hsm
