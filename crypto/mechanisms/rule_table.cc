#include "crypto/mechanisms/rule_table.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <variant>

#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/rule_rows.h"
#include "crypto/primitives/rsa_der.h"

namespace florin::mechanisms {
namespace {

// Between which rows those of a mechanism lie: Authorize is on every hot path.
struct Rows {
  std::size_t begin = std::size(kRules);
  std::size_t end = 0;
};
constexpr auto kRowsOf = [] {
  std::array<Rows, std::variant_size_v<Mechanism>> rows{};
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    Rows& of = rows[static_cast<std::size_t>(kRules[i].mechanism)];
    of.begin = std::min(of.begin, i);
    of.end = i + 1;
  }
  return rows;
}();

constexpr std::array<Verb, 7> kUses = {Verb::kSign,   Verb::kVerify, Verb::kEncrypt, Verb::kDecrypt,
                                       Verb::kDerive, Verb::kWrap,   Verb::kUnwrap};

bool MayCarryKeys(const KeyRules& rules) {
  return rules.verbs.Has(Verb::kWrap) || rules.verbs.Has(Verb::kUnwrap);
}

// The initial key of a device is made to leave; one way leads to it from the BDK.
bool IsMadeToLeave(MechanismType mechanism, const KeyRules& result) {
  return mechanism == Type::kDukptDeviceKey && result.header.has_value() &&
         result.header->usage() == "B1";
}

bool IsConcatenation(MechanismType mechanism) {
  return mechanism == Type::kConcatenateDataAndBase || mechanism == Type::kConcatenateBaseAndData ||
         mechanism == Type::kConcatenateBaseAndKey;
}

// Whether a key that comes out of `mechanism` may serve `name`, which only a name opens. A secret
// that is to be cut into pieces may be named so where nobody chose part of its bytes.
bool MayComeNamed(MechanismType mechanism, MechanismType name) {
  return !IsNamedOnly(name) || (name == Type::kExtractKeyFromKey && !IsConcatenation(mechanism));
}

Error Denied(const char* message) { return {ErrorCode::kPermissionDenied, message}; }

bool NamesUsage(std::string_view usages, std::string_view usage) {
  for (std::size_t i = 0; i + 2 <= usages.size(); i += 2) {
    if (usages.substr(i, 2) == usage) return true;
  }
  return false;
}

// Raw EMV mechanisms would let a caller choose another profile than the key names.
bool IsProfileBound(MechanismType type) {
  return type == Type::kEmvAuthorization || type == Type::kEmvArqcTrace;
}

Status CheckProfiles(MechanismType mechanism, const KeyRules& rules) {
  if (rules.emv.has_value() == IsProfileBound(mechanism)) return OkStatus();
  return rules.emv.has_value()
             ? Denied("the key serves whole EMV profiles; use the mechanisms bound to profiles")
             : Denied("the rules of the key name no EMV profiles");
}

// Key type and, of an EC key, the form of its curve.
bool IsOfKind(const Rule& rule, const KeyRules& rules) {
  return rule.types.Has(rules.type) && (!IsEcKey(rules.type) || FormOf(rules.curve) == rule.form);
}

bool Opens(const Rule& rule, const KeyRules& rules) {
  if (!IsOfKind(rule, rules)) return false;
  if (rule.named_only && !NamesMechanism(rules, rule.mechanism)) return false;
  if (!rules.header.has_value()) return rule.headerless;
  return NamesUsage(rule.usages, rules.header->usage()) &&
         rule.modes.find(rules.header->mode_of_use()) != std::string_view::npos;
}

// What a mode of use can ever mean, for usages that no row of the table names yet.
VerbSet VerbsOfMode(char mode) {
  switch (mode) {
    case 'B': return {Verb::kEncrypt, Verb::kDecrypt, Verb::kWrap, Verb::kUnwrap};
    case 'C': return {Verb::kSign, Verb::kVerify};
    case 'D': return {Verb::kDecrypt, Verb::kUnwrap};
    case 'E': return {Verb::kEncrypt, Verb::kWrap};
    case 'G':
    case 'S': return kSigns;
    case 'T': return {Verb::kSign, Verb::kDecrypt};
    case 'V': return kVerifies;
    case 'X':
    case 'Y': return kDerives;
    case 'N': return {kUses[0], kUses[1], kUses[2], kUses[3], kUses[4], kUses[5], kUses[6]};
    default: return {};
  }
}

VerbSet PossibleVerbs(const KeyRules& rules) {
  VerbSet possible;
  bool usage_has_rows = false;
  for (const Rule& rule : kRules) {
    if (!NeedsVerb(rule.role) || !NamesUsage(rule.usages, rules.header->usage())) continue;
    usage_has_rows = true;
    if (!Opens(rule, rules)) continue;
    for (const Verb verb : kUses) {
      if (rule.verbs.Has(verb)) possible.Add(verb);
    }
  }
  return usage_has_rows ? possible : VerbsOfMode(rules.header->mode_of_use());
}

// Verbs that a key without a header may name: those that some mechanism offers it.
VerbSet PossibleVerbsWithoutHeader(const KeyRules& rules) {
  // A public key often names what its pair is for. Tools let every secret key they generate encrypt
  // and decrypt if not told otherwise. No row opens either: the names alone permit nothing.
  VerbSet possible;
  if (rules.type == KeyType::kEcPublic) possible = kDerives;
  if (rules.type == KeyType::kGenericSecret) possible = {Verb::kEncrypt, Verb::kDecrypt};
  for (const Rule& rule : kRules) {
    if (!NeedsVerb(rule.role) || !rule.headerless || !IsOfKind(rule, rules)) continue;
    for (const Verb verb : kUses) {
      if (rule.verbs.Has(verb)) possible.Add(verb);
    }
  }
  return possible;
}

char HeaderAlgorithm(KeyType type) {
  switch (type) {
    case KeyType::kAes: return 'A';
    case KeyType::kDes3: return 'T';
    case KeyType::kHmac: return 'H';
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return 'E';
    case KeyType::kRsaPrivate:
    case KeyType::kRsaPublic: return 'R';
    case KeyType::kGenericSecret:
    case KeyType::kChaCha20: return 0;
  }
  return 0;
}

Status CheckHeader(const KeyRules& rules) {
  const KeyBlockHeader& header = *rules.header;
  if (header.algorithm() != HeaderAlgorithm(rules.type)) {
    return Denied("key rules: the header's algorithm is not that of the key type");
  }
  if (!rules.sensitive && !IsPublicKey(rules.type)) {
    return Denied("key rules: a key with a key block header must be sensitive");
  }
  if (rules.extractable && header.exportability() == 'N') {
    return Denied("key rules: the header says not exportable, so the key must not be extractable");
  }
  const VerbSet possible = PossibleVerbs(rules);
  for (const Verb verb : kUses) {
    if (rules.verbs.Has(verb) && !possible.Has(verb)) {
      return Denied("key rules: the header's usage and mode of use do not permit one of the verbs");
    }
  }
  return OkStatus();
}

Status CheckWithoutHeader(const KeyRules& rules) {
  const VerbSet possible = PossibleVerbsWithoutHeader(rules);
  for (const Verb verb : kUses) {
    if (rules.verbs.Has(verb) && !possible.Has(verb)) {
      return Denied("key rules: no mechanism offers one of the verbs to a key of this type");
    }
  }
  // A wrapping without header does not say what its content is for. A key that wraps, wrapped by
  // itself or by another and then unwrapped to decrypt, would undo every wrapping it ever made. As
  // a copy keeps at most the rights of its original, no copy of such a key can leave either. A
  // public key is not wrapped and undoes nothing.
  if (MayCarryKeys(rules) && rules.extractable && !IsPublicKey(rules.type)) {
    return Denied("key rules: a key that wraps or unwraps must not be extractable");
  }
  return OkStatus();
}

Status CheckLength(const KeyRules& rules) {
  const std::size_t length = rules.length;
  bool fits = false;
  switch (rules.type) {
    case KeyType::kAes: fits = length == 16 || length == 24 || length == 32; break;
    case KeyType::kDes3: fits = length == 16 || length == 24; break;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: fits = length >= 16 && length <= 256; break;
    case KeyType::kEcPrivate: fits = length == InfoOf(rules.curve).private_size; break;
    case KeyType::kEcPublic: fits = length == InfoOf(rules.curve).public_size; break;
    case KeyType::kChaCha20: fits = length == 32; break;
    case KeyType::kRsaPrivate:
    case KeyType::kRsaPublic: fits = primitives::IsRsaModulusSize(length); break;
  }
  if (fits) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "key rules: the length does not suit the key type");
}

