// The rule table against a second statement of the same rules, over every combination there is.
#include "crypto/mechanisms/rule_table.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "tests/crypto/mechanisms/rule_table_rows.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

constexpr std::string_view kUsages =
    "B0B1B2B3C0D0D1D2D3E0E1E2E3E4E5E6E7I0K0K1K2K3K4M0M1M2M3M4M5M6M7M8P0P1S0S1S2V0V1V2V3V4V5";
constexpr std::string_view kModes = "BCDEGNSTVXY";
constexpr std::array<const char*, 8> kVerbNames = {"sign",   "verify", "encrypt", "decrypt",
                                                   "derive", "wrap",   "unwrap",  "generate"};
constexpr std::array<const char*, 8> kRoleNames = {
    "main",       "target",          "result",          "pin-source",
    "pin-target", "confidentiality", "card-cryptogram", "second-secret"};

// Every type of key, and EC keys of every form; the algorithm of their headers.
struct Kind {
  const char* name;
  KeyType type;
  char algorithm;
  Curve curve = Curve::kP256;
};
constexpr Kind kKinds[] = {{"aes", KeyType::kAes, 'A'},
                           {"des3", KeyType::kDes3, 'T'},
                           {"hmac", KeyType::kHmac, 'H'},
                           {"secret", KeyType::kGenericSecret, 0},
                           {"ecprivate", KeyType::kEcPrivate, 'E'},
                           {"ecpublic", KeyType::kEcPublic, 'E'},
                           {"rsaprivate", KeyType::kRsaPrivate, 'R'},
                           {"rsapublic", KeyType::kRsaPublic, 'R'},
                           {"chacha20", KeyType::kChaCha20, 0},
                           {"x25519private", KeyType::kEcPrivate, 'E', Curve::kX25519},
                           {"x25519public", KeyType::kEcPublic, 'E', Curve::kX25519},
                           {"ed25519private", KeyType::kEcPrivate, 'E', Curve::kEd25519},
                           {"ed25519public", KeyType::kEcPublic, 'E', Curve::kEd25519}};

std::set<std::string> ExpectedOpen(const char* rows) {
  std::set<std::string> open;
  std::istringstream lines(rows);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    std::istringstream keys(line.substr(colon + 1));
    for (std::string key; keys >> key;) open.insert(line.substr(0, colon) + ": " + key);
  }
  return open;
}

// Whatever has a header travels in a key block and in a token of TR-34, in both directions. It
// would lose EMV profiles, so it does not leave with them; a template may add them, which narrows.
// That they suit the usage is CheckRules' affair, here and above.
void AddKeyBlocks(std::set<std::string>& open) {
  for (const char* type : {"aes", "des3", "hmac", "ecprivate", "rsaprivate"}) {
    for (std::size_t usage = 0; usage < kUsages.size(); usage += 2) {
      for (const char mode : kModes) {
        const std::string key =
            std::string(type) + "/" + std::string(kUsages.substr(usage, 2)) + mode;
        for (const std::string form : {"KEY-BLOCK", "TR34-KEY-TOKEN"}) {
          open.insert(form + " wrap target: " + key);
          open.insert(form + " unwrap result: " + key);
          if (kUsages.substr(usage, 2) == "E0") {
            open.insert(form + " unwrap result: " + key + "+emv");
          }
        }
      }
    }
  }
}

struct Candidate {
  KeyRules rules;
  std::string name;
};

