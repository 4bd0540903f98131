// KeyRules: what a key is and what may be done with it. Bound to the key, not to the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "florin/base/curve.h"
#include "florin/base/hash.h"
#include "florin/card/decimalisation_table.h"
#include "florin/card/emv_profile.h"
#include "florin/card/key_block.h"
#include "florin/card/key_block_header.h"
#include "florin/card/tr34_options.h"
#include "florin/mechanisms/key_life.h"
#include "florin/mechanisms/mechanism.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

enum class KeyType : std::uint8_t {
  kAes,            // 16, 24 or 32 bytes
  kDes3,           // 16 (double length) or 24 (triple length) bytes
  kHmac,           // generic secret, 16..256 bytes
  kGenericSecret,  // 16..256 bytes: input of key derivation, never of a cipher
  // On P-256, P-384, P-521 the big-endian scalar, 32, 48 or 66 bytes, and the uncompressed point,
  // 65, 97 or 133. Of X25519, which derives only, and Ed25519, which signs and verifies only, the
  // 32 bytes of RFC 7748 and RFC 8032 each.
  kEcPrivate,
  kEcPublic,
  // DER: RSAPrivateKey of PKCS#1 (RFC 8017 A.1.2), and SubjectPublicKeyInfo. A modulus of 2048,
  // 3072 or 4096 bits, two primes, a public exponent of 65537..2^32-1.
  kRsaPrivate,
  kRsaPublic,
  kChaCha20,  // 32 bytes
};

constexpr bool IsPublicKey(KeyType type) {
  return type == KeyType::kEcPublic || type == KeyType::kRsaPublic;
}
constexpr bool IsPrivateKey(KeyType type) {
  return type == KeyType::kEcPrivate || type == KeyType::kRsaPrivate;
}
constexpr bool IsEcKey(KeyType type) {
  return type == KeyType::kEcPrivate || type == KeyType::kEcPublic;
}
constexpr bool IsRsaKey(KeyType type) {
  return type == KeyType::kRsaPrivate || type == KeyType::kRsaPublic;
}

// A set of verbs, as bits.
class VerbSet {
 public:
  constexpr VerbSet() = default;
  constexpr VerbSet(std::initializer_list<Verb> verbs) {
    for (Verb verb : verbs) bits_ = static_cast<std::uint16_t>(bits_ | Bit(verb));
  }
  constexpr bool Has(Verb verb) const { return (bits_ & Bit(verb)) != 0; }
  constexpr void Add(Verb verb) { bits_ = static_cast<std::uint16_t>(bits_ | Bit(verb)); }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(VerbSet, VerbSet) = default;

 private:
  static constexpr std::uint16_t Bit(Verb verb) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(verb));
  }
  std::uint16_t bits_ = 0;
};

// What the translation of PIN blocks asks of a PIN encryption key (card::PinKeyProperties).
struct PinKeyMarks {
  bool zone_key = false;            // shared with another institution, not with a terminal
  bool forbid_aes_to_tdes = false;  // takes no PIN that came under AES

  friend bool operator==(const PinKeyMarks&, const PinKeyMarks&) = default;
};

// Who may be the other side of TR-34 (role pinning).
struct Tr34Peers {
  // The authority that issues the peers' certificates. The own certificate must be of another: a
  // common authority would let a KRD act as a KDH.
  card::Tr34AuthorityId authority = {};
  // The authority publishes no revocation list: where none is given, none is asked for.
  bool no_list = false;

  friend bool operator==(const Tr34Peers&, const Tr34Peers&) = default;
};

using card::EmvAllowedProfiles;
using card::KeyBlockHeader;

// Everything the rule table reads. A value type; immutable once a Key holds it.
//
// A key with a header obeys the header: payment mechanisms demand one, and `verbs` may only narrow
// it. A key without a header may serve the standard mechanisms that `verbs` names.
struct KeyRules {
  KeyType type = KeyType::kAes;
  Curve curve = Curve::kP256;  // EC keys only
  std::size_t length = 0;      // bytes of clear key material; RSA: of the modulus, 256, 384 or 512
  VerbSet verbs;
  std::optional<KeyBlockHeader> header;
  bool sensitive = true;                          // the clear value is never shown
  bool extractable = false;                       // may leave in wrapped form
  std::vector<MechanismType> allowed_mechanisms;  // empty: every one the other rules permit
  // Usage E0 only. Present: the key serves these profiles, whole, and no raw EMV mechanism.
  std::optional<EmvAllowedProfiles> emv;
  PinKeyMarks pin;  // usage P0 only
  // Usage V1 only, whose keys verify nothing without. Kept with the key: a caller who may choose a
  // table finds a PIN by it.
  std::optional<card::DecimalisationDigits> decimalisation;
  KeyLife life;  // the state and the dates of use
  // HMAC keys only: the one hash that the key serves. Key blocks carry it (HM).
  std::optional<Hash> hmac_hash;
  std::optional<Tr34Peers> tr34_peers;  // usage K2 only, whose keys exchange nothing without
  // Usages K1 and K4, and K2 as the key of TR-34: what the key, under which others travel, puts up
  // with beyond the norm. Keys of one DES length do not exist here, so single_des is refused;
  // weaker_rsa is for K2 alone, legacy_versions not for it.
  card::KeyBlockImportPolicy key_block_import;
  card::KeyBlockExportPolicy key_block_export;

  friend bool operator==(const KeyRules&, const KeyRules&) = default;
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
