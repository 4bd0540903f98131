// Card mechanisms: refusals, keys of one purpose, and values against the functions on clear keys,
// which the vectors of tests/crypto/card prove. Published values run in the session contract.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "crypto/card/card_verification.h"
#include "crypto/card/emv_derivation.h"
#include "crypto/card/mac.h"
#include "crypto/card/token_cryptogram.h"
#include "crypto/mechanisms/operation.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

using card::MacAlgorithm;

constexpr const char* kKey = "0123456789ABCDEFFEDCBA9876543210";
constexpr const char* kTripleKey = "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123";
constexpr MechanismType kThreeDs = MechanismType::kThreeDsAuthentication;
constexpr MechanismType kCvv = MechanismType::kCardVerification;

KeyRules Payment(KeyType type, const std::string& usage, char mode, VerbSet verbs,
                 std::vector<MechanismType> names = {}) {
  const char algorithm = type == KeyType::kHmac ? 'H' : 'T';
  KeyRules rules = WithHeader(Rules(type, verbs), "D0000" + usage + algorithm + mode + "00N0000");
  rules.allowed_mechanisms = std::move(names);
  return rules;
}

KeyPtr TdesKey(const std::string& usage, char mode, VerbSet verbs,
               std::vector<MechanismType> names = {}) {
  return ImportKey(Payment(KeyType::kDes3, usage, mode, verbs, std::move(names)), kKey);
}

ErrorCode SignCode(const Mechanism& mechanism, const Key& key, ByteView input = {}) {
  Bytes out(16);
  return RunOnce(Verb::kSign, mechanism, key, input, out).code();
}

Bytes SignedBy(const Mechanism& mechanism, const Key& key, ByteView input = {}) {
  Bytes out(16);
  const auto written = RunOnce(Verb::kSign, mechanism, key, input, out);
  EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message());
  out.resize(written.ok() ? *written : 0);
  return out;
}

Bytes BytesOf(const card::VerificationValue& value) {
  const std::string_view text = value.Read(SecretAccess{});
  return {text.begin(), text.end()};
}

class CardMechanisms : public ::testing::Test {
 protected:
  const VerbSet both_ = {Verb::kSign, Verb::kVerify};
  const Pan pan_ = Pan::Parse("4123456789012345").value();
};

TEST_F(CardMechanisms, MacsAreThoseOfClearKeys) {
  const struct {
    MacAlgorithm algorithm;
    const char* usage;
    bool pads;
    bool triple;  // takes a key of 24 bytes
  } kCases[] = {{MacAlgorithm::kIso9797Algorithm1, "M1", true, true},
                {MacAlgorithm::kIso9797Algorithm1, "M0", true, true},
                {MacAlgorithm::kIso9797Algorithm3, "M3", true, false},
                {MacAlgorithm::kAs2805Part41, "M3", false, false},
                {MacAlgorithm::kCmacTdes, "M6", false, true}};
  for (const auto& c : kCases) {
    for (const char* hex : {kKey, kTripleKey}) {
      const KeyPtr key = ImportKey(Payment(KeyType::kDes3, c.usage, 'C', both_), hex);
      for (const MacPadding padding :
           {MacPadding::kMethod1, MacPadding::kMethod2, MacPadding::kMethod3}) {
        const Iso9797Mac mechanism{{c.algorithm, padding}, 8};
        const bool fits = (c.pads || padding == MacPadding::kMethod1) && (c.triple || hex == kKey);
        EXPECT_EQ(SignCode(mechanism, *key), fits ? ErrorCode::kOk : ErrorCode::kInvalidArgument);
        if (!fits) continue;
        const auto clear = card::MacKey::Create(mechanism.method, FromHex(hex));
        for (std::size_t size = 0; size < 40; size += 3) {
          const Bytes data = RandomBytes(size);
          Bytes whole(8);
          ASSERT_TRUE(clear->Generate({data}, whole).ok());
          EXPECT_EQ(SignedBy(mechanism, *key, data), whole);
          const Bytes four(whole.begin(), whole.begin() + 4);
          EXPECT_EQ(SignedBy(Iso9797Mac{mechanism.method, 4}, *key, data), four);
          // The length is the verifier's decision.
          EXPECT_EQ(VerifyOnce(mechanism, *key, data, four).code(), ErrorCode::kVerificationFailed);
        }
      }
    }
  }
}

