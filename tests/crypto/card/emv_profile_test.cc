// Whole profiles from field 55 to the issuer's answer, by published values; and what is refused.
#include "florin/card/emv_profile.h"

#include "crypto/card/emv_script.h"
#include "crypto/card/emv_session_key.h"
#include "crypto/card/emv_verify.h"
#include "florin/base/hex.h"
#include "tests/crypto/card/emv_field55_util.h"
#include "tests/crypto/card/emv_test_util.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

constexpr std::uint32_t kSeed = 20261126;

const EmvProfile& RowOf(const std::string& name) {
  for (const EmvProfile& profile : EmvProfiles()) {
    if (profile.name == name) return profile;
  }
  ADD_FAILURE() << "no profile " << name;
  return EmvProfiles()[0];
}

using Tags = EmvTags;

Result<EmvArqc> Read(const Tags& tags, const EmvAllowedProfiles& allowed, const Pan& pan,
                     std::uint8_t psn) {
  const Bytes bytes = EmvField55(tags);
  const auto tlv = EmvTlv::Parse(bytes);
  EXPECT_TRUE(tlv.ok());
  return ReadEmvArqc(*tlv, allowed, pan, psn);
}

// --- published values ---------------------------------------------------------------------------

void CheckArpc(const TestCase& test, const EmvProfile& row, const EmvCardKeys& keys,
               const EmvArqc& arqc) {
  Bytes arpc;
  const EmvKey& key = keys.ArpcKey(row.arpc.key);
  if (row.arpc.method == EmvArpcMethod::kMethod1) {
    arpc.resize(kArpcMethod1Size);
    EXPECT_TRUE(ArpcMethod1(key, arqc.arqc, ArrayOf<2>(test.Hex("arc")),
                            MutableBytes(arpc).first<kArpcMethod1Size>())
                    .ok());
  } else {
    arpc.resize(kArpcMethod2Size);
    EXPECT_TRUE(ArpcMethod2(key, arqc.arqc, ArrayOf<4>(test.Hex("csu")), {},
                            MutableBytes(arpc).first<kArpcMethod2Size>())
                    .ok());
  }
  EXPECT_EQ(arpc, test.Hex("arpc")) << test.place();
}

EmvKey ScriptKeyOf(const TestCase& test, const char* imk, const EmvProfile& row,
                   const EmvScriptTransaction& transaction) {
  const auto icc_key = DeriveIccMasterKey(KeyOf(test.Hex(imk)), row.master_key.value(),
                                          PanOf(test.Text("pan")), PsnOf(test));
  return DeriveScriptKey(*icc_key, row.script.key, transaction.atc, ScriptRand(transaction.arqc, 0))
      .value();
}

Bytes PinChange(const EmvProfile& row, const EmvPinChangeKeys& keys,
                const EmvScriptTransaction& transaction, const std::string& pin,
                const Pin* current) {
  Bytes out(kMaxPinChangeCommand);
  const auto size =
      PinChangeCommand(row.script, keys, transaction, Pin::Parse(pin).value(), current, 8, out);
  EXPECT_TRUE(size.ok());
  out.resize(size.ok() ? *size : 0);
  return out;
}

void CheckScripts(const TestCase& test, const EmvProfile& row, const EmvKey& icc_ac_key,
                  const EmvArqc& arqc) {
  const EmvScriptTransaction transaction{arqc.atc, arqc.arqc};
  const EmvKey smi = ScriptKeyOf(test, "imk_smi", row, transaction);
  const EmvKey smc = ScriptKeyOf(test, "imk_smc", row, transaction);
  Bytes mac(8);
  ASSERT_TRUE(
      ScriptMac(smi, ArrayOf<5>(test.Hex("header")), row.script.mac_prefix, transaction, {}, mac)
          .ok());
  EXPECT_EQ(mac, test.Hex("mac")) << test.place();

  const EmvPinChangeKeys keys{icc_ac_key, smc, smi};
  const std::string pin = test.Text("pin");
  EXPECT_EQ(PinChange(row, keys, transaction, pin, nullptr), test.Hex("pin_change"))
      << test.place();
  EXPECT_EQ(test.Has("current_pin"), row.script.pin_block_with_current.has_value());
  if (test.Has("current_pin")) {
    const Pin current = Pin::Parse(test.Text("current_pin")).value();
    EXPECT_EQ(PinChange(row, keys, transaction, pin, &current), test.Hex("pin_change_with_current"))
        << test.place();
  }
}

