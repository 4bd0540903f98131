// States, dates and origins of keys. What is expected is written out here, from SP 800-57 part 1
// rev 5 section 7 and the guide of the key inventory, not read from the tables.
#include "crypto/mechanisms/key_life.h"

#include <array>
#include <string>
#include <vector>

#include "crypto/mechanisms/operation.h"
#include "crypto/mechanisms/transfer.h"
#include "tests/crypto/mechanisms/test_clock.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

constexpr std::array kAllStates = {KeyState::kPreActive, KeyState::kActive, KeyState::kSuspended,
                                   KeyState::kRetired, KeyState::kCompromised};
const std::string kAesHex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string kP256Scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";

KeyPtr InStateOf(KeyRules rules, const std::string& hex, KeyState state) {
  rules.life.state = state;
  auto key = Key::Restore(std::move(rules), Secret(FromHex(hex)), {});
  EXPECT_TRUE(key.ok()) << key.error().message();
  return std::move(key).value();
}

// One use of each verb under a key of `life`, and being wrapped. "svedxwut": the letter of a use
// that was permitted, '-' of one that was refused.
class Uses {
 public:
  explicit Uses(const KeyLife& life, const Clock& clock) : clock_(clock) {
    const KeyPtr mac = Make(Rules(KeyType::kAes, {Verb::kSign, Verb::kVerify}), life);
    const KeyPtr data = Make(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}), life);
    const KeyPtr wrapping = Make(Rules(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}), life);
    KeyRules scalar = Rules(KeyType::kEcPrivate, {Verb::kDerive});
    scalar.life = life;
    const KeyPtr agreement =
        Key::Restore(scalar, Secret(FromHex(kP256Scalar)), {std::nullopt, &clock}).value();
    KeyRules exportable = Rules(KeyType::kAes, {Verb::kEncrypt});
    exportable.extractable = true;
    const KeyPtr target = Make(exportable, life);
    const KeyPtr other = Make(Rules(KeyType::kAes, {Verb::kWrap}), {});

    std::array<std::uint8_t, 64> out{};
    const Bytes block(16, 0x5a);
    Note('s', RunOnce(Verb::kSign, AesCmac{}, *mac, block, out).code());
    Note('v', VerifyOnce(AesCmac{}, *mac, block, MacOf(block)).code());
    Note('e', RunOnce(Verb::kEncrypt, AesEcb{}, *data, block, out).code());
    Note('d', RunOnce(Verb::kDecrypt, AesEcb{}, *data, block, out).code());
    const KeyPtr peer = ImportKey(Rules(KeyType::kEcPrivate, {Verb::kDerive}), kP256Scalar);
    const Bytes point(peer->PublicPoint().begin(), peer->PublicPoint().end());
    Note('x', Derive(EcdhDerive{point, EcdhKdf::kX963Sha256, {}}, *agreement,
                     Rules(KeyType::kAes, {Verb::kEncrypt}))
                  .code());
    const KeyPtr plain = Make(exportable, {});
    Note('w', Wrap(AesKeyWrap{}, *wrapping, *plain, out).code());
    std::array<std::uint8_t, 40> wrapped{};
    EXPECT_TRUE(Wrap(AesKeyWrap{}, *other, *plain, wrapped).ok());
    Note('u',
         Unwrap(AesKeyWrap{}, *wrapping, wrapped, Rules(KeyType::kAes, {Verb::kEncrypt})).code());
    Note('t', Wrap(AesKeyWrap{}, *other, *target, out).code());
  }

  const std::string& text() const { return text_; }

 private:
  KeyPtr Make(KeyRules rules, const KeyLife& life) const {
    rules.life = life;
    return Key::Restore(rules, Secret(FromHex(kAesHex)), {std::nullopt, &clock_}).value();
  }
  static Bytes MacOf(ByteView data) {
    const KeyPtr key = ImportKey(Rules(KeyType::kAes, {Verb::kSign}), kAesHex);
    Bytes mac(16);
    EXPECT_TRUE(RunOnce(Verb::kSign, AesCmac{}, *key, data, mac).ok());
    return mac;
  }
  void Note(char letter, ErrorCode code) {
    EXPECT_TRUE(code == ErrorCode::kOk || code == ErrorCode::kPermissionDenied)
        << letter << " " << static_cast<int>(code);
    text_ += code == ErrorCode::kOk ? letter : '-';
  }

  const Clock& clock_;
  std::string text_;
};