bool Intersect(VerbSet a, VerbSet b) {
  return std::any_of(kUses.begin(), kUses.end(),
                     [=](Verb verb) { return a.Has(verb) && b.Has(verb); });
}

// A key of its own is what such a mechanism asks for.
Status CheckNames(const KeyRules& rules) {
  const auto& allowed = rules.allowed_mechanisms;
  for (const MechanismType type : allowed) {
    if (type != allowed.front() && (IsNamedOnly(type) || IsNamedOnly(allowed.front()))) {
      return Denied("key rules: one of the mechanisms named must be the only one of its key");
    }
  }
  return OkStatus();
}

// What belongs to the keys of PINs only.
Status CheckPinRules(const KeyRules& rules) {
  const std::string_view usage = rules.header.has_value() ? rules.header->usage() : "";
  if (!(rules.pin == PinKeyMarks{}) && usage != "P0") {
    return Denied("key rules: marks of PIN translation belong to a key with usage P0");
  }
  if (!rules.decimalisation.has_value()) return OkStatus();
  if (usage != "V1") {
    return Denied("key rules: a decimalisation table belongs to a key with usage V1");
  }
  FLORIN_CHECK_OK(card::DecimalisationTable::Parse(rules.decimalisation->digits()));
  return OkStatus();
}

