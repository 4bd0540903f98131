// Operation: published values, and that every way of running an item gives the same result.
#include "crypto/mechanisms/operation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "crypto/base/curve_table.h"
#include "crypto/mechanisms/registry.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

constexpr const char* kAesKey = "2B7E151628AED2A6ABF7158809CF4F3C";
constexpr const char* kBlock = "6BC1BEE22E409F96E93D7E117393172A";

KeyPtr Aes(VerbSet verbs, const char* key = kAesKey) {
  return ImportKey(Rules(KeyType::kAes, verbs), key);
}

// Encrypts or signs `input`.
std::string RunHex(Verb verb, const Mechanism& mechanism, const Key& key, const Bytes& input) {
  Operation operation;
  const Status prepared = operation.Prepare(verb, mechanism, key);
  if (!prepared.ok()) return prepared.error().message();
  Bytes out(operation.OutputSize(input.size()));
  const auto written = operation.Run(input, out);
  if (!written.ok()) return written.error().message();
  return HexEncode(ByteView(out).first(*written));
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

// SP 800-38A F.1.1, F.2.1, F.5.1.
TEST(OperationVectors, BlockModes) {
  const KeyPtr key = Aes({Verb::kEncrypt});
  const Bytes iv = FromHex("000102030405060708090A0B0C0D0E0F");
  const Bytes counter = FromHex("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
  EXPECT_EQ(Upper(RunHex(Verb::kEncrypt, AesEcb{}, *key, FromHex(kBlock))),
            "3AD77BB40D7A3660A89ECAF32466EF97");
  EXPECT_EQ(Upper(RunHex(Verb::kEncrypt, AesCbc{iv}, *key, FromHex(kBlock))),
            "7649ABAC8119B246CEE98E9B12E9197D");
  EXPECT_EQ(Upper(RunHex(Verb::kEncrypt, AesCtr{counter}, *key, FromHex(kBlock))),
            "874D6191B620E3261BEF6864990DB6CE");
}

// The GCM specification, test case 2; RFC 4493 4, examples 1 and 2; RFC 4231 4.2.
TEST(OperationVectors, Authentication) {
  const KeyPtr zero = Aes({Verb::kEncrypt}, "00000000000000000000000000000000");
  const Bytes iv(12, 0);
  EXPECT_EQ(Upper(RunHex(Verb::kEncrypt, AesGcm{iv, {}, 16}, *zero, Bytes(16, 0))),
            "0388DACE60B6A392F328C2B971B2FE78AB6E47D42CEC13BDF53A67B21257BDDF");
  const KeyPtr cmac = Aes({Verb::kSign});
  EXPECT_EQ(Upper(RunHex(Verb::kSign, AesCmac{}, *cmac, {})), "BB1D6929E95937287FA37D129B756746");
  EXPECT_EQ(Upper(RunHex(Verb::kSign, AesCmac{}, *cmac, FromHex(kBlock))),
            "070A16B46B4D4144F79BDD9DD04A287C");
  EXPECT_EQ(Upper(RunHex(Verb::kSign, AesCmac{4}, *cmac, FromHex(kBlock))), "070A16B4");
  const KeyPtr hmac =
      ImportKey(Rules(KeyType::kHmac, {Verb::kSign}), "0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B");
  const ByteView text = AsBytes("Hi There");
  EXPECT_EQ(Upper(RunHex(Verb::kSign, Hmac{}, *hmac, Bytes(text.begin(), text.end()))),
            "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7");
}

// A mechanism with parameters, and keys to do and undo it.
struct Case {
  const char* name;
  Mechanism mechanism;
  KeyRules rules;
  std::size_t key_length;
  std::size_t unit;  // input lengths are multiples of it
};

const Bytes& Iv16() {
  static const Bytes iv = FromHex("000102030405060708090A0B0C0D0E0F");
  return iv;
}

std::vector<Case> CipherCases() {
  const ByteView iv = Iv16();
  const KeyRules aes = Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt});
  const KeyRules des = Rules(KeyType::kDes3, {Verb::kEncrypt, Verb::kDecrypt});
  return {{"ecb", AesEcb{}, aes, 16, 16},
          {"cbc", AesCbc{iv}, aes, 24, 16},
          {"cbc-pad", AesCbcPad{iv}, aes, 32, 1},
          {"ctr", AesCtr{iv}, aes, 32, 1},
          {"gcm", AesGcm{iv.first(12), iv, 16}, aes, 32, 1},
          {"gcm-16", AesGcm{iv, {}, 12}, aes, 16, 1},
          {"des3-ecb", Des3Ecb{}, des, 16, 8},
          {"des3-cbc", Des3Cbc{iv.first(8)}, des, 24, 8}};
}

