// EMV cryptograms and ARPC as mechanisms: published values, refusals, and no way from verify to
// sign.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "crypto/mechanisms/operation.h"
#include "florin/base/pan.h"
#include "tests/crypto/mechanisms/test_keys.h"
#include "tools/vectors/vector_file.h"

namespace florin::mechanisms {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

constexpr const char* kVectors = FLORIN_SOURCE_DIR "/tests/vectors/card/emv_cryptogram.json";
constexpr const char* kImk = "0123456789ABCDEFFEDCBA9876543210";

KeyRules E0(char mode, VerbSet verbs = {Verb::kSign, Verb::kVerify}) {
  const std::string header = std::string("D0000E0T") + mode + "00N0000";
  return WithHeader(Rules(KeyType::kDes3, verbs), header);
}

Pan PanOf(const std::string& digits) { return Pan::Parse(digits).value(); }

EmvPadding PaddingOf(const TestCase& test) {
  return test.Number("padding") == 1 ? EmvPadding::kMethod1 : EmvPadding::kMethod2;
}

EmvCardAndAtc CardOf(const TestCase& test, const Pan& pan, const Bytes& atc) {
  EmvCardAndAtc card;
  card.pan = &pan;
  card.psn = static_cast<std::uint8_t>(std::stoi(test.Text("psn")));
  card.atc = static_cast<std::uint16_t>(atc.at(0) << 8U | atc.at(1));
  card.option = test.Text("option") == "A" ? EmvMasterKeyOption::kA : EmvMasterKeyOption::kB;
  return card;
}

bool HasFlag(const TestCase& test, const char* flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

void CheckChain(const TestCase& test, const Key& key) {
  const Pan pan = PanOf(test.Text("pan"));
  const EmvCardAndAtc card = CardOf(test, pan, test.Hex("r"));
  const Mechanism mechanism = EmvCryptogram{card, PaddingOf(test)};
  const Bytes data = test.Hex("data");
  Bytes cryptogram(8);
  ASSERT_EQ(RunOnce(Verb::kSign, mechanism, key, data, cryptogram).value(), 8U) << test.place();
  EXPECT_EQ(cryptogram, test.Hex("ac")) << test.place();
  EXPECT_TRUE(VerifyOnce(mechanism, key, data, test.Hex("ac")).ok()) << test.place();
  if (!test.Has("arpc") || test.Text("arpc_key") != "sk") return;
  EmvArpc arpc;
  arpc.card = card;
  const Bytes proprietary = test.Has("proprietary") ? test.Hex("proprietary") : Bytes();
  if (test.Has("arc")) {
    std::copy_n(test.Hex("arc").begin(), 2, arpc.arc.begin());
  } else {
    arpc.csu.emplace();
    std::copy_n(test.Hex("csu").begin(), 4, arpc.csu->begin());
    arpc.proprietary = proprietary;
  }
  Operation operation;
  ASSERT_TRUE(operation.Prepare(Verb::kSign, arpc, key).ok()) << test.place();
  Bytes answer(operation.OutputSize(8));
  ASSERT_TRUE(operation.Run(cryptogram, answer).ok()) << test.place();
  EXPECT_EQ(answer, test.Hex("arpc")) << test.place();

  EmvVerifiedArpc verified{.padding = PaddingOf(test), .arpc = arpc};
  std::copy_n(test.Hex("ac").begin(), 8, verified.arqc.begin());
  Bytes second(answer.size());
  ASSERT_TRUE(RunOnce(Verb::kSign, verified, key, data, second).ok()) << test.place();
  EXPECT_EQ(second, answer) << test.place();
  verified.arqc[3] ^= 1;
  Bytes none(answer.size());
  EXPECT_EQ(RunOnce(Verb::kSign, verified, key, data, none).code(), ErrorCode::kVerificationFailed)
      << test.place();
  EXPECT_EQ(none, Bytes(answer.size())) << test.place();
}

TEST(EmvMechanismVectors, ChainsAndProfiles) {
  const VectorFile file = VectorFile::Load(kVectors);
  int checked = 0;
  for (const auto* group : file.GroupsOf("chain")) {
    for (const TestCase& test : group->tests) {
      const auto key = Key::Import(E0('C'), Secret(test.Hex("imk")));
      EXPECT_EQ(key.ok(), !HasFlag(test, "equal_key_halves")) << test.place();
      if (key.ok() && HasFlag(test, "common_session_key")) {
        CheckChain(test, **key);
        ++checked;
      }
      // The test of the clear-key functions uses what is for other profiles.
      test.IgnoreRest();
    }
  }
  EXPECT_GE(checked, 5);
  for (const auto* group : file.GroupsOf("verify")) {
    for (const TestCase& test : group->tests) {
      const KeyPtr key = Key::Import(E0('V'), Secret(test.Hex("imk"))).value();
      const Pan pan = PanOf(test.Text("pan"));
      const Mechanism mechanism =
          EmvCryptogram{CardOf(test, pan, test.Hex("atc")), PaddingOf(test)};
      const Status verdict = VerifyOnce(mechanism, *key, test.Hex("data"), test.Hex("ac"));
      EXPECT_EQ(verdict.code(), test.valid ? ErrorCode::kOk : ErrorCode::kVerificationFailed)
          << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

class EmvMechanism : public ::testing::Test {
 protected:
  EmvMechanism() : pan_(PanOf("5413330089020011")) { card_.pan = &pan_; }

  ErrorCode Sign(const Key& key, const Mechanism& mechanism, ByteView input) {
    Bytes out(8);
    return RunOnce(Verb::kSign, mechanism, key, input, out).code();
  }

  Pan pan_;
  EmvCardAndAtc card_;
};

TEST_F(EmvMechanism, AVerificationKeyNeverSigns) {
  const Bytes data(29, 1);
  const KeyPtr verifier = ImportKey(E0('V'), kImk);
  EXPECT_EQ(Sign(*verifier, EmvCryptogram{card_}, data), ErrorCode::kPermissionDenied);
  EmvArpc answer;
  answer.card = card_;
  EXPECT_EQ(Sign(*verifier, answer, Bytes(8, 1)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Sign(*verifier, EmvVerifiedArpc{.arpc = answer}, data), ErrorCode::kVerificationFailed);
  const KeyPtr generator = ImportKey(E0('G', {Verb::kSign}), kImk);
  EXPECT_EQ(Sign(*generator, EmvCryptogram{card_}, data), ErrorCode::kOk);
  EXPECT_EQ(VerifyOnce(EmvCryptogram{card_}, *generator, data, Bytes(8)).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Sign(*generator, EmvVerifiedArpc{.arpc = answer}, data), ErrorCode::kPermissionDenied);
}

// ARPC method 1 encrypts one block of the caller's choice under the session key. Over one block the
// cryptogram would be just that, so data of one block has no cryptogram.
TEST_F(EmvMechanism, AnArpcIsNeverACryptogram) {
  const KeyPtr key = ImportKey(E0('C'), kImk);
  for (const EmvPadding padding : {EmvPadding::kMethod1, EmvPadding::kMethod2}) {
    const Mechanism mechanism = EmvCryptogram{card_, padding};
    for (std::size_t size = 0; size <= 8; ++size) {
      EXPECT_EQ(Sign(*key, mechanism, Bytes(size, 1)), ErrorCode::kMalformed);
      EXPECT_EQ(VerifyOnce(mechanism, *key, Bytes(size, 1), Bytes(8)).code(),
                ErrorCode::kMalformed);
    }
    EXPECT_EQ(Sign(*key, mechanism, Bytes(9, 1)), ErrorCode::kOk);
  }
}

TEST_F(EmvMechanism, OnlyE0KeysOfSixteenBytes) {
  const Bytes data(29, 1);
  EXPECT_EQ(
      Sign(*ImportKey(Rules(KeyType::kDes3, {Verb::kSign}), kImk), EmvCryptogram{card_}, data),
      ErrorCode::kPermissionDenied);
  for (const char* header : {"D0000E1TN00N0000", "D0000D0TN00N0000", "D0000M3TC00N0000"}) {
    const auto key = Key::Import(WithHeader(Rules(KeyType::kDes3, {Verb::kSign}), header),
                                 Secret(FromHex(kImk)));
    if (!key.ok()) continue;  // the rules of the key refuse already
    EXPECT_EQ(Sign(**key, EmvCryptogram{card_}, data), ErrorCode::kPermissionDenied) << header;
  }
  const KeyPtr triple = GenerateKey(E0('N'), 24);
  EXPECT_EQ(Sign(*triple, EmvCryptogram{card_}, data), ErrorCode::kInvalidArgument);
}

// The session keys of a card are blocks under its master key.
TEST_F(EmvMechanism, NoChosenBlockUnderTheMasterKey) {
  const KeyPtr key = ImportKey(E0('N'), kImk);
  EmvArpc arpc;
  arpc.card = card_;
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kOk);
  arpc.key = EmvArpcKey::kMasterKey;
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kPermissionDenied);
  arpc.csu.emplace();
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kOk);
  arpc.key = EmvArpcKey::kSessionKey;
  arpc.card.session_key = EmvSessionKeyMethod::kNone;
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kOk);
  arpc.csu.reset();
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kPermissionDenied);
}

// Every choice gives another cryptogram, and what belongs to another choice changes nothing.
TEST_F(EmvMechanism, EveryOptionCounts) {
  const KeyPtr key = ImportKey(E0('C'), kImk);
  const Bytes data(29, 1);
  std::set<Bytes> seen;
  for (const auto option : {EmvMasterKeyOption::kA, EmvMasterKeyOption::kBEveryLength}) {
    for (const auto method : {EmvSessionKeyMethod::kNone, EmvSessionKeyMethod::kCommon,
                              EmvSessionKeyMethod::kMastercard, EmvSessionKeyMethod::kEmv2000,
                              EmvSessionKeyMethod::kUnionPay}) {
      EmvCardAndAtc card = card_;
      card.atc = 7;
      card.option = option;
      card.session_key = method;
      card.un = {1, 2, 3, 4};
      Bytes out(8);
      ASSERT_TRUE(RunOnce(Verb::kSign, EmvCryptogram{card}, *key, data, out).ok());
      EXPECT_TRUE(seen.insert(out).second);
      EXPECT_TRUE(VerifyOnce(EmvCryptogram{card}, *key, data, out).ok());
      card.un = {};
      const Status other = VerifyOnce(EmvCryptogram{card}, *key, data, out);
      EXPECT_EQ(other.ok(), method != EmvSessionKeyMethod::kMastercard);
    }
  }
  EmvCardAndAtc card = card_;
  card.session_key = EmvSessionKeyMethod::kEmv2000;
  card.tree.height = 7;
  EXPECT_EQ(Sign(*key, EmvCryptogram{card}, data), ErrorCode::kInvalidArgument);
}

TEST_F(EmvMechanism, AesKeysTakeOptionC) {
  const Bytes data(29, 1);
  for (const std::size_t size : {16U, 24U, 32U}) {
    const KeyPtr key = GenerateKey(
        WithHeader(Rules(KeyType::kAes, {Verb::kSign, Verb::kVerify}), "D0000E0AC00N0000"), size);
    EXPECT_EQ(Sign(*key, EmvCryptogram{card_}, data), ErrorCode::kInvalidArgument);
    EmvCardAndAtc card = card_;
    card.option = EmvMasterKeyOption::kC;
    Bytes cryptogram(8);
    ASSERT_TRUE(RunOnce(Verb::kSign, EmvCryptogram{card}, *key, data, cryptogram).ok());
    EXPECT_TRUE(VerifyOnce(EmvCryptogram{card}, *key, data, cryptogram).ok());
    EmvVerifiedArpc verified;
    verified.arpc.card = card;
    std::ranges::copy(cryptogram, verified.arqc.begin());
    EXPECT_EQ(Sign(*key, verified, data), ErrorCode::kOk);
    card.session_key = EmvSessionKeyMethod::kMastercard;
    EXPECT_EQ(Sign(*key, EmvCryptogram{card}, data), ErrorCode::kUnsupported);
  }
}

TEST_F(EmvMechanism, RefusesParametersOfNoCard) {
  const KeyPtr key = ImportKey(E0('C'), kImk);
  const Bytes data(29, 1);
  EmvCardAndAtc nobody = card_;
  nobody.pan = nullptr;
  EXPECT_EQ(Sign(*key, EmvCryptogram{nobody}, data), ErrorCode::kInvalidArgument);
  const Pan empty;
  nobody.pan = &empty;
  EXPECT_EQ(Sign(*key, EmvCryptogram{nobody}, data), ErrorCode::kInvalidArgument);
  EmvCardAndAtc card = card_;
  card.psn = 100;
  EXPECT_EQ(Sign(*key, EmvCryptogram{card}, data), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Sign(*key, EmvCryptogram{card_}, Bytes(4097)), ErrorCode::kMalformed);

  const Bytes nine(9);
  EmvArpc arpc;
  arpc.card = card_;
  EXPECT_EQ(Sign(*key, arpc, Bytes(7)), ErrorCode::kMalformed);
  EXPECT_EQ(Sign(*key, arpc, Bytes(9)), ErrorCode::kMalformed);
  arpc.proprietary = ByteView(nine).first(1);
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kInvalidArgument);
  arpc.csu.emplace();
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kOk);
  arpc.proprietary = nine;
  EXPECT_EQ(Sign(*key, arpc, Bytes(8)), ErrorCode::kInvalidArgument);
}