// What a form that keeps the header loses: unwrapped again, a key of 3-D Secure would make CVV2s,
// one of EMV profiles serve the raw mechanisms, a PVK have a table of the caller's choice.
bool HasMoreThanHeader(const KeyRules& rules) {
  return !rules.allowed_mechanisms.empty() || rules.emv.has_value() ||
         rules.decimalisation.has_value() || rules.pin.forbid_aes_to_tdes ||
         rules.tr34_peers.has_value();
}

bool HasKeyBlockPolicy(const KeyRules& rules) {
  return rules.key_block_import != card::KeyBlockImportPolicy() ||
         rules.key_block_export != card::KeyBlockExportPolicy();
}

Status CheckKeyBlockPolicy(const KeyRules& rules) {
  if (!HasKeyBlockPolicy(rules)) return OkStatus();
  if (!rules.header.has_value() || !NamesUsage("K1K2K4", rules.header->usage())) {
    return Denied("key rules: a policy of key blocks belongs to a key with usage K1, K2 or K4");
  }
  if (rules.key_block_import.single_des) {
    return Denied("key rules: no key block brings single DES");
  }
  const bool rsa = rules.key_block_import.weaker_rsa || rules.key_block_export.weaker_rsa;
  if (rules.header->usage() == "K2" ? rules.key_block_import.legacy_versions : rsa) {
    return Denied("key rules: the policy names what this usage does not have");
  }
  return OkStatus();
}

Status CheckTr34Peers(const KeyRules& rules) {
  if (!rules.tr34_peers.has_value() ||
      (rules.type == KeyType::kRsaPrivate && rules.header.has_value() &&
       rules.header->usage() == "K2")) {
    return OkStatus();
  }
  return Denied("key rules: peers of TR-34 belong to a private RSA key with usage K2");
}

// SP 800-57 part 1 r5 5.2: a key that agrees on keys may sign the request for its own certificate.
// That is open to a key of EC that names these two mechanisms and no other: neither gives away what
// the other keeps.
bool MayRequestCertificate(const KeyRules& rules) {
  const auto& names = rules.allowed_mechanisms;  // some twice: a mechanism may have many numbers
  return rules.type == KeyType::kEcPrivate && !rules.header.has_value() &&
         NamesMechanism(rules, Type::kEcdhDerive) && NamesMechanism(rules, Type::kEcdsa) &&
         std::all_of(names.begin(), names.end(), [](MechanismType type) {
           return type == Type::kEcdhDerive || type == Type::kEcdsa;
         });
}

}  // namespace

std::span<const Rule> RuleTable() { return kRules; }
std::span<const VerbConflict> VerbConflicts() { return kConflicts; }

