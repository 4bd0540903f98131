// The contract of issuer keys bound to EMV profiles: field 55 in, verdict and answer out.
#include <algorithm>
#include <string>
#include <vector>

#include "florin/base/pan.h"
#include "florin/card/emv_iad.h"
#include "tests/crypto/card/emv_field55_util.h"
#include "tests/crypto/hsm/session_contract.h"
#include "tools/vectors/vector_file.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;
using card::EmvField55;
using card::EmvTags;
using card::EmvTagsOf;
using vectors::TestCase;
using vectors::VectorFile;

constexpr const char* kVectors = FLORIN_SOURCE_DIR "/tests/vectors/card/emv_profiles.json";
constexpr const char* kImk = "0123456789ABCDEFFEDCBA9876543210";

EmvAllowedProfiles OnlyVisa18() {
  EmvAllowedProfiles allowed;
  allowed.scheme = card::EmvScheme::kVisa;
  allowed.cvns.set(0x12);
  allowed.dkis.set(1);
  return allowed;
}

EmvAllowedProfiles AllVisa() { return card::EveryEmvProfile(card::EmvScheme::kVisa); }

// Visa CVN 18 of pyemv (emv_profiles.json: profile-visa18).
EmvTags Visa18() {
  EmvTags tags;
  const std::pair<card::EmvTag, const char*> kTags[] = {
      {0x9F02, "000000004000"},
      {0x9F03, "000000000000"},
      {0x9F1A, "0124"},
      {0x95, "8000048000"},
      {0x5F2A, "0124"},
      {0x9A, "191105"},
      {0x9C, "01"},
      {0x9F37, "52BF4585"},
      {0x82, "1800"},
      {0x9F36, "001C"},
      {0x9F10, "06011203A0B800"},
      {0x9F26, "7A788EA6B8A3E733"},
  };
  for (const auto& [tag, value] : kTags) tags[tag] = Hex(value);
  return tags;
}

class SessionContractEmvProfiles : public SessionContract {
 protected:
  KeyHandle Issuer(const std::optional<EmvAllowedProfiles>& allowed, char mode = 'C',
                   std::string_view imk = kImk) {
    KeyTemplate key =
        Template(KeyType::kDes3, 16,
                 mode == 'C' ? VerbSet{Verb::kSign, Verb::kVerify} : VerbSet{Verb::kSign});
    key.rules.header =
        *KeyBlockHeader::Parse(std::string("D0000E0T") + mode + std::string("00N0000"));
    key.rules.emv = allowed;
    return ImportHex(key, imk);
  }

  EmvAuthorization Both() {
    return {.card = {&pan_, 0}, .arc = {{0x30, 0x30}}, .csu = {{0, 0, 0, 0}}};
  }

  ErrorCode Authorize(KeyHandle key, const EmvTags& tags) {
    Bytes out(kMaxIssuerAuthenticationData);
    return session().Sign(Both(), key, EmvField55(tags), out).code();
  }

  Pan pan_ = std::move(Pan::Parse("1234567890123456")).value();
};

Bytes AnswerOf(const TestCase& test) {
  Bytes answer = test.Hex("arpc");
  const Bytes code = test.Hex(test.Has("arc") ? "arc" : "csu");
  answer.insert(answer.end(), code.begin(), code.end());
  return answer;
}

EmvAuthorization ParameterOf(const TestCase& test, const Pan& pan) {
  EmvAuthorization parameter;
  parameter.card = {&pan, static_cast<std::uint8_t>(std::stoi(test.Text("psn")))};
  if (test.Has("arc")) {
    parameter.arc.emplace();
    std::ranges::copy(test.Hex("arc"), parameter.arc->begin());
  } else {
    parameter.csu.emplace();
    std::ranges::copy(test.Hex("csu"), parameter.csu->begin());
  }
  return parameter;
}

