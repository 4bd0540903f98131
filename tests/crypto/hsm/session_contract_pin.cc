// The contract of PIN mechanisms: published values, every pair of formats and keys, and what must
// not be told apart.
#include <map>
#include <tuple>

#include "crypto/card/pin_block.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/random.h"
#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;
using card::Pin;
using card::PinBlockFormat;

constexpr char kPek[] = "0123456789ABCDEF1122334455667788";
constexpr char kOtherPek[] = "FEDCBA98765432108877665544332211";

Pin PinOf(const std::string& digits) { return std::move(Pin::Parse(digits)).value(); }

PinBlock BlockOf(PinBlockFormat format) { return {.profile = {.format = format}}; }

// The second implementation at hand: the calculation on clear keys.
Bytes Enciphered(const std::string& key_hex, bool aes, const PinBlock& block,
                 const std::string& pin, const std::string& pan) {
  const Bytes key = Hex(key_hex);
  const auto cipher = aes ? primitives::AesCipher(key) : primitives::TdesCipher(key);
  std::array<std::uint8_t, 64> buffer{};
  card::RandomBatch random(SystemRandom(), buffer);
  Bytes out(card::PinBlockSize(block.profile.format));
  EXPECT_TRUE(
      card::EncryptPinBlock(*cipher, block.profile, PinOf(pin), PanOf(pan), random, out).ok());
  return out;
}

// The PIN, or nothing.
std::string Deciphered(const std::string& key_hex, bool aes, const PinBlock& block,
                       const Bytes& enciphered, const std::string& pan) {
  const Bytes key = Hex(key_hex);
  const auto cipher = aes ? primitives::AesCipher(key) : primitives::TdesCipher(key);
  const auto pin = card::DecryptPinBlock(*cipher, block.profile, enciphered, PanOf(pan));
  return pin.ok() ? std::string(pin->Read(SecretAccess{})) : std::string();
}

class SessionContractPin : public SessionContractCard {
 protected:
  KeyHandle PinKey(const std::string& hex, char mode, bool aes = false, PinKeyMarks marks = {}) {
    VerbSet verbs;
    if (mode != 'E') verbs.Add(Verb::kDecrypt);
    if (mode != 'D') verbs.Add(Verb::kEncrypt);
    KeyTemplate key = Keyed(aes ? KeyType::kAes : KeyType::kDes3, hex.size() / 2, verbs,
                            std::string("P0") + (aes ? 'A' : 'T') + mode);
    key.rules.pin = marks;
    return ImportHex(key, hex);
  }

  KeyHandle Bdk(const std::string& hex, bool aes, VerbSet verbs) {
    return ImportHex(
        Keyed(aes ? KeyType::kAes : KeyType::kDes3, hex.size() / 2, verbs, aes ? "B0AX" : "B0TX"),
        hex);
  }

  KeyHandle Pvk(const std::string& hex, const char* usage, char mode,
                const std::string& table = "") {
    const VerbSet verbs = mode == 'V'   ? VerbSet{Verb::kVerify}
                          : mode == 'G' ? VerbSet{Verb::kSign}
                                        : kBoth;
    KeyTemplate key = Keyed(KeyType::kDes3, 16, verbs, std::string(usage) + "T" + mode);
    if (!table.empty()) key.rules.decimalisation = *card::DecimalisationDigits::Parse(table);
    return ImportHex(key, hex);
  }

  Result<Bytes> Translate(const PinTranslation& translation, KeyHandle to, const Bytes& block) {
    Bytes out(16);
    const auto written = session().Encrypt(translation, to, block, out);
    if (!written.ok()) return written.error();
    out.resize(*written);
    return out;
  }

  Result<std::string> Signed(const Mechanism& mechanism, KeyHandle key, const Bytes& input) {
    Bytes out(40);
    const auto written = session().Sign(mechanism, key, input, out);
    if (!written.ok()) return written.error();
    return std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*written));
  }
};

TEST_P(SessionContractPin, PublishedTranslation) {
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
TEST_P(SessionContractPin, PublishedTdesDukptBlocks) {
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

TEST_P(SessionContractPin, PublishedAesDukptBlocks) {
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
TEST_P(SessionContractPin, EveryPairOfFormats) {
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

TEST_P(SessionContractPin, MarksOfTheKeyDecide) {
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

TEST_P(SessionContractPin, OneErrorForEveryWrongBlock) {
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

TEST_P(SessionContractPin, KeysServeInTheirRoleOnly) {
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

TEST_P(SessionContractPin, PublishedPvvs) {
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

TEST_P(SessionContractPin, PublishedOffsets) {
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

TEST_P(SessionContractPin, ReferencesKeepTheirKeys) {
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

TEST_P(SessionContractPin, GeneratedPinsVerify) {
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
TEST_P(SessionContractPin, NaturalPin) {
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

TEST_P(SessionContractPin, ChangeNeedsTheCurrentPin) {
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

TEST_P(SessionContractPin, BatchEqualsSingleCalls) {
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

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractPin, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