bool NamesMechanism(const KeyRules& rules, MechanismType mechanism) {
  const auto& names = rules.allowed_mechanisms;
  return std::find(names.begin(), names.end(), mechanism) != names.end();
}

bool KeepsHeader(MechanismType mechanism) {
  return mechanism == Type::kKeyBlockWrap || mechanism == Type::kEcdhKeyAgreement ||
         mechanism == Type::kDukptDeviceKey || mechanism == Type::kTr34KeyToken;
}

bool OpensByName(MechanismType mechanism, VerbSet verbs) {
  return std::any_of(std::begin(kRules), std::end(kRules), [=](const Rule& rule) {
    return rule.mechanism == mechanism && rule.named_only && Intersect(rule.verbs, verbs);
  });
}

bool IsNamedOnly(MechanismType mechanism) {
  const auto is_open_row = [mechanism](const Rule& rule) {
    return rule.mechanism == mechanism && rule.role == KeyRole::kMain && !rule.named_only;
  };
  return std::none_of(std::begin(kRules), std::end(kRules), is_open_row);
}

Status Authorize(Verb verb, MechanismType mechanism, const KeyRules& rules, KeyRole role) {
  if (NeedsVerb(role)) {
    if (!rules.verbs.Has(verb)) return Denied("the rules of the key do not name this verb");
    if (!rules.allowed_mechanisms.empty() && !NamesMechanism(rules, mechanism)) {
      return Denied("the rules of the key do not name this mechanism");
    }
  }
  if (role == KeyRole::kMain) FLORIN_CHECK_OK(CheckProfiles(mechanism, rules));
  if (role == KeyRole::kTarget && !rules.extractable) {
    return Denied("the key to be wrapped is not extractable");
  }
  if (role == KeyRole::kTarget && MayCarryKeys(rules) && !KeepsHeader(mechanism)) {
    return Denied("a key that wraps or unwraps is wrapped in a form that keeps its header only");
  }
  if (role == KeyRole::kTarget && KeepsHeader(mechanism) && HasMoreThanHeader(rules)) {
    return Denied("a key block would lose what binds the key beside its header");
  }
  const Rows& rows = kRowsOf[static_cast<std::size_t>(mechanism)];
  for (std::size_t i = rows.begin; i < rows.end; ++i) {
    const Rule& rule = kRules[i];
    if (rule.mechanism == mechanism && rule.role == role && rule.verbs.Has(verb) &&
        Opens(rule, rules)) {
      return OkStatus();
    }
  }
  return rules.header.has_value()
             ? Denied("the key block header of the key does not permit this use")
             : Denied("this use is not open to a key of this type without a key block header");
}

Status CheckRules(const KeyRules& rules) {
  FLORIN_CHECK_OK(CheckLength(rules));
  if (rules.hmac_hash.has_value() && rules.type != KeyType::kHmac) {
    return Denied("key rules: the hash of HMAC belongs to an HMAC key");
  }
  if (rules.emv.has_value() && !(rules.header.has_value() && rules.header->usage() == "E0")) {
    return Denied("key rules: EMV profiles belong to a key with usage E0");
  }
  FLORIN_CHECK_OK(CheckNames(rules));
  FLORIN_CHECK_OK(CheckPinRules(rules));
  FLORIN_CHECK_OK(CheckDates(rules.life));
  FLORIN_CHECK_OK(CheckKeyBlockPolicy(rules));
  FLORIN_CHECK_OK(CheckTr34Peers(rules));
  if (!IsPublicKey(rules.type)) {
    for (const VerbConflict& conflict : kConflicts) {
      if (conflict.second == Verb::kSign && MayRequestCertificate(rules)) continue;
      if (rules.verbs.Has(conflict.first) && rules.verbs.Has(conflict.second)) {
        return Denied(conflict.reason);
      }
    }
  }
  return rules.header.has_value() ? CheckHeader(rules) : CheckWithoutHeader(rules);
}

