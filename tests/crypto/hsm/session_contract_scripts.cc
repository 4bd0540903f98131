// The contract of issuer scripts by published values: MACs, encrypted data, PIN changes.
#include "crypto/card/pin_block.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/random.h"
#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;
using card::EmvScriptKeyMethod;
using card::EmvScriptMacPrefix;
using card::EmvScriptPadding;
using card::PinBlockFormat;

constexpr char kPek[] = "0123456789ABCDEF1122334455667788";

class SessionContractScripts : public SessionContractCard {
 protected:
  KeyHandle Issuer(const std::string& hex, const char* usage, VerbSet verbs,
                   std::vector<MechanismType> names = {}) {
    return ImportHex(Keyed(KeyType::kDes3, 16, verbs, std::string(usage) + "TX", std::move(names)),
                     hex);
  }

  static EmvScript ScriptOf(const TestCase& test, const Pan& pan) {
    EmvScript script{.pan = &pan, .psn = Number8(test.Text("psn"))};
    const Bytes r = test.Hex("r");
    if (test.Text("method") == "visa") {
      script.key = EmvScriptKeyMethod::kVisa;
      script.atc = CounterOf(r);
    } else {
      script.arqc = ArrayOf<8>(r);
    }
    if (test.Has("atc")) script.atc = CounterOf(test.Hex("atc"));
    if (test.Has("arqc")) script.arqc = ArrayOf<8>(test.Hex("arqc"));
    return script;
  }

  static EmvScriptMacPrefix PrefixOf(const TestCase& test) {
    return test.Has("arqc") ? EmvScriptMacPrefix::kAtcAndArqc : EmvScriptMacPrefix::kNone;
  }

  static Bytes BlockOf(const std::string& pin, const std::string& pan) {
    const auto cipher = primitives::TdesCipher(Hex(kPek));
    std::array<std::uint8_t, 64> buffer{};
    card::RandomBatch random(SystemRandom(), buffer);
    Bytes out(8);
    EXPECT_TRUE(card::EncryptPinBlock(*cipher, {}, std::move(card::Pin::Parse(pin)).value(),
                                      PanOf(pan), random, out)
                    .ok());
    return out;
  }
};