void CheckTrace(const TestCase& test, const EmvKey& issuer_key, const EmvArqc& arqc,
                const Pan& pan) {
  const auto trace = TraceArqc(issuer_key, arqc, pan);
  ASSERT_TRUE(trace.ok()) << test.place();
  EXPECT_TRUE(trace->matches);
  EXPECT_TRUE(SameBytes(ByteView(trace->issuer_key), HexDecode("08D7B4").value()));
  EXPECT_TRUE(SameBytes(ByteView(trace->icc_key).first(2), test.Hex("icc_kcv"))) << test.place();
  EXPECT_TRUE(SameBytes(ByteView(trace->session_key).first(2), test.Hex("session_kcv")))
      << test.place();
  const std::string text = ToJson(*trace).value();
  EXPECT_NE(text.find("\"input\":\"" + test.Text("input") + "\""), std::string::npos) << text;
  EXPECT_EQ(text.find(test.Text("pan")), std::string::npos);
  EXPECT_EQ(text.find(test.Text("imk_ac")), std::string::npos);
}

void CheckProfile(const TestCase& test) {
  const EmvProfile& row = RowOf(test.Text("profile"));
  EXPECT_TRUE(row.proven && row.script.proven) << test.place();
  const Pan pan = PanOf(test.Text("pan"));
  const auto arqc =
      Read(EmvTagsOf(test), EveryEmvProfile(EmvSchemeOf(test.Text("scheme"))), pan, PsnOf(test));
  ASSERT_TRUE(arqc.ok()) << test.place() << arqc.error().message();
  EXPECT_EQ(arqc->profile.name, test.Text(test.Has("read_as") ? "read_as" : "profile"));
  EXPECT_TRUE(SameBytes(arqc->input(), test.Hex("input"))) << test.place();

  const EmvKey issuer_key = KeyOf(test.Hex("imk_ac"));
  const auto keys = DeriveCardKeys(issuer_key, *arqc, pan);
  ASSERT_TRUE(keys.ok()) << test.place();
  EXPECT_TRUE(VerifyArqc(*keys, *arqc).ok()) << test.place();
  for (std::size_t bit = 0; bit < 64; ++bit) {
    EmvArqc wrong = *arqc;
    wrong.arqc[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(VerifyArqc(*keys, wrong).code(), ErrorCode::kVerificationFailed) << bit;
  }
  CheckArpc(test, row, *keys, *arqc);
  CheckScripts(test, row, keys->icc_key, *arqc);
  CheckTrace(test, issuer_key, *arqc, pan);
}

void CheckInput(const TestCase& test) {
  auto tags = EmvTagsOf(test);
  tags[emv_tags::kCryptogram] = Bytes(8, 0);
  EmvAllowedProfiles allowed = EveryEmvProfile(EmvSchemeOf(test.Text("scheme")));
  allowed.master_key = EmvMasterKeyOption::kA;
  const auto arqc = Read(tags, allowed, PanOf("5413330089020011"), 0);
  ASSERT_TRUE(arqc.ok()) << test.place() << arqc.error().message();
  EXPECT_EQ(arqc->profile.name, test.Text("profile"));
  const Bytes input(arqc->input().begin(), arqc->input().end());
  EXPECT_EQ(input, test.Hex("input")) << test.place();
  if (!test.Has("padded")) return;
  Bytes padded = input;
  if (arqc->profile.padding == EmvPadding::kMethod2) padded.push_back(0x80);
  padded.resize((padded.size() + 7) / 8 * 8);
  EXPECT_EQ(padded, test.Hex("padded")) << test.place();
}

// A library's ARPC that is wrong: the cryptogram is right, the answer must not be reproduced.
void CheckWrongArpc(const TestCase& test) {
  ASSERT_FALSE(test.valid);
  const EmvKey key = DeriveIccMasterKey(KeyOf(test.Hex("imk")), EmvMasterKeyOption::kA,
                                        PanOf(test.Text("pan")), PsnOf(test))
                         .value();
  std::array<std::uint8_t, 8> zero{};
  ASSERT_TRUE(ArpcMethod1(key, zero, std::array<std::uint8_t, 2>{}, zero).ok());
  EXPECT_TRUE(SameBytes(ByteView(zero).first(2), test.Hex("mk_kcv"))) << test.place();
  std::array<std::uint8_t, 8> ac{};
  ASSERT_TRUE(ApplicationCryptogram(key, EmvPadding::kMethod1, test.Hex("data"), ac).ok());
  EXPECT_TRUE(SameBytes(ac, test.Hex("ac"))) << test.place();
  std::array<std::uint8_t, 8> arpc{};
  ASSERT_TRUE(ArpcMethod1(key, ac, ArrayOf<2>(test.Hex("arc")), arpc).ok());
  EXPECT_FALSE(SameBytes(arpc, test.Hex("arpc"))) << test.place();
  EXPECT_TRUE(SameBytes(arpc, test.Hex("right_arpc"))) << test.place();
}

TEST(EmvProfileVectors, All) {
  const VectorFile file = LoadVectors("emv_profiles.json");
  for (const auto* group : file.GroupsOf("profile")) {
    for (const TestCase& test : group->tests) CheckProfile(test);
  }
  for (const auto* group : file.GroupsOf("input")) {
    for (const TestCase& test : group->tests) CheckInput(test);
  }
  for (const auto* group : file.GroupsOf("visa10_arpc")) {
    for (const TestCase& test : group->tests) CheckWrongArpc(test);
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

// --- what a request may not do -------------------------------------------------------------------

Bytes Hex(std::string_view text) { return HexDecode(text).value(); }

Tags Visa18() {
  return {{emv_tags::kAmountAuthorised, Hex("000000004000")},
          {emv_tags::kAmountOther, Hex("000000000000")},
          {emv_tags::kTerminalCountry, Hex("0124")},
          {emv_tags::kTvr, Hex("8000048000")},
          {emv_tags::kTransactionCurrency, Hex("0124")},
          {emv_tags::kTransactionDate, Hex("191105")},
          {emv_tags::kTransactionType, Hex("01")},
          {emv_tags::kUnpredictableNumber, Hex("52BF4585")},
          {emv_tags::kAip, Hex("1800")},
          {emv_tags::kAtc, Hex("001C")},
          {emv_tags::kIssuerApplicationData, Hex("06011203A0B800")},
          {emv_tags::kCryptogram, Hex("7A788EA6B8A3E733")}};
}

EmvAllowedProfiles OnlyVisa18() {
  EmvAllowedProfiles allowed;
  allowed.scheme = EmvScheme::kVisa;
  allowed.cvns.set(0x12);
  allowed.dkis.set(1);
  return allowed;
}

ErrorCode ReadCode(const Tags& tags, const EmvAllowedProfiles& allowed) {
  return Read(tags, allowed, PanOf("1234567890123456"), 0).code();
}

TEST(EmvProfile, TheKeyDecidesWhatARequestMayChoose) {
  EXPECT_EQ(ReadCode(Visa18(), OnlyVisa18()), ErrorCode::kOk);
  EXPECT_EQ(ReadCode(Visa18(), {}), ErrorCode::kPermissionDenied);

  Tags downgrade = Visa18();
  downgrade[emv_tags::kIssuerApplicationData] = Hex("06010A03A0B800");
  EXPECT_EQ(ReadCode(downgrade, OnlyVisa18()), ErrorCode::kPermissionDenied);
  Tags other_key = Visa18();
  other_key[emv_tags::kIssuerApplicationData] = Hex("06021203A0B800");
  EXPECT_EQ(ReadCode(other_key, OnlyVisa18()), ErrorCode::kPermissionDenied);

  // The same bytes under another scheme's key are another scheme's data, or none.
  EmvAllowedProfiles mastercard = OnlyVisa18();
  mastercard.scheme = EmvScheme::kMastercard;
  EXPECT_EQ(ReadCode(Visa18(), mastercard), ErrorCode::kMalformed);
}

TEST(EmvProfile, DoubtfulProfilesAreServedOnlyWhereNamed) {
  Tags tags = Visa18();
  tags[emv_tags::kIssuerApplicationData] = Hex("06010E03A0B800");
  EmvAllowedProfiles allowed = EveryEmvProfile(EmvScheme::kVisa);
  EXPECT_EQ(ReadCode(tags, allowed), ErrorCode::kPermissionDenied);
  allowed.unproven = true;
  EXPECT_EQ(ReadCode(tags, allowed), ErrorCode::kUnsupported);
  for (const auto method :
       {EmvSessionKeyMethod::kNone, EmvSessionKeyMethod::kCommon, EmvSessionKeyMethod::kEmv2000}) {
    allowed.session_key = method;
    const auto arqc = Read(tags, allowed, PanOf("1234567890123456"), 0);
    ASSERT_TRUE(arqc.ok());
    EXPECT_EQ(arqc->profile.session_key, method);
  }
  tags[emv_tags::kIssuerApplicationData] = Hex("06012C03A0B800");
  EXPECT_EQ(ReadCode(tags, allowed), ErrorCode::kUnsupported);
}

TEST(EmvProfile, CountersOfAnotherLengthAreInDoubt) {
  EmvAllowedProfiles allowed = EveryEmvProfile(EmvScheme::kMastercard);
  constexpr std::uint8_t kCvns[] = {0x10, 0x11, 0x14, 0x15};
  for (const std::uint8_t cvn : kCvns) {
    const bool takes_counters = (cvn & 1) != 0;
    for (const std::size_t size : {18, 20, 26, 28}) {
      Tags tags = Visa18();
      Bytes iad(size, 0x03);
      iad[1] = cvn;
      tags[emv_tags::kIssuerApplicationData] = iad;
      allowed.unproven = false;
      const bool doubtful = takes_counters && size > 20;
      EXPECT_EQ(ReadCode(tags, allowed), doubtful ? ErrorCode::kPermissionDenied : ErrorCode::kOk)
          << int{cvn} << " " << size;
      allowed.unproven = true;
      const auto arqc = Read(tags, allowed, PanOf("1234567890123456"), 0);
      ASSERT_TRUE(arqc.ok());
      EXPECT_EQ(arqc->profile.proven, !doubtful) << int{cvn} << " " << size;
    }
  }
}

TEST(EmvProfile, QvsdcTakesOneByteOfTheCvr) {
  Tags tags = Visa18();
  tags[emv_tags::kIssuerApplicationData] = Hex("06011103A0B800");
  EmvAllowedProfiles allowed = EveryEmvProfile(EmvScheme::kVisa);
  EXPECT_EQ(ReadCode(tags, allowed), ErrorCode::kPermissionDenied);
  allowed.unproven = true;
  const auto arqc = Read(tags, allowed, PanOf("1234567890123456"), 0);
  ASSERT_TRUE(arqc.ok());
  EXPECT_TRUE(SameBytes(arqc->input(), Hex("00000000400052BF4585001CA0")));
  EXPECT_EQ(arqc->profile.arpc.method, EmvArpcMethod::kNone);
}

TEST(EmvProfile, EveryMissingTagIsRefused) {
  for (const auto& [tag, value] : Visa18()) {
    Tags tags = Visa18();
    tags.erase(tag);
    const auto arqc = Read(tags, OnlyVisa18(), PanOf("1234567890123456"), 0);
    ASSERT_FALSE(arqc.ok());
    EXPECT_EQ(arqc.code(), ErrorCode::kNotFound);
    EXPECT_EQ(arqc.error().detail(), tag);
  }
}

TEST(EmvProfile, AnotherCardIsRefused) {
  const EmvAllowedProfiles allowed = OnlyVisa18();
  const Pan pan = PanOf("123456789012345");
  const auto code = [&](EmvTag tag, std::string_view value, std::uint8_t psn) {
    Tags tags = Visa18();
    tags[tag] = Hex(value);
    return Read(tags, allowed, pan, psn).code();
  };
  EXPECT_EQ(code(emv_tags::kPan, "123456789012345F", 0), ErrorCode::kOk);
  EXPECT_EQ(code(emv_tags::kPan, "123456789012345FFF", 0), ErrorCode::kOk);
  EXPECT_EQ(code(emv_tags::kPan, "123456789012346F", 0), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kPan, "1234567890123450", 0), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kPan, "12345678901234A5", 0), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kPan, "", 0), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kPanSequenceNumber, "12", 12), ErrorCode::kOk);
  EXPECT_EQ(code(emv_tags::kPanSequenceNumber, "0C", 12), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kPanSequenceNumber, "01", 0), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kCryptogramInformation, "80", 0), ErrorCode::kOk);
  EXPECT_EQ(code(emv_tags::kCryptogramInformation, "40", 0), ErrorCode::kMalformed);
  EXPECT_EQ(code(emv_tags::kCryptogramInformation, "00", 0), ErrorCode::kMalformed);
  EXPECT_EQ(Read(Visa18(), allowed, pan, 100).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Read(Visa18(), allowed, Pan(), 0).code(), ErrorCode::kInvalidArgument);
}