Status CheckResultRules(Verb verb, MechanismType mechanism, const KeyRules& main,
                        const KeyRules& result) {
  // The same bytes may be unwrapped, or derived, once more for another use (Froeschle and Steel
  // 2009): what one of the two wraps, the other would decrypt.
  if (MayCarryKeys(result) && !KeepsHeader(mechanism)) {
    return Denied("a derived or unwrapped key must not wrap or unwrap");
  }
  // What the form does not state, the caller must not add to the key: a mechanism that only a name
  // opens, or what a KBPK puts up with.
  const auto& names = result.allowed_mechanisms;
  if (!std::all_of(names.begin(), names.end(),
                   [mechanism](MechanismType name) { return MayComeNamed(mechanism, name); })) {
    return Denied("a derived or unwrapped key must not serve a mechanism that only its name opens");
  }
  if (HasKeyBlockPolicy(result)) {
    return Denied("the policy of a derived or unwrapped KBPK is the norm");
  }
  if (result.tr34_peers.has_value()) {
    return Denied("a key that came in another's form does not choose its peers of TR-34");
  }
  if (verb == Verb::kUnwrap && !result.sensitive) {
    return Denied("an unwrapped key must be sensitive");
  }
  // Unwrapped again, it could be named for the cutting into pieces that it must not undergo.
  if (IsConcatenation(mechanism) && result.extractable) {
    return Denied("a concatenation must not be extractable");
  }
  if (verb == Verb::kDerive) {
    if (main.sensitive && !result.sensitive) {
      return Denied("a key derived from a sensitive key must be sensitive");
    }
    if (!main.extractable && result.extractable && !IsMadeToLeave(mechanism, result)) {
      return Denied("a key derived from a key that is not extractable must not be extractable");
    }
  }
  return Authorize(verb, mechanism, result, KeyRole::kResult);
}

Status CheckSecondSecret(const KeyRules& second, const KeyRules& result) {
  if (second.sensitive && !result.sensitive) {
    return Denied("a key derived from a sensitive key must be sensitive");
  }
  if (!second.extractable && result.extractable) {
    return Denied("a key derived from a key that is not extractable must not be extractable");
  }
  return OkStatus();
}

Result<KeyType> TypeOfHeader(const KeyBlockHeader& header) {
  for (const KeyType type :
       {KeyType::kAes, KeyType::kDes3, KeyType::kHmac, KeyType::kEcPrivate, KeyType::kRsaPrivate}) {
    if (HeaderAlgorithm(type) == header.algorithm()) return type;
  }
  return Error(ErrorCode::kUnsupported,
               "keys of this algorithm are not kept here; AES, TDES, HMAC, EC and RSA keys are");
}

VerbSet VerbsOfHeader(KeyType type, const KeyBlockHeader& header) {
  VerbSet verbs;
  bool derives = false;
  for (const Rule& rule : kRules) {
    // Keys with headers lie on Weierstrass curves.
    if (!NeedsVerb(rule.role) || !rule.types.Has(type) || rule.form != CurveForm::kWeierstrass ||
        !NamesUsage(rule.usages, header.usage()) ||
        rule.modes.find(header.mode_of_use()) == std::string_view::npos) {
      continue;
    }
    for (const Verb verb : kUses) {
      if (!rule.verbs.Has(verb) || rule.named_only) continue;
      // A BDK serves transactions, unless its owner says that it derives device keys.
      if (verb == Verb::kDerive) {
        derives = true;
      } else {
        verbs.Add(verb);
      }
    }
  }
  return derives && verbs.empty() ? kDerives : verbs;
}

bool IsPair(const KeyRules& private_rules, const KeyRules& public_rules) {
  if (!IsPrivateKey(private_rules.type) || !IsPublicKey(public_rules.type)) return false;
  if (IsEcKey(private_rules.type)) {
    return IsEcKey(public_rules.type) && private_rules.curve == public_rules.curve;
  }
  return IsRsaKey(public_rules.type) &&
         (public_rules.length == 0 || public_rules.length == private_rules.length);
}

std::size_t StrengthBits(const KeyRules& rules) {
  switch (rules.type) {
    case KeyType::kAes: return rules.length * 8;
    case KeyType::kDes3: return rules.length == 16 ? 80 : 112;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: return std::min<std::size_t>(rules.length * 8, 256);
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return InfoOf(rules.curve).strength;
    case KeyType::kChaCha20: return 256;
    case KeyType::kRsaPrivate:
    case KeyType::kRsaPublic: return rules.length < 384 ? 112 : 128;
  }
  return 0;
}

}  // namespace florin::mechanisms
