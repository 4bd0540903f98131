// PIN blocks by published values, negatives, and against a second implementation.
#include "crypto/card/pin_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/crypto/base/test_random.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/card/reference.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

Pin PinOf(const std::string& digits) { return Pin::Parse(digits).value(); }

PinBlockProfile ProfileOf(int format) { return {static_cast<PinBlockFormat>(format), {}, {}}; }

Pan PanOfTest(const TestCase& test) { return test.Has("pan") ? PanOf(test.Text("pan")) : Pan(); }

// Deals bytes of a fixed run, or the system's.
struct Randomness {
  explicit Randomness(Bytes fixed) : source(std::move(fixed)), batch(source, buffer) {}
  Bytes buffer = Bytes(kMinRandomBatch);
  FixedRandom source;
  RandomBatch batch;
};

Bytes Encoded(const PinBlockProfile& profile, const Pin& pin, const Pan& pan, Bytes random) {
  Randomness randomness(std::move(random));
  Bytes block(PinBlockSize(profile.format));
  EXPECT_TRUE(EncodePinBlock(profile, pin, pan, randomness.batch, block).ok());
  return block;
}

void CheckEncode(const TestCase& test) {
  const auto profile = ProfileOf(static_cast<int>(test.Number("format")));
  const Pin pin = PinOf(test.Text("pin"));
  Bytes random(7, 0x5A);
  if (test.Has("fill")) {
    // Random nibble i fills place i behind control and length.
    random = HexDecode(std::string(pin.size(), '0') + test.Text("fill")).value();
  }
  const Pan pan = PanOfTest(test);
  const Bytes block = Encoded(profile, pin, pan, random);
  if (test.Has("block")) {
    EXPECT_EQ(UpperHex(block), test.Text("block")) << test.place();
  } else {
    const std::string prefix = test.Text("prefix");
    EXPECT_EQ(UpperHex(block).substr(0, prefix.size()), prefix) << test.place();
  }
  EXPECT_TRUE(DecodePinBlock(profile, block, pan).value().EqualTo(pin)) << test.place();
}

void CheckDecode(const TestCase& test) {
  const auto profile = ProfileOf(static_cast<int>(test.Number("format")));
  const Bytes block = test.Hex("block");
  const Pan pan = PanOfTest(test);
  const auto pin = test.Has("key") ? DecryptPinBlock(AesOf(test.Hex("key")), profile, block, pan)
                                   : DecodePinBlock(profile, block, pan);
  EXPECT_EQ(pin.ok(), test.valid) << test.place();
  if (test.valid) {
    EXPECT_EQ(TextOf(*pin), test.Text("pin")) << test.place();
  } else {
    EXPECT_EQ(pin.code(), ErrorCode::kVerificationFailed) << test.place();
  }
}

void CheckFormat4(const TestCase& test) {
  const Pan pan = PanOf(test.Text("pan"));
  std::array<std::uint8_t, 16> pan_field;
  ASSERT_TRUE(EncodePanField(pan, Format4PanField::kFullPan, pan_field).ok());
  EXPECT_EQ(UpperHex(pan_field), test.Text("pan_field")) << test.place();
  if (!test.Has("pin")) return;
  const auto profile = ProfileOf(4);
  const Pin pin = PinOf(test.Text("pin"));
  const Bytes random = test.Hex("random");
  const Bytes block = Encoded(profile, pin, pan, random);
  EXPECT_EQ(UpperHex(block), test.Text("pin_field_prefix") + UpperHex(random)) << test.place();
  EXPECT_TRUE(DecodePinBlock(profile, block, pan).value().EqualTo(pin)) << test.place();
  if (!test.Has("key")) return;
  const auto key = AesOf(test.Hex("key"));
  Randomness randomness(random);
  Bytes enciphered(16);
  ASSERT_TRUE(EncryptPinBlock(key, profile, pin, pan, randomness.batch, enciphered).ok());
  EXPECT_EQ(UpperHex(enciphered), test.Text("enciphered")) << test.place();
  EXPECT_TRUE(DecryptPinBlock(key, profile, enciphered, pan).value().EqualTo(pin));
}

std::string Kcv(const primitives::KeyedCipher& key) {
  Bytes block(8, 0);
  EXPECT_TRUE(key.EncryptBlocks(block, block).ok());
  return UpperHex(ByteView(block).first(3));
}

void CheckTranslate(const TestCase& test) {
  const auto in_key = TdesOf(test.Hex("in_key"));
  const auto out_key = TdesOf(test.Hex("out_key"));
  EXPECT_EQ(Kcv(in_key), test.Text("in_kcv")) << test.place();
  EXPECT_EQ(Kcv(out_key), test.Text("out_kcv")) << test.place();
  const auto in_profile = ProfileOf(static_cast<int>(test.Number("in_format")));
  const auto out_profile = ProfileOf(static_cast<int>(test.Number("out_format")));
  const Pan pan = PanOf(test.Text("pan"));
  const Bytes block = test.Hex("in_block");
  Randomness randomness({0});
  Bytes out(8);
  ASSERT_TRUE(TranslatePinBlock({in_key, {}, in_profile, pan}, block,
                                {out_key, {}, out_profile, pan}, PinBlockUse::kTransport,
                                randomness.batch, out)
                  .ok());
  EXPECT_EQ(UpperHex(out), test.Text("out_block")) << test.place();
  EXPECT_EQ(TextOf(DecryptPinBlock(in_key, in_profile, block, pan).value()), test.Text("pin"));
}