TEST(EmvProfile, ATraceOfAMismatchShowsNoCryptogram) {
  Tags tags = Visa18();
  tags[emv_tags::kCryptogram] = Bytes(8, 0);
  const Pan pan = PanOf("1234567890123456");
  const auto arqc = Read(tags, OnlyVisa18(), pan, 0);
  const auto trace = TraceArqc(KeyOf(Hex("0123456789ABCDEFFEDCBA9876543210")), *arqc, pan);
  ASSERT_TRUE(trace.ok());
  EXPECT_FALSE(trace->matches);
  EXPECT_EQ(ToJson(*trace).value(),
            "{\"profile\":\"Visa CVN 18\",\"proven\":true,\"dki\":1,\"psn\":0,\"atc\":28,"
            "\"un\":\"52BF4585\",\"master_key_option\":\"B\","
            "\"session_key_method\":\"EMV common\",\"input\":\"000000004000000000000000012480000480"
            "0001241911050152BF45851800001C06011203A0B800\",\"padding\":\"ISO 9797-1 method 2\","
            "\"issuer_key_kcv\":\"08D7B4\",\"icc_key_kcv\":\"" +
                HexEncode(trace->icc_key, HexCase::kUpper) + "\",\"session_key_kcv\":\"" +
                HexEncode(trace->session_key, HexCase::kUpper) +
                "\",\"arqc\":\"0000000000000000\",\"matches\":false}");
}

