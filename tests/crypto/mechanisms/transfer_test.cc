// Derive, Wrap and Unwrap: values, and the attacks they must refuse.
#include "crypto/mechanisms/transfer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "crypto/mechanisms/operation.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

KeyRules Secret16(std::size_t length = 0) {
  KeyRules rules = Rules(KeyType::kGenericSecret, {Verb::kDerive});
  rules.length = length;
  return rules;
}

KeyPairPtrs Pair(Curve curve = Curve::kP256) {
  KeyRules priv = Rules(KeyType::kEcPrivate, {Verb::kDerive});
  KeyRules pub = Rules(KeyType::kEcPublic, {});
  priv.curve = pub.curve = curve;
  return Key::GeneratePair(priv, pub, SystemRandom()).value();
}

TEST(Derive, EcdhAgreesFromBothSides) {
  for (const Curve curve : {Curve::kP256, Curve::kP384}) {
    const KeyPairPtrs a = Pair(curve);
    const KeyPairPtrs b = Pair(curve);
    const Bytes info = RandomBytes(50);
    for (const EcdhKdf kdf : {EcdhKdf::kNull, EcdhKdf::kX963Sha256, EcdhKdf::kSp800Sha256}) {
      const ByteView shared = kdf == EcdhKdf::kNull ? ByteView() : ByteView(info);
      const auto from_a =
          Derive(EcdhDerive{b.public_key->PublicPoint(), kdf, shared}, *a.private_key, Secret16());
      const auto from_b =
          Derive(EcdhDerive{a.public_key->PublicPoint(), kdf, shared}, *b.private_key, Secret16());
      ASSERT_TRUE(from_a.ok() && from_b.ok());
      EXPECT_EQ(MaterialOf(**from_a), MaterialOf(**from_b));
    }
  }
}

// What a module without the SP 800-56A KDF must do to open an Apple Pay token.
TEST(Derive, TheConcatenationChainEqualsTheKdf) {
  const KeyPairPtrs a = Pair();
  const KeyPairPtrs b = Pair();
  const ByteView peer = b.public_key->PublicPoint();
  const Bytes info = RandomBytes(51);
  const Bytes counter = {0, 0, 0, 1};
  KeyRules aes = Rules(KeyType::kAes, {Verb::kDecrypt});
  aes.length = 32;
  const auto direct = Derive(EcdhDerive{peer, EcdhKdf::kSp800Sha256, info}, *a.private_key, aes);
  const auto z = Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, *a.private_key, Secret16());
  const auto front = Derive(ConcatenateDataAndBase{counter}, **z, Secret16());
  const auto whole = Derive(ConcatenateBaseAndData{info}, **front, Secret16());
  const auto key = Derive(HashDerive{Hash::kSha256}, **whole, aes);
  ASSERT_TRUE(direct.ok() && key.ok());
  EXPECT_EQ(MaterialOf(**key), MaterialOf(**direct));
  EXPECT_EQ((*whole)->rules().length, 4U + 32U + 51U);
}

// As PKCS#11 cuts CKD_NULL: bytes are removed from the leading end.
TEST(Derive, ACutSharedSecretKeepsItsEnd) {
  const KeyPairPtrs a = Pair();
  const ByteView peer = a.public_key->PublicPoint();
  const auto z = Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, *a.private_key, Secret16());
  const auto cut = Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, *a.private_key, Secret16(16));
  ASSERT_TRUE(z.ok() && cut.ok());
  const Bytes whole = MaterialOf(**z);
  EXPECT_EQ(MaterialOf(**cut), Bytes(whole.begin() + 16, whole.end()));
  EXPECT_EQ(Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, *a.private_key, Secret16(33)).code(),
            ErrorCode::kInvalidArgument);
}

TEST(Derive, RefusesPointsThatAreNotOnTheCurve) {
  const KeyPairPtrs a = Pair();
  const ByteView good = a.public_key->PublicPoint();
  Bytes off(good.begin(), good.end());
  off[64] ^= 1;
  Bytes infinity(65, 0);
  infinity[0] = 4;
  for (const Bytes& point : {off, infinity, Bytes(65, 0), Bytes{0}, Bytes(),
                             Bytes(good.begin(), good.begin() + 33), RandomBytes(97)}) {
    EXPECT_EQ(Derive(EcdhDerive{point, EcdhKdf::kNull, {}}, *a.private_key, Secret16()).code(),
              ErrorCode::kMalformed);
  }
}

