// What the structs of the EMV mechanisms may not say.
#include "crypto/cryptoki/emv_codec.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/crypto/cryptoki/codec_testing.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

TEST(EmvCodec, RefusesBadEmvFields) {
  const Pan pan = std::move(Pan::Parse("4761739001010119")).value();
  const EmvCardAndAtc card{&pan, 1, 7, EmvMasterKeyOption::kA};
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_CRYPTOGRAM_PARAMS>(EmvCryptogram{card, EmvPadding::kMethod2},
                                                          change);
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
  const EmvCardAndAtc card{&pan, 1, 7, EmvMasterKeyOption::kA};
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_ARPC_PARAMS>(EmvArpc{card, {0x30, 0x30}, {}, {}}, change);
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
  const EmvCardAndAtc card{&pan, 1, 7, EmvMasterKeyOption::kA};
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS>(
        EmvVerifiedArpc{.arpc = {card, {0x30, 0x30}, {}, {}}}, change);
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
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_AUTHORIZATION_PARAMS>(
        EmvAuthorization{.card = {&pan, 1}, .arc = {}, .csu = {}}, change);
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

  const auto trace_with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_ARQC_TRACE_PARAMS>(EmvArqcTrace{{&pan, 1}}, change);
  };
  EXPECT_EQ(trace_with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(trace_with([](auto& p) { p.reserved[1] = 1; }), refused);
}

}  // namespace
}  // namespace florin::cryptoki