TEST(EmvProfile, TableKeysAreUniqueAndOpenRowsAreInDoubt) {
  const auto rows = EmvProfiles();
  for (const EmvProfile& row : rows) {
    for (const EmvProfile& other : rows) {
      EXPECT_TRUE(&row == &other || row.scheme != other.scheme || row.format != other.format ||
                  row.cvn != other.cvn)
          << row.name;
    }
    EXPECT_TRUE(row.session_key.has_value() || !row.proven) << row.name;
    EXPECT_TRUE(row.proven || !row.script.proven) << row.name;
  }
}

// --- properties ----------------------------------------------------------------------------------

Bytes RandomIad(const EmvProfile& row, Dice& dice) {
  const auto with = [&](std::size_t size,
                        std::initializer_list<std::pair<std::size_t, int>> fixed) {
    Bytes iad = dice.Some(size);
    for (const auto& [offset, value] : fixed) iad[offset] = static_cast<std::uint8_t>(value);
    return iad;
  };
  constexpr std::size_t kMchipSizes[] = {18, 20, 26, 28};
  switch (row.format) {
    case EmvIadFormat::kVis013: return with(7 + dice.Below(26), {{0, 6}, {2, row.cvn}, {3, 3}});
    case EmvIadFormat::kVis24: return with(32, {{0, 0x1F}, {1, row.cvn}});
    case EmvIadFormat::kCcd: return with(32, {{0, 0x0F}, {1, row.cvn}, {16, 0x0F}});
    case EmvIadFormat::kMchip: return with(kMchipSizes[dice.Below(4)], {{1, row.cvn}});
    case EmvIadFormat::kInterac: return with(22, {{0, 0x15}, {2, row.cvn}, {3, 4}});
    case EmvIadFormat::kPboc: return with(8 + dice.Below(25), {{0, 7}, {2, row.cvn}, {3, 3}});
  }
  return {};
}

