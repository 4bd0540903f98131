// The rule table: what a key may be used for. The only place that decides it, as one table of data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/base/curve_table.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_rules.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

// The part a key plays in a call.
enum class KeyRole : std::uint8_t {
  kMain,    // the key the mechanism computes with: also the base of a derivation, the wrapping key
  kTarget,  // the key that is wrapped
  kResult,  // the key that a derivation or an unwrapping makes
  // The other keys of a mechanism; each needs the verb that it serves with, as a main key does.
  kPinSource,        // under which a PIN comes: kDecrypt
  kPinTarget,        // under which a PIN goes: kEncrypt
  kConfidentiality,  // of an issuer script: kEncrypt
  kCardCryptogram,   // of the card whose PIN a VIS block changes: kVerify
  kSecondSecret,     // that goes into a derivation beside the base: kDerive
};

// Whether the key in this role works with its own verbs, as all do but the target and the result.
constexpr bool NeedsVerb(KeyRole role) {
  return role != KeyRole::kTarget && role != KeyRole::kResult;
}

// A set of key types, as bits.
class KeyTypeSet {
 public:
  constexpr KeyTypeSet(std::initializer_list<KeyType> types) {
    for (KeyType type : types) bits_ = static_cast<std::uint16_t>(bits_ | Bit(type));
  }
  constexpr bool Has(KeyType type) const { return (bits_ & Bit(type)) != 0; }

 private:
  static constexpr std::uint16_t Bit(KeyType type) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(type));
  }
  std::uint16_t bits_ = 0;
};

// One row: these verbs of this mechanism are open, in this role, to keys of these types that have
// no header (where `headerless`), or whose header has one of `usages` and one of `modes`.
struct Rule {
  MechanismType mechanism;
  VerbSet verbs;
  KeyRole role;
  KeyTypeSet types;
  bool headerless;
  std::string_view usages;  // X9.143 usages, two characters each: "M6", "D0"; empty: none
  std::string_view modes;   // X9.143 modes of use: "CGN"
  bool named_only = false;  // opens only to keys whose allowed mechanisms name this one
  CurveForm form = CurveForm::kWeierstrass;  // of EC keys: opens only to those on such a curve
};

// Every row there is. What no row opens is refused.
std::span<const Rule> RuleTable();

// Whether the allowed mechanisms of a key name this one; an empty list names none.
bool NamesMechanism(const KeyRules& rules, MechanismType mechanism);

// True where the mechanism opens only to keys whose allowed mechanisms name it, and name nothing
// else.
bool IsNamedOnly(MechanismType mechanism);

// True where one of the verbs of `mechanism` opens only to keys that name it. A copy of a key
// without a list of names must not gain it by that name.
bool OpensByName(MechanismType mechanism, VerbSet verbs);

// Forms of wrapping and derivation in which a key's usage is bound to it, so that no second one
// gives the same bytes another use. All others lose it.
bool KeepsHeader(MechanismType mechanism);

// Two verbs that one key must never have together, and why (PKCS#11 API attacks).
struct VerbConflict {
  Verb first;
  Verb second;
  const char* reason;
};
std::span<const VerbConflict> VerbConflicts();

// May a key of these rules play `role` in `verb` with `mechanism`? Where NeedsVerb the key's own
// `verbs` must name the verb, header or not, and its allowed mechanisms this one. kPermissionDenied
// else; the message says which rule refused. No allocation; about 20 ns.
Status Authorize(Verb verb, MechanismType mechanism, const KeyRules& rules,
                 KeyRole role = KeyRole::kMain);

// Do these rules describe a key that may exist? Checked whenever a key is made, however it is made:
// verb conflicts, verbs the type or the header's mode of use can never serve, header algorithm
// against type, exportability against `extractable`, length of the type, a mechanism that is
// named only beside others, dates of use that leave no time, a policy of key blocks on a key that
// is no KBPK. A key without a header that wraps or unwraps is not extractable. kPermissionDenied
// for a refused combination, kInvalidArgument for a wrong length.
Status CheckRules(const KeyRules& rules);

// CheckRules for a key that comes out of `verb` (kDerive or kUnwrap) under `main`, and Authorize in
// the role kResult: a result is not less sensitive and, but for the initial key of a device,
// not more extractable than the key it was derived from, an unwrapped key is always sensitive,
// neither wraps or unwraps unless a key block, a key agreement or DUKPT binds its header to it, and
// neither serves what only a name or a policy opens; ExtractKeyFromKey may be named, but not for a
// concatenation, which is never extractable.
Status CheckResultRules(Verb verb, MechanismType mechanism, const KeyRules& main,
                        const KeyRules& result);

// The type of secret or private key that a header's algorithm stands for. kUnsupported: RSA, DSA,
// single DES, the HMACs of ISO 20038 alone.
Result<KeyType> TypeOfHeader(const KeyBlockHeader& header);

// What `second`, the key in the role kSecondSecret, asks of a derived key: to be no less sensitive
// and no more extractable than it. kPermissionDenied.
Status CheckSecondSecret(const KeyRules& second, const KeyRules& result);

// The verbs that some mechanism offers to a key of this type and header; kDerive, which excludes
// the others, only where it is the only one. None for usages that no row names.
VerbSet VerbsOfHeader(KeyType type, const KeyBlockHeader& header);

// Whether the two are a private and a public key, EC of one curve or RSA of one length; the public
// one may leave its length open.
bool IsPair(const KeyRules& private_rules, const KeyRules& public_rules);

// Security strength in bits of a key of these rules (SP 800-57 part 1 rev 5 table 2).
std::size_t StrengthBits(const KeyRules& rules);

}  // namespace florin::mechanisms