std::vector<Case> MacCases() {
  const KeyRules aes = Rules(KeyType::kAes, {Verb::kSign, Verb::kVerify});
  const KeyRules hmac = Rules(KeyType::kHmac, {Verb::kSign, Verb::kVerify});
  return {{"cmac", AesCmac{}, aes, 32, 1},
          {"cmac-8", AesCmac{8}, aes, 16, 1},
          {"hmac-224", Hmac{Hash::kSha224, 0}, hmac, 16, 1},
          {"hmac-256", Hmac{Hash::kSha256, 16}, hmac, 32, 1},
          {"hmac-384", Hmac{Hash::kSha384, 0}, hmac, 48, 1},
          {"hmac-512", Hmac{Hash::kSha512, 0}, hmac, 256, 1}};
}

Bytes RunWhole(Verb verb, const Case& c, const Key& key, const Bytes& input) {
  Operation operation;
  EXPECT_TRUE(operation.Prepare(verb, c.mechanism, key).ok()) << c.name;
  Bytes out(operation.OutputSize(input.size()));
  const auto written = operation.Run(input, out);
  EXPECT_TRUE(written.ok()) << c.name << (written.ok() ? "" : written.error().message());
  out.resize(written.ok() ? *written : 0);
  return out;
}

// Feeds `input` in pieces of random length, with output spans of exactly the announced room.
Bytes RunInPieces(Verb verb, const Case& c, const Key& key, const Bytes& input,
                  std::mt19937& random) {
  Operation operation;
  EXPECT_TRUE(operation.Prepare(verb, c.mechanism, key).ok()) << c.name;
  Bytes all;
  ByteView rest(input);
  while (!rest.empty()) {
    const std::size_t take = std::min<std::size_t>(random() % 40, rest.size());
    Bytes out(operation.UpdateSize(take).value());
    const auto written = operation.Update(rest.first(take), out);
    EXPECT_TRUE(written.ok()) << c.name;
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*written));
    rest = rest.subspan(take);
  }
  Bytes out(operation.FinishSize().value());
  const auto written = operation.Finish(out);
  EXPECT_TRUE(written.ok()) << c.name << (written.ok() ? "" : written.error().message());
  all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*written));
  EXPECT_FALSE(operation.in_pieces());
  return all;
}

TEST(OperationProperty, PiecesEqualTheWhole) {
  std::mt19937 random(20261125);
  for (const Case& c : CipherCases()) {
    const KeyPtr key = GenerateKey(c.rules, c.key_length);
    for (std::size_t units = 0; units < 200 / c.unit; units += 1 + c.unit % 3) {
      const Bytes plain = RandomBytes(units * c.unit);
      const Bytes cipher = RunWhole(Verb::kEncrypt, c, *key, plain);
      EXPECT_EQ(RunInPieces(Verb::kEncrypt, c, *key, plain, random), cipher) << c.name;
      EXPECT_EQ(RunWhole(Verb::kDecrypt, c, *key, cipher), plain) << c.name;
      EXPECT_EQ(RunInPieces(Verb::kDecrypt, c, *key, cipher, random), plain) << c.name;
    }
  }
  for (const Case& c : MacCases()) {
    const KeyPtr key = GenerateKey(c.rules, c.key_length);
    for (std::size_t size = 0; size < 300; size += 7) {
      const Bytes data = RandomBytes(size);
      const Bytes mac = RunWhole(Verb::kSign, c, *key, data);
      EXPECT_EQ(RunInPieces(Verb::kSign, c, *key, data, random), mac) << c.name;
      Operation verify;
      ASSERT_TRUE(verify.Prepare(Verb::kVerify, c.mechanism, *key).ok());
      EXPECT_TRUE(verify.Verify(data, mac).ok()) << c.name;
      ASSERT_TRUE(verify.Update(data, {}).ok());
      EXPECT_TRUE(verify.FinishVerify(mac).ok()) << c.name;
    }
  }
}