TEST(Derive, NoKeyIsShort) {
  const KeyPairPtrs a = Pair();
  const ByteView peer = a.public_key->PublicPoint();
  for (const EcdhKdf kdf : {EcdhKdf::kNull, EcdhKdf::kX963Sha256, EcdhKdf::kSp800Sha256}) {
    for (std::size_t length = 1; length < kMinKeyLength; ++length) {
      EXPECT_EQ(Derive(EcdhDerive{peer, kdf, {}}, *a.private_key, Secret16(length)).code(),
                ErrorCode::kInvalidArgument);
    }
  }
}

TEST(Derive, AConcatenationIsNeverCut) {
  const KeyPtr base = GenerateKey(Rules(KeyType::kGenericSecret, {Verb::kDerive}), 32);
  const Bytes data(31, 7);
  for (const std::size_t length : {16U, 32U, 62U, 64U}) {
    EXPECT_EQ(Derive(ConcatenateDataAndBase{data}, *base, Secret16(length)).code(),
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(Derive(ConcatenateBaseAndData{data}, *base, Secret16(length)).code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(Derive(ConcatenateDataAndBase{data}, *base, Secret16(63)).ok());
  // A key type with one length only is no way around it.
  EXPECT_EQ(Derive(ConcatenateDataAndBase{data}, *base, Rules(KeyType::kAes, {})).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(ConcatenateDataAndBase{Bytes(1025)}, *base, Secret16()).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(ConcatenateDataAndBase{Bytes(300)}, *base, Secret16()).code(),
            ErrorCode::kInvalidArgument);
}

TEST(Derive, TheResultIsNoLaxerThanTheBase) {
  const KeyPairPtrs a = Pair();
  const Mechanism ecdh = EcdhDerive{a.public_key->PublicPoint(), EcdhKdf::kSp800Sha256, {}};
  KeyRules readable = Secret16();
  readable.sensitive = false;
  EXPECT_EQ(Derive(ecdh, *a.private_key, readable).code(), ErrorCode::kPermissionDenied);
  KeyRules extractable = Secret16();
  extractable.extractable = true;
  EXPECT_EQ(Derive(ecdh, *a.private_key, extractable).code(), ErrorCode::kPermissionDenied);

  KeyRules lax = Rules(KeyType::kGenericSecret, {Verb::kDerive});
  lax.sensitive = false;
  lax.extractable = true;
  const KeyPtr base = GenerateKey(lax, 32);
  KeyRules result = Secret16();
  result.sensitive = false;
  result.extractable = true;
  EXPECT_TRUE(Derive(HashDerive{}, *base, result).ok());
}

TEST(Derive, TheResultHasNoHeaderAndNoConflict) {
  const KeyPairPtrs a = Pair();
  const Mechanism ecdh = EcdhDerive{a.public_key->PublicPoint(), EcdhKdf::kSp800Sha256, {}};
  KeyRules aes = WithHeader(Rules(KeyType::kAes, {Verb::kDecrypt}), "D0000D0AB00N0000");
  aes.length = 32;
  EXPECT_EQ(Derive(ecdh, *a.private_key, aes).code(), ErrorCode::kPermissionDenied);
  KeyRules conflict = Rules(KeyType::kAes, {Verb::kWrap, Verb::kDecrypt});
  conflict.length = 32;
  EXPECT_EQ(Derive(ecdh, *a.private_key, conflict).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Derive(ecdh, *a.private_key, Rules(KeyType::kDes3, {})).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Derive(ecdh, *a.private_key, Rules(KeyType::kEcPrivate, {})).code(),
            ErrorCode::kPermissionDenied);
}

TEST(Derive, TheBaseMustBeForIt) {
  const KeyPairPtrs a = Pair();
  const Mechanism ecdh = EcdhDerive{a.public_key->PublicPoint(), EcdhKdf::kNull, {}};
  const KeyPtr signer = GenerateKey(Rules(KeyType::kEcPrivate, {Verb::kSign}), 0);
  EXPECT_EQ(Derive(ecdh, *signer, Secret16()).code(), ErrorCode::kPermissionDenied);
  const KeyPtr hmac = GenerateKey(Rules(KeyType::kHmac, {Verb::kSign}), 32);
  EXPECT_EQ(Derive(HashDerive{}, *hmac, Secret16()).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Derive(AesEcb{}, *a.private_key, Secret16()).code(), ErrorCode::kUnsupported);
  const KeyPtr base = GenerateKey(Rules(KeyType::kGenericSecret, {Verb::kDerive}), 32);
  EXPECT_EQ(Derive(HashDerive{Hash::kSha1}, *base, Secret16()).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Derive(HashDerive{Hash::kSha256}, *base, Secret16(33)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(EcdhDerive{a.public_key->PublicPoint(), EcdhKdf::kNull, RandomBytes(4)},
                   *a.private_key, Secret16())
                .code(),
            ErrorCode::kInvalidArgument);
}

TEST(Derive, HkdfTakesWhatItUses) {
  const KeyPtr base = GenerateKey(Rules(KeyType::kGenericSecret, {Verb::kDerive}), 32);
  const Bytes data = RandomBytes(4);
  EXPECT_TRUE(Derive(HkdfDerive{Hash::kSha256, true, true, data, data}, *base, Secret16(64)).ok());
  // A salt without extraction, info without expansion, and neither of the two.
  EXPECT_EQ(Derive(HkdfDerive{Hash::kSha256, false, true, data, {}}, *base, Secret16(64)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(HkdfDerive{Hash::kSha256, true, false, {}, data}, *base, Secret16()).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(HkdfDerive{Hash::kSha256, false, false, {}, {}}, *base, Secret16()).code(),
            ErrorCode::kInvalidArgument);
  // Extraction gives a whole digest; expansion takes one.
  EXPECT_EQ(Derive(HkdfDerive{Hash::kSha256, true, false, {}, {}}, *base, Secret16(16)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(HkdfDerive{Hash::kSha512, false, true, {}, {}}, *base, Secret16(16)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Derive(HkdfDerive{Hash::kSha1, true, true, {}, {}}, *base, Secret16(16)).code(),
            ErrorCode::kUnsupported);
  const Bytes long_data = RandomBytes(1025);
  EXPECT_EQ(
      Derive(HkdfDerive{Hash::kSha256, true, true, long_data, {}}, *base, Secret16(16)).code(),
      ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      Derive(HkdfDerive{Hash::kSha256, true, true, {}, long_data}, *base, Secret16(16)).code(),
      ErrorCode::kInvalidArgument);
}

KeyPairPtrs PairOn(Curve curve) {
  KeyRules priv = Rules(KeyType::kEcPrivate, {Verb::kDerive});
  KeyRules pub = Rules(KeyType::kEcPublic, {});
  priv.curve = pub.curve = curve;
  return Key::GeneratePair(priv, pub, SystemRandom()).value();
}

// RFC 7748 6.1.
TEST(Derive, X25519GivesThePublishedSecret) {
  KeyRules rules = Rules(KeyType::kEcPrivate, {Verb::kDerive});
  rules.curve = Curve::kX25519;
  const KeyPtr alice =
      ImportKey(rules, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const Bytes bob = FromHex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const auto derived = Derive(EcdhDerive{bob, EcdhKdf::kNull, {}}, *alice, Secret16(0));
  ASSERT_TRUE(derived.ok());
  EXPECT_EQ(HexEncode(MaterialOf(**derived)),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  EXPECT_EQ(Derive(EcdhDerive{Bytes(32), EcdhKdf::kNull, {}}, *alice, Secret16(0)).code(),
            ErrorCode::kMalformed);
  const KeyPairPtrs other = Pair();
  EXPECT_EQ(
      Derive(EcdhDerive{other.public_key->PublicPoint(), EcdhKdf::kNull, {}}, *alice, Secret16(0))
          .code(),
      ErrorCode::kMalformed);
}

TEST(Derive, SharedSecretsOfP521HaveSixtySixBytes) {
  const KeyPairPtrs a = PairOn(Curve::kP521), b = PairOn(Curve::kP521);
  const auto one = Derive(EcdhDerive{b.public_key->PublicPoint(), EcdhKdf::kNull, {}},
                          *a.private_key, Secret16(0));
  const auto two = Derive(EcdhDerive{a.public_key->PublicPoint(), EcdhKdf::kNull, {}},
                          *b.private_key, Secret16(0));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(MaterialOf(**one).size(), 66U);
  EXPECT_EQ(MaterialOf(**one), MaterialOf(**two));
}

OtherKey Other(const KeyPtr& key) { return {{1}, key.get()}; }

TEST(Derive, HkdfTakesAKeyAsItsSalt) {
  const KeyRules derives = Rules(KeyType::kGenericSecret, {Verb::kDerive});
  const Bytes salt = RandomBytes(32), info = RandomBytes(9);
  const KeyPtr base = GenerateKey(derives, 40);
  const KeyPtr salt_key = ImportKey(derives, HexEncode(salt));
  for (const bool expand : {false, true}) {
    HkdfDerive by_data{Hash::kSha384, true, expand, salt, {}};
    HkdfDerive by_key{Hash::kSha384, true, expand, {}, {}, Other(salt_key)};
    if (expand) by_data.info = by_key.info = info;
    const auto one = Derive(by_data, *base, Secret16(48));
    const auto two = Derive(by_key, *base, Secret16(48));
    ASSERT_TRUE(one.ok() && two.ok());
    EXPECT_EQ(MaterialOf(**one), MaterialOf(**two));
  }
  const auto code = [&](const HkdfDerive& hkdf, KeyRules result = Secret16(32)) {
    return Derive(hkdf, *base, std::move(result)).code();
  };
  const HkdfDerive good{Hash::kSha256, true, false, {}, {}, Other(salt_key)};
  EXPECT_EQ(code(good), ErrorCode::kOk);
  HkdfDerive bad = good;
  bad.salt = salt;
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument) << "two salts";
  bad = good;
  bad.extract = false;
  bad.expand = true;
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument) << "no extraction";
  bad = good;
  bad.salt_key.key = nullptr;
  EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument) << "a name without a key";
  const KeyPtr mac_key = GenerateKey(Rules(KeyType::kHmac, {Verb::kSign}), 32);
  bad.salt_key = Other(mac_key);
  EXPECT_EQ(code(bad), ErrorCode::kPermissionDenied);
  const KeyPtr idle_key = GenerateKey(Rules(KeyType::kGenericSecret, {}), 32);
  bad.salt_key = Other(idle_key);
  EXPECT_EQ(code(bad), ErrorCode::kPermissionDenied);
}

// What goes in beside the base counts as the base does.
TEST(Derive, TheSecondKeyKeepsItsSecrecy) {
  KeyRules open = Rules(KeyType::kGenericSecret, {Verb::kDerive});
  open.sensitive = false;
  open.extractable = true;
  const KeyPtr base = GenerateKey(open, 32);
  const KeyPtr hidden = GenerateKey(Rules(KeyType::kGenericSecret, {Verb::kDerive}), 32);
  KeyRules result = Secret16(32);
  const HkdfDerive by_hidden{Hash::kSha256, true, false, {}, {}, Other(hidden)};
  const HkdfDerive by_open{Hash::kSha256, true, false, {}, {}, Other(base)};
  for (const bool readable : {false, true}) {
    result.sensitive = !readable;
    result.extractable = !readable;
    EXPECT_EQ(Derive(by_hidden, *base, result).code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(Derive(by_open, *base, result).code(), ErrorCode::kOk);
  }
  result = Secret16(64);
  result.sensitive = false;
  EXPECT_EQ(Derive(ConcatenateBaseAndKey{Other(hidden)}, *base, result).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Derive(ConcatenateBaseAndKey{Other(base)}, *base, result).code(), ErrorCode::kOk);
}

TEST(Derive, KeysAreConcatenatedWhole) {
  const KeyRules derives = Rules(KeyType::kGenericSecret, {Verb::kDerive});
  const KeyPtr one = GenerateKey(derives, 32), two = GenerateKey(derives, 48);
  const auto both = Derive(ConcatenateBaseAndKey{Other(two)}, *one, Secret16(0));
  ASSERT_TRUE(both.ok());
  Bytes expected = MaterialOf(*one);
  const Bytes second = MaterialOf(*two);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(MaterialOf(**both), expected);
  // As of every concatenation: no part of it, no piece of it, and it does not leave.
  EXPECT_EQ(Derive(ConcatenateBaseAndKey{Other(two)}, *one, Secret16(32)).code(),
            ErrorCode::kInvalidArgument);
  KeyRules named = Secret16(80);
  named.allowed_mechanisms = {MechanismType::kExtractKeyFromKey};
  EXPECT_EQ(Derive(ConcatenateBaseAndKey{Other(two)}, *one, named).code(),
            ErrorCode::kPermissionDenied);
  KeyRules leaving = Secret16(80);
  leaving.extractable = true;
  EXPECT_EQ(Derive(ConcatenateBaseAndKey{Other(two)}, *one, leaving).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Derive(ConcatenateBaseAndKey{}, *one, Secret16(0)).code(), ErrorCode::kInvalidArgument);
}

KeyPtr Kek(VerbSet verbs, const char* hex) { return ImportKey(Rules(KeyType::kAes, verbs), hex); }

KeyRules Extractable(KeyType type, VerbSet verbs = {}) {
  KeyRules rules = Rules(type, verbs);
  rules.extractable = true;
  return rules;
}

// RFC 3394 4.1.
TEST(Wrap, PublishedValue) {
  const KeyPtr kek = Kek({Verb::kWrap, Verb::kUnwrap}, "000102030405060708090A0B0C0D0E0F");
  const KeyPtr target = ImportKey(Extractable(KeyType::kAes), "00112233445566778899AABBCCDDEEFF");
  const Bytes expected = FromHex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5");
  EXPECT_EQ(WrappedSize(AesKeyWrap{}, *kek, *target).value(), 24U);
  Bytes out(24);
  ASSERT_EQ(Wrap(AesKeyWrap{}, *kek, *target, out).value(), 24U);
  EXPECT_EQ(out, expected);
  const auto back = Unwrap(AesKeyWrap{}, *kek, out, Rules(KeyType::kAes, {Verb::kEncrypt}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(MaterialOf(**back), MaterialOf(*target));
  EXPECT_EQ(Wrap(AesKeyWrap{}, *kek, *target, MutableBytes(out).first(23)).code(),
            ErrorCode::kBufferTooSmall);
}

TEST(Wrap, RefusesWhatMustStay) {
  const KeyPtr kek = GenerateKey(Rules(KeyType::kAes, {Verb::kWrap}), 16);
  Bytes out(300);
  const auto code = [&](const KeyPtr& target) {
    return Wrap(AesKeyWrap{}, *kek, *target, out).code();
  };
  EXPECT_EQ(code(GenerateKey(Rules(KeyType::kAes, {}), 16)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(GenerateKey(Extractable(KeyType::kAes), 16)), ErrorCode::kOk);
  EXPECT_EQ(code(GenerateKey(Extractable(KeyType::kDes3), 24)), ErrorCode::kOk);
  // The wrapping key would be the weakest link (SP 800-57 part 1 5.6.1.4).
  EXPECT_EQ(code(GenerateKey(Extractable(KeyType::kAes), 32)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(GenerateKey(Extractable(KeyType::kHmac), 24)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(GenerateKey(Extractable(KeyType::kEcPrivate), 0)), ErrorCode::kPermissionDenied);
  // The form has no place for the header.
  KeyRules payment = WithHeader(Extractable(KeyType::kDes3), "D0000E0TN00E0000");
  EXPECT_EQ(code(GenerateKey(payment, 16)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(GenerateKey(Extractable(KeyType::kHmac), 17)), ErrorCode::kPermissionDenied);
  const KeyPtr strong = GenerateKey(Rules(KeyType::kAes, {Verb::kWrap}), 32);
  EXPECT_EQ(Wrap(AesKeyWrap{}, *strong, *GenerateKey(Extractable(KeyType::kHmac), 17), out).code(),
            ErrorCode::kInvalidArgument);
  const KeyPtr cipher = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt}), 32);
  EXPECT_EQ(Wrap(AesKeyWrap{}, *cipher, *GenerateKey(Extractable(KeyType::kAes), 16), out).code(),
            ErrorCode::kPermissionDenied);
}

class DeadRandom final : public RandomSource {
  Status Fill(MutableBytes) override { return Error(ErrorCode::kDeviceError, "dead"); }
};

TEST(Wrap, KeyBlocksArePaddedByTheGivenSource) {
  const KeyPtr kbpk = GenerateKey(
      WithHeader(Rules(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}), "D0000K1AB00N0000"), 32);
  KeyRules rules = WithHeader(Extractable(KeyType::kAes), "D0000D0AB00E0000");
  const KeyPtr target = GenerateKey(rules, 16);
  Bytes out(200);
  DeadRandom dead;
  EXPECT_EQ(Wrap(KeyBlockWrap{'D'}, *kbpk, *target, out, dead).code(), ErrorCode::kDeviceError);
  const auto size = Wrap(KeyBlockWrap{'D'}, *kbpk, *target, out);
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, WrappedSize(KeyBlockWrap{'D'}, *kbpk, *target).value());
  Bytes again(*size);
  ASSERT_TRUE(Wrap(KeyBlockWrap{'D'}, *kbpk, *target, again).ok());
  EXPECT_FALSE(std::equal(again.begin(), again.end(), out.begin())) << "the padding is random";
  rules.verbs = {Verb::kEncrypt, Verb::kDecrypt};
  rules.length = 0;
  const auto back = Unwrap(KeyBlockWrap{}, *kbpk, again, rules);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(MaterialOf(**back), MaterialOf(*target));
  EXPECT_EQ((*back)->rules().length, 16U);
  // A short room is no room, and nothing is written that could be used.
  EXPECT_EQ(Wrap(KeyBlockWrap{'D'}, *kbpk, *target, MutableBytes(again).first(*size - 1)).code(),
            ErrorCode::kBufferTooSmall);
}

TEST(Unwrap, RefusesForgedAndLaxKeys) {
  const KeyPtr kek = GenerateKey(Rules(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}), 32);
  const KeyPtr target = GenerateKey(Extractable(KeyType::kAes), 32);
  Bytes wrapped(40);
  ASSERT_TRUE(Wrap(AesKeyWrap{}, *kek, *target, wrapped).ok());
  const KeyRules aes = Rules(KeyType::kAes, {Verb::kDecrypt});
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    Bytes forged = wrapped;
    forged[i] ^= 0x80;
    EXPECT_EQ(Unwrap(AesKeyWrap{}, *kek, forged, aes).code(), ErrorCode::kVerificationFailed);
  }
  for (const std::size_t length : {0U, 8U, 16U, 39U}) {
    EXPECT_EQ(Unwrap(AesKeyWrap{}, *kek, ByteView(wrapped).first(length), aes).code(),
              ErrorCode::kMalformed);
  }
  KeyRules readable = aes;
  readable.sensitive = false;
  EXPECT_EQ(Unwrap(AesKeyWrap{}, *kek, wrapped, readable).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Unwrap(AesKeyWrap{}, *kek, wrapped, WithHeader(aes, "D0000D0AB00N0000")).code(),
            ErrorCode::kPermissionDenied);
  KeyRules conflict = Rules(KeyType::kAes, {Verb::kUnwrap, Verb::kEncrypt});
  EXPECT_EQ(Unwrap(AesKeyWrap{}, *kek, wrapped, conflict).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Unwrap(AesKeyWrap{}, *kek, wrapped, Rules(KeyType::kDes3, {})).code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::mechanisms
