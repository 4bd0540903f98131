// GoogleRootKeys: the keys that Google signs with, and when to fetch them anew.
//
// The application fetches, Florin decides when: payments from
// https://payments.developers.google.com/paymentmethodtoken/keys.json (TEST: .../test/keys.json),
// Wallet callbacks from https://pay.google.com/gp/m/issuer/keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// What a signature is for: keys of one version sign nothing of another. ECv0 (Android Pay) is not
// here: its messages are not signed.
enum class GoogleProtocol : std::uint8_t {
  kEcV1,             // payments, signed by a root key
  kEcV2,             // payments, signed by an intermediate key that a root key signed
  kEcV2SigningOnly,  // Wallet callbacks, signed as ECv2 and not encrypted
};

// As it stands in protocolVersion: "ECv2".
const char* GoogleProtocolName(GoogleProtocol protocol);

// The response to the fetch of a key list, over TLS with the server's certificate checked.
struct GoogleKeysResponse {
  ByteView body;
  UnixSeconds received;
  // The headers Cache-Control and Age as they came; empty where absent. Without a max-age, the list
  // should be fetched again at once.
  std::string_view cache_control = {};
  std::string_view age = {};
};

// A list of root keys that can be replaced while others read it. Safe for many threads; readers
// take a lock only once after each replacement. Neither moves nor copies: those who verify keep a
// pointer to it.
//
// A list is read as a whole or refused: {"keys": [{keyValue, protocolVersion, keyExpiration?}]},
// at most 64 KiB, 64 entries, and 16 keys of known versions, P-256. Entries of unknown versions are
// passed over. keyExpiration may be absent for ECv1 only: other keys without one, and keys that
// have expired, are never trusted.
class GoogleRootKeys {
 public:
  // `max_stale_seconds`: how long, 0 to 30 days, keys are trusted beyond the HTTP lifetime of their
  // list. When that has passed, too, nothing verifies until the list is refreshed: a key that
  // Google withdrew would be trusted for ever else.
  // Errors: kMalformed, kLimitExceeded, kInvalidArgument.
  static Result<std::unique_ptr<GoogleRootKeys>> Create(const GoogleKeysResponse& response,
                                                        std::int64_t max_stale_seconds = 86400);

  // A list that nobody refreshes: trusted until the keys themselves expire. For tests and for those
  // who distribute keys by hand.
  static Result<std::unique_ptr<GoogleRootKeys>> Pinned(ByteView keys_json);

  GoogleRootKeys(const GoogleRootKeys&) = delete;
  GoogleRootKeys& operator=(const GoogleRootKeys&) = delete;
  ~GoogleRootKeys();

  // Replaces list and times at once, for every reader. A list that is refused changes nothing.
  // Errors: those of Create; kInvalidArgument for a pinned list.
  Status Replace(const GoogleKeysResponse& response);

  // When to fetch the list: after half of its HTTP lifetime, which leaves time to try again, or a
  // day before the first of its keys expires; never within a minute of the last fetch. A pinned
  // list asks for nothing.
  UnixSeconds refresh_at() const;
  bool RefreshIsDue(UnixSeconds now) const { return now >= refresh_at(); }

  // From then on nothing verifies.
  UnixSeconds trusted_until() const;

 private:
  friend struct GoogleRootKeysAccess;
  struct State;
  explicit GoogleRootKeys(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