TEST(OperationProperty, ABatchEqualsItsSingles) {
  std::vector<Case> cases = CipherCases();
  for (const Case& c : cases) {
    const KeyPtr key = GenerateKey(c.rules, c.key_length);
    std::vector<Bytes> inputs;
    std::vector<Bytes> outputs;
    std::vector<BatchItem> items(20);
    for (std::size_t i = 0; i < items.size(); ++i) {
      // Some inputs of a length that block modes refuse, and some outputs too small.
      inputs.push_back(RandomBytes(i % 5 == 4 ? i : i * c.unit));
      outputs.emplace_back(i % 7 == 6 ? 1 : inputs[i].size() + 32);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i].input = inputs[i];
      items[i].output = outputs[i];
    }
    ASSERT_TRUE(RunBatchOnce(Verb::kEncrypt, c.mechanism, *key, items).ok());
    for (std::size_t i = 0; i < items.size(); ++i) {
      Bytes single(outputs[i].size());
      const auto written = RunOnce(Verb::kEncrypt, c.mechanism, *key, inputs[i], single);
      ASSERT_EQ(items[i].status.code(), written.code()) << c.name << " " << i;
      if (!written.ok()) continue;
      ASSERT_EQ(items[i].written, *written);
      EXPECT_TRUE(SameBytes(ByteView(single).first(*written),
                            ByteView(outputs[i]).first(items[i].written)));
    }
  }
}

TEST(Operation, ABatchItemMayBringItsParameter) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}), 32);
  const Bytes iv_a = RandomBytes(12);
  const Bytes iv_b = RandomBytes(12);
  const Bytes plain = RandomBytes(50);
  const Mechanism a = AesGcm{iv_a, {}, 16};
  const Mechanism b = AesGcm{iv_b, {}, 16};
  const Mechanism bad = AesGcm{{}, {}, 16};
  const Mechanism other = AesEcb{};
  std::vector<Bytes> outputs(4, Bytes(66));
  std::vector<BatchItem> items(4);
  const Mechanism* const parameters[] = {nullptr, &b, &bad, &other};
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].parameter = parameters[i];
    items[i].input = plain;
    items[i].output = outputs[i];
  }
  Operation operation;
  ASSERT_TRUE(operation.Prepare(Verb::kEncrypt, a, *key).ok());
  ASSERT_TRUE(operation.RunBatch(items).ok());
  EXPECT_TRUE(items[0].status.ok() && items[1].status.ok());
  EXPECT_EQ(items[2].status.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(items[3].status.code(), ErrorCode::kInvalidArgument);
  Bytes single(66);
  ASSERT_TRUE(operation.RunWith(b, plain, single).ok());
  EXPECT_EQ(single, outputs[1]);
  ASSERT_TRUE(operation.Run(plain, single).ok());
  EXPECT_EQ(single, outputs[0]);
}

TEST(Operation, OwnsItsParameter) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt}), 32);
  for (const std::size_t aad_length : {std::size_t{20}, std::size_t{5000}}) {
    Bytes iv = RandomBytes(16);
    Bytes aad = RandomBytes(aad_length);
    const Bytes plain = RandomBytes(40);
    Bytes expected(56);
    Bytes actual(56);
    Operation operation;
    ASSERT_TRUE(operation.Prepare(Verb::kEncrypt, AesGcm{iv, aad, 16}, *key).ok());
    ASSERT_TRUE(RunOnce(Verb::kEncrypt, AesGcm{iv, aad, 16}, *key, plain, expected).ok());
    std::fill(iv.begin(), iv.end(), std::uint8_t{0});
    std::fill(aad.begin(), aad.end(), std::uint8_t{0});
    ASSERT_TRUE(operation.Run(plain, actual).ok());
    EXPECT_EQ(actual, expected);
  }
}