// Every key type without a header, and with every header that its algorithm can have.
std::vector<Candidate> AllKeys() {
  std::vector<Candidate> keys;
  for (const Kind& kind : kKinds) {
    KeyRules rules;
    rules.type = kind.type;
    rules.curve = kind.curve;
    rules.extractable = true;
    keys.push_back({rules, kind.name});
    if (kind.algorithm == 0) continue;
    for (std::size_t usage = 0; usage < kUsages.size(); usage += 2) {
      for (const char mode : kModes) {
        const std::string text =
            "D0000" + std::string(kUsages.substr(usage, 2)) + kind.algorithm + mode + "00E0000";
        const std::string name = std::string(kind.name) + "/" + text.substr(5, 2) + mode;
        keys.push_back({WithHeader(rules, text), name});
        if (text.substr(5, 2) != "E0") continue;  // profiles belong to that usage alone
        keys.push_back({WithHeader(rules, text), name + "+emv"});
        keys.back().rules.emv.emplace();
      }
    }
  }
  return keys;
}

TEST(RuleTable, OpensExactlyWhatTheNormsPermit) {
  std::set<std::string> open;
  std::vector<Candidate> keys = AllKeys();
  for (std::size_t mechanism = 0; mechanism < std::variant_size_v<Mechanism>; ++mechanism) {
    const auto type = static_cast<MechanismType>(mechanism);
    for (std::size_t verb = 0; verb < kVerbNames.size(); ++verb) {
      for (std::size_t role = 0; role < kRoleNames.size(); ++role) {
        const std::string use = std::string(MechanismName(type)) + " " + kVerbNames[verb] + " " +
                                kRoleNames[role] + ": ";
        for (Candidate& key : keys) {
          key.rules.verbs = {};
          if (role != static_cast<std::size_t>(KeyRole::kTarget)) {
            key.rules.verbs.Add(static_cast<Verb>(verb));
          }
          const Status verdict =
              Authorize(static_cast<Verb>(verb), type, key.rules, static_cast<KeyRole>(role));
          if (verdict.ok()) {
            open.insert(use + key.name);
          } else {
            ASSERT_EQ(verdict.code(), ErrorCode::kPermissionDenied) << use << key.name;
          }
        }
      }
    }
  }
  std::set<std::string> expected = ExpectedOpen(kOpen);
  AddKeyBlocks(expected);
  EXPECT_EQ(open, expected);
}

TEST(RuleTable, AKeyMustNameTheVerb) {
  for (const bool with_header : {false, true}) {
    KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
    if (with_header) rules = WithHeader(rules, "D0000D0AB00N0000");
    EXPECT_TRUE(Authorize(Verb::kEncrypt, MechanismType::kAesGcm, rules).ok());
    EXPECT_EQ(Authorize(Verb::kDecrypt, MechanismType::kAesGcm, rules).code(),
              ErrorCode::kPermissionDenied);
  }
}

TEST(RuleTable, AllowedMechanismsNarrow) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt});
  rules.allowed_mechanisms = {MechanismType::kAesGcm};
  EXPECT_TRUE(Authorize(Verb::kEncrypt, MechanismType::kAesGcm, rules).ok());
  EXPECT_EQ(Authorize(Verb::kEncrypt, MechanismType::kAesEcb, rules).code(),
            ErrorCode::kPermissionDenied);
  rules.allowed_mechanisms = {MechanismType::kHmac};
  EXPECT_FALSE(Authorize(Verb::kEncrypt, MechanismType::kHmac, rules).ok());
}

std::set<std::string> OpenTo(MechanismType name) {
  std::set<std::string> open;
  for (Candidate& key : AllKeys()) {
    key.rules.allowed_mechanisms = {name};
    for (std::size_t mechanism = 0; mechanism < std::variant_size_v<Mechanism>; ++mechanism) {
      const auto type = static_cast<MechanismType>(mechanism);
      for (std::size_t verb = 0; verb < kVerbNames.size(); ++verb) {
        key.rules.verbs = {static_cast<Verb>(verb)};
        if (!Authorize(static_cast<Verb>(verb), type, key.rules).ok()) continue;
        open.insert(std::string(MechanismName(type)) + " " + kVerbNames[verb] +
                    " main: " + key.name);
      }
    }
  }
  return open;
}

