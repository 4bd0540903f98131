// Structs of the card mechanisms with one field wrong. Round trips are in mechanism_codec_test.cc.
#include "crypto/cryptoki/card_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/crypto/cryptoki/codec_testing.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

class CardCodec : public ::testing::Test {
 protected:
  // What decoding answers to the encoded `mechanism` after `change`.
  template <class Params>
  ErrorCode With(const Mechanism& mechanism, void (*change)(Params&)) {
    return DecodeChanged<Params>(mechanism, change);
  }

  CardVerification Verification(CardVerificationKind kind) const {
    CardVerification value;
    value.kind = kind;
    value.pan = &pan_;
    return value;
  }
  ThreeDsAuthentication ThreeDs(ThreeDsKind kind) const {
    ThreeDsAuthentication value;
    value.kind = kind;
    value.pan = &pan_;
    return value;
  }

  const Pan pan_ = std::move(Pan::Parse("5413330089010012")).value();
  const ErrorCode refused_ = ErrorCode::kInvalidArgument;
};

TEST_F(CardCodec, RefusesBadMacFields) {
  using Params = CK_FLORIN_ISO9797_MAC_PARAMS;
  const auto with = [&](void (*change)(Params&)) { return With<Params>(Iso9797Mac{}, change); };
  EXPECT_EQ(with([](Params&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](Params& p) { p.ulVersion = 2; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.algorithm = 2; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.algorithm = CK_FLORIN_MAC_ALGORITHM_5; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.padding = 0; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.padding = 4; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.macLength = 3; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.macLength = 9; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.reserved[4] = 1; }), refused_);
  EXPECT_EQ(with([](Params& p) { p.algorithm = 5, p.padding = 0; }), ErrorCode::kOk);
}

TEST_F(CardCodec, RefusesBadVerificationFields) {
  using Params = CK_FLORIN_CARD_VERIFICATION_PARAMS;
  const auto cvv = [&](void (*change)(Params&)) {
    return With<Params>(Verification(CardVerificationKind::kCvv), change);
  };
  EXPECT_EQ(cvv([](Params&) {}), ErrorCode::kOk);
  EXPECT_EQ(cvv([](Params& p) { p.ulVersion = 0; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.kind = 0; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.kind = 6; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.panLength = 11; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.panLength = 255; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.pan[0] = 'A'; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.pan[16] = '1'; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.expiry[3] = 'F'; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.serviceCode[0] = 0; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.psn = 1; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.masterKeyOption = 1; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.unpredictableNumber[0] = 1; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.atc[1] = 1; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.atcForm = 1; }), refused_);
  EXPECT_EQ(cvv([](Params& p) { p.reserved[0] = 1; }), refused_);
  const auto cvc3 = [&](void (*change)(Params&)) {
    return With<Params>(Verification(CardVerificationKind::kCvc3), change);
  };
  EXPECT_EQ(cvc3([](Params&) {}), ErrorCode::kOk);
  EXPECT_EQ(cvc3([](Params& p) { p.expiry[0] = '2'; }), refused_);
  EXPECT_EQ(cvc3([](Params& p) { p.serviceCode[0] = '2'; }), refused_);
  EXPECT_EQ(cvc3([](Params& p) { p.masterKeyOption = 4; }), refused_);
  const auto dcvv = [&](void (*change)(Params&)) {
    return With<Params>(Verification(CardVerificationKind::kDcvv), change);
  };
  EXPECT_EQ(dcvv([](Params&) {}), ErrorCode::kOk);
  EXPECT_EQ(dcvv([](Params& p) { p.atcForm = 0; }), refused_);
}

TEST_F(CardCodec, RefusesBadThreeDsFields) {
  using Params = CK_FLORIN_3DS_PARAMS;
  const auto cavv = [&](void (*change)(Params&)) {
    return With<Params>(ThreeDs(ThreeDsKind::kVisaCavv), change);
  };
  EXPECT_EQ(cavv([](Params&) {}), ErrorCode::kOk);
  EXPECT_EQ(cavv([](Params& p) { p.ulVersion = 2; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.kind = 7; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.panForm = 3; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.panLength = 20; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.tracking[0] = ' '; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.expiry[0] = '1'; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.amount[7] = 1; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.currency[1] = 1; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.dsTransactionId[0] = 1; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.psn = 1; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.counter[0] = 1; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.requestor[10] = '1'; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.unpredictableNumber[0] = 1; }), refused_);
  EXPECT_EQ(cavv([](Params& p) { p.reserved[6] = 1; }), refused_);
  const auto token = [&](void (*change)(Params&)) {
    return With<Params>(ThreeDs(ThreeDsKind::kTokenCryptogram), change);
  };
  EXPECT_EQ(token([](Params&) {}), ErrorCode::kOk);
  EXPECT_EQ(token([](Params& p) { p.requestor[0] = 0; }), refused_);
  EXPECT_EQ(token([](Params& p) { p.resultCode = 1; }), refused_);
  EXPECT_EQ(token([](Params& p) { p.secondFactor = 1; }), refused_);
  EXPECT_EQ(token([](Params& p) { p.panForm = 1; }), refused_);
}

TEST_F(CardCodec, WipesThePan) {
  for (const Mechanism& mechanism : {Mechanism(Verification(CardVerificationKind::kCvv)),
                                     Mechanism(ThreeDs(ThreeDsKind::kVisaCavv))}) {
    EncodedMechanism encoded;
    ASSERT_TRUE(encoded.Encode(mechanism).ok());
    const auto* params = static_cast<const std::uint8_t*>(encoded.get()->pParameter);
    const std::size_t size = encoded.get()->ulParameterLen;
    encoded.Clear();
    EXPECT_TRUE(std::all_of(params, params + size, [](std::uint8_t byte) { return byte == 0; }));
  }
}

}  // namespace
}  // namespace florin::cryptoki