TEST(Operation, HoldsASharedKey) {
  KeyPtr key = Aes({Verb::kEncrypt});
  Operation operation;
  ASSERT_TRUE(operation.Prepare(Verb::kEncrypt, AesEcb{}, key).ok());
  key.reset();
  Bytes out(16);
  EXPECT_TRUE(operation.Run(FromHex(kBlock), out).ok());
  EXPECT_EQ(operation.Prepare(Verb::kEncrypt, AesEcb{}, KeyPtr()).code(),
            ErrorCode::kInvalidArgument);
}

TEST(Operation, RefusesTheWrongCall) {
  const KeyPtr key = Aes({Verb::kSign, Verb::kVerify});
  Operation operation;
  Bytes out(32);
  EXPECT_EQ(operation.Run({}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.Update({}, out).code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(operation.Prepare(Verb::kVerify, AesCmac{}, *key).ok());
  EXPECT_EQ(operation.Run({}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.Finish(out).code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(operation.Prepare(Verb::kSign, AesCmac{}, *key).ok());
  EXPECT_EQ(operation.Verify({}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.FinishVerify(out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.RunWith(AesEcb{}, {}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.Prepare(Verb::kDerive, HashDerive{}, *key).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(operation.prepared());
  EXPECT_EQ(operation.Prepare(Verb::kSign, AesGcm{Iv16(), {}, 16}, *key).code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(operation.Prepare(Verb::kSign, Hmac{}, *key).code(), ErrorCode::kPermissionDenied);
}

TEST(Operation, RefusesParametersOfWrongLength) {
  const KeyPtr aes = Aes({Verb::kEncrypt, Verb::kSign});
  const KeyPtr hmac = GenerateKey(Rules(KeyType::kHmac, {Verb::kSign}), 32);
  const Bytes bytes(300, 1);
  const ByteView all(bytes);
  const Mechanism bad_encrypt[] = {AesCbc{all.first(15)},
                                   AesCbc{all.first(17)},
                                   AesCbc{},
                                   AesCbcPad{all.first(8)},
                                   AesCtr{all.first(12)},
                                   AesCtr{all.first(16), 0},
                                   AesCtr{all.first(16), 129},
                                   AesGcm{{}, {}, 16},
                                   AesGcm{all.first(129), {}, 16},
                                   AesGcm{all.first(12), {}, 11},
                                   AesGcm{all.first(12), {}, 17},
                                   AesGcm{all.first(12), {}, 0}};
  Operation operation;
  for (const Mechanism& mechanism : bad_encrypt) {
    EXPECT_EQ(operation.Prepare(Verb::kEncrypt, mechanism, *aes).code(),
              ErrorCode::kInvalidArgument)
        << mechanism.index();
  }
  for (const std::size_t length : {1U, 3U, 17U}) {
    EXPECT_EQ(operation.Prepare(Verb::kSign, AesCmac{length}, *aes).code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(operation.Prepare(Verb::kSign, AesCmac{0}, *aes).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.Prepare(Verb::kSign, Hmac{Hash::kSha256, 3}, *hmac).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.Prepare(Verb::kSign, Hmac{Hash::kSha256, 33}, *hmac).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(operation.Prepare(Verb::kSign, Hmac{Hash::kSha1, 0}, *hmac).code(),
            ErrorCode::kUnsupported);
  const Bytes long_aad(kMaxAadLength + 1);
  EXPECT_EQ(operation.Prepare(Verb::kEncrypt, AesGcm{all.first(12), long_aad, 16}, *aes).code(),
            ErrorCode::kLimitExceeded);
}

TEST(Operation, ATooSmallBufferCostsNothing) {
  for (const Case& c : CipherCases()) {
    const KeyPtr key = GenerateKey(c.rules, c.key_length);
    const Bytes plain = RandomBytes(32);
    Operation operation;
    ASSERT_TRUE(operation.Prepare(Verb::kEncrypt, c.mechanism, *key).ok());
    Bytes out(operation.OutputSize(plain.size()));
    EXPECT_EQ(operation.Run(plain, MutableBytes(out).first(out.size() - 1)).code(),
              ErrorCode::kBufferTooSmall)
        << c.name;
    EXPECT_EQ(out, Bytes(out.size(), 0)) << c.name;
    EXPECT_TRUE(operation.Run(plain, out).ok()) << c.name;
  }
}

TEST(Operation, CbcPadDecryptsIntoExactRoom) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}), 32);
  const Mechanism mechanism = AesCbcPad{Iv16()};
  const Bytes plain = RandomBytes(21);
  Bytes cipher(32);
  ASSERT_TRUE(RunOnce(Verb::kEncrypt, mechanism, *key, plain, cipher).ok());
  Bytes out(21);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, cipher, out).value(), 21U);
  EXPECT_EQ(out, plain);
  Bytes small(20);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, cipher, small).code(),
            ErrorCode::kBufferTooSmall);
  EXPECT_EQ(small, Bytes(20, 0));

  Operation operation;
  ASSERT_TRUE(operation.Prepare(Verb::kDecrypt, mechanism, *key).ok());
  Bytes first(operation.UpdateSize(32).value());
  const std::size_t written = operation.Update(cipher, first).value();
  Bytes rest(21 - written);
  EXPECT_EQ(operation.Finish(MutableBytes(rest).first(0)).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(operation.Finish(rest).value(), rest.size());
}

TEST(Operation, GcmReleasesNothingBeforeTheTag) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}), 32);
  const Mechanism mechanism = AesGcm{Iv16(), {}, 16};
  const Bytes plain = RandomBytes(100);
  Bytes cipher(116);
  ASSERT_TRUE(RunOnce(Verb::kEncrypt, mechanism, *key, plain, cipher).ok());
  for (const std::size_t position : {std::size_t{0}, std::size_t{99}, std::size_t{115}}) {
    Bytes forged = cipher;
    forged[position] ^= 1;
    Bytes out(100, 0xAA);
    EXPECT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, forged, out).code(),
              ErrorCode::kVerificationFailed);
    EXPECT_EQ(out, Bytes(100, 0)) << "not wiped";
    Operation operation;
    ASSERT_TRUE(operation.Prepare(Verb::kDecrypt, mechanism, *key).ok());
    EXPECT_EQ(operation.Update(forged, {}).value(), 0U);
    std::fill(out.begin(), out.end(), std::uint8_t{0xAA});
    EXPECT_EQ(operation.Finish(out).code(), ErrorCode::kVerificationFailed);
    EXPECT_EQ(out, Bytes(100, 0)) << "not wiped";
  }
  Bytes out(100);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, ByteView(cipher).first(15), out).code(),
            ErrorCode::kMalformed);
}