TEST_P(SessionContractEmvProfiles, PublishedProfiles) {
  CONTRACT_NEEDS(kEmvAuthorization, kSign);
  const VectorFile file = VectorFile::Load(kVectors);
  int checked = 0;
  for (const auto* group : file.GroupsOf("profile")) {
    for (const TestCase& test : group->tests) {
      const auto scheme = card::EmvSchemeOf(test.Text("scheme"));
      const Pan pan = std::move(Pan::Parse(test.Text("pan"))).value();
      const EmvAuthorization parameter = ParameterOf(test, pan);
      const Bytes field55 = EmvField55(EmvTagsOf(test));
      const Bytes arqc = EmvTagsOf(test).at(card::emv_tags::kCryptogram);
      for (const char mode : {'C', 'V', 'N', 'X'}) {
        const KeyHandle key = Issuer(card::EveryEmvProfile(scheme), mode, test.Text("imk_ac"));
        Bytes answer(kMaxIssuerAuthenticationData);
        const auto written = session().Sign(parameter, key, field55, answer);
        ASSERT_TRUE(written.ok()) << test.place() << " " << written.error().message();
        answer.resize(*written);
        EXPECT_EQ(HexOf(answer), HexOf(AnswerOf(test))) << test.place();
        if (mode != 'C') continue;
        EXPECT_TRUE(session().Verify(parameter, key, field55, arqc).ok()) << test.place();

        // Room for what this profile answers suffices, and one byte less does not.
        EXPECT_TRUE(session().Sign(parameter, key, field55, answer).ok()) << test.place();
        EXPECT_EQ(session().Sign(parameter, key, field55, MutableBytes(answer).subspan(1)).code(),
                  ErrorCode::kBufferTooSmall)
            << test.place();
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 8);
}

TEST_P(SessionContractEmvProfiles, AWrongArqcIsNeverAnswered) {
  CONTRACT_NEEDS(kEmvAuthorization, kSign);
  const KeyHandle key = Issuer(OnlyVisa18());
  ASSERT_EQ(Authorize(key, Visa18()), ErrorCode::kOk);
  EmvTags wrong = Visa18();
  wrong[0x9F26][7] ^= 1;
  Bytes answer(kMaxIssuerAuthenticationData);
  EXPECT_EQ(session().Sign(Both(), key, EmvField55(wrong), answer).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(answer, Bytes(answer.size()));
  const Bytes field55 = EmvField55(Visa18());
  EXPECT_EQ(session().Verify(Both(), key, EmvField55(wrong), wrong[0x9F26]).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(session().Verify(Both(), key, field55, wrong[0x9F26]).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(session().Verify(Both(), key, field55, Bytes(7)).code(),
            ErrorCode::kVerificationFailed);

  EmvTags other_amount = Visa18();
  other_amount[0x9F02][5] ^= 1;
  EXPECT_EQ(Authorize(key, other_amount), ErrorCode::kVerificationFailed);
  EmvAuthorization other_card = Both();
  const Pan other = std::move(Pan::Parse("1234567890123457")).value();
  other_card.card.pan = &other;
  EXPECT_EQ(session().Sign(other_card, key, field55, answer).code(),
            ErrorCode::kVerificationFailed);
  other_card = Both();
  other_card.card.psn = 1;
  EXPECT_EQ(session().Sign(other_card, key, field55, answer).code(),
            ErrorCode::kVerificationFailed);
}

TEST_P(SessionContractEmvProfiles, TheKeyDecidesWhatIsServed) {
  CONTRACT_NEEDS(kEmvAuthorization, kSign);
  const KeyHandle key = Issuer(OnlyVisa18());
  EmvTags tags = Visa18();
  tags[0x9F10] = Hex("06010A03A0B800");  // a weaker CVN
  EXPECT_EQ(Authorize(key, tags), ErrorCode::kPermissionDenied);
  tags[0x9F10] = Hex("06021203A0B800");  // another DKI
  EXPECT_EQ(Authorize(key, tags), ErrorCode::kPermissionDenied);
  tags[0x9F10] = Hex("06010E03A0B800");  // in doubt
  EXPECT_EQ(Authorize(Issuer(AllVisa()), tags), ErrorCode::kPermissionDenied);
  tags[0x9F10] = Hex("06013303A0B800");  // issuer proprietary
  EXPECT_EQ(Authorize(Issuer(AllVisa()), tags), ErrorCode::kUnsupported);
  EmvAllowedProfiles mastercard = AllVisa();
  mastercard.scheme = card::EmvScheme::kMastercard;
  EXPECT_EQ(Authorize(Issuer(mastercard), Visa18()), ErrorCode::kMalformed);

  for (const auto& [tag, value] : Visa18()) {
    EmvTags fewer = Visa18();
    fewer.erase(tag);
    EXPECT_EQ(Authorize(key, fewer), ErrorCode::kMalformed) << std::hex << tag;
  }
  Bytes out(kMaxIssuerAuthenticationData);
  EXPECT_EQ(session().Sign(Both(), key, Hex("9F26"), out).code(), ErrorCode::kMalformed);
  EmvTags with_pan = Visa18();
  with_pan[0x5A] = Hex("1234567890123457");
  EXPECT_EQ(Authorize(key, with_pan), ErrorCode::kMalformed);
}

TEST_P(SessionContractEmvProfiles, TheAnswerIsTheOneOfTheProfile) {
  CONTRACT_NEEDS(kEmvAuthorization, kSign);
  const KeyHandle key = Issuer(OnlyVisa18());
  const Bytes field55 = EmvField55(Visa18());
  Bytes out(kMaxIssuerAuthenticationData);
  EmvAuthorization arc_only = Both();
  arc_only.csu.reset();
  EXPECT_EQ(session().Sign(arc_only, key, field55, out).code(), ErrorCode::kInvalidArgument);
  const Bytes nine(9);
  EmvAuthorization proprietary = Both();
  proprietary.proprietary = nine;
  EXPECT_EQ(session().Sign(proprietary, key, field55, out).code(), ErrorCode::kInvalidArgument);
  proprietary.proprietary = ByteView(nine).first(8);
  EXPECT_EQ(session().Sign(proprietary, key, field55, out).value(), 16U);
  proprietary.csu.reset();
  EXPECT_EQ(session().Sign(proprietary, key, field55, out).code(), ErrorCode::kInvalidArgument);
  EmvAuthorization nobody = Both();
  nobody.card.pan = nullptr;
  EXPECT_EQ(session().Sign(nobody, key, field55, out).code(), ErrorCode::kInvalidArgument);
}

TEST_P(SessionContractEmvProfiles, AKeyServesProfilesOrRawMechanismsNotBoth) {
  CONTRACT_NEEDS(kEmvAuthorization, kSign);
  const KeyHandle bound = Issuer(OnlyVisa18());
  const EmvCardAndAtc card{.pan = &pan_, .atc = 28, .option = EmvMasterKeyOption::kB};
  const Bytes data(29, 1);
  Bytes out(kMaxEmvTrace);
  const ErrorCode denied = ErrorCode::kPermissionDenied;
  EXPECT_EQ(session().Sign(EmvCryptogram{card}, bound, data, out).code(), denied);
  EXPECT_EQ(session().Verify(EmvCryptogram{card}, bound, data, Bytes(8)).code(), denied);
  EXPECT_EQ(session().Sign(EmvArpc{.card = card, .csu = {}}, bound, Bytes(8), out).code(), denied);
  EXPECT_EQ(
      session().Sign(EmvVerifiedArpc{.arpc = {.card = card, .csu = {}}}, bound, data, out).code(),
      denied);

  const KeyHandle raw = Issuer(std::nullopt);
  const Bytes field55 = EmvField55(Visa18());
  EXPECT_EQ(session().Sign(Both(), raw, field55, out).code(), denied);
  EXPECT_EQ(session().Sign(EmvArqcTrace{{&pan_, 0}}, raw, field55, out).code(), denied);
  // Who may only generate cryptograms verifies none.
  const KeyHandle generator = Issuer(OnlyVisa18(), 'G');
  EXPECT_EQ(session().Sign(Both(), generator, field55, out).code(), denied);
  EXPECT_EQ(session().Sign(EmvArqcTrace{{&pan_, 0}}, generator, field55, out).code(), denied);
}

TEST_P(SessionContractEmvProfiles, ATraceSaysWhyAndTellsNoSecret) {
  CONTRACT_NEEDS(kEmvArqcTrace, kSign);
  const KeyHandle key = Issuer(OnlyVisa18(), 'V');
  EmvTags wrong = Visa18();
  wrong[0x9F26] = Bytes(8);
  for (const bool right : {true, false}) {
    Bytes out(kMaxEmvTrace);
    const auto written =
        session().Sign(EmvArqcTrace{{&pan_, 0}}, key, EmvField55(right ? Visa18() : wrong), out);
    ASSERT_TRUE(written.ok()) << written.error().message();
    const std::string text(AsText(ByteView(out).first(*written)));
    const auto says = [&](const char* part) { return text.find(part) != std::string::npos; };
    EXPECT_TRUE(says(right ? "\"matches\":true" : "\"matches\":false")) << text;
    EXPECT_TRUE(says("Visa CVN 18")) << text;
    EXPECT_TRUE(says("\"issuer_key_kcv\":\"08D7B4\"")) << text;
    EXPECT_FALSE(says("1234567890123456")) << text;
    EXPECT_EQ(says("7A788EA6B8A3E733"), right) << text;
  }
}

TEST_P(SessionContractEmvProfiles, ABatchEqualsSingles) {
  CONTRACT_NEEDS(kEmvAuthorization, kSign);
  const KeyHandle key = Issuer(AllVisa());
  constexpr std::size_t kItems = 40;
  std::vector<Bytes> inputs;
  for (std::size_t i = 0; i < kItems; ++i) {
    EmvTags tags = Visa18();
    if (i % 3 == 1) tags[0x9F26][0] ^= 1;
    if (i % 5 == 2) tags.erase(0x9F37);
    inputs.push_back(EmvField55(tags));
  }
  const Mechanism parameter = Both();
  std::vector<Bytes> outputs(kItems, Bytes(kMaxIssuerAuthenticationData));
  std::vector<BatchItem> items(kItems);
  for (std::size_t i = 0; i < kItems; ++i) {
    if (i % 2 == 1) items[i].parameter = &parameter;
    items[i].input = inputs[i];
    items[i].output = outputs[i];
  }
  ASSERT_TRUE(session().RunBatch(Verb::kSign, parameter, key, items).ok());
  for (std::size_t i = 0; i < kItems; ++i) {
    Bytes single(kMaxIssuerAuthenticationData);
    const auto written = session().Sign(parameter, key, inputs[i], single);
    EXPECT_EQ(items[i].status.code(), written.code()) << i;
    if (!written.ok()) continue;
    EXPECT_EQ(items[i].written, *written);
    EXPECT_EQ(outputs[i], single);
  }
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractEmvProfiles, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
