// The contract of PIN translation: published values, every pair of formats and keys, and what must
// not be told apart.
#include <map>

#include "crypto/primitives/tdes.h"
#include "tests/crypto/hsm/session_contract_pin.h"

namespace florin::hsm {
namespace {

using mechanisms::Des3Ecb;

class SessionContractPinTranslation : public SessionContractPin {};

TEST_P(SessionContractPinTranslation, PublishedTranslation) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const VectorFile file = Load("pin_block.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("translate")) {
    for (const TestCase& test : group->tests) {
      const Pan pan = PanOf(test.Text("pan"));
      const PinTranslation translation{.from = BlockOf(PinBlockFormat::kFormat0),
                                       .from_key = {PinKey(test.Text("in_key"), 'D')},
                                       .to = BlockOf(PinBlockFormat::kFormat0),
                                       .pan = &pan};
      const KeyHandle to = PinKey(test.Text("out_key"), 'E');
      const auto out = Translate(translation, to, test.Hex("in_block"));
      ASSERT_TRUE(out.ok()) << test.place() << " " << out.error().message();
      EXPECT_EQ(HexOf(*out), HexOf(test.Hex("out_block"))) << test.place();
      ++checked;
    }
  }
  EXPECT_GE(checked, 1);
}

// What a terminal sent, published with its PIN: it goes to a zone key, and back again to the BDK.
TEST_P(SessionContractPinTranslation, PublishedTdesDukptBlocks) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const VectorFile file = Load("dukpt_tdes.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("pin")) {
    for (const TestCase& test : group->tests) {
      const Bytes ksn = test.Hex("ksn");
      const Pan pan = PanOf(test.Text("pan"));
      PinBlock terminal = BlockOf(PinBlockFormat::kFormat0);
      terminal.dukpt = DukptTransaction{.ksn = ksn};
      const KeyHandle bdk = Bdk(test.Text("bdk"), false, {Verb::kEncrypt, Verb::kDecrypt});
      const PinBlock zone = BlockOf(PinBlockFormat::kFormat3);
      const KeyHandle zone_key = PinKey(kPek, 'B');
      const auto out =
          Translate({terminal, {bdk}, zone, &pan}, zone_key, test.Hex("encrypted_pin_block"));
      ASSERT_TRUE(out.ok()) << test.place() << " " << out.error().message();
      EXPECT_EQ(Deciphered(kPek, false, zone, *out, test.Text("pan")), test.Text("pin"))
          << test.place();
      const auto back = Translate({zone, {zone_key}, terminal, &pan}, bdk, *out);
      ASSERT_TRUE(back.ok()) << test.place() << " " << back.error().message();
      EXPECT_EQ(HexOf(*back), HexOf(test.Hex("encrypted_pin_block"))) << test.place();
      ++checked;
    }
  }
  EXPECT_GE(checked, 10);
}

TEST_P(SessionContractPinTranslation, PublishedAesDukptBlocks) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const VectorFile file = Load("dukpt_aes.json");
  const std::string aes_pek = std::string(kPek) + kOtherPek;
  int checked = 0;
  for (const auto* group : file.GroupsOf("transaction")) {
    for (const TestCase& test : group->tests) {
      if (!test.Has("pin_block_AES128")) continue;
      const Bytes ksn = test.Hex("ksn");
      const Pan pan = PanOf(test.Text("pan"));
      PinBlock terminal = BlockOf(PinBlockFormat::kFormat4);
      terminal.dukpt = DukptTransaction{.ksn = ksn, .key_type = card::AesDukptKeyType::kAes128};
      const PinBlock zone = BlockOf(PinBlockFormat::kFormat4);
      const auto out =
          Translate({terminal, {Bdk(test.Text("bdk"), true, {Verb::kDecrypt})}, zone, &pan},
                    PinKey(aes_pek, 'E', true), test.Hex("pin_block_AES128"));
      ASSERT_TRUE(out.ok()) << test.place() << " " << out.error().message();
      EXPECT_EQ(Deciphered(aes_pek, true, zone, *out, test.Text("pan")), "1234") << test.place();
      ++checked;
    }
  }
  EXPECT_GE(checked, 5);
}