TEST(PinBlockVectors, All) {
  const VectorFile file = LoadVectors("pin_block.json");
  for (const auto& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      if (group.type == "encode") CheckEncode(test);
      if (group.type == "decode") CheckDecode(test);
      if (group.type == "format4") CheckFormat4(test);
      if (group.type == "translate") CheckTranslate(test);
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(PinBlock, EncryptedBlocksAgreeWithASecondImplementation) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 500; ++i) {
    const int format = static_cast<int>(random.UpTo(4));
    const PinBlockProfile profile = ProfileOf(format);
    const bool aes = format == 4;
    const Bytes key_bytes = random.RandomBytes(aes ? 16 + 8 * random.UpTo(2) : 16);
    const std::string key = UpperHex(key_bytes);
    const auto cipher = aes ? AesOf(key_bytes) : TdesOf(key_bytes);
    const std::string pan_digits = random.Digits(12 + random.UpTo(7));
    const Pan pan = PanOf(pan_digits);
    const std::string digits = random.Digits(4 + random.UpTo(8));
    const Pin pin = PinOf(digits);
    Bytes buffer(64);
    FixedRandom source(random.RandomBytes(28));
    RandomBatch batch(source, buffer);
    Bytes block(PinBlockSize(profile.format));
    ASSERT_TRUE(EncryptPinBlock(cipher, profile, pin, pan, batch, block).ok());
    const auto opened = DecryptPinBlock(cipher, profile, block, pan);
    EXPECT_TRUE(opened.value().EqualTo(pin));
    if (format == 0 || format == 2) {
      EXPECT_EQ(UpperHex(block),
                reference::PinBlock(key, format, digits, pan_digits, std::string(10, 'F')));
    } else {
      // The filling comes first from the reference's block, then from nowhere.
      const std::string fill = format == 3 ? std::string(10, 'C') : UpperHex(random.RandomBytes(8));
      const Bytes other =
          HexDecode(reference::PinBlock(key, format, digits, pan_digits, fill)).value();
      EXPECT_TRUE(DecryptPinBlock(cipher, profile, other, pan).value().EqualTo(pin));
    }
  }
}

// Every nibble of a right block is set to every value; what decodes is what the plain reading says.
TEST(PinBlock, DecodesExactlyWhatIsWellFormed) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int round = 0; round < 40; ++round) {
    const int format = static_cast<int>(random.UpTo(3));
    const PinBlockProfile profile = ProfileOf(format);
    const std::string pan_digits = random.Digits(12 + random.UpTo(7));
    const Pan pan = PanOf(pan_digits);
    const Bytes right =
        Encoded(profile, PinOf(random.Digits(4 + random.UpTo(8))), pan, random.RandomBytes(28));
    for (std::size_t place = 0; place < 16; ++place) {
      for (unsigned value = 0; value < 16; ++value) {
        Bytes block = right;
        std::uint8_t& byte = block[place / 2];
        byte = static_cast<std::uint8_t>(place % 2 == 0 ? (byte & 0x0FU) | value << 4U
                                                        : (byte & 0xF0U) | value);
        const std::string expected =
            reference::PinOfClearBlock(format, UpperHex(block), pan_digits);
        const auto pin = DecodePinBlock(profile, block, pan);
        ASSERT_EQ(pin.ok(), !expected.empty()) << format << " " << UpperHex(block);
        if (pin.ok()) {
          EXPECT_EQ(TextOf(*pin), expected);
        }
      }
    }
  }
}

TEST(PinBlock, RandomBlocksNeverDecodeDifferently) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 20000; ++i) {
    const int format = static_cast<int>(random.UpTo(3));
    Bytes block = random.RandomBytes(8);
    block[0] = static_cast<std::uint8_t>(format << 4 | static_cast<int>(random.UpTo(15)));
    const std::string pan = "5555555551234567";
    const auto pin = DecodePinBlock(ProfileOf(format), block, PanOf(pan));
    const std::string expected = reference::PinOfClearBlock(format, UpperHex(block), pan);
    ASSERT_EQ(pin.ok() ? TextOf(*pin) : "", expected) << UpperHex(block);
  }
}

