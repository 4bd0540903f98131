#include "crypto/mechanisms/rule_table.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <variant>

#include "crypto/mechanisms/key_life.h"

namespace florin::mechanisms {
namespace {

using Type = MechanismType;

constexpr VerbSet kSigns = {Verb::kSign};
constexpr VerbSet kVerifies = {Verb::kVerify};
constexpr VerbSet kEncrypts = {Verb::kEncrypt};
constexpr VerbSet kDecrypts = {Verb::kDecrypt};
constexpr VerbSet kDerives = {Verb::kDerive};
constexpr VerbSet kWraps = {Verb::kWrap};
constexpr VerbSet kUnwraps = {Verb::kUnwrap};

// Secret keys that may travel in RFC 3394 form, and those that may come out of a derivation.
// Neither form keeps a key block header, so neither is open to a key that has one.
constexpr KeyTypeSet kWrappable = {KeyType::kAes, KeyType::kDes3, KeyType::kHmac,
                                   KeyType::kGenericSecret};
constexpr KeyTypeSet kDerivable = {KeyType::kAes, KeyType::kHmac, KeyType::kGenericSecret};

// Keys that may travel in key blocks, which keep their headers. Every usage and mode of use does.
constexpr KeyTypeSet kInKeyBlocks = {KeyType::kAes, KeyType::kDes3, KeyType::kHmac,
                                     KeyType::kEcPrivate};
constexpr std::string_view kEveryUsage =
    "B0B1B2B3C0D0D1D2D3E0E1E2E3E4E5E6E7I0K0K1K2K3K4M0M1M2M3M4M5M6M7M8P0P1S0S1S2V0V1V2V3V4V5";
constexpr std::string_view kEveryMode = "BCDEGNSTVXY";

// Keys that working keys are derived from inside an operation.
constexpr KeyTypeSet kMasterKeys = {KeyType::kAes, KeyType::kDes3};

constexpr KeyRole kMain = KeyRole::kMain;
constexpr KeyRole kPinSource = KeyRole::kPinSource;
constexpr KeyRole kPinTarget = KeyRole::kPinTarget;
constexpr KeyRole kConfidentiality = KeyRole::kConfidentiality;
constexpr KeyRole kCardCryptogram = KeyRole::kCardCryptogram;

// Modes of use of X9.143 table 4: B both ways, E encrypt or wrap only, D decrypt or unwrap only,
// C sign and verify, G sign only, S sign only (key pairs), V verify only, X derive, N any.
constexpr Rule kRules[] = {
    // D0: symmetric data encryption.
    {Type::kAesEcb, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesEcb, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesCbc, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesCbc, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesCbcPad, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesCbcPad, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesCtr, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesCtr, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesGcm, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesGcm, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kDes3Ecb, kEncrypts, kMain, {KeyType::kDes3}, true, "D0", "BEN"},
    {Type::kDes3Ecb, kDecrypts, kMain, {KeyType::kDes3}, true, "D0", "BDN"},
    {Type::kDes3Cbc, kEncrypts, kMain, {KeyType::kDes3}, true, "D0", "BEN"},
    {Type::kDes3Cbc, kDecrypts, kMain, {KeyType::kDes3}, true, "D0", "BDN"},
    // M6 is ISO 9797-1:2011 algorithm 5, which is CMAC; M7 is HMAC.
    {Type::kAesCmac, kSigns, kMain, {KeyType::kAes}, true, "M6", "CGN"},
    {Type::kAesCmac, kVerifies, kMain, {KeyType::kAes}, true, "M6", "CVN"},
    {Type::kHmac, kSigns, kMain, {KeyType::kHmac}, true, "M7", "CGN"},
    {Type::kHmac, kVerifies, kMain, {KeyType::kHmac}, true, "M7", "CVN"},
    // S0: key pair for signatures.
    {Type::kEcdsa, kSigns, kMain, {KeyType::kEcPrivate}, true, "S0", "SN"},
    {Type::kEcdsa, kVerifies, kMain, {KeyType::kEcPublic}, true, "S0", "VN"},
    // K3: key pair for key agreement. What comes out has no header: no call could vouch for one.
    {Type::kEcdhDerive, kDerives, kMain, {KeyType::kEcPrivate}, true, "K3", "XN"},
    {Type::kEcdhDerive, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    // No usage of X9.143 stands for these.
    {Type::kConcatenateDataAndBase, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kConcatenateDataAndBase, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    {Type::kConcatenateBaseAndData, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kConcatenateBaseAndData, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    {Type::kHashDerive, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kHashDerive, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    // K0: key encryption. Not K1, whose keys wrap into key blocks only.
    {Type::kAesKeyWrap, kWraps, kMain, {KeyType::kAes}, true, "K0", "BEN"},
    {Type::kAesKeyWrap, kUnwraps, kMain, {KeyType::kAes}, true, "K0", "BDN"},
    {Type::kAesKeyWrap, kWraps, KeyRole::kTarget, kWrappable, true, "", ""},
    {Type::kAesKeyWrap, kUnwraps, KeyRole::kResult, kWrappable, true, "", ""},
    // E0: issuer master key for application cryptograms. X serves as N does: X9.143 gives it to
    // keys that others are derived from, and here the derivation happens inside the operation.
    {Type::kEmvCryptogram, kSigns, kMain, kMasterKeys, false, "E0", "CGNX"},
    {Type::kEmvCryptogram, kVerifies, kMain, kMasterKeys, false, "E0", "CVNX"},
    // Not V: by method 1 whoever signs has one block of their choice encrypted under the session
    // key of a PAN and ATC, and answers ARQCs that nobody verified.
    {Type::kEmvArpc, kSigns, kMain, kMasterKeys, false, "E0", "CGNX"},
    // The key that verifies answers as well, once the ARQC has proved right.
    {Type::kEmvVerifiedArpc, kSigns, kMain, kMasterKeys, false, "E0", "CVNX"},
    {Type::kEmvAuthorization, kSigns, kMain, kMasterKeys, false, "E0", "CVNX"},
    {Type::kEmvAuthorization, kVerifies, kMain, kMasterKeys, false, "E0", "CVNX"},
    {Type::kEmvArqcTrace, kSigns, kMain, kMasterKeys, false, "E0", "CVNX"},
    // M0 ISO 16609 and M1: MAC algorithm 1 of ISO/IEC 9797-1; M3: algorithm 3; M6: algorithm 5.
    // That the algorithm of the parameter is the usage's is checked by the implementation.
    {Type::kIso9797Mac, kSigns, kMain, {KeyType::kDes3}, false, "M0M1M3M6", "CGN"},
    {Type::kIso9797Mac, kVerifies, kMain, {KeyType::kDes3}, false, "M0M1M3M6", "CVN"},
    {Type::kTdesCmac, kSigns, kMain, {KeyType::kDes3}, true, "M6", "CGN"},
    {Type::kTdesCmac, kVerifies, kMain, {KeyType::kDes3}, true, "M6", "CVN"},
    // C0: the key of the value itself. E4: issuer master key for dynamic numbers, dCVV and CVC3, of
    // which card keys are derived inside. The implementation holds each kind to its usage.
    {Type::kCardVerification, kSigns, kMain, {KeyType::kDes3}, false, "C0", "CGN"},
    {Type::kCardVerification, kVerifies, kMain, {KeyType::kDes3}, false, "C0", "CVN"},
    {Type::kCardVerification, kSigns, kMain, {KeyType::kDes3}, false, "E4", "CGNX"},
    {Type::kCardVerification, kVerifies, kMain, {KeyType::kDes3}, false, "E4", "CVNX"},
    // X9.143 has no usages for these. The name sets their keys apart: a CAVV is a CVV of fields
    // that the caller chooses. C0 CAVV and CVC2 form, E0 and E4 the two forms of the token domain,
    // M7 the HMAC forms; held to by the implementation.
    {Type::kThreeDsAuthentication, kSigns, kMain, {KeyType::kDes3}, false, "C0", "CGN", true},
    {Type::kThreeDsAuthentication, kVerifies, kMain, {KeyType::kDes3}, false, "C0", "CVN", true},
    {Type::kThreeDsAuthentication, kSigns, kMain, {KeyType::kDes3}, false, "E0E4", "CGNX", true},
    {Type::kThreeDsAuthentication, kVerifies, kMain, {KeyType::kDes3}, false, "E0E4", "CVNX", true},
    {Type::kThreeDsAuthentication, kSigns, kMain, {KeyType::kHmac}, false, "M7", "CGN", true},
    {Type::kThreeDsAuthentication, kVerifies, kMain, {KeyType::kHmac}, false, "M7", "CVN", true},
    // B0: base derivation key. As with E0, the derivation happens inside the operation.
    {Type::kDukptMac, kSigns, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptMac, kVerifies, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptData, kEncrypts, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptData, kDecrypts, kMain, kMasterKeys, false, "B0", "XN"},
    // E2 and E1: issuer master keys for secure messaging, integrity and confidentiality. Chosen
    // data is encrypted by keys of its own only: see EmvScriptEncryption.
    {Type::kEmvScriptMac, kSigns, kMain, kMasterKeys, false, "E2", "CGNX"},
    {Type::kEmvScriptMac, kVerifies, kMain, kMasterKeys, false, "E2", "CVNX"},
    {Type::kEmvScriptEncryption, kEncrypts, kMain, {KeyType::kDes3}, false, "E1", "BENX", true},
    {Type::kEmvPinChange, kSigns, kMain, kMasterKeys, false, "E2", "CGNX"},
    {Type::kEmvPinChange, kEncrypts, kConfidentiality, {KeyType::kDes3}, false, "E1", "BENX"},
    {Type::kEmvPinChange, kVerifies, kCardCryptogram, {KeyType::kDes3}, false, "E0", "CVNX"},
    {Type::kEmvPinChange, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kEmvPinChange, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    // P0: PIN encryption. Its keys serve no mechanism that shows what they decrypt.
    {Type::kPinTranslation, kEncrypts, kMain, kMasterKeys, false, "P0", "BEN"},
    {Type::kPinTranslation, kEncrypts, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kPinTranslation, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kPinTranslation, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    // V1 IBM 3624, V2 Visa PVV. The implementation holds each kind to its usage.
    {Type::kPinVerification, kSigns, kMain, {KeyType::kDes3}, false, "V1V2", "CGN"},
    {Type::kPinVerification, kVerifies, kMain, {KeyType::kDes3}, false, "V1V2", "CVN"},
    {Type::kPinVerification, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kPinVerification, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    // Not G: the current PIN is verified.
    {Type::kPinChange, kSigns, kMain, {KeyType::kDes3}, false, "V1V2", "CN"},
    {Type::kPinChange, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kPinChange, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    {Type::kPinGeneration, kSigns, kMain, {KeyType::kDes3}, false, "V1V2", "CGN"},
    {Type::kPinGeneration, kEncrypts, kPinTarget, kMasterKeys, false, "P0", "BEN"},
    {Type::kPinGeneration, kEncrypts, kPinTarget, kMasterKeys, false, "B0", "XN"},
    // K1, and K4 of ISO 20038: key block protection keys.
    {Type::kKeyBlockWrap, kWraps, kMain, kMasterKeys, false, "K1K4", "BEN"},
    {Type::kKeyBlockWrap, kUnwraps, kMain, kMasterKeys, false, "K1K4", "BDN"},
    {Type::kKeyBlockWrap, kWraps, KeyRole::kTarget, kInKeyBlocks, false, kEveryUsage, kEveryMode},
    {Type::kKeyBlockWrap, kUnwraps, KeyRole::kResult, kInKeyBlocks, false, kEveryUsage, kEveryMode},
    // By its name only: what EcdhDerive makes of the same two keys is the same bytes without a
    // header, and would decrypt what the agreed key wraps. For the same reason one usage comes out.
    {Type::kEcdhKeyAgreement, kDerives, kMain, {KeyType::kEcPrivate}, false, "K3", "XN", true},
    {Type::kEcdhKeyAgreement, kDerives, KeyRole::kResult, kMasterKeys, false, "K1", "BDEN"},
};

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

constexpr VerbConflict kConflicts[] = {
    // Clulow 2003: wrap a secret key, decrypt the result as data, read the key.
    {Verb::kWrap, Verb::kDecrypt, "a key that wraps must not decrypt"},
    // Delaune, Kremer, Steel 2008: encrypt a chosen value, unwrap it as a key.
    {Verb::kUnwrap, Verb::kEncrypt, "a key that unwraps must not encrypt"},
    // The partner at the other end holds the same key in the other direction: where each may use
    // its own for data, the two attacks above take one call at either end.
    {Verb::kWrap, Verb::kEncrypt, "a key that wraps must not encrypt"},
    {Verb::kUnwrap, Verb::kDecrypt, "a key that unwraps must not decrypt"},
    // A derivation must not be an oracle for, or be undone by, another use (SP 800-57 5.2).
    {Verb::kDerive, Verb::kEncrypt, "a key that derives must not encrypt"},
    {Verb::kDerive, Verb::kDecrypt, "a key that derives must not decrypt"},
    {Verb::kDerive, Verb::kSign, "a key that derives must not sign"},
    {Verb::kDerive, Verb::kVerify, "a key that derives must not verify"},
};

constexpr std::array<Verb, 7> kUses = {Verb::kSign,   Verb::kVerify, Verb::kEncrypt, Verb::kDecrypt,
                                       Verb::kDerive, Verb::kWrap,   Verb::kUnwrap};

bool MayCarryKeys(const KeyRules& rules) {
  return rules.verbs.Has(Verb::kWrap) || rules.verbs.Has(Verb::kUnwrap);
}

// Forms in which a key's usage is bound to it, so that no second unwrapping or derivation gives the
// same bytes another one. All others lose it.
bool KeepsHeader(MechanismType mechanism) {
  return mechanism == Type::kKeyBlockWrap || mechanism == Type::kEcdhKeyAgreement;
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

bool Opens(const Rule& rule, const KeyRules& rules) {
  if (!rule.types.Has(rules.type)) return false;
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

// Verbs that a key of this type without a header may name: those that some mechanism offers it.
VerbSet PossibleVerbsWithoutHeader(KeyType type) {
  // A public key often names what its pair is for. Tools let every secret key they generate encrypt
  // and decrypt if not told otherwise. No row opens either: the names alone permit nothing.
  VerbSet possible;
  if (type == KeyType::kEcPublic) possible = kDerives;
  if (type == KeyType::kGenericSecret) possible = {Verb::kEncrypt, Verb::kDecrypt};
  for (const Rule& rule : kRules) {
    if (!NeedsVerb(rule.role) || !rule.headerless || !rule.types.Has(type)) continue;
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
    case KeyType::kGenericSecret: return 0;
  }
  return 0;
}

Status CheckHeader(const KeyRules& rules) {
  const KeyBlockHeader& header = *rules.header;
  if (header.algorithm() != HeaderAlgorithm(rules.type)) {
    return Denied("key rules: the header's algorithm is not that of the key type");
  }
  if (!rules.sensitive && rules.type != KeyType::kEcPublic) {
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
  const VerbSet possible = PossibleVerbsWithoutHeader(rules.type);
  for (const Verb verb : kUses) {
    if (rules.verbs.Has(verb) && !possible.Has(verb)) {
      return Denied("key rules: no mechanism offers one of the verbs to a key of this type");
    }
  }
  // A wrapping without header does not say what its content is for. A key that wraps, wrapped by
  // itself or by another and then unwrapped to decrypt, would undo every wrapping it ever made. As
  // a copy keeps at most the rights of its original, no copy of such a key can leave either.
  if (MayCarryKeys(rules) && rules.extractable) {
    return Denied("key rules: a key that wraps or unwraps must not be extractable");
  }
  return OkStatus();
}

Status CheckLength(const KeyRules& rules) {
  const std::size_t length = rules.length;
  const std::size_t field = rules.curve == Curve::kP256 ? 32 : 48;
  bool fits = false;
  switch (rules.type) {
    case KeyType::kAes: fits = length == 16 || length == 24 || length == 32; break;
    case KeyType::kDes3: fits = length == 16 || length == 24; break;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: fits = length >= 16 && length <= 256; break;
    case KeyType::kEcPrivate: fits = length == field; break;
    case KeyType::kEcPublic: fits = length == 1 + 2 * field; break;
  }
  if (fits) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "key rules: the length does not suit the key type");
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
         rules.decimalisation.has_value() || rules.pin.forbid_aes_to_tdes;
}

bool HasKeyBlockPolicy(const KeyRules& rules) {
  return rules.key_block_import != card::KeyBlockImportPolicy() ||
         rules.key_block_export != card::KeyBlockExportPolicy();
}

Status CheckKeyBlockPolicy(const KeyRules& rules) {
  if (!HasKeyBlockPolicy(rules)) return OkStatus();
  if (!rules.header.has_value() || !NamesUsage("K1K4", rules.header->usage())) {
    return Denied("key rules: a policy of key blocks belongs to a key with usage K1 or K4");
  }
  if (rules.key_block_import.single_des || rules.key_block_import.weaker_rsa ||
      rules.key_block_export.weaker_rsa) {
    return Denied("key rules: no key block brings single DES or stands under RSA");
  }
  return OkStatus();
}

}  // namespace

std::span<const Rule> RuleTable() { return kRules; }
std::span<const VerbConflict> VerbConflicts() { return kConflicts; }

bool NamesMechanism(const KeyRules& rules, MechanismType mechanism) {
  const auto& names = rules.allowed_mechanisms;
  return std::find(names.begin(), names.end(), mechanism) != names.end();
}

bool IsNamedOnly(MechanismType mechanism) {
  return std::any_of(std::begin(kRules), std::end(kRules), [mechanism](const Rule& rule) {
    return rule.mechanism == mechanism && rule.named_only;
  });
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
  if (rules.emv.has_value() && !(rules.header.has_value() && rules.header->usage() == "E0")) {
    return Denied("key rules: EMV profiles belong to a key with usage E0");
  }
  FLORIN_CHECK_OK(CheckNames(rules));
  FLORIN_CHECK_OK(CheckPinRules(rules));
  FLORIN_CHECK_OK(CheckDates(rules.life));
  FLORIN_CHECK_OK(CheckKeyBlockPolicy(rules));
  if (rules.type != KeyType::kEcPublic) {
    for (const VerbConflict& conflict : kConflicts) {
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
  if (std::any_of(result.allowed_mechanisms.begin(), result.allowed_mechanisms.end(),
                  IsNamedOnly)) {
    return Denied("a derived or unwrapped key must not serve a mechanism that only its name opens");
  }
  if (HasKeyBlockPolicy(result)) {
    return Denied("the policy of a derived or unwrapped KBPK is the norm");
  }
  if (verb == Verb::kUnwrap && !result.sensitive) {
    return Denied("an unwrapped key must be sensitive");
  }
  if (verb == Verb::kDerive) {
    if (main.sensitive && !result.sensitive) {
      return Denied("a key derived from a sensitive key must be sensitive");
    }
    if (!main.extractable && result.extractable) {
      return Denied("a key derived from a key that is not extractable must not be extractable");
    }
  }
  return Authorize(verb, mechanism, result, KeyRole::kResult);
}

Result<KeyType> TypeOfHeader(const KeyBlockHeader& header) {
  for (const KeyType type : {KeyType::kAes, KeyType::kDes3, KeyType::kHmac, KeyType::kEcPrivate}) {
    if (HeaderAlgorithm(type) == header.algorithm()) return type;
  }
  return Error(ErrorCode::kUnsupported,
               "keys of this algorithm, RSA among them, are not kept here; AES, TDES, HMAC and EC "
               "keys are");
}

VerbSet VerbsOfHeader(KeyType type, const KeyBlockHeader& header) {
  VerbSet verbs;
  for (const Rule& rule : kRules) {
    if (!NeedsVerb(rule.role) || !rule.types.Has(type) ||
        !NamesUsage(rule.usages, header.usage()) ||
        rule.modes.find(header.mode_of_use()) == std::string_view::npos) {
      continue;
    }
    for (const Verb verb : kUses) {
      if (rule.verbs.Has(verb) && !rule.named_only) verbs.Add(verb);
    }
  }
  return verbs;
}

std::size_t StrengthBits(const KeyRules& rules) {
  switch (rules.type) {
    case KeyType::kAes: return rules.length * 8;
    case KeyType::kDes3: return rules.length == 16 ? 80 : 112;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: return std::min<std::size_t>(rules.length * 8, 256);
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return rules.curve == Curve::kP256 ? 128 : 192;
  }
  return 0;
}

}  // namespace florin::mechanisms
