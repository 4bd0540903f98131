// The contract of card mechanisms by published values: TDES MACs and card verification values.
#include <string>
#include <vector>

#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;
using card::MacAlgorithm;

// --- MACs ---

Bytes MessageOf(const TestCase& test) {
  return test.Has("text") ? TextBytes(test.Text("text")) : test.Hex("data");
}

TEST_P(SessionContractCard, PublishedIso9797Macs) {
  CONTRACT_NEEDS(kIso9797Mac, kSign);
  const VectorFile file = Load("mac.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("iso9797")) {
    for (const TestCase& test : group->tests) {
      const bool first = test.Number("algorithm") == 1;
      const Bytes mac = test.Hex("mac");
      const auto method = test.Number("padding");
      Iso9797Mac mechanism;
      mechanism.method.algorithm =
          first ? MacAlgorithm::kIso9797Algorithm1 : MacAlgorithm::kIso9797Algorithm3;
      mechanism.method.padding = method == 1   ? MacPadding::kMethod1
                                 : method == 2 ? MacPadding::kMethod2
                                               : MacPadding::kMethod3;
      mechanism.mac_length = mac.size();
      const Bytes key = test.Hex("key");
      ASSERT_TRUE(IsTdes(key)) << test.place();
      ExpectValue(test.place(), mechanism,
                  Keyed(KeyType::kDes3, key.size(), kBoth, first ? "M1TC" : "M3TC"),
                  test.Text("key"), MessageOf(test), mac);
      ++checked;
    }
  }
  for (const auto* group : file.GroupsOf("cmac")) {
    for (const TestCase& test : group->tests) {
      if (test.Text("cipher") != "TDES") continue;
      Iso9797Mac mechanism;
      mechanism.method.algorithm = MacAlgorithm::kCmacTdes;
      mechanism.mac_length = test.Hex("mac").size();
      ExpectValue(test.place(), mechanism,
                  Keyed(KeyType::kDes3, test.Hex("key").size(), kBoth, "M6TC"), test.Text("key"),
                  MessageOf(test), test.Hex("mac"));
      ++checked;
    }
  }
  EXPECT_GE(checked, 10);
}

TEST_P(SessionContractCard, PublishedTdesCmacs) {
  CONTRACT_NEEDS(kTdesCmac, kSign);
  const VectorFile file = Load("mac.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("cmac")) {
    for (const TestCase& test : group->tests) {
      if (test.Text("cipher") != "TDES") continue;
      ExpectMac(TdesCmac{test.Hex("mac").size()},
                Template(KeyType::kDes3, test.Hex("key").size(), kBoth), test.Text("key"),
                HexOf(MessageOf(test)), test.Text("mac"));
      ++checked;
    }
  }
  EXPECT_GE(checked, 4);
}