TEST(RuleTable, SomeMechanismsOpenToTheirNameOnly) {
  EXPECT_EQ(OpenTo(MechanismType::kThreeDsAuthentication), ExpectedOpen(kOpenToThreeDs));
  EXPECT_EQ(OpenTo(MechanismType::kEmvScriptEncryption), ExpectedOpen(kOpenToScripts));
  EXPECT_EQ(OpenTo(MechanismType::kEcdhKeyAgreement), ExpectedOpen(kOpenToAgreement));
  EXPECT_EQ(OpenTo(MechanismType::kExtractKeyFromKey), ExpectedOpen(kOpenToExtraction));
  EXPECT_EQ(OpenTo(MechanismType::kEcdhAesKeyWrap), ExpectedOpen(kOpenToEcdhKeyWrap));
  EXPECT_EQ(OpenTo(MechanismType::kRsaPkcs1), ExpectedOpen(kOpenToPkcs1));
  for (std::size_t mechanism = 0; mechanism < std::variant_size_v<Mechanism>; ++mechanism) {
    const auto type = static_cast<MechanismType>(mechanism);
    EXPECT_EQ(IsNamedOnly(type), type == MechanismType::kThreeDsAuthentication ||
                                     type == MechanismType::kEcdhKeyAgreement ||
                                     type == MechanismType::kEmvScriptEncryption ||
                                     type == MechanismType::kEcdhAesKeyWrap ||
                                     type == MechanismType::kExtractKeyFromKey);
  }
}

TEST(RuleTable, AKeyBlockLosesWhatIsBesideTheHeader) {
  KeyRules rules = WithHeader(Rules(KeyType::kDes3, {Verb::kSign}), "D0000C0TG00E0000");
  rules.extractable = true;
  const auto target = [&] {
    return Authorize(Verb::kWrap, MechanismType::kKeyBlockWrap, rules, KeyRole::kTarget).code();
  };
  EXPECT_EQ(target(), ErrorCode::kOk);
  rules.allowed_mechanisms = {MechanismType::kThreeDsAuthentication};
  EXPECT_EQ(target(), ErrorCode::kPermissionDenied);
  rules.allowed_mechanisms = {MechanismType::kCardVerification};
  EXPECT_EQ(target(), ErrorCode::kPermissionDenied);
  rules.allowed_mechanisms = {};
  rules.extractable = false;
  EXPECT_EQ(target(), ErrorCode::kPermissionDenied);
}

TEST(RuleTable, TheHeaderSaysWhichVerbsAKeyHas) {
  const auto verbs = [](KeyType type, const char* header) {
    return VerbsOfHeader(type, KeyBlockHeader::Parse(header).value());
  };
  EXPECT_EQ(verbs(KeyType::kAes, "D0000D0AB00E0000"), (VerbSet{Verb::kEncrypt, Verb::kDecrypt}));
  EXPECT_EQ(verbs(KeyType::kAes, "D0000K1AB00E0000"), (VerbSet{Verb::kWrap, Verb::kUnwrap}));
  EXPECT_EQ(verbs(KeyType::kDes3, "B0000K1TE00E0000"), VerbSet{Verb::kWrap});
  EXPECT_EQ(verbs(KeyType::kDes3, "B0000E0TV00E0000"), (VerbSet{Verb::kSign, Verb::kVerify}));
  EXPECT_EQ(verbs(KeyType::kEcPrivate, "D0000S0ES00E0000"), VerbSet{Verb::kSign});
  EXPECT_EQ(verbs(KeyType::kEcPrivate, "D0000K3EX00E0000"), VerbSet{Verb::kDerive});
  EXPECT_EQ(verbs(KeyType::kRsaPrivate, "D0000S0RS00E0000"), VerbSet{Verb::kSign});
  EXPECT_EQ(verbs(KeyType::kRsaPrivate, "D0000D1RB00E0000"), VerbSet{Verb::kDecrypt});
  EXPECT_EQ(verbs(KeyType::kRsaPrivate, "D0000K2RD00E0000"),
            (VerbSet{Verb::kUnwrap, Verb::kVerify}));
  EXPECT_EQ(verbs(KeyType::kRsaPrivate, "D0000K2RS00E0000"), (VerbSet{Verb::kSign, Verb::kWrap}));
  EXPECT_EQ(verbs(KeyType::kAes, "D0000I0AN00E0000"), VerbSet{});
  for (const Candidate& key : AllKeys()) {
    if (!key.rules.header.has_value() || key.rules.emv.has_value()) continue;
    KeyRules rules = key.rules;
    // Keys of those curves have no mechanism that a header opens.
    if (!IsWeierstrass(rules.curve)) continue;
    rules.length = rules.type == KeyType::kEcPublic ? 65 : rules.type == KeyType::kDes3 ? 24 : 32;
    if (IsRsaKey(rules.type)) rules.length = 256;
    rules.verbs = VerbsOfHeader(rules.type, *rules.header);
    EXPECT_TRUE(CheckRules(rules).ok()) << key.name;
  }
}