std::string UsesOf(const KeyLife& life, const Clock& clock = SystemClock()) {
  return Uses(life, clock).text();
}

TEST(KeyLife, EveryStateAndEveryVerb) {
  EXPECT_EQ(UsesOf({KeyState::kPreActive, {}, {}}), "--------");
  EXPECT_EQ(UsesOf({KeyState::kActive, {}, {}}), "svedxwut");
  EXPECT_EQ(UsesOf({KeyState::kSuspended, {}, {}}), "--------");
  EXPECT_EQ(UsesOf({KeyState::kRetired, {}, {}}), "-v-d--u-");
  EXPECT_EQ(UsesOf({KeyState::kCompromised, {}, {}}), "--------");
}

TEST(KeyLife, EveryTransition) {
  const std::vector<std::pair<std::string, std::string>> permitted = {
      {"pre-active", "active"}, {"pre-active", "compromised"}, {"active", "suspended"},
      {"active", "retired"},    {"active", "compromised"},     {"suspended", "active"},
      {"suspended", "retired"}, {"suspended", "compromised"},  {"retired", "compromised"},
  };
  for (const KeyState from : kAllStates) {
    for (const KeyState to : kAllStates) {
      const std::pair<std::string, std::string> pair(NameOf(from), NameOf(to));
      const bool expected = std::find(permitted.begin(), permitted.end(), pair) != permitted.end();
      EXPECT_EQ(MayBecome(from, to), expected) << pair.first << " to " << pair.second;
      const KeyPtr key = InStateOf(Rules(KeyType::kAes, {Verb::kEncrypt}), kAesHex, from);
      const auto moved = key->InState(to);
      ASSERT_EQ(moved.ok(), expected) << pair.first << " to " << pair.second;
      if (!expected) {
        EXPECT_EQ(moved.code(), ErrorCode::kPermissionDenied);
        continue;
      }
      EXPECT_EQ((*moved)->rules().life.state, to);
      EXPECT_EQ(MaterialOf(**moved), MaterialOf(*key));
      EXPECT_EQ(key->rules().life.state, from) << "the old key is what it was";
    }
  }
}

TEST(KeyLife, NamesAreReadAsTheyAreWritten) {
  for (const KeyState state : kAllStates) EXPECT_EQ(KeyStateOf(NameOf(state)), state);
  for (const char* name : {"", "Active", "active ", "deactivated", "destroyed"}) {
    EXPECT_FALSE(KeyStateOf(name).has_value()) << name;
  }
}

// The seconds are those of date(1).
TEST(KeyLife, DaysOfUtc) {
  EXPECT_EQ(StartOfDay("1970-01-01")->value, 0);
  EXPECT_EQ(StartOfDay("2000-02-29")->value, 951782400);
  EXPECT_EQ(StartOfDay("2026-11-26")->value, 1795651200);
  EXPECT_EQ(EndOfDay("2026-12-31")->value, 1798761600 - 1);
  EXPECT_EQ(StartOfDay("0001-01-01")->value, -62135596800);
  EXPECT_EQ(EndOfDay("9999-12-31")->value, 253402300799);
  for (const char* day :
       {"", "2026-11-6", "2026-02-29", "2026-13-01", "2026-00-10", "2026-11-31", "2026/11/26",
        "20261126", "0000-01-01", " 026-11-26", "+026-11-26", "2026-11-26T", "2026-11-00"}) {
    EXPECT_EQ(StartOfDay(day).code(), ErrorCode::kMalformed) << day;
    EXPECT_EQ(EndOfDay(day).code(), ErrorCode::kMalformed) << day;
  }
}