TEST_P(SessionContractCard, AMacKeyServesTheAlgorithmOfItsUsage) {
  CONTRACT_NEEDS(kIso9797Mac, kSign);
  constexpr char kKey[] = "0123456789ABCDEFFEDCBA9876543210";
  const struct {
    MacAlgorithm algorithm;
    const char* usages;
  } kAlgorithms[] = {{MacAlgorithm::kIso9797Algorithm1, "M0M1"},
                     {MacAlgorithm::kIso9797Algorithm3, "M3"},
                     {MacAlgorithm::kAs2805Part41, "M3"},
                     {MacAlgorithm::kCmacTdes, "M6"}};
  for (const std::string usage : {"M0", "M1", "M3", "M6"}) {
    const KeyHandle key = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, usage + "TC"), kKey);
    for (const auto& row : kAlgorithms) {
      const Iso9797Mac mechanism{{row.algorithm}, 8};
      const bool fits = std::string(row.usages).find(usage) != std::string::npos;
      EXPECT_EQ(SignCode(mechanism, key, Bytes(9)),
                fits ? ErrorCode::kOk : ErrorCode::kPermissionDenied)
          << usage;
      EXPECT_EQ(session().Verify(mechanism, key, Bytes(9), Bytes(8)).code(),
                fits ? ErrorCode::kVerificationFailed : ErrorCode::kPermissionDenied)
          << usage;
    }
  }
  const KeyHandle key = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "M3TC"), kKey);
  for (const std::size_t length : {0U, 3U, 9U}) {
    EXPECT_EQ(SignCode(Iso9797Mac{card::kX919Mac, length}, key), ErrorCode::kInvalidArgument);
  }
  for (const MacAlgorithm other : {MacAlgorithm::kCmacAes, MacAlgorithm::kHmac}) {
    EXPECT_EQ(SignCode(Iso9797Mac{{other}, 8}, key), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(SignCode(Iso9797Mac{{MacAlgorithm::kAs2805Part41, MacPadding::kMethod2}, 8}, key),
            ErrorCode::kInvalidArgument);
}

// --- card verification values ---

CardVerification ValueOf(CardVerificationKind kind, const TestCase& test, const Pan& pan) {
  CardVerification value;
  value.kind = kind;
  value.pan = &pan;
  if (test.Has("expiry")) value.expiry = *card::Expiry::Parse(test.Text("expiry"));
  if (test.Has("service_code")) {
    value.service_code = *card::ServiceCode::Parse(test.Text("service_code"));
  }
  if (test.Has("psn")) value.psn = Number8(test.Text("psn"));
  if (test.Has("option") && test.Text("option") == "B") {
    value.option = card::EmvMasterKeyOption::kB;
  }
  if (test.Has("atc")) value.atc = CounterOf(test.Hex("atc"));
  if (test.Has("un")) value.unpredictable_number = ArrayOf<4>(test.Hex("un"));
  return value;
}

TEST_P(SessionContractCard, PublishedCvvs) {
  CONTRACT_NEEDS(kCardVerification, kSign);
  const VectorFile file = Load("card_verification.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("cvv")) {
    for (const TestCase& test : group->tests) {
      if (!IsTdes(test.Hex("cvk"))) continue;
      const Pan pan = PanOf(test.Text("pan"));
      CardVerification value = ValueOf(CardVerificationKind::kCvv, test, pan);
      const Bytes expected = TextBytes(test.Text("cvv"));
      value.digits = static_cast<std::uint8_t>(expected.size());
      const KeyTemplate key = Keyed(KeyType::kDes3, 16, {Verb::kVerify}, "C0TC");
      if (test.valid) {
        ExpectValue(test.place(), value, key, test.Text("cvk"), {}, expected);
      } else {
        ExpectVerdict(test.place(), value, ImportHex(key, test.Text("cvk")), {}, expected, false);
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 8);
}

TEST_P(SessionContractCard, PublishedAmexCodes) {
  CONTRACT_NEEDS(kCardVerification, kSign);
  const VectorFile file = Load("card_verification.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("csc")) {
    for (const TestCase& test : group->tests) {
      const Pan pan = PanOf(test.Text("pan"));
      CardVerification value =
          ValueOf(test.Has("service_code") ? CardVerificationKind::kCscVersion2
                                           : CardVerificationKind::kCscVersion1,
                  test, pan);
      for (const int digits : {3, 4, 5}) {
        const std::string name = "csc" + std::to_string(digits);
        if (!test.Has(name)) continue;
        value.digits = static_cast<std::uint8_t>(digits);
        ExpectValue(test.place(), value, Keyed(KeyType::kDes3, 16, kBoth, "C0TC"),
                    test.Text("csck"), {}, TextBytes(test.Text(name)));
        ++checked;
      }
    }
  }
  EXPECT_GE(checked, 5);
}

TEST_P(SessionContractCard, DynamicValuesUnderTheIssuersKey) {
  CONTRACT_NEEDS(kCardVerification, kSign);
  const VectorFile file = Load("card_verification.json");
  int checked = 0;
  const KeyTemplate issuer = Keyed(KeyType::kDes3, 16, kBoth, "E4TC");
  for (const auto* group : file.GroupsOf("dcvv")) {
    for (const TestCase& test : group->tests) {
      // Values under a card's key are not offered.
      if (!test.Has("imk") || !IsTdes(test.Hex("imk"))) continue;
      const Pan pan = PanOf(test.Text("pan"));
      ExpectValue(test.place(), ValueOf(CardVerificationKind::kDcvv, test, pan), issuer,
                  test.Text("imk"), {}, TextBytes(test.Text("dcvv")));
      ++checked;
    }
  }
  for (const auto* group : file.GroupsOf("cvc3")) {
    for (const TestCase& test : group->tests) {
      if (!test.Has("imk") || !IsTdes(test.Hex("imk"))) continue;
      const Pan pan = PanOf(test.Text("pan"));
      CardVerification value = ValueOf(CardVerificationKind::kCvc3, test, pan);
      const std::string five = test.Text("cvc3");
      for (std::size_t digits = 3; digits <= 5; ++digits) {
        value.digits = static_cast<std::uint8_t>(digits);
        ExpectValue(test.place(), value, issuer, test.Text("imk"), test.Hex("track"),
                    TextBytes(five.substr(5 - digits)));
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 3);
}

TEST_P(SessionContractCard, AVerificationKeyServesTheValuesOfItsUsage) {
  CONTRACT_NEEDS(kCardVerification, kSign);
  constexpr char kKey[] = "0123456789ABCDEFFEDCBA9876543210";
  const Pan pan = PanOf("371234567890123");
  const KeyHandle c0 = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "C0TC"), kKey);
  const KeyHandle e4 = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "E4TX"), kKey);
  const KeyHandle generator = ImportHex(Keyed(KeyType::kDes3, 16, {Verb::kSign}, "C0TG"), kKey);
  using Kind = CardVerificationKind;
  for (const Kind kind :
       {Kind::kCvv, Kind::kCscVersion1, Kind::kCscVersion2, Kind::kDcvv, Kind::kCvc3}) {
    CardVerification value;
    value.kind = kind;
    value.pan = &pan;
    const bool dynamic = kind == Kind::kDcvv || kind == Kind::kCvc3;
    const Bytes input(kind == Kind::kCvc3 ? 19 : 0);
    EXPECT_EQ(SignCode(value, dynamic ? e4 : c0, input), ErrorCode::kOk);
    EXPECT_EQ(SignCode(value, dynamic ? c0 : e4, input), ErrorCode::kPermissionDenied);
    EXPECT_EQ(SignCode(value, dynamic ? e4 : c0, Bytes(kind == Kind::kCvc3 ? 129 : 1)),
              ErrorCode::kMalformed);
    if (!dynamic) {
      EXPECT_EQ(session().Verify(value, generator, {}, TextBytes("000")).code(),
                ErrorCode::kPermissionDenied);
    }
    value.digits = 2;
    EXPECT_EQ(SignCode(value, dynamic ? e4 : c0, input), ErrorCode::kInvalidArgument);
    value.digits = 9;
    EXPECT_EQ(SignCode(value, dynamic ? e4 : c0, input), ErrorCode::kInvalidArgument);
  }
}

TEST_P(SessionContractCard, ABatchOfCardsEqualsSingles) {
  CONTRACT_NEEDS(kCardVerification, kSign);
  const KeyHandle key =
      ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "C0TC"), "0123456789ABCDEFFEDCBA9876543210");
  constexpr std::size_t kCards = 30;
  std::vector<Pan> pans;
  for (std::size_t i = 0; i < kCards; ++i) {
    pans.push_back(PanOf("41234567890" + std::to_string(10000 + i * 37)));
  }
  std::vector<Mechanism> parameters;
  std::vector<Bytes> outputs(kCards, Bytes(3));
  std::vector<BatchItem> items(kCards);
  for (const Pan& pan : pans) {
    CardVerification value;
    value.pan = &pan;
    parameters.emplace_back(value);
  }
  for (std::size_t i = 0; i < kCards; ++i) {
    items[i].parameter = &parameters[i];
    items[i].output = outputs[i];
  }
  ASSERT_TRUE(session().RunBatch(Verb::kSign, parameters[0], key, items).ok());
  for (std::size_t i = 0; i < kCards; ++i) {
    ASSERT_TRUE(items[i].status.ok()) << i << " " << items[i].status.error().message();
    Bytes single(3);
    ASSERT_TRUE(session().Sign(parameters[i], key, {}, single).ok());
    EXPECT_EQ(HexOf(outputs[i]), HexOf(single)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractCard, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
