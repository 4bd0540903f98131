// Parameters of PINs and issuer scripts that no client may send.
#include <gtest/gtest.h>

#include "tests/crypto/cryptoki/codec_testing.h"
#include "tests/crypto/cryptoki/mechanism_samples.h"

namespace florin::cryptoki {
namespace {

using card::PinBlockFormat;

constexpr ErrorCode kRefused = ErrorCode::kInvalidArgument;

TEST(PinCodec, RefusesBadBlocks) {
  const Samples samples;
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_PIN_TRANSLATION_PARAMS>(
        PinTranslation{samples.Block(PinBlockFormat::kFormat4),
                       {{5}},
                       samples.Block(PinBlockFormat::kFormat0),
                       &samples.pan},
        change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 2; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.from.format = 5; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.from.panField = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.from.panField = 3; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.to.panField = 1; }), kRefused);  // not of format 4
  EXPECT_EQ(with([](auto& p) { p.to.reserved[3] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.from.dukpt.ksnLength = 0; }), kRefused);  // the KSN is still there
  EXPECT_EQ(with([](auto& p) { p.from.dukpt.direction = 7; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.to.dukpt.direction = 1; }), kRefused);  // without a KSN
  EXPECT_EQ(with([](auto& p) { p.panLength = 11; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.pan[0] = 'x'; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.panLength = 0; }), kRefused);  // the digits are still there
  EXPECT_EQ(with([](auto& p) { p.reserved[0] = 1; }), kRefused);
}

TEST(PinCodec, RefusesBadReferences) {
  const Samples samples;
  PinVerification pvv{
      .block = samples.Block(PinBlockFormat::kFormat0), .block_key = {{3}}, .pan = &samples.pan};
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_PIN_VERIFICATION_PARAMS>(pvv, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.reference.kind = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reference.kind = 3; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reference.fill = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reference.panDigits = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reference.reserved[0] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.panLength = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reserved[2] = 1; }), kRefused);
  pvv.reference.kind = PinReferenceKind::kIbm3624;
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.reference.pvki = 1; }), kRefused);
}

TEST(PinCodec, RefusesBadDigits) {
  const Samples samples;
  const auto change_with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_PIN_CHANGE_PARAMS>(
        PinChange{.current = samples.iv8,
                  .block = samples.Block(PinBlockFormat::kFormat0),
                  .pan = &samples.pan},
        change);
  };
  EXPECT_EQ(change_with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(change_with([](auto& p) { p.currentLength = 13; }), kRefused);
  EXPECT_EQ(change_with([](auto& p) { p.currentLength = 7; }), kRefused);  // a digit after the end
  EXPECT_EQ(change_with([](auto& p) { p.reserved[0] = 1; }), kRefused);
  EXPECT_EQ(change_with([](auto& p) { p.verification.ulVersion = 9; }), kRefused);
  const auto generate_with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_PIN_GENERATION_PARAMS>(
        PinGeneration{.offset = samples.iv8,
                      .block = samples.Block(PinBlockFormat::kFormat0),
                      .pan = &samples.pan},
        change);
  };
  EXPECT_EQ(generate_with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(generate_with([](auto& p) { p.offsetLength = 13; }), kRefused);
  EXPECT_EQ(generate_with([](auto& p) { p.reserved[1] = 1; }), kRefused);
}

TEST(PinCodec, RefusesBadScripts) {
  const Samples samples;
  const auto mac_with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_SCRIPT_MAC_PARAMS>(EmvScriptMac{samples.Script()}, change);
  };
  EXPECT_EQ(mac_with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(mac_with([](auto& p) { p.ulVersion = 0; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.prefix = 0; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.script.psn = 100; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.script.keyMethod = 0; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.script.masterKeyOption = 9; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.script.reserved[0] = 1; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.script.panLength = 20; }), kRefused);
  EXPECT_EQ(mac_with([](auto& p) { p.reserved[0] = 1; }), kRefused);
  const auto encryption_with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS>(
        EmvScriptEncryption{samples.Script()}, change);
  };
  EXPECT_EQ(encryption_with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(encryption_with([](auto& p) { p.padding = 0; }), kRefused);
  EXPECT_EQ(encryption_with([](auto& p) { p.reserved[6] = 1; }), kRefused);
  const auto pin_with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_EMV_PIN_CHANGE_PARAMS>(
        EmvPinChange{.script = samples.Script(), .block = samples.Block(PinBlockFormat::kFormat3)},
        change);
  };
  EXPECT_EQ(pin_with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(pin_with([](auto& p) { p.form = 3; }), kRefused);
  EXPECT_EQ(pin_with([](auto& p) { p.withCurrent = 2; }), kRefused);
  EXPECT_EQ(pin_with([](auto& p) { p.padding = 4; }), kRefused);
  EXPECT_EQ(pin_with([](auto& p) { p.block.format = 9; }), kRefused);
  EXPECT_EQ(pin_with([](auto& p) { p.reserved[0] = 1; }), kRefused);
}

TEST(PinCodec, RefusesToEncodeWhatHasNoPlace) {
  const Samples samples;
  const Bytes thirteen(13, '1');
  EncodedMechanism encoded;
  EXPECT_EQ(encoded.Encode(PinVerification{}).code(), kRefused) << "no PAN";
  EXPECT_EQ(encoded.Encode(PinChange{.current = thirteen, .pan = &samples.pan}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(PinGeneration{.offset = thirteen, .pan = &samples.pan}).code(),
            kRefused);
  EXPECT_EQ(encoded.Encode(EmvScriptMac{}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(EmvScriptMac{{&samples.pan, 100}}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(EmvScriptMac{{&samples.pan}, {}, 256}).code(), kRefused);
}

}  // namespace
}  // namespace florin::cryptoki
