// KeyLife: where a key stands between its making and its end, and when it may be used.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "florin/base/clock.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

// The states of SP 800-57 part 1 rev 5 section 7, except "destroyed": such a key is gone. Stable
// numbers.
enum class KeyState : std::uint8_t {
  kPreActive = 1,    // not in use yet
  kActive = 2,       // protects and processes
  kSuspended = 3,    // out of use for now
  kRetired = 4,      // processes what it protected, protects nothing more ("deactivated")
  kCompromised = 5,  // out of use for good
};

// Who made a key. Set by the owner of the key, never by a caller. Stable numbers.
enum class KeyOrigin : std::uint8_t {
  kGenerated = 1,  // drawn by the token
  kImported = 2,   // brought in clear
  kUnwrapped = 3,  // brought encrypted under another key
  kDerived = 4,    // computed from another key
};

// The life of a key: a part of its rules. A new key is active, or pre-active where its template
// says so; afterwards Session::SetState changes the state. The dates may only be drawn closer.
struct KeyLife {
  KeyState state = KeyState::kActive;
  std::optional<UnixSeconds> not_before;  // first second of use; in a PKCS#11 token, of a day
  std::optional<UnixSeconds> not_after;   // last second of protecting; in a token, of a day

  friend bool operator==(const KeyLife&, const KeyLife&) = default;
};

// What a key may do at one moment.
enum class KeyUse : std::uint8_t {
  kNothing,
  kProcess,            // verify, decrypt, unwrap
  kProcessAndProtect,  // these, and sign, encrypt, wrap, derive, be wrapped
};

// Active keys protect and process, retired ones process, all others do nothing. Before not_before a
// key does nothing, after not_after it is as good as retired.
KeyUse UseAt(const KeyLife& life, UnixSeconds now);

// Whether a key may go from one state to another: pre-active to active; active to suspended and
// back; active or suspended to retired; any to compromised, which is final. No key stays where it
// is by a change.
bool MayBecome(KeyState from, KeyState to);

// "pre-active", "active", "suspended", "retired", "compromised".
std::string_view NameOf(KeyState state);
std::optional<KeyState> KeyStateOf(std::string_view name);

// "generated", "imported", "unwrapped", "derived".
std::string_view NameOf(KeyOrigin origin);

// The first and the last second of a day in UTC, given as "2026-11-26": what a key that is used
// from or until that day has as not_before or not_after. kMalformed for what is no day of the
// years 1 to 9999.
Result<UnixSeconds> StartOfDay(std::string_view day);
Result<UnixSeconds> EndOfDay(std::string_view day);

}  // namespace florin::mechanisms

#pragma GCC visibility pop
