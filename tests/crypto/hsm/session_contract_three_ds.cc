// The contract of 3-D Secure by published values, and of the keys that serve it alone.
#include <string>
#include <vector>

#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;

class SessionContractThreeDs : public SessionContractCard {};

const std::vector<MechanismType> kThreeDsOnly = {MechanismType::kThreeDsAuthentication};

TEST_P(SessionContractThreeDs, PublishedCavvs) {
  CONTRACT_NEEDS(kThreeDsAuthentication, kSign);
  const VectorFile file = Load("three_ds.json");
  const KeyTemplate key = Keyed(KeyType::kDes3, 16, kBoth, "C0TC", kThreeDsOnly);
  int checked = 0;
  for (const char* type : {"cavv_output", "cavv", "aav_cvc2_digits"}) {
    for (const auto* group : file.GroupsOf(type)) {
      for (const TestCase& test : group->tests) {
        if (!IsTdes(test.Hex("cvk"))) continue;
        const Pan pan = PanOf(test.Text("pan"));
        ThreeDsAuthentication value;
        value.pan = &pan;
        const bool full = test.Has("pan_form") && test.Text("pan_form") == "full";
        value.pan_form = full ? card::CavvPanForm::kFullPan : card::CavvPanForm::kRightmost16;
        if (test.Has("cavv")) {
          const card::VisaCavv cavv = std::move(card::VisaCavv::Parse(test.Hex("cavv"))).value();
          value.tracking = cavv.tracking();
          value.result_code = cavv.result_code;
          value.second_factor = cavv.second_factor;
          const Bytes output = TextBytes(std::string(cavv.output.Read(SecretAccess{})));
          if (test.valid) {
            ExpectValue(test.place(), value, key, test.Text("cvk"), {}, output);
          } else {
            ExpectVerdict(test.place(), value, ImportHex(key, test.Text("cvk")), {}, output, false);
          }
        } else {
          // The CVC2 inside an AAV is a CAVV output of result code 1 and second factor 40.
          value.tracking = *card::CavvTracking::Parse(test.Text("tracking"));
          value.result_code = test.Has("result_code") ? Number8(test.Text("result_code")) : 1;
          value.second_factor =
              test.Has("second_factor") ? Number8(test.Text("second_factor")) : 40;
          ExpectValue(test.place(), value, key, test.Text("cvk"), {},
                      TextBytes(test.Text("output")));
        }
        ++checked;
      }
    }
  }
  EXPECT_GE(checked, 5);
}

TEST_P(SessionContractThreeDs, PublishedAavs) {
  CONTRACT_NEEDS(kThreeDsAuthentication, kSign);
  const VectorFile file = Load("three_ds.json");
  int checked = 0;
  for (const auto* group : file.GroupsOf("spa_aav")) {
    for (const TestCase& test : group->tests) {
      const bool hmac = test.Text("mac") == "hmac-sha1";
      const Pan pan = PanOf(test.Text("pan"));
      const Bytes field = test.Hex("aav");
      const ByteView fields = ByteView(field).first(15);
      const Bytes mac(field.begin() + 15, field.end());
      ThreeDsAuthentication value;
      value.kind = hmac ? ThreeDsKind::kSpaAavHmac : ThreeDsKind::kSpaAavCvc2;
      value.pan = &pan;
      const KeyTemplate key = Keyed(hmac ? KeyType::kHmac : KeyType::kDes3, test.Hex("key").size(),
                                    kBoth, hmac ? "M7HC" : "C0TC", kThreeDsOnly);
      if (test.valid) {
        ExpectValue(test.place(), value, key, test.Text("key"), fields, mac);
      } else {
        ExpectVerdict(test.place(), value, ImportHex(key, test.Text("key")), fields, mac, false);
      }
      ++checked;
    }
  }
  for (const auto* group : file.GroupsOf("spa2_iav")) {
    for (const TestCase& test : group->tests) {
      const Pan pan = PanOf(test.Text("pan"));
      ThreeDsAuthentication value;
      value.kind = ThreeDsKind::kSpa2Iav;
      value.pan = &pan;
      value.amount = static_cast<std::uint64_t>(test.Number("amount"));
      value.currency = static_cast<std::uint16_t>(test.Number("currency"));
      value.ds_transaction_id = ArrayOf<4>(test.Hex("ds_transaction_id"));
      const Bytes field = test.Hex("iav");
      ExpectValue(test.place(), value, Keyed(KeyType::kHmac, 16, kBoth, "M7HC", kThreeDsOnly),
                  test.Text("key"), TextBytes(test.Text("merchant")),
                  Bytes(field.begin(), field.begin() + 6));
      ++checked;
    }
  }
  EXPECT_GE(checked, 7);
}

