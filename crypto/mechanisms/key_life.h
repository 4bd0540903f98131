// Whether a key may be used at this moment of its life. Called wherever a key is about to be used;
// the only place that decides it.
#pragma once

#include <span>

#include "crypto/mechanisms/key.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_life.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

struct KeyStateChange {
  KeyState from;
  KeyState to;
};
// Every change there is; what is not in it is refused.
std::span<const KeyStateChange> KeyStateChanges();

// kPermissionDenied unless MayBecome; the message says what the state still permits.
Status CheckStateChange(KeyState from, KeyState to);

// kPermissionDenied for a key that would be new in another state than pre-active or active.
Status CheckNewLife(const KeyLife& life);

// kInvalidArgument where not_after lies before not_before, or a date outside the years 1 to 9999.
Status CheckDates(const KeyLife& life);

// May a key of this life be used for `verb` at `now`? kPermissionDenied else; the message says
// which state or date refuses, and what to do.
Status JudgeLife(Verb verb, const KeyLife& life, UnixSeconds now);

// The same by the clock of the key, which is read only where the key has dates.
Status JudgeLife(Verb verb, const Key& key);

// For every use of a key, also of a second key or of one that is wrapped. A few instructions for a
// key that is active and has no dates.
inline Status CheckLife(Verb verb, const Key& key) {
  const KeyLife& life = key.rules().life;
  const bool plain = life.state == KeyState::kActive && !life.not_before && !life.not_after;
  return plain ? OkStatus() : JudgeLife(verb, key);
}

// For an operation that was prepared before, possibly long ago: only dates can have passed.
inline Status CheckStillAlive(Verb verb, const Key& key) {
  const KeyLife& life = key.rules().life;
  return life.not_before || life.not_after ? JudgeLife(verb, key) : OkStatus();
}

}  // namespace florin::mechanisms