// Every pair of formats under every pair of algorithms: what the table allows comes out with the
// same PIN, and the rest is refused.
TEST_P(SessionContractPinTranslation, EveryPairOfFormats) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const std::string pan_text = "4012345678909";
  const Pan pan = PanOf(pan_text);
  struct End {
    PinBlockFormat format;
    std::string key;
    bool aes;
    bool zone;
  };
  std::vector<End> ends;
  for (const auto format :
       {PinBlockFormat::kFormat0, PinBlockFormat::kFormat1, PinBlockFormat::kFormat3}) {
    for (const bool zone : {false, true}) {
      ends.push_back({format, kPek, false, zone});
      ends.push_back({format, std::string(kOtherPek) + "0011223344556677", false, zone});
    }
  }
  ends.push_back({PinBlockFormat::kFormat4, std::string(kPek) + kOtherPek, true, false});
  ends.push_back({PinBlockFormat::kFormat4, kPek, true, false});
  int allowed = 0;
  int refused = 0;
  for (const End& from : ends) {
    const KeyHandle from_key = PinKey(from.key, 'D', from.aes);
    for (const End& to : ends) {
      const KeyHandle to_key = PinKey(to.key, 'E', to.aes, {.zone_key = to.zone});
      const std::string pin = std::string("123498765432").substr(0, 4 + (allowed % 9));
      const PinTranslation translation{BlockOf(from.format), {from_key}, BlockOf(to.format), &pan};
      const Bytes block = Enciphered(from.key, from.aes, translation.from, pin, pan_text);
      const auto out = Translate(translation, to_key, block);
      const bool unbinds =
          to.format == PinBlockFormat::kFormat1 && from.format != PinBlockFormat::kFormat1;
      const bool weakens = from.aes && !to.aes && !to.zone;
      if (unbinds || weakens) {
        EXPECT_EQ(out.code(), ErrorCode::kPermissionDenied);
        ++refused;
        continue;
      }
      ASSERT_TRUE(out.ok()) << out.error().message();
      EXPECT_EQ(Deciphered(to.key, to.aes, translation.to, *out, pan_text), pin);
      ++allowed;
    }
  }
  EXPECT_GE(allowed, 90);
  EXPECT_GE(refused, 40);
}

TEST_P(SessionContractPinTranslation, MarksOfTheKeyDecide) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const Pan pan = PanOf("4012345678909");
  const PinTranslation translation{BlockOf(PinBlockFormat::kFormat4),
                                   {PinKey(kPek, 'D', true)},
                                   BlockOf(PinBlockFormat::kFormat0),
                                   &pan};
  const Bytes block = Enciphered(kPek, true, translation.from, "1234", "4012345678909");
  const auto forbidden =
      PinKey(kOtherPek, 'E', false, {.zone_key = true, .forbid_aes_to_tdes = true});
  EXPECT_EQ(Translate(translation, forbidden, block).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(
      Translate(translation, PinKey(kOtherPek, 'E', false, {.zone_key = true}), block).ok());
  // Marks belong to PIN encryption keys alone.
  KeyTemplate data_key = Keyed(KeyType::kDes3, 16, {Verb::kEncrypt}, "D0TE");
  data_key.rules.pin.zone_key = true;
  auto material = SecretBytes::CopyOf(Hex(kPek));
  EXPECT_FALSE(session().Import(data_key, *material).ok());
}

TEST_P(SessionContractPinTranslation, OneErrorForEveryWrongBlock) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const Pan pan = PanOf("4012345678909");
  const PinTranslation translation{BlockOf(PinBlockFormat::kFormat0),
                                   {PinKey(kPek, 'D')},
                                   BlockOf(PinBlockFormat::kFormat0),
                                   &pan};
  const KeyHandle to = PinKey(kOtherPek, 'E');
  const auto cipher = primitives::TdesCipher(Hex(kPek));
  std::map<std::string, int> messages;
  // Control, length, a digit, the fill; then blocks of other lengths.
  for (const char* clear : {"141234FFFFFFFFFF", "031234FFFFFFFFFF", "0D1234FFFFFFFFFF",
                            "041A34FFFFFFFFFF", "041234FFFFFFFFF0"}) {
    Bytes block = Hex(clear);
    const Bytes pan_field = Hex("0000401234567890");
    for (std::size_t i = 0; i < block.size(); ++i) block[i] ^= pan_field[i];
    Bytes enciphered(8);
    ASSERT_TRUE(cipher->EncryptBlocks(block, enciphered).ok());
    const auto out = Translate(translation, to, enciphered);
    EXPECT_EQ(out.code(), ErrorCode::kVerificationFailed) << clear;
    ++messages[out.error().message()];
  }
  for (const std::size_t size : {0U, 7U, 9U, 16U}) {
    const auto out = Translate(translation, to, Bytes(size, 0x55));
    EXPECT_EQ(out.code(), ErrorCode::kVerificationFailed) << size;
    ++messages[out.error().message()];
  }
  EXPECT_EQ(messages.size(), 1U);
}

