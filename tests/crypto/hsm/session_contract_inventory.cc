// The session contract: what a session tells of its keys, and moving them along their life.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/crypto/hsm/session_contract_pin.h"

namespace florin::hsm {
namespace {

using mechanisms::KeyLife;
using mechanisms::KeyOrigin;
using mechanisms::KeyState;
using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;
using mechanisms::VerbSet;

// FIPS 197 C.3.
constexpr std::string_view kAesHex =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class SessionContractInventory : public SessionContract {
 protected:
  static KeyTemplate Mac() { return Template(KeyType::kAes, 32, {Verb::kSign, Verb::kVerify}); }
  static KeyTemplate Cipher() {
    return Template(KeyType::kAes, 32, {Verb::kEncrypt, Verb::kDecrypt});
  }
  static KeyTemplate Named(KeyTemplate key, std::string_view label, ByteView id = {}) {
    key.name = *KeyRef::Create(KeyClass::kSecret, label, id);
    return key;
  }
  KeyTemplate Persistent(KeyTemplate key, std::string_view label) {
    key = Named(std::move(key), label);
    key.persistent = true;
    return key;
  }
  KeyHandle Import(const KeyTemplate& key) { return ImportHex(key, kAesHex); }

  KeyDescription Describe(KeyHandle key) {
    auto description = session().Describe(key);
    EXPECT_TRUE(description.ok()) << description.error().message();
    return description.ok() ? std::move(description).value() : KeyDescription();
  }

  // A token without origins may tell by CKA_LOCAL.
  void ExpectGenerated(const KeyDescription& key) {
    if (!key.origin.has_value() && !backend().keeps_life) return;
    EXPECT_EQ(key.origin, KeyOrigin::kGenerated);
  }

  ErrorCode Encrypts(Session& by, KeyHandle key) {
    Bytes out(16);
    return by.Encrypt(mechanisms::AesEcb{}, key, Bytes(16), out).code();
  }
  ErrorCode Decrypts(Session& by, KeyHandle key) {
    Bytes out(16);
    return by.Decrypt(mechanisms::AesEcb{}, key, Bytes(16), out).code();
  }
};

TEST_P(SessionContractInventory, ListsEveryKeyOnce) {
  const KeyHandle named = Import(Named(Cipher(), "inventory listed"));
  const KeyHandle nameless = Import(Cipher());
  const KeyPair pair = Pair(Verb::kDerive);
  const auto listed = session().List();
  ASSERT_TRUE(listed.ok()) << listed.error().message();
  std::set<std::uint64_t> values;
  for (const KeyHandle key : *listed) values.insert(key.value);
  EXPECT_EQ(values.size(), listed->size());
  for (const KeyHandle key : {named, nameless, pair.private_key, pair.public_key}) {
    EXPECT_EQ(values.count(key.value), 1U);
  }
  for (const KeyHandle key : *listed) EXPECT_TRUE(session().Describe(key).ok());
  ASSERT_TRUE(session().Destroy(nameless).ok());
  const auto after = session().List();
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->size(), listed->size() - 1);
  EXPECT_FALSE(session().Describe(nameless).ok());
  EXPECT_FALSE(session().Describe(KeyHandle{}).ok());
}

TEST_P(SessionContractInventory, ListsWhatOtherSessionsKept) {
  if (!backend().keeps_persistent) GTEST_SKIP() << "keeps no persistent keys";
  const auto other = OpenAnother();
  auto material = HexDecodeSecret(kAesHex);
  const auto made = other->Import(Persistent(Cipher(), "inventory of another"), *material);
  ASSERT_TRUE(made.ok());
  const auto listed = session().List();
  ASSERT_TRUE(listed.ok());
  std::size_t found = 0;
  for (const KeyHandle key : *listed) {
    const KeyDescription description = Describe(key);
    if (description.label != "inventory of another") continue;
    ++found;
    EXPECT_EQ(description.persistent, true);
    EXPECT_EQ(session().Resolve(*KeyRef::Create(KeyClass::kSecret, description.label)).value(),
              key);
  }
  EXPECT_EQ(found, 1U);
  EXPECT_TRUE(other->Destroy(*made).ok());
}

TEST_P(SessionContractInventory, TellsWhatTheKeyIs) {
  const Bytes id = Hex("0102ff");
  KeyTemplate wanted = Named(Cipher(), "inventory told", id);
  wanted.rules.extractable = true;
  const KeyDescription key = Describe(Import(wanted));
  EXPECT_EQ(key.key_class, KeyClass::kSecret);
  EXPECT_EQ(key.label, "inventory told");
  EXPECT_EQ(key.id, id);
  EXPECT_EQ(key.persistent, false);
  EXPECT_EQ(key.type, KeyType::kAes);
  EXPECT_EQ(key.length, 32U);
  EXPECT_EQ(key.strength, 256U);
  EXPECT_EQ(key.verbs, (VerbSet{Verb::kEncrypt, Verb::kDecrypt}));
  EXPECT_EQ(key.sensitive, true);
  EXPECT_EQ(key.extractable, true);
  EXPECT_FALSE(key.header.has_value());
  EXPECT_FALSE(key.curve.has_value());
  EXPECT_TRUE(key.allowed_mechanisms.empty());
  EXPECT_EQ(key.unknown_mechanisms, 0U);
}

TEST_P(SessionContractInventory, TellsKeyPairs) {
  const KeyPair pair = Pair(Verb::kSign, Curve::kP384);
  const KeyDescription private_key = Describe(pair.private_key);
  EXPECT_EQ(private_key.key_class, KeyClass::kPrivate);
  EXPECT_EQ(private_key.type, KeyType::kEcPrivate);
  EXPECT_EQ(private_key.curve, Curve::kP384);
  EXPECT_EQ(private_key.strength, 192U);
  ExpectGenerated(private_key);
  EXPECT_FALSE(private_key.check_value.has_value());
  const KeyDescription public_key = Describe(pair.public_key);
  EXPECT_EQ(public_key.key_class, KeyClass::kPublic);
  EXPECT_EQ(public_key.type, KeyType::kEcPublic);
  EXPECT_EQ(public_key.length, 97U);
  EXPECT_TRUE(public_key.verbs.Has(Verb::kVerify));
  EXPECT_FALSE(public_key.sensitive.has_value());
}

// Both computed by the openssl command line: CMAC over a zero block under the AES key, a zero block
// under the two-key DES key, first three bytes.
TEST_P(SessionContractInventory, TellsCheckValues) {
  const auto aes = Describe(Import(Mac())).check_value;
  if (backend().keeps_life) {
    ASSERT_TRUE(aes.has_value());
    EXPECT_EQ(aes->method, card::KcvMethod::kCmacAes);
    EXPECT_EQ(HexOf(aes->value), "377822");
  } else if (aes.has_value()) {
    EXPECT_EQ(aes->method, std::nullopt);
  }
  KeyTemplate des = Template(KeyType::kDes3, 16, {Verb::kEncrypt, Verb::kDecrypt});
  const auto value = Describe(ImportHex(des, "0123456789abcdeffedcba9876543210")).check_value;
  if (!value.has_value() && !backend().keeps_life) return;
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(HexOf(value->value), "08d7b4");
  EXPECT_EQ(value->method, card::KcvMethod::kLegacyTdes);
}

TEST_P(SessionContractInventory, TellsHeadersListsAndProfiles) {
  if (!backend().knows_headers) GTEST_SKIP() << "knows no key block headers";
  KeyTemplate issuer = Template(KeyType::kDes3, 16, {Verb::kSign, Verb::kVerify});
  issuer.rules.header = *card::KeyBlockHeader::Parse("D0000E0TV00N0000");
  issuer.rules.emv.emplace();
  issuer.rules.emv->scheme = card::EmvScheme::kVisa;
  issuer.rules.emv->cvns.set(18);
  issuer.rules.emv->dkis.set(1);
  issuer.rules.allowed_mechanisms = {MechanismType::kEmvAuthorization};
  const KeyDescription key = Describe(ImportHex(issuer, "0123456789abcdeffedcba9876543210"));
  ASSERT_TRUE(key.header.has_value());
  EXPECT_EQ(AsText(AsBytes(key.header->text())), "D0000E0TV00N0000");
  ASSERT_TRUE(key.emv.has_value());
  EXPECT_EQ(*key.emv, *issuer.rules.emv);
  EXPECT_EQ(key.allowed_mechanisms, issuer.rules.allowed_mechanisms);
  EXPECT_EQ(key.strength, 80U);
}

TEST_P(SessionContractInventory, TellsWhereKeysComeFrom) {
  CONTRACT_NEEDS(kAesKeyWrap, kWrap)
  const std::optional<KeyOrigin> unknown;
  const auto expect = [&](KeyOrigin origin) {
    return backend().keeps_life ? std::optional<KeyOrigin>(origin) : unknown;
  };
  KeyTemplate exportable = Cipher();
  exportable.rules.extractable = true;
  const KeyHandle imported = Import(exportable);
  EXPECT_EQ(Describe(imported).origin, expect(KeyOrigin::kImported));
  const auto generated = session().Generate(Cipher());
  ASSERT_TRUE(generated.ok());
  ExpectGenerated(Describe(*generated));
  const auto wrapping =
      session().Generate(Template(KeyType::kAes, 32, {Verb::kWrap, Verb::kUnwrap}));
  ASSERT_TRUE(wrapping.ok());
  Bytes wrapped(40);
  ASSERT_TRUE(session().Wrap(mechanisms::AesKeyWrap{}, *wrapping, imported, wrapped).ok());
  const auto unwrapped = session().Unwrap(mechanisms::AesKeyWrap{}, *wrapping, wrapped, Cipher());
  ASSERT_TRUE(unwrapped.ok()) << unwrapped.error().message();
  EXPECT_EQ(Describe(*unwrapped).origin, expect(KeyOrigin::kUnwrapped));
}

TEST_P(SessionContractInventory, ForeignTokensKeepNoLife) {
  if (backend().keeps_life) GTEST_SKIP() << "keeps states and dates";
  const KeyHandle key = Import(Cipher());
  EXPECT_FALSE(Describe(key).state.has_value());
  EXPECT_EQ(session().SetState(key, KeyState::kSuspended).code(), ErrorCode::kUnsupported);
  // A token that ignored a state or a date would let the key do what they forbid.
  KeyTemplate wanted = Cipher();
  wanted.rules.life.state = KeyState::kPreActive;
  EXPECT_EQ(session().Generate(wanted).code(), ErrorCode::kUnsupported);
  wanted.rules.life = {KeyState::kActive, {}, mechanisms::EndOfDay("2099-12-31").value()};
  EXPECT_EQ(session().Generate(wanted).code(), ErrorCode::kUnsupported);
}

TEST_P(SessionContractInventory, StatesDecideWhatAKeyDoes) {
  if (!backend().keeps_life) GTEST_SKIP() << "keeps no states";
  KeyTemplate wanted = Cipher();
  wanted.rules.life.state = KeyState::kPreActive;
  const KeyHandle key = Import(wanted);
  const auto expect = [&](KeyState state, ErrorCode encrypts, ErrorCode decrypts) {
    const std::string name(mechanisms::NameOf(state));
    EXPECT_EQ(Describe(key).state, state);
    EXPECT_EQ(Encrypts(session(), key), encrypts) << name;
    EXPECT_EQ(Decrypts(session(), key), decrypts) << name;
    Bytes out(16);
    const auto refused = session().Encrypt(mechanisms::AesEcb{}, key, Bytes(16), out);
    if (!refused.ok()) {
      EXPECT_NE(std::string(refused.error().message()).find(name), std::string::npos)
          << refused.error().message();
    }
  };
  constexpr ErrorCode kDenied = ErrorCode::kPermissionDenied;
  constexpr ErrorCode kOk = ErrorCode::kOk;
  expect(KeyState::kPreActive, kDenied, kDenied);
  ASSERT_TRUE(session().SetState(key, KeyState::kActive).ok());
  expect(KeyState::kActive, kOk, kOk);
  ASSERT_TRUE(session().SetState(key, KeyState::kSuspended).ok());
  expect(KeyState::kSuspended, kDenied, kDenied);
  ASSERT_TRUE(session().SetState(key, KeyState::kRetired).ok());
  expect(KeyState::kRetired, kDenied, kOk);
  const Status back = session().SetState(key, KeyState::kActive);
  EXPECT_EQ(back.code(), kDenied);
  EXPECT_NE(std::string(back.error().message()).find("retired key"), std::string::npos);
  ASSERT_TRUE(session().SetState(key, KeyState::kCompromised).ok());
  expect(KeyState::kCompromised, kDenied, kDenied);
  EXPECT_EQ(session().SetState(key, KeyState::kCompromised).code(), kDenied);
  EXPECT_FALSE(session().SetState(KeyHandle{}, KeyState::kActive).ok());
}

TEST_P(SessionContractInventory, ABatchIsRefusedAsAWhole) {
  if (!backend().keeps_life) GTEST_SKIP() << "keeps no states";
  const KeyHandle key = Import(Cipher());
  ASSERT_TRUE(session().SetState(key, KeyState::kSuspended).ok());
  const Bytes input(16);
  Bytes output(16);
  std::vector<BatchItem> items(3);
  for (BatchItem& item : items) {
    item.input = input;
    item.output = output;
  }
  EXPECT_EQ(session().RunBatch(Verb::kEncrypt, mechanisms::AesEcb{}, key, items).code(),
            ErrorCode::kPermissionDenied);
}

TEST_P(SessionContractInventory, EverySessionSeesAStateAtOnce) {
  if (!backend().keeps_life) GTEST_SKIP() << "keeps no states";
  const KeyHandle key = Import(Persistent(Cipher(), "inventory shared"));
  const auto other = OpenAnother();
  const auto theirs = other->Resolve(*KeyRef::Create(KeyClass::kSecret, "inventory shared"));
  ASSERT_TRUE(theirs.ok());
  EXPECT_EQ(Encrypts(*other, *theirs), ErrorCode::kOk);
  ASSERT_TRUE(session().SetState(key, KeyState::kSuspended).ok());
  EXPECT_EQ(Encrypts(*other, *theirs), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Encrypts(session(), key), ErrorCode::kPermissionDenied);
  EXPECT_EQ(other->Describe(*theirs).value().state, KeyState::kSuspended);
  ASSERT_TRUE(other->SetState(*theirs, KeyState::kActive).ok());
  EXPECT_EQ(Encrypts(session(), key), ErrorCode::kOk);
  EXPECT_TRUE(session().Destroy(key).ok());
  EXPECT_FALSE(other->SetState(*theirs, KeyState::kRetired).ok());
}

TEST_P(SessionContractInventory, DatesAreKeptAndObeyed) {
  if (!backend().keeps_life) GTEST_SKIP() << "keeps no dates";
  const KeyLife past{KeyState::kActive, mechanisms::StartOfDay("2020-01-01").value(),
                     mechanisms::EndOfDay("2020-12-31").value()};
  KeyTemplate wanted = Cipher();
  wanted.rules.life = past;
  const KeyHandle key = Import(wanted);
  EXPECT_EQ(Encrypts(session(), key), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Decrypts(session(), key), ErrorCode::kOk);
  const KeyDescription description = Describe(key);
  EXPECT_EQ(description.not_before, past.not_before);
  EXPECT_EQ(description.not_after, past.not_after);
  EXPECT_EQ(description.state, KeyState::kActive);
  wanted.rules.life = {KeyState::kActive, mechanisms::StartOfDay("9998-01-01").value(), {}};
  const auto future = session().Generate(wanted);
  ASSERT_TRUE(future.ok()) << future.error().message();
  EXPECT_EQ(Encrypts(session(), *future), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Decrypts(session(), *future), ErrorCode::kPermissionDenied);
  wanted.rules.life = {KeyState::kActive, past.not_after, past.not_before};
  EXPECT_EQ(session().Generate(wanted).code(), ErrorCode::kInvalidArgument);
  for (const KeyState state : {KeyState::kSuspended, KeyState::kRetired, KeyState::kCompromised}) {
    wanted.rules.life = {state, {}, {}};
    EXPECT_EQ(session().Generate(wanted).code(), ErrorCode::kPermissionDenied);
  }
}

TEST_P(SessionContractInventory, AKeyOutOfUseIsNotWrapped) {
  if (!backend().keeps_life) GTEST_SKIP() << "keeps no states";
  CONTRACT_NEEDS(kAesKeyWrap, kWrap)
  const auto wrapping = session().Generate(Template(KeyType::kAes, 32, {Verb::kWrap}));
  ASSERT_TRUE(wrapping.ok());
  KeyTemplate exportable = Cipher();
  exportable.rules.extractable = true;
  const KeyHandle target = Import(exportable);
  Bytes wrapped(40);
  const auto wrap = [&] {
    return session().Wrap(mechanisms::AesKeyWrap{}, *wrapping, target, wrapped);
  };
  EXPECT_TRUE(wrap().ok());
  for (const auto& [state, name] :
       {std::pair{KeyState::kSuspended, "suspended"}, std::pair{KeyState::kRetired, "retired"},
        std::pair{KeyState::kCompromised, "compromised"}}) {
    ASSERT_TRUE(session().SetState(target, state).ok());
    const auto refused = wrap();
    EXPECT_EQ(refused.code(), ErrorCode::kPermissionDenied) << name;
    EXPECT_NE(std::string(refused.error().message()).find(name), std::string::npos)
        << refused.error().message();
  }
}

class SessionContractInventoryPin : public SessionContractPin {};

// A mechanism that names other keys is bound by the life of each.
TEST_P(SessionContractInventoryPin, OtherKeysHaveALifeToo) {
  if (!backend().keeps_life) GTEST_SKIP() << "keeps no states";
  CONTRACT_NEEDS(kPinTranslation, kEncrypt)
  const std::string pan_text = "4012345678909";
  const Pan pan = PanOf(pan_text);
  const KeyHandle from = PinKey(kPek, 'D');
  const KeyHandle to = PinKey(kOtherPek, 'E');
  const PinBlock block = BlockOf(PinBlockFormat::kFormat0);
  const PinTranslation translation{block, {from}, block, &pan};
  const Bytes sealed = Enciphered(kPek, false, block, "1234", pan_text);
  const auto translates = [&] { return Translate(translation, to, sealed).code(); };
  EXPECT_EQ(translates(), ErrorCode::kOk);
  ASSERT_TRUE(session().SetState(from, KeyState::kSuspended).ok());
  EXPECT_EQ(translates(), ErrorCode::kPermissionDenied);
  ASSERT_TRUE(session().SetState(from, KeyState::kRetired).ok());
  EXPECT_EQ(translates(), ErrorCode::kOk) << "a retired key still opens what came under it";
  ASSERT_TRUE(session().SetState(to, KeyState::kRetired).ok());
  EXPECT_EQ(translates(), ErrorCode::kPermissionDenied) << "and seals nothing more";
}

TEST_P(SessionContractInventoryPin, TellsTheMarksOfPinKeys) {
  if (!backend().knows_headers) GTEST_SKIP() << "knows no key block headers";
  const auto zone = session().Describe(PinKey(kPek, 'E', false, {.zone_key = true}));
  ASSERT_TRUE(zone.ok()) << zone.error().message();
  EXPECT_EQ(zone->pin, (PinKeyMarks{.zone_key = true, .forbid_aes_to_tdes = false}));
  EXPECT_FALSE(zone->decimalisation.has_value());
  const auto plain = session().Describe(PinKey(kPek, 'B'));
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->pin, PinKeyMarks());
  const auto verifying = session().Describe(Pvk(kPek, "V1", 'V', "0123456789012345"));
  ASSERT_TRUE(verifying.ok());
  EXPECT_FALSE(verifying->pin.has_value());
  EXPECT_EQ(verifying->decimalisation, true);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractInventoryPin, testing::ValuesIn(ContractCases()),
                         ContractCaseName);
INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractInventory, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
