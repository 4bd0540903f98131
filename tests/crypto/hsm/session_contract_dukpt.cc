// The contract of DUKPT by published values: what the terminal made is read under BDK and KSN, and
// the host answers.
#include <map>

#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;
using card::AesDukptKeyType;

struct MacField {
  const char* name;
  DukptDirection direction;
  DukptMacMethod method;
  std::optional<AesDukptKeyType> key_type;
  std::size_t length;
};

constexpr std::optional<AesDukptKeyType> kTdes = {};

const MacField kMacFields[] = {
    {"mac_request", DukptDirection::kRequest, DukptMacMethod::kRetail, kTdes, 4},
    {"mac_response", DukptDirection::kResponse, DukptMacMethod::kRetail, kTdes, 4},
    {"cmac_request", DukptDirection::kRequest, DukptMacMethod::kCmac, kTdes, 8},
    {"cmac_response", DukptDirection::kResponse, DukptMacMethod::kCmac, kTdes, 8},
    {"cmac:MAC_GEN:AES128", DukptDirection::kRequest, DukptMacMethod::kCmac,
     AesDukptKeyType::kAes128, 16},
    {"cmac:MAC_VER:AES128", DukptDirection::kResponse, DukptMacMethod::kCmac,
     AesDukptKeyType::kAes128, 16},
    {"hmac:MAC_GEN:HMAC128", DukptDirection::kRequest, DukptMacMethod::kHmacSha256,
     AesDukptKeyType::kHmac128, 32},
    {"hmac:MAC_VER:HMAC128", DukptDirection::kResponse, DukptMacMethod::kHmacSha256,
     AesDukptKeyType::kHmac128, 32},
};

struct DataField {
  const char* name;
  DukptDirection direction;
  std::optional<AesDukptKeyType> key_type;
  std::size_t iv_length;  // zeros; none: ECB
};

const DataField kDataFields[] = {
    {"data_request", DukptDirection::kRequest, kTdes, 8},
    {"data_response", DukptDirection::kResponse, kTdes, 8},
    {"enc:DATA_ENC:AES128", DukptDirection::kRequest, AesDukptKeyType::kAes128, 16},
    {"enc:DATA_DEC:AES128", DukptDirection::kResponse, AesDukptKeyType::kAes128, 16},
    {"enc_ecb:DATA_ENC:AES128", DukptDirection::kRequest, AesDukptKeyType::kAes128, 0},
};

class SessionContractDukpt : public SessionContractCard {
 protected:
  static KeyTemplate Bdk(const std::string& hex, VerbSet verbs, char mode = 'X') {
    const bool tdes = hex.size() == 32 && tdes_;
    return Keyed(tdes ? KeyType::kDes3 : KeyType::kAes, hex.size() / 2, verbs,
                 std::string("B0") + (tdes ? "T" : "A") + mode);
  }

  void ExpectMacs(const TestCase& test) {
    for (const MacField& field : kMacFields) {
      if (!test.Has(field.name)) continue;
      const Bytes ksn = test.Hex("ksn");
      const Mechanism mechanism =
          DukptMac{{ksn, field.direction, field.key_type}, field.method, field.length};
      ExpectValue(test.place() + " " + field.name, mechanism, Bdk(test.Text("bdk"), kBoth),
                  test.Text("bdk"), test.Hex("data"), test.Hex(field.name));
      ++checked_;
    }
  }

  void ExpectData(const TestCase& test) {
    for (const DataField& field : kDataFields) {
      if (!test.Has(field.name)) continue;
      const Bytes ksn = test.Hex("ksn");
      const Bytes iv(field.iv_length);
      Bytes clear = test.Hex("data");
      const std::size_t block = field.key_type.has_value() ? 16 : 8;
      clear.resize((clear.size() + block - 1) / block * block);
      ExpectCiphertext(test, DukptData{{ksn, field.direction, field.key_type}, false, iv}, clear,
                       test.Hex(field.name), true);
    }
  }

  void ExpectCiphertext(const TestCase& test, const Mechanism& mechanism, const Bytes& clear,
                        const Bytes& encrypted, bool right) {
    const KeyHandle key =
        ImportHex(Bdk(test.Text("bdk"), {Verb::kEncrypt, Verb::kDecrypt}), test.Text("bdk"));
    Bytes out(clear.size());
    ASSERT_TRUE(session().Encrypt(mechanism, key, clear, out).ok()) << test.place();
    EXPECT_EQ(out == encrypted, right) << test.place();
    ASSERT_TRUE(session().Decrypt(mechanism, key, encrypted, out).ok()) << test.place();
    EXPECT_EQ(out == clear, right) << test.place();
    const KeyHandle reader = ImportHex(Bdk(test.Text("bdk"), {Verb::kDecrypt}), test.Text("bdk"));
    EXPECT_EQ(session().Encrypt(mechanism, reader, clear, out).code(), ErrorCode::kPermissionDenied)
        << test.place();
    ++checked_;
  }

  static inline bool tdes_ = true;
  int checked_ = 0;
};

