// Parameters of DUKPT that no client may send.
#include <gtest/gtest.h>

#include "tests/crypto/cryptoki/codec_testing.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

constexpr ErrorCode kRefused = ErrorCode::kInvalidArgument;

TEST(DukptCodec, RefusesBadTransactionsAndMacs) {
  const Bytes ksn(10, 0x11);
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_DUKPT_MAC_PARAMS>(DukptMac{{ksn}}, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 2; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.transaction.ksnLength = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.transaction.ksnLength = 9; }), kRefused);  // a byte after the end
  EXPECT_EQ(with([](auto& p) { p.transaction.ksnLength = 13; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.transaction.direction = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.transaction.direction = 4; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.transaction.keyType = 9; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.transaction.reserved = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.method = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.method = 4; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reserved[5] = 1; }), kRefused);
}

TEST(DukptCodec, RefusesBadDataFields) {
  const Bytes ksn(12, 0x11);
  const Bytes iv(8, 0x22);
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_DUKPT_DATA_PARAMS>(DukptData{{ksn}, false, iv}, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.variantOnly = 2; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ivLength = 7; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ivLength = 17; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.iv[15] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reserved[0] = 1; }), kRefused);
}

TEST(DukptCodec, RefusesBadDeviceKeys) {
  const Bytes id(8, 0x11);
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS>(DukptDeviceKey{.device = id}, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 2; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.kind = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.kind = 3; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.deviceLength = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.deviceLength = 7; }), kRefused);  // a byte after the end
  EXPECT_EQ(with([](auto& p) { p.deviceLength = 11; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.device[9] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.keyType = 9; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reserved[2] = 1; }), kRefused);
}

TEST(DukptCodec, RefusesToEncodeWhatHasNoPlace) {
  const Bytes thirteen(13);
  const Bytes seventeen(17);
  EncodedMechanism encoded;
  EXPECT_EQ(encoded.Encode(DukptMac{}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(DukptDeviceKey{}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(DukptDeviceKey{.device = thirteen}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(DukptMac{{thirteen}}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(DukptMac{{ByteView(thirteen).first(10)}, {}, 256}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(DukptData{{ByteView(thirteen).first(10)}, false, seventeen}).code(),
            kRefused);
}

}  // namespace
}  // namespace florin::cryptoki
