// KeyDescription: what the owner of a key tells about it. Never the key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "florin/card/kcv_method.h"
#include "florin/hsm/key_ref.h"
#include "florin/mechanisms/key_life.h"
#include "florin/mechanisms/key_rules.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

struct CheckValue {
  std::array<std::uint8_t, 3> value{};
  // nullopt: the token does not say. PKCS#11 means a zero block encrypted, payment HSMs take CMAC
  // for AES.
  std::optional<card::KcvMethod> method;
};

// Nullopt: the token does not tell. Nothing is guessed.
struct KeyDescription {
  KeyClass key_class = KeyClass::kSecret;
  // As the token has them; of keys that others made in any form. Empty: none.
  std::string label;
  Bytes id;
  std::optional<bool> persistent;

  std::optional<mechanisms::KeyType> type;  // nullopt also: a type that Florin does not use
  std::optional<Curve> curve;               // EC keys only
  std::optional<std::size_t> length;        // bytes of key material, as in KeyRules
  std::optional<std::size_t> strength;      // bits, SP 800-57 part 1 rev 5 table 2

  mechanisms::VerbSet verbs;
  std::optional<bool> sensitive;  // public keys have neither
  std::optional<bool> extractable;
  // Empty: no list, every mechanism that the other rules permit.
  std::vector<mechanisms::MechanismType> allowed_mechanisms;
  std::size_t unknown_mechanisms = 0;  // how many more the list names that Florin does not know
  std::optional<card::KeyBlockHeader> header;
  std::optional<card::EmvAllowedProfiles> emv;
  std::optional<mechanisms::PinKeyMarks> pin;  // PIN encryption keys, usage P0
  std::optional<bool> decimalisation;          // PIN verification keys, usage V1: has a table

  std::optional<mechanisms::Tr34Peers> tr34_peers;  // keys of TR-34, usage K2

  std::optional<mechanisms::KeyState> state;  // nullopt: the token keeps none and enforces no dates
  std::optional<UnixSeconds> not_before;
  std::optional<UnixSeconds> not_after;
  std::optional<mechanisms::KeyOrigin> origin;
  std::optional<CheckValue> check_value;  // AES and DES keys
};

}  // namespace florin::hsm

#pragma GCC visibility pop
