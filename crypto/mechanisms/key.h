// Key: key material, the rules bound to it, and its expanded schedules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "crypto/primitives/rsa_der.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::mechanisms {

class Key;
class KeySchedules;

// Keys are shared by sessions and threads; whoever runs an operation keeps its key alive.
using KeyPtr = std::shared_ptr<const Key>;

// The keys that the OtherKeys of one mechanism point to, kept alive while it is used.
inline constexpr std::size_t kMaxOtherKeys = 3;
using HeldKeys = std::array<KeyPtr, kMaxOtherKeys>;

struct KeyPairPtrs {
  KeyPtr private_key;
  KeyPtr public_key;
};

// Shortest secret that a key of any type may have, and the longest (bytes).
inline constexpr std::size_t kMinKeyLength = 16;
inline constexpr std::size_t kMaxKeyLength = 256;

// What the rules of a key do not say, because no caller decides it.
struct KeyContext {
  std::optional<KeyOrigin> origin;      // nullopt: its token did not record it
  const Clock* clock = &SystemClock();  // that its dates are judged by; outlives the key
};

// One key. Immutable after creation and safe for many threads: schedules that are made on first use
// are published atomically. Invariants: the rules passed CheckRules (rule_table.h), the material
// fits the type, `rules().length` is the material's length, or of RSA keys the modulus's.
class Key {
 public:
  // Takes clear material as KeyRules::type says. `rules.length` 0 means "as long as the material".
  // Errors: kInvalidArgument (length; weak DES key or equal DES parts, parity bits ignored; EC
  // scalar out of range; point not on the curve; RSA key not of the form that KeyType says, or of
  // numbers that do not belong together), CheckRules' errors, kResourceExhausted, kPermissionDenied
  // where the life of a new key would not begin pre-active or active.
  static Result<KeyPtr> Import(KeyRules rules, SecretBytes material,
                               const Clock& clock = SystemClock());

  // Draws a new secret key, or private key. `rules.length` is required, except where the type has
  // only one (EC). DES keys get odd parity. RSA keys have the exponent 65537 and are drawn by
  // OpenSSL's generator, in a second or so. Errors: as Import, and those of `random`.
  static Result<KeyPtr> Generate(KeyRules rules, RandomSource& random,
                                 const Clock& clock = SystemClock());

  // Draws a pair: kEcPrivate and kEcPublic of one curve, or kRsaPrivate and kRsaPublic of one
  // length. kPermissionDenied where the public key wraps and the private one decrypts, has a header
  // or is not sensitive.
  static Result<KeyPairPtrs> GeneratePair(KeyRules private_rules, KeyRules public_rules,
                                          RandomSource& random, const Clock& clock = SystemClock());

  // A key as its owner kept it, in any state; else as Import.
  static Result<KeyPtr> Restore(KeyRules rules, SecretBytes material, const KeyContext& context);

  // A new key for whoever makes keys from keys; else as Import.
  static Result<KeyPtr> Make(KeyRules rules, SecretBytes material, const KeyContext& context);

  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key();

  const KeyRules& rules() const { return rules_; }
  std::optional<KeyOrigin> origin() const { return context_.origin; }
  const Clock& clock() const { return *context_.clock; }

  // The clear material, for whoever stores or wraps it. No policy is asked here.
  ByteView Material(SecretAccess access) const;

  // The public key of an EC key, private or public: the uncompressed point, or the 32 bytes of
  // X25519 and Ed25519; empty for other types. Lives as long as the key.
  ByteView PublicPoint() const;

  // Writes the DER SubjectPublicKeyInfo of an EC or RSA key, private or public, and returns its
  // length, at most kMaxRsaSpkiSize. kInvalidArgument for other types, kBufferTooSmall.
  Result<std::size_t> PublicKeyInfo(MutableBytes out) const;

  // Modulus and public exponent of an RSA key, private or public; they live as long as the key.
  // kInvalidArgument for other types.
  Result<primitives::RsaPublicNumbers> RsaNumbers() const;

  // Security strength in bits (SP 800-57 part 1 table 2; two-key TDES counts 80).
  std::size_t StrengthBits() const;

  // Three-byte check value: AES by CMAC over a zero block (X9.24-1:2017 annex A), DES by
  // encryption of a zero block. kUnsupported for other types.
  Result<std::array<std::uint8_t, 3>> CheckValue() const;

  // A second key of the same material under rules that only narrow these: no new verb or
  // mechanism, EMV profile or policy of key blocks, not less sensitive or more extractable, same
  // type, curve, header and state, dates of use within these. The origin stays. kPermissionDenied
  // else.
  Result<KeyPtr> CopyNarrowed(KeyRules rules) const;

  // The same key in another state; it shares the material. kPermissionDenied unless MayBecome.
  Result<KeyPtr> InState(KeyState state) const;

  // Builds the schedules that `mechanism` needs now, so that the first operation does not.
  // Used by implementations; not part of the promise of this room.
  const KeySchedules& schedules() const { return *schedules_; }

 private:
  Key(KeyRules rules, std::shared_ptr<const KeySchedules> schedules, const KeyContext& context);

  KeyRules rules_;
  std::shared_ptr<const KeySchedules> schedules_;
  KeyContext context_;
};

}  // namespace florin::mechanisms
