// What the structs of the EMV mechanisms may not say.
#include "crypto/cryptoki/emv_codec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "crypto/cryptoki/mechanism_codec.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

template <class Params>
ErrorCode DecodeCode(CK_MECHANISM_TYPE type, Params params) {
  CK_MECHANISM mechanism{type, &params, sizeof(params)};
  DecodedMechanism decoded;
  return decoded.Decode(&mechanism).code();
}

TEST(EmvCodec, RefusesBadEmvFields) {
  const Pan pan = std::move(Pan::Parse("4761739001010119")).value();
  EncodedMechanism encoded;
  const EmvCardAndAtc card{&pan, 1, 7, EmvMasterKeyOption::kA};
  ASSERT_TRUE(encoded.Encode(EmvCryptogram{card, EmvPadding::kMethod2}).ok());
  CK_FLORIN_EMV_CRYPTOGRAM_PARAMS good;
  std::memcpy(&good, encoded.get()->pParameter, sizeof(good));
  const auto with = [&](auto change) {
    auto bad = good;
    change(bad);
    return DecodeCode(CKM_FLORIN_EMV_CRYPTOGRAM, bad);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 2; }), refused);
  EXPECT_EQ(with([](auto& p) { p.padding = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.padding = 3; }), refused);
  EXPECT_EQ(with([](auto& p) { p.reserved[2] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.panLength = 11; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.panLength = 15; }), refused);  // digits after the end
  EXPECT_EQ(with([](auto& p) { p.card.panLength = 17; }), refused);  // a zero byte is no digit
  EXPECT_EQ(with([](auto& p) { p.card.panLength = 255; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.pan[3] = 'A'; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.psn = 100; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.masterKeyOption = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.masterKeyOption = 5; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.sessionKeyMethod = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.sessionKeyMethod = 6; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.un[0] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.tree.branch = 4; }), refused);
  const auto tree = [](auto& p) {
    p.card.sessionKeyMethod = CK_FLORIN_EMV_SESSION_KEY_EMV2000;
    p.card.tree.branch = 4;
    p.card.tree.height = 8;
  };
  EXPECT_EQ(with(tree), ErrorCode::kOk);
  EXPECT_EQ(with([&](auto& p) { tree(p), p.card.tree.height = 7; }), refused);
  EXPECT_EQ(with([&](auto& p) { tree(p), p.card.tree.height = 17; }), refused);
  EXPECT_EQ(with([&](auto& p) { tree(p), p.card.tree.branch = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.card.reserved[0] = 1; }), refused);
}

TEST(EmvCodec, RefusesBadArpcFields) {
  const Pan pan = std::move(Pan::Parse("4761739001010119")).value();
  EncodedMechanism encoded;
  const EmvCardAndAtc card{&pan, 1, 7, EmvMasterKeyOption::kA};
  ASSERT_TRUE(encoded.Encode(EmvArpc{card, {0x30, 0x30}, {}, {}}).ok());
  CK_FLORIN_EMV_ARPC_PARAMS good;
  std::memcpy(&good, encoded.get()->pParameter, sizeof(good));
  const auto with = [&](auto change) {
    auto bad = good;
    change(bad);
    return DecodeCode(CKM_FLORIN_EMV_ARPC, bad);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](auto& p) { p.arpcKey = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.arpcKey = 3; }), refused);
  EXPECT_EQ(with([](auto& p) { p.method = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.method = 2; }), refused);  // with an ARC
  EXPECT_EQ(with([](auto& p) { p.csu[0] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.proprietaryLength = 1; }), refused);
  const auto second = [](auto& p) {
    p.method = 2;
    p.arc[0] = p.arc[1] = 0;
  };
  EXPECT_EQ(with(second), ErrorCode::kOk);
  EXPECT_EQ(with([&](auto& p) { second(p), p.proprietaryLength = 9; }), refused);
  EXPECT_EQ(with([&](auto& p) { second(p), p.proprietary[0] = 1; }), refused);
}

TEST(EmvCodec, RefusesBadVerifiedArpcFields) {
  const Pan pan = std::move(Pan::Parse("4761739001010119")).value();
  EncodedMechanism encoded;
  const EmvCardAndAtc card{&pan, 1, 7, EmvMasterKeyOption::kA};
  ASSERT_TRUE(encoded.Encode(EmvVerifiedArpc{.arpc = {card, {0x30, 0x30}, {}, {}}}).ok());
  CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS good;
  std::memcpy(&good, encoded.get()->pParameter, sizeof(good));
  const auto with = [&](auto change) {
    auto bad = good;
    change(bad);
    return DecodeCode(CKM_FLORIN_EMV_VERIFIED_ARPC, bad);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](auto& p) { p.arpc.ulVersion = 2; }), refused);
  EXPECT_EQ(with([](auto& p) { p.arpc.method = 3; }), refused);
  EXPECT_EQ(with([](auto& p) { p.arpc.card.panLength = 11; }), refused);
  EXPECT_EQ(with([](auto& p) { p.arpc.reserved[2] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.padding = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.padding = 3; }), refused);
  EXPECT_EQ(with([](auto& p) { p.reserved[6] = 1; }), refused);
}

TEST(EmvCodec, RefusesBadAuthorizationFields) {
  const Pan pan = std::move(Pan::Parse("4761739001010119")).value();
  EncodedMechanism encoded;
  ASSERT_TRUE(encoded.Encode(EmvAuthorization{.card = {&pan, 1}, .arc = {}, .csu = {}}).ok());
  CK_FLORIN_EMV_AUTHORIZATION_PARAMS good;
  std::memcpy(&good, encoded.get()->pParameter, sizeof(good));
  const auto with = [&](auto change) {
    auto bad = good;
    change(bad);
    return DecodeCode(CKM_FLORIN_EMV_AUTHORIZATION, bad);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 2; }), refused);
  EXPECT_EQ(with([](auto& p) { p.panLength = 11; }), refused);
  EXPECT_EQ(with([](auto& p) { p.psn = 100; }), refused);
  EXPECT_EQ(with([](auto& p) { p.reserved = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.hasArc = 2; }), refused);
  EXPECT_EQ(with([](auto& p) { p.arc[1] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.csu[3] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.proprietary[0] = 1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.proprietaryLength = 1; }), refused);  // without a CSU
  EXPECT_EQ(with([](auto& p) { p.hasCsu = 1, p.proprietaryLength = 8; }), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.hasCsu = 1, p.proprietaryLength = 9; }), refused);

  ASSERT_TRUE(encoded.Encode(EmvArqcTrace{{&pan, 1}}).ok());
  CK_FLORIN_EMV_ARQC_TRACE_PARAMS trace;
  std::memcpy(&trace, encoded.get()->pParameter, sizeof(trace));
  EXPECT_EQ(DecodeCode(CKM_FLORIN_EMV_ARQC_TRACE, trace), ErrorCode::kOk);
  trace.reserved[1] = 1;
  EXPECT_EQ(DecodeCode(CKM_FLORIN_EMV_ARQC_TRACE, trace), refused);
}

}  // namespace
}  // namespace florin::cryptoki