TEST_P(SessionContractDukpt, TdesPublishedValues) {
  CONTRACT_NEEDS(kDukptMac, kSign);
  tdes_ = true;
  const VectorFile file = Load("dukpt_tdes.json");
  for (const char* type : {"transaction", "cmac"}) {
    for (const auto* group : file.GroupsOf(type)) {
      for (const TestCase& test : group->tests) {
        ExpectMacs(test);
        ExpectData(test);
      }
    }
  }
  for (const auto* group : file.GroupsOf("data_ecb")) {
    for (const TestCase& test : group->tests) {
      const Bytes ksn = test.Hex("ksn");
      DukptData mechanism;
      mechanism.transaction.ksn = ksn;
      mechanism.variant_only = test.Text("usage") == "data_request_variant_only";
      ExpectCiphertext(test, mechanism, test.Hex("data"), test.Hex("encrypted"), test.valid);
    }
  }
  EXPECT_GE(checked_, 100);
}

TEST_P(SessionContractDukpt, AesPublishedValues) {
  CONTRACT_NEEDS(kDukptMac, kSign);
  tdes_ = false;
  const VectorFile file = Load("dukpt_aes.json");
  for (const auto* group : file.GroupsOf("transaction")) {
    for (const TestCase& test : group->tests) {
      ExpectMacs(test);
      ExpectData(test);
    }
  }
  EXPECT_GE(checked_, 40);
}

TEST_P(SessionContractDukpt, RefusesWhatIsNoTransaction) {
  CONTRACT_NEEDS(kDukptMac, kSign);
  const char* hex = "0123456789ABCDEFFEDCBA9876543210";
  tdes_ = true;
  const KeyHandle tdes = ImportHex(Bdk(hex, kBoth), hex);
  tdes_ = false;
  const KeyHandle aes = ImportHex(Bdk(hex, kBoth), hex);
  const Bytes data(20, 7);
  const auto sign = [&](KeyHandle key, const char* ksn_hex, DukptMac mac) {
    const Bytes ksn = Hex(ksn_hex);
    mac.transaction.ksn = ksn;
    return SignCode(mac, key, data);
  };
  const DukptMac plain;
  DukptMac cmac;
  cmac.method = DukptMacMethod::kCmac;
  cmac.transaction.key_type = AesDukptKeyType::kAes128;
  EXPECT_EQ(sign(tdes, "FFFF9876543210E00001", plain), ErrorCode::kOk);
  EXPECT_EQ(sign(tdes, "9876543210E00001", plain), ErrorCode::kOk);
  EXPECT_EQ(sign(aes, "123456789012345600000001", cmac), ErrorCode::kOk);
  // A counter of zero or of too many bits, another length, the other scheme's KSN.
  for (const char* ksn : {"FFFF9876543210E00000", "FFFF9876543210FFFFFF", "FFFF98765432",
                          "123456789012345600000001"}) {
    EXPECT_NE(sign(tdes, ksn, plain), ErrorCode::kOk) << ksn;
  }
  for (const char* ksn :
       {"123456789012345600000000", "1234567890123456FFFFFFFF", "9876543210E00001"}) {
    EXPECT_NE(sign(aes, ksn, cmac), ErrorCode::kOk) << ksn;
  }
  // What belongs to the other scheme, and MACs that do not suit the working key.
  EXPECT_EQ(sign(tdes, "FFFF9876543210E00001", cmac), ErrorCode::kInvalidArgument);
  EXPECT_EQ(sign(aes, "123456789012345600000001", plain), ErrorCode::kInvalidArgument);
  DukptMac both = plain;
  both.transaction.direction = DukptDirection::kBothWays;
  EXPECT_EQ(sign(tdes, "FFFF9876543210E00001", both), ErrorCode::kInvalidArgument);
  DukptMac hmac = cmac;
  hmac.method = DukptMacMethod::kHmacSha256;
  EXPECT_EQ(sign(aes, "123456789012345600000001", hmac), ErrorCode::kInvalidArgument);
  DukptMac strong = cmac;
  strong.transaction.key_type = AesDukptKeyType::kAes256;
  EXPECT_NE(sign(aes, "123456789012345600000001", strong), ErrorCode::kOk)
      << "stronger than its BDK";
  for (const std::size_t length : {0U, 3U, 9U}) {
    DukptMac cut = plain;
    cut.mac_length = length;
    EXPECT_EQ(sign(tdes, "FFFF9876543210E00001", cut), ErrorCode::kInvalidArgument) << length;
  }
}

TEST_P(SessionContractDukpt, ABdkServesNothingElse) {
  CONTRACT_NEEDS(kDukptMac, kSign);
  const char* hex = "0123456789ABCDEFFEDCBA9876543210";
  tdes_ = true;
  const Bytes ksn = Hex("FFFF9876543210E00001");
  const Bytes block(8);
  const KeyHandle bdk = ImportHex(Bdk(hex, {Verb::kEncrypt, Verb::kDecrypt, Verb::kSign}), hex);
  Bytes out(8);
  EXPECT_EQ(session().Encrypt(Des3Ecb{}, bdk, block, out).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(SignCode(TdesCmac{8}, bdk, block), ErrorCode::kPermissionDenied);
  // A data key, which has no header of a BDK.
  const KeyHandle data_key =
      ImportHex(Template(KeyType::kDes3, 16, {Verb::kEncrypt, Verb::kDecrypt}), hex);
  DukptData mechanism;
  mechanism.transaction.ksn = ksn;
  EXPECT_EQ(session().Encrypt(mechanism, data_key, block, out).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(session().Encrypt(mechanism, bdk, Bytes(7), out).code(), ErrorCode::kMalformed);
  EXPECT_EQ(session().Encrypt(mechanism, bdk, Bytes(), out).code(), ErrorCode::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractDukpt, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