// Every row, with everything that it leaves open named.
TEST(EmvProfile, WhatACardSignsVerifiesAndNothingElse) {
  Dice dice(kSeed);
  for (int round = 0; round < 20; ++round) {
    for (const EmvProfile& row : EmvProfiles()) {
      EmvAllowedProfiles allowed = EveryEmvProfile(row.scheme);
      allowed.unproven = true;
      if (!row.master_key.has_value()) allowed.master_key = EmvMasterKeyOption::kBEveryLength;
      if (!row.session_key.has_value()) {
        allowed.session_key = static_cast<EmvSessionKeyMethod>(dice.Below(5));
      }
      Tags tags = Visa18();
      for (auto& [tag, value] : tags) value = dice.Some(value.size());
      tags[emv_tags::kIssuerApplicationData] = RandomIad(row, dice);
      const Pan pan = PanOf(dice.Digits(12 + dice.Below(8)));
      const auto psn = static_cast<std::uint8_t>(dice.Below(100));
      const bool aes = row.master_key == EmvMasterKeyOption::kC;
      const EmvKey issuer_key =
          KeyOf(dice.Some(16), aes ? EmvAlgorithm::kAes : EmvAlgorithm::kTdes);

      auto arqc = Read(tags, allowed, pan, psn);
      ASSERT_TRUE(arqc.ok()) << row.name << " seed " << kSeed;
      EXPECT_EQ(arqc->profile.name, std::string(row.name));
      const auto keys = DeriveCardKeys(issuer_key, *arqc, pan);
      ASSERT_TRUE(keys.ok()) << row.name << " seed " << kSeed;
      ASSERT_TRUE(
          ApplicationCryptogram(keys->session_key, row.padding, arqc->input(), arqc->arqc).ok());
      EXPECT_TRUE(VerifyArqc(*keys, *arqc).ok()) << row.name << " seed " << kSeed;
      EmvArqc changed = *arqc;
      const std::uint32_t bit = dice.Below(static_cast<std::uint32_t>(8 * changed.input_size));
      changed.input_bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_EQ(VerifyArqc(*keys, changed).code(), ErrorCode::kVerificationFailed)
          << row.name << " bit " << bit << " seed " << kSeed;
    }
  }
}

}  // namespace
}  // namespace florin::card