TEST(KeyLife, DatesAtTheirSeconds) {
  const UnixSeconds start = *StartOfDay("2026-11-26");
  const UnixSeconds end = *EndOfDay("2026-12-31");
  TestClock clock;
  const KeyLife life{KeyState::kActive, start, end};
  const std::vector<std::pair<std::int64_t, std::string>> expected = {
      {start.value - 1, "--------"},
      {start.value, "svedxwut"},
      {end.value, "svedxwut"},
      {end.value + 1, "-v-d--u-"},
  };
  for (const auto& [second, uses] : expected) {
    clock.Set({second});
    EXPECT_EQ(UsesOf(life, clock), uses) << second;
  }
  clock.Set({end.value + 1});
  EXPECT_EQ(UsesOf({KeyState::kActive, {}, end}, clock), "-v-d--u-");
  EXPECT_EQ(UsesOf({KeyState::kActive, start, {}}, clock), "svedxwut");
  for (const KeyState state :
       {KeyState::kPreActive, KeyState::kSuspended, KeyState::kCompromised}) {
    clock.Set(start);
    EXPECT_EQ(UsesOf({state, start, end}, clock), "--------") << NameOf(state);
  }
  EXPECT_EQ(UsesOf({KeyState::kRetired, start, end}, clock), "-v-d--u-");
  clock.Set({start.value - 1});
  EXPECT_EQ(UsesOf({KeyState::kRetired, start, end}, clock), "--------");
}

TEST(KeyLife, ARefusalSaysWhichStateOrDate) {
  const UnixSeconds now = *StartOfDay("2026-11-26");
  const auto message = [&](const KeyLife& life) {
    return std::string(JudgeLife(Verb::kSign, life, now).error().message());
  };
  EXPECT_NE(message({KeyState::kPreActive, {}, {}}).find("pre-active"), std::string::npos);
  EXPECT_NE(message({KeyState::kSuspended, {}, {}}).find("suspended"), std::string::npos);
  EXPECT_NE(message({KeyState::kRetired, {}, {}}).find("retired"), std::string::npos);
  EXPECT_NE(message({KeyState::kCompromised, {}, {}}).find("compromised"), std::string::npos);
  EXPECT_NE(message({KeyState::kActive, UnixSeconds{now.value + 1}, {}}).find("not_before"),
            std::string::npos);
  EXPECT_NE(message({KeyState::kActive, {}, UnixSeconds{now.value - 1}}).find("not_after"),
            std::string::npos);
}

TEST(KeyLife, TheClockIsReadOnlyForKeysWithDates) {
  TestClock clock(*StartOfDay("2026-11-26"));
  EXPECT_EQ(UsesOf({}, clock), "svedxwut");
  EXPECT_EQ(UsesOf({KeyState::kRetired, {}, {}}, clock), "-v-d--u-");
  EXPECT_EQ(clock.reads(), 0);
  EXPECT_EQ(UsesOf({KeyState::kActive, {}, EndOfDay("2026-11-26").value()}, clock), "svedxwut");
  EXPECT_GT(clock.reads(), 0);
}

class PreparedOperation : public testing::Test {
 protected:
  static constexpr UnixSeconds kEnd{1798761600 - 1};

  KeyPtr Dated(VerbSet verbs) {
    KeyRules rules = Rules(KeyType::kAes, verbs);
    rules.life.not_after = kEnd;
    return Key::Import(rules, Secret(FromHex(kAesHex)), clock_).value();
  }

  TestClock clock_{kEnd};
  std::array<std::uint8_t, 64> out_{};
  const Bytes block_ = Bytes(16, 0x5a);
};