TEST(Operation, CtrNeverLeavesItsCounterBits) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt}), 16);
  const auto code = [&](const char* block, std::size_t bits, std::size_t bytes) {
    const Bytes counter = FromHex(block);
    const Bytes plain(bytes);
    Bytes out(bytes);
    const Mechanism mechanism = AesCtr{counter, bits};
    Operation pieces;
    EXPECT_TRUE(pieces.Prepare(Verb::kEncrypt, mechanism, *key).ok());
    const ErrorCode whole = RunOnce(Verb::kEncrypt, mechanism, *key, plain, out).code();
    EXPECT_EQ(pieces.Update(plain, out).code(), whole);
    return whole;
  };
  EXPECT_EQ(code("000000000000000000000000000000FE", 8, 32), ErrorCode::kOk);
  EXPECT_EQ(code("000000000000000000000000000000FE", 8, 33), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code("000000000000000000000000FFFFFFFF", 32, 16), ErrorCode::kOk);
  EXPECT_EQ(code("000000000000000000000000FFFFFFFF", 32, 17), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code("000000000000000000000000FFFFFFFF", 33, 32), ErrorCode::kOk);
  EXPECT_EQ(code("0000000000000000FFFFFFFFFFFFFFFF", 64, 17), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code("0000000000000000FFFFFFFFFFFFFFFF", 65, 17), ErrorCode::kOk);
  EXPECT_EQ(code("0000000000000001FFFFFFFFFFFFFFFF", 65, 17), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 128, 64), ErrorCode::kOk);
}

