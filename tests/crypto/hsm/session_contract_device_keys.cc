// The contract of DUKPT device keys: published initial and update keys come out under their
// headers, and nothing else does.
#include "florin/card/ksn.h"
#include "tests/crypto/hsm/session_contract_key_blocks.h"

namespace florin::hsm {
namespace {

using card::AesDukptKeyType;
using mechanisms::DukptDeviceKey;
using mechanisms::DukptDeviceKeyKind;
using mechanisms::DukptMac;

constexpr const char* kBdk = "0123456789ABCDEFFEDCBA9876543210";

class SessionContractDeviceKeys : public SessionContractKeyExchange {
 protected:
  static KeyTemplate Bdk(KeyType type, std::size_t length, VerbSet verbs = {Verb::kDerive}) {
    return Keyed(type, length, verbs,
                 std::string("B0") + (type == KeyType::kAes ? 'A' : 'T') + 'X');
  }
  static KeyTemplate Initial(KeyType type, std::size_t length) {
    return Exportable(type, length, {},
                      std::string("D0000B1") + (type == KeyType::kAes ? 'A' : 'T') + "X00E0000");
  }
  static KeyTemplate Update(std::size_t length) {
    return Keyed(KeyType::kAes, length, {Verb::kWrap}, "K1AE");
  }
  KeyHandle TdesBdk() { return ImportHex(Bdk(KeyType::kDes3, 16), kBdk); }
  KeyHandle AesBdk() { return ImportHex(Bdk(KeyType::kAes, 16), kBdk); }