TEST_P(SessionContractPinTranslation, KeysServeInTheirRoleOnly) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const Pan pan = PanOf("4012345678909");
  const PinBlock format0 = BlockOf(PinBlockFormat::kFormat0);
  const Bytes block = Enciphered(kPek, false, format0, "1234", "4012345678909");
  const KeyHandle in = PinKey(kPek, 'D');
  const KeyHandle out = PinKey(kOtherPek, 'E');
  EXPECT_TRUE(Translate({format0, {in}, format0, &pan}, out, block).ok());
  // A key that PINs come under encrypts nothing, and one that they go to opens nothing.
  EXPECT_EQ(Translate({format0, {in}, format0, &pan}, in, block).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Translate({format0, {out}, format0, &pan}, out, block).code(),
            ErrorCode::kPermissionDenied);
  Bytes clear(8);
  EXPECT_EQ(session().Decrypt(Des3Ecb{}, in, block, clear).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(session().Encrypt(Des3Ecb{}, out, block, clear).code(), ErrorCode::kPermissionDenied);
  // Keys of other usages.
  const KeyHandle cvk = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "C0TC"), kPek);
  const KeyHandle data = ImportHex(Keyed(KeyType::kDes3, 16, {Verb::kDecrypt}, "D0TD"), kPek);
  for (const KeyHandle wrong : {cvk, data}) {
    EXPECT_EQ(Translate({format0, {wrong}, format0, &pan}, out, block).code(),
              ErrorCode::kPermissionDenied);
  }
  // No key, a key of another session, a key that is gone.
  EXPECT_EQ(Translate({format0, {}, format0, &pan}, out, block).code(),
            ErrorCode::kInvalidArgument);
  const auto another = OpenAnother();
  auto material = SecretBytes::CopyOf(Hex(kPek));
  const auto foreign =
      another->Import(Keyed(KeyType::kDes3, 16, {Verb::kDecrypt}, "P0TD"), *material);
  ASSERT_TRUE(foreign.ok());
  EXPECT_EQ(Translate({format0, {*foreign}, format0, &pan}, out, block).code(),
            ErrorCode::kInvalidArgument);
  ASSERT_TRUE(session().Destroy(in).ok());
  EXPECT_FALSE(Translate({format0, {in}, format0, &pan}, out, block).ok());
}

TEST_P(SessionContractPinTranslation, BatchEqualsSingleCalls) {
  CONTRACT_NEEDS(kPinTranslation, kEncrypt);
  const std::string bdk_hex = "0123456789ABCDEFFEDCBA9876543210";
  const VectorFile file = Load("dukpt_tdes.json");
  const KeyHandle bdk = Bdk(bdk_hex, false, {Verb::kDecrypt});
  const KeyHandle to = PinKey(kPek, 'E');
  std::vector<Bytes> ksns;
  std::vector<Bytes> blocks;
  std::vector<Pan> pans;
  for (const auto* group : file.GroupsOf("pin")) {
    for (const TestCase& test : group->tests) {
      if (test.Text("bdk") != bdk_hex) continue;
      ksns.push_back(test.Hex("ksn"));
      blocks.push_back(test.Hex("encrypted_pin_block"));
      pans.push_back(PanOf(test.Text("pan")));
    }
  }
  blocks[1][0] ^= 1;
  std::vector<Mechanism> parameters;
  for (std::size_t i = 0; i < ksns.size(); ++i) {
    PinBlock terminal = BlockOf(PinBlockFormat::kFormat0);
    terminal.dukpt = DukptTransaction{.ksn = ksns[i]};
    parameters.push_back(
        PinTranslation{terminal, {bdk}, BlockOf(PinBlockFormat::kFormat0), &pans[i]});
  }
  // One item names a key that there is not.
  std::get<PinTranslation>(parameters[2]).from_key = {KeyHandle{0x7FFFFFFF}};
  std::vector<Bytes> outputs(ksns.size(), Bytes(8));
  std::vector<BatchItem> items(ksns.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].parameter = &parameters[i];
    items[i].input = blocks[i];
    items[i].output = outputs[i];
  }
  ASSERT_TRUE(session().RunBatch(Verb::kEncrypt, parameters[0], to, items).ok());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Bytes single(8);
    const auto written = session().Encrypt(parameters[i], to, blocks[i], single);
    EXPECT_EQ(items[i].status.code(), written.code()) << i;
    EXPECT_EQ(items[i].status.ok(), i != 1 && i != 2) << i;
    if (written.ok()) {
      EXPECT_EQ(HexOf(single), HexOf(outputs[i])) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractPinTranslation,
                         testing::ValuesIn(ContractCases()), ContractCaseName);

}  // namespace
}  // namespace florin::hsm