TEST_F(CardMechanisms, TdesCmacComesInPieces) {
  const KeyPtr key = ImportKey(Rules(KeyType::kDes3, both_), kTripleKey);
  const Bytes data = RandomBytes(37);
  const Bytes whole = SignedBy(TdesCmac{}, *key, data);
  Operation operation;
  ASSERT_TRUE(operation.Prepare(Verb::kSign, TdesCmac{}, *key).ok());
  ASSERT_TRUE(operation.Update(ByteView(data).first(11), {}).ok());
  ASSERT_TRUE(operation.Update(ByteView(data).subspan(11), {}).ok());
  Bytes pieces(8);
  ASSERT_TRUE(operation.Finish(pieces).ok());
  EXPECT_EQ(pieces, whole);
  for (const std::size_t length : {0U, 3U, 9U}) {
    EXPECT_EQ(SignCode(TdesCmac{length}, *key), ErrorCode::kInvalidArgument);
  }
}

TEST_F(CardMechanisms, AVerificationKeyNeverSigns) {
  CardVerification cvv;
  cvv.pan = &pan_;
  CardVerification cvc3 = cvv;
  cvc3.kind = CardVerificationKind::kCvc3;
  ThreeDsAuthentication cavv;
  cavv.pan = &pan_;
  ThreeDsAuthentication aav = cavv;
  aav.kind = ThreeDsKind::kSpaAavHmac;
  const auto refused = [&](const Mechanism& mechanism, KeyRules rules, const char* hex,
                           std::size_t input) {
    rules.verbs = {Verb::kVerify};
    const KeyPtr key = ImportKey(rules, hex);
    EXPECT_EQ(SignCode(mechanism, *key, Bytes(input)), ErrorCode::kPermissionDenied);
    EXPECT_EQ(VerifyOnce(mechanism, *key, Bytes(input), Bytes(3)).code(),
              ErrorCode::kVerificationFailed);
    rules.verbs = {Verb::kSign};
    EXPECT_EQ(Key::Import(rules, Secret(FromHex(hex))).code(), ErrorCode::kPermissionDenied);
  };
  refused(Iso9797Mac{}, Payment(KeyType::kDes3, "M3", 'V', {}), kKey, 5);
  refused(cvv, Payment(KeyType::kDes3, "C0", 'V', {}), kKey, 0);
  refused(cvc3, Payment(KeyType::kDes3, "E4", 'V', {}), kKey, 19);
  refused(cavv, Payment(KeyType::kDes3, "C0", 'V', {}, {kThreeDs}), kKey, 0);
  refused(aav, Payment(KeyType::kHmac, "M7", 'V', {}, {kThreeDs}), kKey, 15);
}

TEST_F(CardMechanisms, ThreeDsOpensToItsNameOnly) {
  ThreeDsAuthentication cavv;
  cavv.pan = &pan_;
  CardVerification cvv;
  cvv.pan = &pan_;
  const KeyPtr named = TdesKey("C0", 'C', both_, {kThreeDs});
  const KeyPtr unnamed = TdesKey("C0", 'C', both_);
  EXPECT_EQ(SignCode(cavv, *named), ErrorCode::kOk);
  EXPECT_EQ(SignCode(cvv, *named), ErrorCode::kPermissionDenied);
  EXPECT_EQ(SignCode(cavv, *unnamed), ErrorCode::kPermissionDenied);
  EXPECT_EQ(SignCode(cvv, *unnamed), ErrorCode::kOk);
  for (const auto& names : {std::vector{kCvv, kThreeDs}, std::vector{kThreeDs, kCvv},
                            std::vector{kThreeDs, MechanismType::kHmac}}) {
    EXPECT_EQ(
        Key::Import(Payment(KeyType::kDes3, "C0", 'C', both_, names), Secret(FromHex(kKey))).code(),
        ErrorCode::kPermissionDenied);
  }
  // A copy must not gain it: the name would widen what a copy may only narrow.
  KeyRules rules = unnamed->rules();
  rules.allowed_mechanisms = {kThreeDs};
  EXPECT_EQ(unnamed->CopyNarrowed(rules).code(), ErrorCode::kPermissionDenied);
  rules.allowed_mechanisms = {kCvv};
  EXPECT_TRUE(unnamed->CopyNarrowed(rules).ok());
  rules.allowed_mechanisms = {};
  EXPECT_EQ(named->CopyNarrowed(rules).code(), ErrorCode::kPermissionDenied);
}