TEST(Operation, MacsVerifyTheirOwnLengthOnly) {
  for (const Case& c : MacCases()) {
    const KeyPtr key = GenerateKey(c.rules, c.key_length);
    const Bytes data = RandomBytes(33);
    const Bytes mac = RunWhole(Verb::kSign, c, *key, data);
    for (std::size_t length = 0; length < mac.size(); ++length) {
      EXPECT_EQ(VerifyOnce(c.mechanism, *key, data, ByteView(mac).first(length)).code(),
                ErrorCode::kVerificationFailed)
          << c.name << length;
    }
    Bytes longer = mac;
    longer.push_back(0);
    EXPECT_EQ(VerifyOnce(c.mechanism, *key, data, longer).code(), ErrorCode::kVerificationFailed);
    Bytes wrong = mac;
    wrong.back() ^= 1;
    EXPECT_EQ(VerifyOnce(c.mechanism, *key, data, wrong).code(), ErrorCode::kVerificationFailed);
  }
}

TEST(Operation, EcdsaSignsAndVerifies) {
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    KeyRules priv = Rules(KeyType::kEcPrivate, {Verb::kSign});
    KeyRules pub = Rules(KeyType::kEcPublic, {Verb::kVerify});
    priv.curve = pub.curve = curve;
    const auto pair = Key::GeneratePair(priv, pub, SystemRandom()).value();
    const Bytes data = RandomBytes(70);
    for (const Hash hash : {Hash::kSha224, Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
      Operation sign;
      ASSERT_TRUE(sign.Prepare(Verb::kSign, Ecdsa{hash}, *pair.private_key).ok());
      Bytes signature(sign.OutputSize(data.size()));
      EXPECT_EQ(signature.size(), InfoOf(curve).signature_size);
      ASSERT_TRUE(sign.Update(ByteView(data).first(30), {}).ok());
      ASSERT_TRUE(sign.Update(ByteView(data).subspan(30), {}).ok());
      ASSERT_TRUE(sign.Finish(signature).ok());
      EXPECT_TRUE(VerifyOnce(Ecdsa{hash}, *pair.public_key, data, signature).ok());
      Operation verify;
      ASSERT_TRUE(verify.Prepare(Verb::kVerify, Ecdsa{hash}, *pair.public_key).ok());
      ASSERT_TRUE(verify.Update(data, {}).ok());
      EXPECT_TRUE(verify.FinishVerify(signature).ok());
      signature[5] ^= 1;
      EXPECT_EQ(VerifyOnce(Ecdsa{hash}, *pair.public_key, data, signature).code(),
                ErrorCode::kVerificationFailed);
      EXPECT_EQ(VerifyOnce(Ecdsa{hash}, *pair.public_key, data, {}).code(),
                ErrorCode::kVerificationFailed);
    }
    EXPECT_EQ(VerifyOnce(Ecdsa{Hash::kSha1}, *pair.public_key, data, {}).code(),
              ErrorCode::kUnsupported);
    Bytes out(132);
    EXPECT_EQ(RunOnce(Verb::kSign, Ecdsa{}, *pair.private_key, RandomBytes(19), out).code(),
              ErrorCode::kMalformed);
    EXPECT_TRUE(RunOnce(Verb::kSign, Ecdsa{}, *pair.private_key, RandomBytes(32), out).ok());
    Operation raw;
    ASSERT_TRUE(raw.Prepare(Verb::kSign, Ecdsa{}, *pair.private_key).ok());
    EXPECT_EQ(raw.Update(data, {}).code(), ErrorCode::kUnsupported);
  }
}

TEST(Registry, NamesEveryMechanismOnce) {
  std::vector<std::string> names;
  for (const MechanismInfo& info : AllMechanisms()) {
    EXPECT_EQ(&FindMechanism(info.type), &info);
    EXPECT_EQ(MechanismName(info.type), std::string(info.name));
    EXPECT_FALSE(info.verbs.empty());
    names.emplace_back(info.name);
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
  EXPECT_EQ(names.size(), std::variant_size_v<Mechanism>);
}

}  // namespace
}  // namespace florin::mechanisms