TEST(CheckRules, APolicyOfKeyBlocksBelongsToAKbpk) {
  card::KeyBlockImportPolicy legacy;
  legacy.legacy_versions = true;
  const auto check = [](const char* header, const card::KeyBlockImportPolicy& in,
                        const card::KeyBlockExportPolicy& out = {}) {
    KeyRules rules = WithHeader(Rules(KeyType::kDes3, {}), header);
    rules.length = 16;
    rules.key_block_import = in;
    rules.key_block_export = out;
    return CheckRules(rules).code();
  };
  EXPECT_EQ(check("B0000K1TB00N0000", legacy, {true, false}), ErrorCode::kOk);
  EXPECT_EQ(check("B0000K4TB00N0000", {}, {true, false}), ErrorCode::kOk);
  EXPECT_EQ(check("B0000K0TB00N0000", legacy), ErrorCode::kPermissionDenied);
  EXPECT_EQ(check("B0000D0TB00N0000", {}, {true, false}), ErrorCode::kPermissionDenied);
  card::KeyBlockImportPolicy single_des;
  single_des.single_des = true;
  EXPECT_EQ(check("B0000K1TB00N0000", single_des), ErrorCode::kPermissionDenied);
  EXPECT_EQ(check("B0000K1TB00N0000", {}, {false, true}), ErrorCode::kPermissionDenied);
}

TEST(RuleTable, OnlyExtractableKeysAreTargets) {
  KeyRules rules = Rules(KeyType::kAes, {});
  EXPECT_FALSE(Authorize(Verb::kWrap, MechanismType::kAesKeyWrap, rules, KeyRole::kTarget).ok());
  rules.extractable = true;
  EXPECT_TRUE(Authorize(Verb::kWrap, MechanismType::kAesKeyWrap, rules, KeyRole::kTarget).ok());
}

TEST(RuleTable, KeysThatCarryKeysAreNoTargets) {
  for (const Verb verb : {Verb::kWrap, Verb::kUnwrap}) {
    KeyRules rules = Rules(KeyType::kAes, {verb});
    rules.extractable = true;
    rules.length = 32;
    EXPECT_FALSE(Authorize(Verb::kWrap, MechanismType::kAesKeyWrap, rules, KeyRole::kTarget).ok());
    EXPECT_EQ(CheckRules(rules).code(), ErrorCode::kPermissionDenied);
    rules.extractable = false;
    EXPECT_TRUE(CheckRules(rules).ok());
  }
}

constexpr Verb kVerbs[] = {Verb::kSign,   Verb::kVerify, Verb::kEncrypt, Verb::kDecrypt,
                           Verb::kDerive, Verb::kWrap,   Verb::kUnwrap};