TEST_F(CardMechanisms, EachThreeDsKindHasItsUsage) {
  const struct {
    ThreeDsKind kind;
    const char* usage;
    std::size_t input;
  } kKinds[] = {{ThreeDsKind::kVisaCavv, "C0", 0},        {ThreeDsKind::kSpaAavCvc2, "C0", 15},
                {ThreeDsKind::kSpaAavHmac, "M7", 15},     {ThreeDsKind::kSpa2Iav, "M7", 20},
                {ThreeDsKind::kTokenCryptogram, "E0", 0}, {ThreeDsKind::kTokenValue, "E4", 0}};
  for (const std::string usage : {"C0", "M7", "E0", "E4"}) {
    const KeyType type = usage == "M7" ? KeyType::kHmac : KeyType::kDes3;
    const KeyPtr key = ImportKey(Payment(type, usage, 'C', both_, {kThreeDs}), kKey);
    for (const auto& row : kKinds) {
      ThreeDsAuthentication value;
      value.kind = row.kind;
      value.pan = &pan_;
      const bool fits = usage == row.usage;
      EXPECT_EQ(SignCode(value, *key, Bytes(row.input)),
                fits ? ErrorCode::kOk : ErrorCode::kPermissionDenied);
      if (!fits) continue;
      EXPECT_EQ(SignCode(value, *key, Bytes(row.input + 256)), ErrorCode::kMalformed);
      EXPECT_EQ(SignCode(value, *key), row.input == 0 ? ErrorCode::kOk : ErrorCode::kMalformed);
      value.pan = nullptr;
      EXPECT_EQ(SignCode(value, *key, Bytes(row.input)), ErrorCode::kInvalidArgument);
    }
  }
}

TEST_F(CardMechanisms, RefusesFieldsOutOfRange) {
  const KeyPtr cavv_key = TdesKey("C0", 'C', both_, {kThreeDs});
  ThreeDsAuthentication cavv;
  cavv.pan = &pan_;
  cavv.result_code = 10;
  EXPECT_EQ(SignCode(cavv, *cavv_key), ErrorCode::kInvalidArgument);
  cavv.result_code = 9;
  cavv.second_factor = 100;
  EXPECT_EQ(SignCode(cavv, *cavv_key), ErrorCode::kInvalidArgument);
  const KeyPtr iav_key = ImportKey(Payment(KeyType::kHmac, "M7", 'C', both_, {kThreeDs}), kKey);
  ThreeDsAuthentication iav;
  iav.kind = ThreeDsKind::kSpa2Iav;
  iav.pan = &pan_;
  iav.amount = 1'000'000'000'000;
  EXPECT_EQ(SignCode(iav, *iav_key, Bytes(3, 'a')), ErrorCode::kInvalidArgument);
  iav.amount = 1;
  iav.currency = 1000;
  EXPECT_EQ(SignCode(iav, *iav_key, Bytes(3, 'a')), ErrorCode::kInvalidArgument);

  const KeyPtr e4 = TdesKey("E4", 'X', both_);
  CardVerification dcvv;
  dcvv.kind = CardVerificationKind::kDcvv;
  EXPECT_EQ(SignCode(dcvv, *e4), ErrorCode::kInvalidArgument);
  dcvv.pan = &pan_;
  EXPECT_EQ(SignCode(dcvv, *e4), ErrorCode::kOk);
  dcvv.psn = 100;
  EXPECT_EQ(SignCode(dcvv, *e4), ErrorCode::kInvalidArgument);
  dcvv.psn = 0;
  dcvv.option = card::EmvMasterKeyOption::kC;
  EXPECT_EQ(SignCode(dcvv, *e4), ErrorCode::kInvalidArgument);
  dcvv.option = card::EmvMasterKeyOption::kA;
  dcvv.atc = 10000;
  dcvv.atc_form = card::DcvvAtcForm::kDecimal;
  EXPECT_EQ(SignCode(dcvv, *e4), ErrorCode::kInvalidArgument);
  // An Amex code needs an Amex card; 24 bytes are no key of a CVV.
  CardVerification csc;
  csc.kind = CardVerificationKind::kCscVersion1;
  csc.pan = &pan_;
  EXPECT_EQ(SignCode(csc, *TdesKey("C0", 'C', both_)), ErrorCode::kInvalidArgument);
  CardVerification cvv;
  cvv.pan = &pan_;
  EXPECT_EQ(SignCode(cvv, *ImportKey(Payment(KeyType::kDes3, "C0", 'C', both_), kTripleKey)),
            ErrorCode::kInvalidArgument);
}