TEST_P(SessionContractThreeDs, ThreeDsKeysAreKeysOfTheirOwn) {
  CONTRACT_NEEDS(kThreeDsAuthentication, kSign);
  constexpr char kKey[] = "0123456789ABCDEFFEDCBA9876543210";
  const Pan pan = PanOf("4123456789012345");
  CardVerification cvv;
  cvv.pan = &pan;
  ThreeDsAuthentication cavv;
  cavv.pan = &pan;
  const KeyHandle cavv_key =
      ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "C0TC", kThreeDsOnly), kKey);
  EXPECT_EQ(SignCode(cavv, cavv_key), ErrorCode::kOk);
  EXPECT_EQ(SignCode(cvv, cavv_key), ErrorCode::kPermissionDenied);
  for (const auto& names : {std::vector<MechanismType>{},
                            std::vector<MechanismType>{MechanismType::kCardVerification}}) {
    const KeyHandle cvv_key = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "C0TC", names), kKey);
    EXPECT_EQ(SignCode(cvv, cvv_key), ErrorCode::kOk);
    EXPECT_EQ(SignCode(cavv, cvv_key), ErrorCode::kPermissionDenied);
    EXPECT_EQ(session().Verify(cavv, cvv_key, {}, TextBytes("000")).code(),
              ErrorCode::kPermissionDenied);
  }
  const auto material = std::move(HexDecodeSecret(kKey)).value();
  EXPECT_FALSE(
      session()
          .Import(Keyed(KeyType::kDes3, 16, kBoth, "C0TC",
                        {MechanismType::kCardVerification, MechanismType::kThreeDsAuthentication}),
                  material)
          .ok());
}

TEST_P(SessionContractThreeDs, TokenDomainRoundTrips) {
  CONTRACT_NEEDS(kThreeDsAuthentication, kSign);
  constexpr char kKey[] = "0123456789ABCDEFFEDCBA9876543210";
  const Pan token = PanOf("9999123456789010");
  for (const ThreeDsKind kind : {ThreeDsKind::kTokenCryptogram, ThreeDsKind::kTokenValue}) {
    ThreeDsAuthentication value;
    value.kind = kind;
    value.pan = &token;
    value.requestor = card::TokenRequestor::Of("40010030273");
    value.counter = 0x0A2C;
    const bool cryptogram = kind == ThreeDsKind::kTokenCryptogram;
    const KeyTemplate key =
        Keyed(KeyType::kDes3, 16, kBoth, cryptogram ? "E0TC" : "E4TC", kThreeDsOnly);
    Bytes out(cryptogram ? 8 : 3);
    const KeyHandle handle = ImportHex(key, kKey);
    ASSERT_TRUE(session().Sign(value, handle, {}, out).ok());
    ExpectValue(cryptogram ? "cryptogram" : "value", value, key, kKey, {}, out);
    const KeyHandle other = ImportHex(
        Keyed(KeyType::kDes3, 16, kBoth, cryptogram ? "E4TC" : "E0TC", kThreeDsOnly), kKey);
    EXPECT_EQ(SignCode(value, other), ErrorCode::kPermissionDenied);
    EXPECT_EQ(SignCode(value, handle, Bytes(1)), ErrorCode::kMalformed);
    value.psn = 100;
    EXPECT_EQ(SignCode(value, handle), ErrorCode::kInvalidArgument);
  }
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractThreeDs, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