TEST(PinBlock, Format4BindsThePanAndTheFormOfItsField) {
  const auto key = AesOf(Bytes(16, 0x42));
  PinBlockProfile full = ProfileOf(4);
  PinBlockProfile pan12 = full;
  pan12.pan_field = Format4PanField::kPan12;
  const Pan pan = PanOf("4111111111111111");
  const Pin pin = PinOf("1234");
  Randomness randomness({7});
  Bytes block(16);
  ASSERT_TRUE(EncryptPinBlock(key, pan12, pin, pan, randomness.batch, block).ok());
  EXPECT_TRUE(DecryptPinBlock(key, pan12, block, pan).value().EqualTo(pin));
  EXPECT_EQ(DecryptPinBlock(key, full, block, pan).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(DecryptPinBlock(key, pan12, block, PanOf("4111111111111129")).code(),
            ErrorCode::kVerificationFailed);
  std::array<std::uint8_t, 16> field;
  ASSERT_TRUE(EncodePanField(pan, Format4PanField::kPan12, field).ok());
  EXPECT_EQ(UpperHex(field), "01111111111110000000000000000000");
  ASSERT_TRUE(EncodePanField(PanOf("123456789012"), Format4PanField::kPan12, field).ok());
  EXPECT_EQ(UpperHex(field), "00123456789010000000000000000000");
}

TEST(PinBlock, LengthsArePolicy) {
  PinBlockProfile profile = ProfileOf(0);
  const Pan pan = PanOf("5555555551234567");
  const Bytes block = Encoded(profile, PinOf("123456"), pan, {0});
  profile.lengths = {4, 5};
  EXPECT_EQ(DecodePinBlock(profile, block, pan).code(), ErrorCode::kVerificationFailed);
  profile.lengths = {6, 6};
  EXPECT_TRUE(DecodePinBlock(profile, block, pan).ok());
  Randomness randomness({0});
  Bytes out(8);
  EXPECT_EQ(EncodePinBlock(profile, PinOf("1234"), pan, randomness.batch, out).code(),
            ErrorCode::kInvalidArgument);
  profile.lengths = {3, 12};
  EXPECT_EQ(DecodePinBlock(profile, block, pan).code(), ErrorCode::kInvalidArgument);
}

TEST(PinBlock, RefusesKeysAndPansThatDoNotFit) {
  const auto tdes = TdesOf(Bytes(16, 0x42));
  const auto aes = AesOf(Bytes(16, 0x42));
  const Pan pan = PanOf("4111111111111111");
  const Bytes block8(8);
  const Bytes block16(16);
  EXPECT_EQ(DecryptPinBlock(aes, ProfileOf(0), block8, pan).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(DecryptPinBlock(tdes, ProfileOf(4), block16, pan).code(), ErrorCode::kInvalidArgument);
  for (const int format : {0, 3, 4}) {
    EXPECT_EQ(DecodePinBlock(ProfileOf(format), format == 4 ? block16 : block8, Pan()).code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(DecryptPinBlock(tdes, ProfileOf(0), block16, pan).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(DecryptPinBlock(aes, ProfileOf(4), block8, pan).code(), ErrorCode::kVerificationFailed);
}

// One error, whatever is wrong.
TEST(PinBlock, WrongBlocksHaveOneError) {
  const Pan pan = PanOf("5555555551234567");
  const auto message = [&](const char* block) {
    return std::string(
        DecodePinBlock(ProfileOf(0), HexDecode(block).value(), pan).error().message());
  };
  const std::string control = message("241261AAAAEDCBA9");
  for (const char* block : {"0F1261AAAAEDCBA9", "031261AAAAEDCBA9", "051261AAAAEDCBA9",
                            "041261AAAAEDCBA8", "041261AAAAEDCB"}) {
    EXPECT_EQ(message(block), control) << block;
  }
}

TEST(PinBlock, FailsWithoutRandomBytes) {
  const Pan pan = PanOf("5555555551234567");
  for (const int format : {1, 3, 4}) {
    Randomness randomness({});
    Bytes out(format == 4 ? 16 : 8);
    EXPECT_EQ(EncodePinBlock(ProfileOf(format), PinOf("1234"), pan, randomness.batch, out).code(),
              ErrorCode::kResourceExhausted);
  }
}

TEST(RandomBatch, DealsEveryByteOnceAndWipes) {
  Bytes buffer(40);
  Bytes source_bytes(40);
  for (std::size_t i = 0; i < source_bytes.size(); ++i) {
    source_bytes[i] = static_cast<std::uint8_t>(i + 1);
  }
  FixedRandom source(source_bytes);
  {
    RandomBatch batch(source, buffer);
    Bytes first(15);
    Bytes second(20);
    ASSERT_TRUE(batch.Take(first).ok() && batch.Take(second).ok());
    EXPECT_EQ(first[0], 1);
    EXPECT_EQ(second[0], 16);
    EXPECT_EQ(buffer[34], 0);
    EXPECT_EQ(buffer[35], 36);
    ASSERT_TRUE(batch.Take(first).ok());  // five bytes were left: filled anew
    EXPECT_EQ(first[0], 1);
  }
  EXPECT_EQ(buffer, Bytes(40));
}

}  // namespace
}  // namespace florin::card
