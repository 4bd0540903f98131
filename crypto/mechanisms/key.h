// Key: key material, the rules bound to it, and its expanded schedules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::mechanisms {

class Key;
class KeySchedules;

// Keys are shared by sessions and threads; whoever runs an operation keeps its key alive.
using KeyPtr = std::shared_ptr<const Key>;

struct KeyPairPtrs {
  KeyPtr private_key;
  KeyPtr public_key;
};

// Shortest secret that a key of any type may have, and the longest (bytes).
inline constexpr std::size_t kMinKeyLength = 16;
inline constexpr std::size_t kMaxKeyLength = 256;

// One key. Immutable after creation and safe for many threads: schedules that are made on first use
// are published atomically. Invariants: the rules passed CheckRules (rule_table.h), the material
// fits the type, `rules().length` is the material's length.
class Key {
 public:
  // Takes clear material as KeyRules::type says. `rules.length` 0 means "as long as the material".
  // Errors: kInvalidArgument (length; weak DES key or equal DES parts, parity bits ignored; EC
  // scalar out of range; point not on the curve), CheckRules' errors, kResourceExhausted.
  static Result<KeyPtr> Import(KeyRules rules, SecretBytes material);

  // Draws a new secret key, or private key. `rules.length` is required, except where the type has
  // only one (EC). DES keys get odd parity. Errors: as Import, and those of `random`.
  static Result<KeyPtr> Generate(KeyRules rules, RandomSource& random);

  // Draws an EC pair. Types must be kEcPrivate and kEcPublic of one curve.
  static Result<KeyPairPtrs> GeneratePair(KeyRules private_rules, KeyRules public_rules,
                                          RandomSource& random);

  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key();

  const KeyRules& rules() const { return rules_; }

  // The clear material, for whoever stores or wraps it. No policy is asked here.
  ByteView Material(SecretAccess access) const;

  // The uncompressed point of an EC key, private or public; empty for other types. Lives as long
  // as the key.
  ByteView PublicPoint() const;

  // Security strength in bits (SP 800-57 part 1 table 2; two-key TDES counts 80).
  std::size_t StrengthBits() const;

  // Three-byte check value: AES by CMAC over a zero block (X9.24-1:2017 annex A), DES by
  // encryption of a zero block. kUnsupported for other types.
  Result<std::array<std::uint8_t, 3>> CheckValue() const;

  // A second key of the same material under rules that only narrow these: no new verb or
  // mechanism, EMV profile or policy of key blocks, not less sensitive or more extractable, same
  // type, curve and header. kPermissionDenied else.
  Result<KeyPtr> CopyNarrowed(KeyRules rules) const;

  // Builds the schedules that `mechanism` needs now, so that the first operation does not.
  // Used by implementations; not part of the promise of this room.
  const KeySchedules& schedules() const { return *schedules_; }

 private:
  Key(KeyRules rules, std::unique_ptr<const KeySchedules> schedules);

  KeyRules rules_;
  std::unique_ptr<const KeySchedules> schedules_;
};

}  // namespace florin::mechanisms