bool MustConflict(Verb a, Verb b) {
  const auto is = [&](Verb x, Verb y) { return (a == x && b == y) || (a == y && b == x); };
  return is(Verb::kWrap, Verb::kDecrypt) || is(Verb::kWrap, Verb::kEncrypt) ||
         is(Verb::kUnwrap, Verb::kDecrypt) || is(Verb::kUnwrap, Verb::kEncrypt) ||
         is(Verb::kDerive, Verb::kEncrypt) || is(Verb::kDerive, Verb::kDecrypt) ||
         is(Verb::kDerive, Verb::kSign) || is(Verb::kDerive, Verb::kVerify);
}

TEST(CheckRules, RefusesEveryConflictingPair) {
  for (const Verb a : kVerbs) {
    for (const Verb b : kVerbs) {
      KeyRules rules = Rules(KeyType::kAes, {a, b});
      rules.length = 32;
      const bool derives = a == Verb::kDerive || b == Verb::kDerive;  // no AES key does
      EXPECT_EQ(CheckRules(rules).ok(), !MustConflict(a, b) && !derives)
          << static_cast<int>(a) << " " << static_cast<int>(b);
      bool listed = false;
      for (const VerbConflict& conflict : VerbConflicts()) {
        listed = listed || (conflict.first == a && conflict.second == b) ||
                 (conflict.first == b && conflict.second == a);
      }
      EXPECT_EQ(listed, MustConflict(a, b)) << static_cast<int>(a) << " " << static_cast<int>(b);
    }
  }
}

TEST(CheckRules, VerbsThatAreNotForTheTypeAreRefused) {
  const struct {
    KeyType type;
    std::size_t length;
    VerbSet verbs;
    Curve curve = Curve::kP256;
  } kTypes[] = {
      {KeyType::kAes,
       16,
       {Verb::kSign, Verb::kVerify, Verb::kEncrypt, Verb::kDecrypt, Verb::kWrap, Verb::kUnwrap}},
      {KeyType::kDes3, 16, {Verb::kSign, Verb::kVerify, Verb::kEncrypt, Verb::kDecrypt}},
      {KeyType::kHmac, 32, {Verb::kSign, Verb::kVerify}},
      // Named by common tools; served by no mechanism.
      {KeyType::kGenericSecret, 32, {Verb::kDerive, Verb::kEncrypt, Verb::kDecrypt}},
      {KeyType::kEcPrivate, 32, {Verb::kSign, Verb::kDerive, Verb::kUnwrap}},
      {KeyType::kEcPublic, 65, {Verb::kVerify, Verb::kDerive}},
      {KeyType::kRsaPrivate, 256, {Verb::kSign, Verb::kDecrypt, Verb::kUnwrap}},
      {KeyType::kRsaPublic, 256, {Verb::kVerify, Verb::kEncrypt, Verb::kWrap}},
      {KeyType::kChaCha20, 32, {Verb::kEncrypt, Verb::kDecrypt}},
      {KeyType::kEcPrivate, 66, {Verb::kSign, Verb::kDerive, Verb::kUnwrap}, Curve::kP521},
      {KeyType::kEcPrivate, 32, {Verb::kDerive, Verb::kUnwrap}, Curve::kX25519},
      {KeyType::kEcPublic, 32, {Verb::kDerive}, Curve::kX25519},
      {KeyType::kEcPrivate, 32, {Verb::kSign}, Curve::kEd25519},
      // Says what its pair is for, as a public key of any curve may.
      {KeyType::kEcPublic, 32, {Verb::kVerify, Verb::kDerive}, Curve::kEd25519}};
  for (const auto& type : kTypes) {
    for (const Verb verb : kVerbs) {
      KeyRules rules = Rules(type.type, {verb});
      rules.length = type.length;
      rules.curve = type.curve;
      EXPECT_EQ(CheckRules(rules).ok(), type.verbs.Has(verb))
          << static_cast<int>(type.type) << " " << static_cast<int>(verb);
    }
  }
}