TEST_F(PreparedOperation, ProtectsNothingAfterTheEndDate) {
  const KeyPtr key = Dated({Verb::kEncrypt, Verb::kDecrypt});
  Operation encrypt;
  ASSERT_TRUE(encrypt.Prepare(Verb::kEncrypt, AesEcb{}, key).ok());
  Operation decrypt;
  ASSERT_TRUE(decrypt.Prepare(Verb::kDecrypt, AesEcb{}, key).ok());
  EXPECT_TRUE(encrypt.Run(block_, out_).ok());
  clock_.Set({kEnd.value + 1});
  EXPECT_EQ(encrypt.Run(block_, out_).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(encrypt.RunWith(AesEcb{}, block_, out_).code(), ErrorCode::kPermissionDenied);
  std::array<BatchItem, 1> items;
  items[0].input = block_;
  items[0].output = out_;
  EXPECT_EQ(encrypt.RunBatch(items).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(encrypt.Update(block_, out_).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(encrypt.Prepare(Verb::kEncrypt, AesEcb{}, key).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(decrypt.Run(block_, out_).ok());
  EXPECT_TRUE(decrypt.RunBatch(items).ok());
}

TEST_F(PreparedOperation, FinishesAnItemThatWasBegun) {
  const KeyPtr key = Dated({Verb::kSign});
  Operation sign;
  ASSERT_TRUE(sign.Prepare(Verb::kSign, AesCmac{}, key).ok());
  ASSERT_TRUE(sign.Update(block_, {}).ok());
  clock_.Set({kEnd.value + 1});
  EXPECT_TRUE(sign.Update(block_, {}).ok());
  EXPECT_TRUE(sign.Finish(out_).ok());
  EXPECT_EQ(sign.Update(block_, {}).code(), ErrorCode::kPermissionDenied) << "the next item";
}

TEST_F(PreparedOperation, VerifiesNothingBeforeTheStartDate) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kVerify});
  rules.life.not_before = kEnd;
  const KeyPtr key = Key::Import(rules, Secret(FromHex(kAesHex)), clock_).value();
  Operation verify;
  ASSERT_TRUE(verify.Prepare(Verb::kVerify, AesCmac{}, key).ok());
  EXPECT_EQ(verify.Verify(block_, block_).code(), ErrorCode::kVerificationFailed);
  // A clock that is set back: what the dates say is judged by every item.
  clock_.Set({kEnd.value - 1});
  EXPECT_EQ(verify.Verify(block_, block_).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(verify.VerifyWith(AesCmac{}, block_, block_).code(), ErrorCode::kPermissionDenied);
}

TEST(KeyLife, ANewKeyIsPreActiveOrActive) {
  const KeyPtr base = ImportKey(Rules(KeyType::kEcPrivate, {Verb::kDerive}), kP256Scalar);
  const Bytes point(base->PublicPoint().begin(), base->PublicPoint().end());
  for (const KeyState state : kAllStates) {
    const bool may = state == KeyState::kPreActive || state == KeyState::kActive;
    const ErrorCode expected = may ? ErrorCode::kOk : ErrorCode::kPermissionDenied;
    KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
    rules.length = 32;
    rules.life.state = state;
    EXPECT_EQ(Key::Generate(rules, SystemRandom()).code(), expected) << NameOf(state);
    EXPECT_EQ(Key::Import(rules, Secret(FromHex(kAesHex))).code(), expected) << NameOf(state);
    EXPECT_EQ(Derive(EcdhDerive{point, EcdhKdf::kX963Sha256, {}}, *base, rules).code(), expected);
  }
}

TEST(KeyLife, DatesMustLeaveTime) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
  rules.length = 16;
  rules.life.not_before = UnixSeconds{100};
  rules.life.not_after = UnixSeconds{100};
  EXPECT_TRUE(Key::Generate(rules, SystemRandom()).ok());
  rules.life.not_after = UnixSeconds{99};
  EXPECT_EQ(Key::Generate(rules, SystemRandom()).code(), ErrorCode::kInvalidArgument);
  rules.life = {KeyState::kActive, {}, UnixSeconds{253402300800}};
  EXPECT_EQ(Key::Generate(rules, SystemRandom()).code(), ErrorCode::kInvalidArgument);
  rules.life = {KeyState::kActive, UnixSeconds{-62135596801}, {}};
  EXPECT_EQ(Key::Generate(rules, SystemRandom()).code(), ErrorCode::kInvalidArgument);
}

TEST(KeyLife, ACopyDoesNotWidenIt) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
  rules.life = {KeyState::kActive, UnixSeconds{1000}, UnixSeconds{2000}};
  const KeyPtr key = ImportKey(rules, kAesHex);
  rules = key->rules();
  const auto copy = [&](const KeyLife& life) {
    KeyRules changed = rules;
    changed.life = life;
    return key->CopyNarrowed(changed).code();
  };
  const auto at = [](std::int64_t second) { return UnixSeconds{second}; };
  EXPECT_EQ(copy({KeyState::kActive, at(1000), at(2000)}), ErrorCode::kOk);
  EXPECT_EQ(copy({KeyState::kActive, at(1001), at(1999)}), ErrorCode::kOk);
  EXPECT_EQ(copy({KeyState::kActive, at(999), at(2000)}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(copy({KeyState::kActive, at(1000), at(2001)}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(copy({KeyState::kActive, {}, at(2000)}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(copy({KeyState::kActive, at(1000), {}}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(copy({}), ErrorCode::kPermissionDenied);
  for (const KeyState state : kAllStates) {
    EXPECT_EQ(copy({state, at(1000), at(2000)}),
              state == KeyState::kActive ? ErrorCode::kOk : ErrorCode::kPermissionDenied);
  }
  const KeyPtr retired = *key->InState(KeyState::kRetired);
  EXPECT_EQ(retired->CopyNarrowed(key->rules()).code(), ErrorCode::kPermissionDenied);
  const KeyPtr still = *retired->CopyNarrowed(retired->rules());
  EXPECT_EQ(still->rules().life.state, KeyState::kRetired);
}

TEST(KeyLife, TheOriginIsThatOfItsMaker) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
  rules.extractable = true;
  const KeyPtr imported = ImportKey(rules, kAesHex);
  EXPECT_EQ(imported->origin(), KeyOrigin::kImported);
  EXPECT_EQ(imported->CopyNarrowed(imported->rules()).value()->origin(), KeyOrigin::kImported);
  EXPECT_EQ(imported->InState(KeyState::kRetired).value()->origin(), KeyOrigin::kImported);
  EXPECT_EQ(GenerateKey(rules, 32)->origin(), KeyOrigin::kGenerated);

  KeyRules public_rules = Rules(KeyType::kEcPublic, {});
  public_rules.sensitive = false;
  const auto pair =
      Key::GeneratePair(Rules(KeyType::kEcPrivate, {Verb::kDerive}), public_rules, SystemRandom());
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->private_key->origin(), KeyOrigin::kGenerated);
  EXPECT_EQ(pair->public_key->origin(), KeyOrigin::kGenerated);

  const auto derived = Derive(EcdhDerive{pair->public_key->PublicPoint(), EcdhKdf::kX963Sha256, {}},
                              *pair->private_key, Rules(KeyType::kAes, {Verb::kEncrypt}));
  ASSERT_TRUE(derived.ok());
  EXPECT_EQ((*derived)->origin(), KeyOrigin::kDerived);

  const KeyPtr wrapping = GenerateKey(Rules(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}), 32);
  std::array<std::uint8_t, 40> wrapped{};
  ASSERT_TRUE(Wrap(AesKeyWrap{}, *wrapping, *imported, wrapped).ok());
  const auto unwrapped = Unwrap(AesKeyWrap{}, *wrapping, wrapped, Rules(KeyType::kAes, {}));
  ASSERT_TRUE(unwrapped.ok());
  EXPECT_EQ((*unwrapped)->origin(), KeyOrigin::kUnwrapped);
  EXPECT_EQ((*unwrapped)->rules().life, KeyLife()) << "a wrapping carries no life";

  const auto restored = Key::Restore(rules, Secret(FromHex(kAesHex)), {});
  EXPECT_EQ((*restored)->origin(), std::nullopt);
}

// Keys made from keys are judged by the same clock.
TEST(KeyLife, TheClockGoesWithTheKey) {
  TestClock clock(UnixSeconds{1500});
  const auto base =
      Key::Import(Rules(KeyType::kEcPrivate, {Verb::kDerive}), Secret(FromHex(kP256Scalar)), clock);
  ASSERT_TRUE(base.ok());
  KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
  rules.life.not_after = UnixSeconds{2000};
  const auto derived =
      Derive(EcdhDerive{(*base)->PublicPoint(), EcdhKdf::kX963Sha256, {}}, **base, rules);
  ASSERT_TRUE(derived.ok());
  std::array<std::uint8_t, 16> out{};
  const Bytes block(16);
  EXPECT_TRUE(RunOnce(Verb::kEncrypt, AesEcb{}, **derived, block, out).ok());
  clock.Set({2001});
  EXPECT_EQ(RunOnce(Verb::kEncrypt, AesEcb{}, **derived, block, out).code(),
            ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace florin::mechanisms