TEST_P(SessionContractScripts, PublishedMacs) {
  CONTRACT_NEEDS(kEmvScriptMac, kSign);
  const VectorFile file = Load("emv_scripts.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("script_mac")) {
    for (const TestCase& test : group->tests) {
      if (!IsTdes(test.Hex("imk_smi"))) continue;
      const Pan pan = PanOf(test.Text("pan"));
      Bytes input = test.Hex("header");
      const Bytes data = test.Hex("data");
      input.insert(input.end(), data.begin(), data.end());
      const Bytes mac = test.Hex("mac");
      for (const std::size_t length : {8U, 4U}) {
        ExpectValue(test.place(), EmvScriptMac{ScriptOf(test, pan), PrefixOf(test), length},
                    Keyed(KeyType::kDes3, 16, kBoth, "E2TX"), test.Text("imk_smi"), input,
                    Bytes(mac.begin(), mac.begin() + static_cast<std::ptrdiff_t>(length)));
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 1);
}

TEST_P(SessionContractScripts, PublishedPinChanges) {
  CONTRACT_NEEDS(kEmvPinChange, kSign);
  const VectorFile file = Load("emv_scripts.json");
  const KeyHandle block_key = ImportHex(Keyed(KeyType::kDes3, 16, {Verb::kDecrypt}, "P0TD"), kPek);
  int checked = 0;
  for (const auto* group : file.GroupsOf("script_pin")) {
    for (const TestCase& test : group->tests) {
      if (!IsTdes(test.Hex("imk_smi")) || !IsTdes(test.Hex("imk_smc"))) continue;
      const Pan pan = PanOf(test.Text("pan"));
      const std::string padding = test.Text("padding");
      EmvPinChange change{.script = ScriptOf(test, pan), .prefix = PrefixOf(test)};
      change.padding = padding == "visa"  ? EmvScriptPadding::kVisa
                       : padding == "emv" ? EmvScriptPadding::kEmv
                                          : EmvScriptPadding::kMastercard;
      change.form =
          test.Text("block") == "vis" ? card::EmvPinBlock::kVis : card::EmvPinBlock::kIso2;
      change.with_current = test.Has("current_pin");
      change.confidentiality_key = {Issuer(test.Text("imk_smc"), "E1", {Verb::kEncrypt})};
      if (change.form == card::EmvPinBlock::kVis) {
        change.cryptogram_key = {Issuer(test.Text("imk_ac"), "E0", {Verb::kVerify})};
      }
      change.block_key = {block_key};
      Bytes input = BlockOf(test.Text("pin"), test.Text("pan"));
      if (change.with_current) {
        const Bytes current = BlockOf(test.Text("current_pin"), test.Text("pan"));
        input.insert(input.end(), current.begin(), current.end());
      }
      const KeyHandle integrity = Issuer(test.Text("imk_smi"), "E2", kBoth);
      Bytes out(kMaxEmvPinChange);
      const auto written = session().Sign(change, integrity, input, out);
      ASSERT_TRUE(written.ok()) << test.place() << " " << written.error().message();
      out.resize(*written);
      const Bytes ciphertext = test.Hex("ciphertext");
      ASSERT_EQ(out.size(), 5 + ciphertext.size() + 8) << test.place();
      EXPECT_EQ(HexOf(ByteView(out).subspan(5, ciphertext.size())), HexOf(ciphertext))
          << test.place();
      const Bytes header = test.Hex("header");
      EXPECT_EQ(HexOf(ByteView(out).first(4)), HexOf(ByteView(header).first(4))) << test.place();
      EXPECT_EQ(out[4], ciphertext.size() + 8) << test.place();
      // Some sources keep one Lc for every padding; the MAC is over the one that the card sees.
      const EmvScriptMac mac{change.script, change.prefix, 8};
      EXPECT_TRUE(
          session()
              .Verify(mac, integrity, ByteView(out).first(out.size() - 8), ByteView(out).last(8))
              .ok())
          << test.place();
      if (header[4] == out[4] && test.Has("mac")) {
        EXPECT_EQ(HexOf(ByteView(out).last(8)), HexOf(test.Hex("mac"))) << test.place();
      }
      Bytes broken = input;
      broken[0] ^= 1;
      EXPECT_EQ(session().Sign(change, integrity, broken, out).code(),
                ErrorCode::kVerificationFailed)
          << test.place();
      ++checked;
    }
  }
  EXPECT_GE(checked, 7);
}

TEST_P(SessionContractScripts, PinChangeHoldsItsKeysToTheirRoles) {
  CONTRACT_NEEDS(kEmvPinChange, kSign);
  const std::string pan_text = "5413629900000155";
  const Pan pan = PanOf(pan_text);
  const std::string hex = "12341234567856788765876543214321";
  const KeyHandle e2 = Issuer(hex, "E2", kBoth);
  EmvPinChange change{.script = {.pan = &pan}};
  change.confidentiality_key = {Issuer(hex, "E1", {Verb::kEncrypt})};
  change.block_key = {ImportHex(Keyed(KeyType::kDes3, 16, {Verb::kDecrypt}, "P0TD"), kPek)};
  const Bytes input = BlockOf("1234", pan_text);
  Bytes out(kMaxEmvPinChange);
  EXPECT_TRUE(session().Sign(change, e2, input, out).ok());
  const auto code = [&](const EmvPinChange& wrong) {
    return session().Sign(wrong, e2, input, out).code();
  };
  EmvPinChange wrong = change;
  wrong.confidentiality_key = {e2};
  EXPECT_EQ(code(wrong), ErrorCode::kPermissionDenied);
  wrong = change;
  wrong.block_key = {ImportHex(Keyed(KeyType::kDes3, 16, {Verb::kEncrypt}, "P0TE"), kPek)};
  EXPECT_EQ(code(wrong), ErrorCode::kPermissionDenied);
  wrong = change;
  wrong.form = card::EmvPinBlock::kVis;
  EXPECT_EQ(code(wrong), ErrorCode::kInvalidArgument) << "a VIS block needs the cryptogram key";
  wrong = change;
  wrong.with_current = true;
  EXPECT_EQ(code(wrong), ErrorCode::kInvalidArgument) << "format 2 has no current PIN";
  EXPECT_EQ(session().Sign(change, Issuer(hex, "E0", kBoth), input, out).code(),
            ErrorCode::kPermissionDenied);
}

// A PIN change encrypts one of few PINs: no key of it may encrypt chosen data.
TEST_P(SessionContractScripts, EncryptionHasKeysOfItsOwn) {
  CONTRACT_NEEDS(kEmvScriptEncryption, kEncrypt);
  const Pan pan = PanOf("1234567890123456");
  EmvScriptEncryption encryption{
      .script = {.pan = &pan, .psn = 1, .arqc = ArrayOf<8>(Hex("ABCDEF1234567890"))},
      .padding = EmvScriptPadding::kMastercard};
  const std::string smc = "11111111111111112222222222222222";
  const VerbSet encrypts = {Verb::kEncrypt};
  const Bytes block = Hex("249999FFFFFFFFFF");
  Bytes out(512);
  EXPECT_EQ(session().Encrypt(encryption, Issuer(smc, "E1", encrypts), block, out).code(),
            ErrorCode::kPermissionDenied);
  const KeyHandle own = Issuer(smc, "E1", encrypts, {MechanismType::kEmvScriptEncryption});
  auto written = session().Encrypt(encryption, own, block, out);
  ASSERT_TRUE(written.ok()) << written.error().message();
  // The published value of the PIN change with this block (pyemv, test_sm_hsm.py).
  EXPECT_EQ(HexOf(ByteView(out).first(*written)), "28367e05de3381c2");
  encryption.padding = EmvScriptPadding::kEmv;
  written = session().Encrypt(encryption, own, block, out);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(HexOf(ByteView(out).first(*written)).substr(0, 22), "28367e05de3381c29d30a6");
  EXPECT_EQ(session().Encrypt(encryption, own, {}, out).code(), ErrorCode::kMalformed);
  EXPECT_EQ(session().Encrypt(encryption, own, Bytes(240), out).code(), ErrorCode::kMalformed);
  EmvPinChange change{.script = encryption.script};
  change.confidentiality_key = {own};
  change.block_key = {ImportHex(Keyed(KeyType::kDes3, 16, {Verb::kDecrypt}, "P0TD"), kPek)};
  EXPECT_EQ(session()
                .Sign(change, Issuer("0123456789ABCDEFFEDCBA9876543210", "E2", kBoth),
                      BlockOf("9999", "1234567890123456"), out)
                .code(),
            ErrorCode::kPermissionDenied);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractScripts, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