TEST(CheckResultRules, ResultsNeverCarryKeys) {
  for (const Verb verb : {Verb::kWrap, Verb::kUnwrap}) {
    const KeyRules result = Rules(KeyType::kAes, {verb});
    EXPECT_EQ(CheckResultRules(Verb::kDerive, MechanismType::kHashDerive,
                               Rules(KeyType::kGenericSecret, {Verb::kDerive}), result)
                  .code(),
              ErrorCode::kPermissionDenied);
    EXPECT_EQ(CheckResultRules(Verb::kUnwrap, MechanismType::kAesKeyWrap,
                               Rules(KeyType::kAes, {Verb::kUnwrap}), result)
                  .code(),
              ErrorCode::kPermissionDenied);
  }
}

TEST(CheckResultRules, AHeaderThatIsBoundMayCarryKeys) {
  const KeyRules kbpk = WithHeader(Rules(KeyType::kAes, {Verb::kUnwrap}), "D0000K1AB00N0000");
  const KeyRules own = WithHeader(Rules(KeyType::kEcPrivate, {Verb::kDerive}), "D0000K3EX00N0000");
  KeyRules result = WithHeader(Rules(KeyType::kAes, {Verb::kWrap}), "D0000K1AB00N0000");
  const auto unwrap = [&] {
    return CheckResultRules(Verb::kUnwrap, MechanismType::kKeyBlockWrap, kbpk, result).code();
  };
  const auto agree = [&] {
    return CheckResultRules(Verb::kDerive, MechanismType::kEcdhKeyAgreement, own, result).code();
  };
  EXPECT_EQ(unwrap(), ErrorCode::kOk);
  EXPECT_EQ(agree(), ErrorCode::kOk);
  result.key_block_export.weaker_kbpk = true;
  EXPECT_EQ(unwrap(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(agree(), ErrorCode::kPermissionDenied);
  result.key_block_export.weaker_kbpk = false;
  result.sensitive = false;
  EXPECT_EQ(unwrap(), ErrorCode::kPermissionDenied);
  result.sensitive = true;
  // A block of 3-D Secure keys does not say so: taken in twice, they would make CVV2s.
  result = WithHeader(Rules(KeyType::kDes3, {Verb::kSign}), "B0000C0TC00E0000");
  EXPECT_EQ(unwrap(), ErrorCode::kOk);
  EXPECT_EQ(agree(), ErrorCode::kPermissionDenied);
  result.allowed_mechanisms = {MechanismType::kThreeDsAuthentication};
  EXPECT_EQ(unwrap(), ErrorCode::kPermissionDenied);
}

TEST(CheckRules, LengthsByType) {
  const struct {
    KeyType type;
    std::set<std::size_t> good;
    Curve curve = Curve::kP256;
  } kTypes[] = {{KeyType::kAes, {16, 24, 32}},
                {KeyType::kDes3, {16, 24}},
                {KeyType::kEcPrivate, {32}},
                {KeyType::kEcPublic, {65}},
                {KeyType::kRsaPrivate, {256, 384, 512}},
                {KeyType::kRsaPublic, {256, 384, 512}},
                {KeyType::kChaCha20, {32}},
                {KeyType::kEcPrivate, {48}, Curve::kP384},
                {KeyType::kEcPrivate, {66}, Curve::kP521},
                {KeyType::kEcPublic, {133}, Curve::kP521},
                {KeyType::kEcPrivate, {32}, Curve::kX25519},
                {KeyType::kEcPublic, {32}, Curve::kX25519},
                {KeyType::kEcPrivate, {32}, Curve::kEd25519},
                {KeyType::kEcPublic, {32}, Curve::kEd25519}};
  for (const auto& type : kTypes) {
    for (std::size_t length = 0; length < 600; ++length) {
      KeyRules rules = Rules(type.type, {});
      rules.length = length;
      rules.curve = type.curve;
      EXPECT_EQ(CheckRules(rules).ok(), type.good.count(length) != 0) << length;
    }
  }
  for (const KeyType type : {KeyType::kHmac, KeyType::kGenericSecret}) {
    for (std::size_t length = 0; length < 300; ++length) {
      KeyRules rules = Rules(type, {});
      rules.length = length;
      EXPECT_EQ(CheckRules(rules).ok(), length >= 16 && length <= 256) << length;
    }
  }
}

TEST(CheckRules, AHeaderBindsTypeVerbsAndExport) {
  const auto check = [](KeyType type, std::size_t length, VerbSet verbs, const char* header,
                        bool extractable = false, bool sensitive = true) {
    KeyRules rules = WithHeader(Rules(type, verbs), header);
    rules.length = length;
    rules.extractable = extractable;
    rules.sensitive = sensitive;
    return CheckRules(rules).ok();
  };
  const VerbSet both = {Verb::kSign, Verb::kVerify};
  EXPECT_TRUE(check(KeyType::kDes3, 16, both, "D0000E0TN00N0000"));
  EXPECT_TRUE(check(KeyType::kDes3, 16, both, "D0000E0TX00N0000"));
  // A verification key answers ARQCs that are right, so it may name sign; it makes no cryptogram.
  EXPECT_TRUE(check(KeyType::kDes3, 16, both, "D0000E0TV00N0000"));
  EXPECT_FALSE(check(KeyType::kDes3, 16, {Verb::kVerify}, "D0000E0TG00N0000"));
  EXPECT_FALSE(check(KeyType::kDes3, 16, {Verb::kEncrypt}, "D0000E0TN00N0000"));
  EXPECT_FALSE(check(KeyType::kDes3, 16, both, "D0000E0AN00N0000"));
  EXPECT_FALSE(check(KeyType::kAes, 16, both, "D0000E0TN00N0000"));
  EXPECT_FALSE(check(KeyType::kGenericSecret, 32, {}, "D0000M7HN00N0000"));
  EXPECT_FALSE(check(KeyType::kDes3, 16, both, "D0000E0TN00N0000", true));
  EXPECT_TRUE(check(KeyType::kDes3, 16, both, "D0000E0TN00E0000", true));
  EXPECT_FALSE(check(KeyType::kDes3, 16, both, "D0000E0TN00N0000", false, false));
  // Usages without a mechanism yet keep to the meaning of their mode.
  EXPECT_TRUE(check(KeyType::kDes3, 16, {Verb::kEncrypt}, "D0000P0TE00N0000"));
  EXPECT_FALSE(check(KeyType::kDes3, 16, {Verb::kDecrypt}, "D0000P0TE00N0000"));
  EXPECT_FALSE(check(KeyType::kDes3, 16, {Verb::kDecrypt}, "D0000C0TV00N0000"));
}

TEST(KeyBlockHeader, TakesTheNormOnly) {
  const auto header = KeyBlockHeader::Parse("D0000E0TV00N0000");
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->usage(), "E0");
  EXPECT_EQ(header->algorithm(), 'T');
  EXPECT_EQ(header->mode_of_use(), 'V');
  EXPECT_EQ(header->key_version(), "00");
  EXPECT_EQ(header->exportability(), 'N');
  for (const char* bad :
       {"", "D0000E0TV00N000", "D0000E0TV00N00000", "F0000E0TV00N0000", "D0016E0TV00N0000",
        "D0000E8TV00N0000", "D000000TV00N0000", "D0000e0TV00N0000", "D0000E0DV00N000",
        "D0000E0ZV00N0000", "D0000E0TA00N0000", "D0000E0TVc1N0000", "D0000E0TV00X0000",
        "D0000E0TV00N0100", "D0000E0TV00N0003", "D0000E0TV00N0030"}) {
    EXPECT_EQ(KeyBlockHeader::Parse(bad).code(), ErrorCode::kMalformed) << bad;
  }
}

}  // namespace
}  // namespace florin::mechanisms