TEST_F(CardMechanisms, DynamicValuesAreThoseOfClearKeys) {
  const KeyPtr e4 = TdesKey("E4", 'N', both_);
  const auto issuer = primitives::TdesCipher(FromHex(kKey)).value();
  for (const auto option : {card::EmvMasterKeyOption::kA, card::EmvMasterKeyOption::kB,
                            card::EmvMasterKeyOption::kBEveryLength}) {
    const auto icc = card::DeriveIccMasterKeyWith(issuer, option, pan_, 1).value();
    const auto card_key = primitives::RetailMacKey::Create(icc.Read(SecretAccess{})).value();
    CardVerification value;
    value.kind = CardVerificationKind::kDcvv;
    value.pan = &pan_;
    value.psn = 1;
    value.option = option;
    value.atc = 0x1234;
    value.expiry = card::Expiry::Of("3012");
    value.service_code = card::ServiceCode::Of("201");
    EXPECT_EQ(
        SignedBy(value, *e4),
        BytesOf(card::Dcvv(card_key, pan_, value.expiry, value.service_code, value.atc).value()));
    value.kind = CardVerificationKind::kCvc3;
    value.digits = 5;
    value.unpredictable_number = {1, 2, 3, 4};
    const Bytes track = RandomBytes(19);
    std::array<std::uint8_t, 2> iv{};
    ASSERT_TRUE(card::Ivcvc3(card_key, track, iv).ok());
    EXPECT_EQ(SignedBy(value, *e4, track),
              BytesOf(card::Cvc3(card_key, iv, value.unpredictable_number, value.atc, 5).value()));
  }
}

TEST_F(CardMechanisms, TokenCryptogramsAreThoseOfClearKeys) {
  const auto master = primitives::TdesCipher(FromHex(kKey)).value();
  ThreeDsAuthentication value;
  value.kind = ThreeDsKind::kTokenCryptogram;
  value.pan = &pan_;
  value.psn = 7;
  value.amount = 123456;
  value.currency = 978;
  value.requestor = card::TokenRequestor::Of("40010030273");
  value.unpredictable_number = {9, 8, 7, 6};
  value.counter = 0x0A2C;
  value.expiry = card::Expiry::Of("3012");
  std::array<std::uint8_t, 8> expected{};
  ASSERT_TRUE(card::TokenCryptogram(master, pan_, 7,
                                    {value.requestor, value.amount, value.currency,
                                     value.unpredictable_number, value.counter},
                                    expected)
                  .ok());
  EXPECT_EQ(SignedBy(value, *TdesKey("E0", 'C', both_, {kThreeDs})),
            Bytes(expected.begin(), expected.end()));
  value.kind = ThreeDsKind::kTokenValue;
  EXPECT_EQ(SignedBy(value, *TdesKey("E4", 'C', both_, {kThreeDs})),
            BytesOf(card::TokenVerificationValue(master, pan_, 7, value.expiry, value.requestor,
                                                 value.counter)
                        .value()));
}

TEST_F(CardMechanisms, OperationOwnsThePanAndBatchesEqualSingles) {
  const KeyPtr key = TdesKey("C0", 'C', both_, {kThreeDs});
  ThreeDsAuthentication value;
  value.pan = &pan_;
  Operation operation;
  {
    const Pan gone = pan_.Clone();
    ThreeDsAuthentication other = value;
    other.pan = &gone;
    ASSERT_TRUE(operation.Prepare(Verb::kSign, other, *key).ok());
  }
  Bytes out(3);
  ASSERT_TRUE(operation.Run({}, out).ok());
  EXPECT_EQ(out, SignedBy(value, *key));

  std::vector<Mechanism> parameters;
  std::vector<Bytes> outputs(20, Bytes(3));
  std::vector<BatchItem> items(20);
  for (std::size_t i = 0; i < items.size(); ++i) {
    value.second_factor = static_cast<std::uint8_t>(i);
    parameters.emplace_back(value);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].parameter = &parameters[i];
    items[i].output = outputs[i];
  }
  ASSERT_TRUE(RunBatchOnce(Verb::kSign, parameters[0], *key, items).ok());
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASSERT_TRUE(items[i].status.ok());
    EXPECT_EQ(outputs[i], SignedBy(parameters[i], *key));
  }
}

}  // namespace
}  // namespace florin::mechanisms