TEST_F(EmvMechanism, OperationOwnsThePan) {
  const KeyPtr key = ImportKey(E0('C'), kImk);
  const Bytes data(29, 1);
  Bytes expected(8);
  Bytes actual(8);
  ASSERT_TRUE(RunOnce(Verb::kSign, EmvCryptogram{card_}, *key, data, expected).ok());
  Operation operation;
  {
    const Pan gone = pan_.Clone();
    EmvCardAndAtc card = card_;
    card.pan = &gone;
    ASSERT_TRUE(operation.Prepare(Verb::kSign, EmvCryptogram{card}, *key).ok());
  }
  ASSERT_TRUE(operation.Run(data, actual).ok());
  EXPECT_EQ(actual, expected);
  EXPECT_EQ(operation.Update(data, {}).code(), ErrorCode::kUnsupported);
}

// A batch of cards under one issuer key, each with its own parameter: the issuer's daily bread.
TEST_F(EmvMechanism, ABatchOfCardsEqualsSingles) {
  const KeyPtr key = ImportKey(E0('C'), kImk);
  constexpr std::size_t kCards = 40;
  std::vector<Pan> pans;
  std::vector<Mechanism> parameters;
  std::vector<Bytes> inputs;
  std::vector<Bytes> outputs(kCards, Bytes(8));
  for (std::size_t i = 0; i < kCards; ++i) {
    const std::string digits = "541333008902" + std::to_string(10000 + i * 37);
    pans.push_back(PanOf(digits.substr(0, 13 + i % 4)));
    inputs.push_back(RandomBytes(29 + i % 20));
  }
  for (std::size_t i = 0; i < kCards; ++i) {
    EmvCardAndAtc card;
    card.pan = &pans[i];
    card.psn = static_cast<std::uint8_t>(i % 3);
    card.atc = static_cast<std::uint16_t>(i * 1009);
    parameters.push_back(EmvCryptogram{card, EmvPadding::kMethod2});
  }
  std::vector<BatchItem> items(kCards);
  for (std::size_t i = 0; i < kCards; ++i) {
    items[i].parameter = &parameters[i];
    items[i].input = inputs[i];
    items[i].output = outputs[i];
  }
  ASSERT_TRUE(RunBatchOnce(Verb::kSign, parameters[0], *key, items).ok());
  for (std::size_t i = 0; i < kCards; ++i) {
    ASSERT_TRUE(items[i].status.ok());
    Bytes single(8);
    ASSERT_TRUE(RunOnce(Verb::kSign, parameters[i], *key, inputs[i], single).ok());
    EXPECT_EQ(outputs[i], single);
    items[i].signature = outputs[i];
  }
  outputs[7][0] ^= 1;
  ASSERT_TRUE(RunBatchOnce(Verb::kVerify, parameters[0], *key, items).ok());
  for (std::size_t i = 0; i < kCards; ++i) {
    EXPECT_EQ(items[i].status.code(), i == 7 ? ErrorCode::kVerificationFailed : ErrorCode::kOk);
  }
}

}  // namespace
}  // namespace florin::mechanisms