  ErrorCode Derived(const DukptDeviceKey& how, KeyHandle bdk, const KeyTemplate& key) {
    return session().Derive(how, bdk, key).code();
  }
};

TEST_P(SessionContractDeviceKeys, PublishedTdesInitialKeys) {
  CONTRACT_NEEDS(kDukptDeviceKey, kDerive);
  int checked = 0;
  const VectorFile file = Load("dukpt_tdes.json");
  for (const auto* group : file.GroupsOf("transaction")) {
    for (const TestCase& test : group->tests) {
      if (!test.Has("ik")) continue;
      const auto ksn = card::TdesKsn::Parse(test.Hex("ksn"));
      ASSERT_TRUE(ksn.ok()) << test.place();
      const auto initial = ksn->At(0);
      const KeyHandle bdk = ImportHex(Bdk(KeyType::kDes3, 16), test.Text("bdk"));
      for (const ByteView device : {ByteView(initial.bytes()), ByteView(initial.bytes()).last(8)}) {
        const auto key =
            session().Derive(DukptDeviceKey{.device = device}, bdk, Initial(KeyType::kDes3, 16));
        ASSERT_TRUE(key.ok()) << test.place() << " " << key.error().message();
        ExpectMaterial(*key, test.Hex("ik"), test.place());
        ++checked;
      }
    }
  }
  EXPECT_GE(checked, 40);
}

TEST_P(SessionContractDeviceKeys, PublishedAesInitialKeys) {
  CONTRACT_NEEDS(kDukptDeviceKey, kDerive);
  int checked = 0;
  const VectorFile file = Load("dukpt_aes.json");
  for (const auto* group : file.GroupsOf("transaction")) {
    for (const TestCase& test : group->tests) {
      if (!test.Has("ik")) continue;
      const std::size_t length = test.Hex("bdk").size();
      const Bytes id = test.Hex("ikid");
      const KeyHandle bdk = ImportHex(Bdk(KeyType::kAes, length), test.Text("bdk"));
      const auto key =
          session().Derive(DukptDeviceKey{.device = id}, bdk, Initial(KeyType::kAes, length));
      ASSERT_TRUE(key.ok()) << test.place() << " " << key.error().message();
      ExpectMaterial(*key, test.Hex("ik"), test.place());
      ++checked;
    }
  }
  EXPECT_GE(checked, 2);
}

// What the host wraps under the update key, a device that knows the published one opens.
TEST_P(SessionContractDeviceKeys, PublishedUpdateKeysWrapTheNextInitialKey) {
  CONTRACT_NEEDS(kDukptDeviceKey, kDerive);
  const struct {
    const char* field;
    AesDukptKeyType type;
    std::size_t length;
  } kFields[] = {{"update:AES128", AesDukptKeyType::kAes128, 16},
                 {"update:AES256", AesDukptKeyType::kAes256, 32}};
  const Bytes next_id = Hex("1234567890123457");
  int checked = 0;
  const VectorFile file = Load("dukpt_aes.json");
  for (const auto* group : file.GroupsOf("update_key")) {
    for (const TestCase& test : group->tests) {
      const std::size_t length = test.Hex("bdk").size();
      const KeyHandle bdk = ImportHex(Bdk(KeyType::kAes, length), test.Text("bdk"));
      const auto next =
          session().Derive(DukptDeviceKey{.device = next_id}, bdk, Initial(KeyType::kAes, length));
      ASSERT_TRUE(next.ok()) << test.place() << " " << next.error().message();
      for (const auto& field : kFields) {
        if (!test.Has(field.field) || field.length < length) continue;
        const Bytes id = test.Hex("ikid");
        const auto update = session().Derive(
            DukptDeviceKey{DukptDeviceKeyKind::kUpdate, id, field.type}, bdk, Update(field.length));
        ASSERT_TRUE(update.ok()) << test.place() << " " << update.error().message();
        const auto text = Wrap({'D'}, *update, *next);
        ASSERT_TRUE(text.ok()) << test.place() << " " << text.error().message();
        const auto opened = Open(*text, test.Text(field.field).c_str());
        ASSERT_TRUE(opened.ok()) << test.place() << " " << opened.error().message();
        EXPECT_EQ(opened->size(), length) << test.place();
        EXPECT_FALSE(Unwrap(*update, *text).ok()) << "the host's update key only wraps";
        ++checked;
      }
    }
  }
  EXPECT_EQ(checked, 2);
}

TEST_P(SessionContractDeviceKeys, OneUseForEachKey) {
  CONTRACT_NEEDS(kDukptDeviceKey, kDerive);
  const Bytes id = Hex("1234567890123456");
  const Bytes ksn = Hex("FFFF9876543210E00000");
  const KeyHandle aes = AesBdk();
  const KeyHandle tdes = TdesBdk();
  const DukptDeviceKey initial{.device = id};
  const DukptDeviceKey update{DukptDeviceKeyKind::kUpdate, id, AesDukptKeyType::kAes128};
  EXPECT_EQ(Derived(initial, aes, Initial(KeyType::kAes, 16)), ErrorCode::kOk);
  EXPECT_EQ(Derived({.device = ksn}, tdes, Initial(KeyType::kDes3, 16)), ErrorCode::kOk);
  EXPECT_EQ(Derived(update, aes, Update(16)), ErrorCode::kOk);
  // Each kind has its header, and no key comes without one.
  for (const char* header : {"B0AX", "D0AB", "K0AB", "K1AB", "K1AD", "M6AC", "P0AB", "K1AE"}) {
    EXPECT_TRUE(IsRefusal(Derived(initial, aes, Keyed(KeyType::kAes, 16, {}, header)))) << header;
  }
  for (const char* header : {"B1AX", "K1AB", "K1AD", "D0AE", "P0AE"}) {
    EXPECT_TRUE(IsRefusal(Derived(update, aes, Keyed(KeyType::kAes, 16, {}, header)))) << header;
  }
  EXPECT_TRUE(IsRefusal(Derived(initial, aes, Template(KeyType::kAes, 16, {Verb::kEncrypt}))));
  EXPECT_TRUE(IsRefusal(Derived(initial, aes, Initial(KeyType::kDes3, 16))));
  EXPECT_TRUE(IsRefusal(Derived({.device = ksn}, tdes, Initial(KeyType::kAes, 16))));
  EXPECT_TRUE(IsRefusal(Derived(initial, aes, Initial(KeyType::kAes, 32))));
  // Only the initial key is made to leave.
  KeyTemplate leaves = Exportable(KeyType::kAes, 16, {Verb::kWrap}, "D0000K1AE00E0000");
  EXPECT_TRUE(IsRefusal(Derived(update, aes, leaves)));
}

TEST_P(SessionContractDeviceKeys, RefusesWrongParameters) {
  CONTRACT_NEEDS(kDukptDeviceKey, kDerive);
  const Bytes id = Hex("1234567890123456");
  const Bytes ksn = Hex("FFFF9876543210E00000");
  const Bytes counted = Hex("FFFF9876543210E00001");
  const KeyHandle aes = AesBdk();
  const KeyHandle tdes = TdesBdk();
  const KeyTemplate key = Initial(KeyType::kAes, 16);
  const KeyTemplate tdes_key = Initial(KeyType::kDes3, 16);
  const auto refused = [](ErrorCode code) { return code != ErrorCode::kOk; };
  EXPECT_TRUE(refused(Derived({.device = {}}, aes, key)));
  EXPECT_TRUE(refused(Derived({.device = ByteView(id).first(7)}, aes, key)));
  EXPECT_TRUE(refused(Derived({.device = ksn}, aes, key)));
  EXPECT_TRUE(refused(Derived({.device = counted}, tdes, tdes_key)));
  EXPECT_TRUE(refused(Derived({.device = ByteView(ksn).first(9)}, tdes, tdes_key)));
  EXPECT_TRUE(refused(Derived({.device = id, .key_type = AesDukptKeyType::kAes128}, aes, key)));
  const auto update = [&](std::optional<AesDukptKeyType> type) {
    return DukptDeviceKey{DukptDeviceKeyKind::kUpdate, id, type};
  };
  EXPECT_TRUE(refused(Derived(update({}), aes, Update(16))));
  EXPECT_TRUE(refused(Derived(update(AesDukptKeyType::kHmac128), aes, Update(16))));
  EXPECT_TRUE(refused(Derived(update(AesDukptKeyType::kAes256), aes, Update(32))));
  EXPECT_TRUE(refused(Derived(update(AesDukptKeyType::kAes128), tdes, Update(16))));
}

// A BDK derives device keys or serves transactions, as its owner said.
TEST_P(SessionContractDeviceKeys, ABdkHasOneOfTheTwoDuties) {
  CONTRACT_NEEDS(kDukptDeviceKey, kDerive);
  const Bytes id = Hex("1234567890123456");
  const Bytes ksn = Hex("FFFF9876543210E00001");
  const Bytes initial_ksn = Hex("FFFF9876543210E00000");
  const KeyHandle host = ImportHex(Bdk(KeyType::kDes3, 16, kBoth), kBdk);
  EXPECT_EQ(Derived({.device = initial_ksn}, host, Initial(KeyType::kDes3, 16)),
            ErrorCode::kPermissionDenied);
  Bytes mac(4);
  EXPECT_EQ(session().Sign(DukptMac{{ksn}}, TdesBdk(), id, mac).code(),
            ErrorCode::kPermissionDenied);
  const auto material = HexDecodeSecret(kBdk);
  EXPECT_TRUE(IsRefusal(
      session().Import(Bdk(KeyType::kDes3, 16, {Verb::kSign, Verb::kDerive}), *material).code()));
  // An initial key does nothing but travel.
  const auto initial = session().Derive(DukptDeviceKey{.device = initial_ksn}, TdesBdk(),
                                        Initial(KeyType::kDes3, 16));
  ASSERT_TRUE(initial.ok());
  EXPECT_EQ(session().Sign(DukptMac{{ksn}}, *initial, id, mac).code(),
            ErrorCode::kPermissionDenied);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractDeviceKeys, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
