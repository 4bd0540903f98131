// The keys that a mechanism needs beside the one it runs under: who finds them, who judges them.
#pragma once

#include <array>
#include <cstddef>

#include "crypto/mechanisms/key.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/rule_table.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

// The places of `mechanism` that name other keys, then null pointers.
inline std::array<OtherKey*, kMaxOtherKeys> OtherKeysOf(Mechanism& mechanism) {
  if (auto* p = std::get_if<PinTranslation>(&mechanism)) return {&p->from_key};
  if (auto* p = std::get_if<PinVerification>(&mechanism)) return {&p->block_key};
  if (auto* p = std::get_if<PinChange>(&mechanism)) return {&p->block_key};
  if (auto* p = std::get_if<PinGeneration>(&mechanism)) return {&p->block_key};
  if (auto* p = std::get_if<EmvPinChange>(&mechanism)) {
    return {&p->block_key, &p->confidentiality_key, &p->cryptogram_key};
  }
  if (auto* p = std::get_if<HkdfDerive>(&mechanism)) return {&p->salt_key};
  if (auto* p = std::get_if<ConcatenateBaseAndKey>(&mechanism)) return {&p->second};
  return {};
}

constexpr bool TakesOtherKeys(MechanismType type) {
  return type == MechanismType::kPinTranslation || type == MechanismType::kPinVerification ||
         type == MechanismType::kPinChange || type == MechanismType::kPinGeneration ||
         type == MechanismType::kEmvPinChange || type == MechanismType::kHkdfDerive ||
         type == MechanismType::kConcatenateBaseAndKey;
}

// Puts the keys of a session into `mechanism`, the session's own copy, which points to them while
// the result lives. `find(handle)` gives a Result<KeyPtr>. Handles of 0 name no key; their places
// become empty.
template <class Find>
Result<HeldKeys> FindOtherKeys(Mechanism& mechanism, const Find& find) {
  HeldKeys held;
  auto place = held.begin();
  for (OtherKey* other : OtherKeysOf(mechanism)) {
    if (other == nullptr) break;
    other->key = nullptr;
    if (other->handle == KeyHandle{}) continue;
    FLORIN_TRY(*place, find(other->handle));
    other->key = (place++)->get();
  }
  return held;
}

// The key, if its rules and its life let it play `role`, for which it needs `verb`.
inline Result<const Key*> PermittedKey(const OtherKey& other, Verb verb, MechanismType mechanism,
                                       KeyRole role) {
  if (other.key == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "the mechanism needs another key, and its parameter names none");
  }
  FLORIN_CHECK_OK(Authorize(verb, mechanism, other.key->rules(), role));
  FLORIN_CHECK_OK(CheckLife(verb, *other.key));
  return other.key;
}

}  // namespace florin::mechanisms
