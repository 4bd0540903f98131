// The contract of what verifies PINs: published PVVs and offsets, generation, change.
#include <map>

#include "tests/crypto/hsm/session_contract_pin.h"

namespace florin::hsm {
namespace {

class SessionContractPinReference : public SessionContractPin {};

TEST_P(SessionContractPinReference, PublishedPvvs) {
  CONTRACT_NEEDS(kPinVerification, kVerify);
  const VectorFile file = Load("pin_verification.json");
  const KeyHandle block_key = PinKey(kPek, 'D');
  const PinBlock format0 = BlockOf(PinBlockFormat::kFormat0);
  int checked = 0;
  for (const auto* group : file.GroupsOf("pvv")) {
    for (const TestCase& test : group->tests) {
      const Pan pan = PanOf(test.Text("pan"));
      PinVerification mechanism{.block = format0, .block_key = {block_key}, .pan = &pan};
      mechanism.reference.pvki = static_cast<std::uint8_t>(test.Number("pvki"));
      const Bytes block = Enciphered(kPek, false, format0, test.Text("pin"), test.Text("pan"));
      const Bytes pvv = TextBytes(test.Text("pvv"));
      const KeyHandle verifier = Pvk(test.Text("pvk"), "V2", 'V');
      ExpectVerdict(test.place(), mechanism, verifier, block, pvv, test.valid);
      EXPECT_EQ(Signed(mechanism, verifier, block).code(), ErrorCode::kPermissionDenied);
      const auto made = Signed(mechanism, Pvk(test.Text("pvk"), "V2", 'C'), block);
      ASSERT_TRUE(made.ok()) << test.place() << " " << made.error().message();
      EXPECT_EQ(*made == test.Text("pvv"), test.valid) << test.place();
      if (test.valid) {
        Bytes wrong = pvv;
        wrong[3] = wrong[3] == '9' ? '0' : static_cast<std::uint8_t>(wrong[3] + 1);
        ExpectVerdict(test.place(), mechanism, verifier, block, wrong, false);
        Bytes other = block;
        other[0] ^= 0x80;
        ExpectVerdict(test.place(), mechanism, verifier, other, pvv, false);
        ExpectVerdict(test.place(), mechanism, verifier, block, TextBytes("12a4"), false);
        ExpectVerdict(test.place(), mechanism, verifier, Bytes(7), pvv, false);
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 7);
}

TEST_P(SessionContractPinReference, PublishedOffsets) {
  CONTRACT_NEEDS(kPinVerification, kVerify);
  const VectorFile file = Load("pin_verification.json");
  const KeyHandle block_key = PinKey(kPek, 'D');
  int checked = 0;
  for (const auto* group : file.GroupsOf("ibm3624")) {
    for (const TestCase& test : group->tests) {
      if (test.Text("pvk").size() != 32) continue;  // single DES
      // A card whose PAN has the digits of the validation data, and what follows them.
      const std::string data = test.Text("validation_data");
      const std::size_t digits = std::min(data.find_first_not_of("0123456789"), data.size());
      std::string pan_text = data.substr(0, digits);
      pan_text.resize(16, '0');
      const Pan pan = PanOf(pan_text);
      PinVerification mechanism{.block_key = {block_key}, .pan = &pan};
      mechanism.reference = {.kind = PinReferenceKind::kIbm3624,
                             .pan_digits = static_cast<std::uint8_t>(digits),
                             .fill = 0xF};
      const KeyHandle verifier = Pvk(test.Text("pvk"), "V1", 'V', test.Text("table"));
      const KeyHandle maker = Pvk(test.Text("pvk"), "V1", 'C', test.Text("table"));
      for (const auto format : {PinBlockFormat::kFormat0, PinBlockFormat::kFormat1}) {
        mechanism.block = BlockOf(format);
        const Bytes block = Enciphered(kPek, false, mechanism.block, test.Text("pin"), pan_text);
        const Bytes offset = TextBytes(test.Text("offset"));
        ExpectVerdict(test.place(), mechanism, verifier, block, offset, test.valid);
        ExpectVerdict(test.place(), mechanism, verifier, block, TextBytes("99999"), false);
        const auto made = Signed(mechanism, maker, block);
        ASSERT_TRUE(made.ok()) << test.place() << " " << made.error().message();
        EXPECT_EQ(*made == test.Text("offset"), test.valid) << test.place();
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 8);
}

TEST_P(SessionContractPinReference, ReferencesKeepTheirKeys) {
  CONTRACT_NEEDS(kPinVerification, kVerify);
  const Pan pan = PanOf("1122334455667788");
  const PinBlock format0 = BlockOf(PinBlockFormat::kFormat0);
  const Bytes block = Enciphered(kPek, false, format0, "4524", "1122334455667788");
  PinVerification pvv{.block = format0, .block_key = {PinKey(kPek, 'D')}, .pan = &pan};
  PinVerification ibm = pvv;
  ibm.reference.kind = PinReferenceKind::kIbm3624;
  const std::string pvk = "0123456789ABCDEFFEDCBA9876543210";
  const KeyHandle v1 = Pvk(pvk, "V1", 'C', "1234567890123456");
  const KeyHandle v2 = Pvk(pvk, "V2", 'C');
  EXPECT_EQ(Signed(ibm, v1, block).value(), "0000");
  EXPECT_EQ(Signed(pvv, v1, block).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Signed(ibm, v2, block).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Signed(ibm, Pvk(pvk, "V1", 'C'), block).code(), ErrorCode::kPermissionDenied)
      << "no table";
  // A table that is made to search for a PIN, and a table where none belongs.
  for (const auto& [usage, table] :
       {std::pair{"V1", "0000000000000001"}, std::pair{"V2", "1234567890123456"}}) {
    KeyTemplate key = Keyed(KeyType::kDes3, 16, kBoth, std::string(usage) + "TC");
    key.rules.decimalisation = *card::DecimalisationDigits::Parse(table);
    auto material = SecretBytes::CopyOf(Hex(pvk));
    EXPECT_FALSE(session().Import(key, *material).ok()) << usage;
  }
  // A PVV is not computed of a block that binds no PAN.
  pvv.block = BlockOf(PinBlockFormat::kFormat1);
  EXPECT_EQ(Signed(pvv, v2, block).code(), ErrorCode::kPermissionDenied);
}

TEST_P(SessionContractPinReference, GeneratedPinsVerify) {
  CONTRACT_NEEDS(kPinGeneration, kSign);
  const std::string pan_text = "4012345678909";
  const Pan pan = PanOf(pan_text);
  const std::string pvk = "0123456789ABCDEFFEDCBA9876543210";
  const KeyHandle v2 = Pvk(pvk, "V2", 'C');
  const KeyHandle v1 = Pvk(pvk, "V1", 'C', "1234567890123456");
  const KeyHandle block_key = PinKey(kPek, 'B');
  std::map<std::string, int> pins;
  for (int i = 0; i < 40; ++i) {
    const bool ibm = i % 2 == 1;
    PinGeneration generation{
        .block = BlockOf(i % 3 == 0 ? PinBlockFormat::kFormat3 : PinBlockFormat::kFormat0),
        .block_key = {block_key},
        .pan = &pan};
    generation.pin_length = static_cast<std::uint8_t>(4 + i % 9);
    if (ibm) generation.reference = {PinReferenceKind::kIbm3624, 0, 0, 12, 0xF};
    const auto out = Signed(generation, ibm ? v1 : v2, {});
    ASSERT_TRUE(out.ok()) << out.error().message();
    ASSERT_EQ(out->size(), 8U + (ibm ? generation.pin_length : 4U));
    const Bytes block(out->begin(), out->begin() + 8);
    const std::string pin = Deciphered(kPek, false, generation.block, block, pan_text);
    ASSERT_EQ(pin.size(), generation.pin_length);
    ++pins[pin];
    const PinVerification verification{generation.reference, generation.block, {block_key}, &pan};
    ExpectVerdict("generated", verification, ibm ? v1 : v2, block, TextBytes(out->substr(8)), true);
  }
  EXPECT_GE(pins.size(), 35U);
}

// Published: the PIN of validation data under a PVK, and the one that an offset makes of it.
TEST_P(SessionContractPinReference, NaturalPin) {
  CONTRACT_NEEDS(kPinGeneration, kSign);
  const std::string pan_text = "1122334455667788";
  const Pan pan = PanOf(pan_text);
  const KeyHandle pvk = Pvk("0123456789ABCDEFFEDCBA9876543210", "V1", 'G', "1234567890123456");
  for (const auto& [offset, pin] :
       {std::pair{"0000", "4524"}, std::pair{"1111", "5635"}, std::pair{"6586", "0000"}}) {
    const Bytes digits = TextBytes(offset);
    PinGeneration generation{.offset = digits,
                             .block = BlockOf(PinBlockFormat::kFormat0),
                             .block_key = {PinKey(kPek, 'E')},
                             .pan = &pan};
    generation.reference.kind = PinReferenceKind::kIbm3624;
    const auto out = Signed(generation, pvk, {});
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_EQ(
        Deciphered(kPek, false, generation.block, Bytes(out->begin(), out->begin() + 8), pan_text),
        pin);
    EXPECT_EQ(out->substr(8), offset);
    generation.pin_length = 5;
    EXPECT_EQ(Signed(generation, pvk, {}).code(), ErrorCode::kInvalidArgument);
  }
}

TEST_P(SessionContractPinReference, ChangeNeedsTheCurrentPin) {
  CONTRACT_NEEDS(kPinChange, kSign);
  const std::string pan_text = "1122334455667788";
  const Pan pan = PanOf(pan_text);
  const Bytes current = TextBytes("8523");
  PinChange change{.current = current,
                   .block = BlockOf(PinBlockFormat::kFormat0),
                   .block_key = {PinKey(kPek, 'D')},
                   .pan = &pan};
  const std::string pvk = "0123456789ABCDEFFEDCBA9876543210";
  const KeyHandle key = Pvk(pvk, "V2", 'C');
  const auto blocks = [&](const std::string& first, const std::string& second) {
    Bytes both = Enciphered(kPek, false, change.block, first, pan_text);
    const Bytes rest = Enciphered(kPek, false, change.block, second, pan_text);
    both.insert(both.end(), rest.begin(), rest.end());
    return both;
  };
  const auto made = Signed(change, key, blocks("4524", "1912"));
  ASSERT_TRUE(made.ok()) << made.error().message();
  const PinVerification verification{change.reference, change.block, change.block_key, &pan};
  ExpectVerdict("changed", verification, key,
                Enciphered(kPek, false, change.block, "1912", pan_text), TextBytes(*made), true);
  EXPECT_EQ(Signed(change, key, blocks("4525", "1912")).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(Signed(change, key, blocks("4524", "1111")).code(), ErrorCode::kInvalidArgument);
  Bytes broken = blocks("4524", "1912");
  broken[12] ^= 1;
  EXPECT_EQ(Signed(change, key, broken).code(), ErrorCode::kVerificationFailed);
  broken.pop_back();
  EXPECT_EQ(Signed(change, key, broken).code(), ErrorCode::kVerificationFailed);
  EXPECT_FALSE(Signed(change, Pvk(pvk, "V2", 'G'), blocks("4524", "1912")).ok());
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractPinReference, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
