// GoogleWalletCallbacks: verifies the messages that Google Wallet sends when a holder saves or
// deletes a pass (ECv2SigningOnly). They are signed and not encrypted.
//
// Source: Google Wallet API, "Save and delete callbacks"; the signatures are those of Google Pay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/payload/google_root_keys.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// A callback that was verified.
struct GoogleWalletCallback {
  std::string class_id;
  std::vector<std::string> object_ids;  // objectIds, or the one objectId
  std::string event_type;               // as received, such as "save" or "del"
  UnixSeconds valid_until;              // expTimeMillis, rounded up to a whole second
  std::optional<std::int64_t> count;    // how often this event was sent for the object
  // Google delivers a callback again until it is acknowledged, so this one repeats: act on each
  // nonce once.
  std::string nonce;
};

struct GoogleWalletCallbacksOptions {
  std::string issuer_id = {};  // 1 to 20 digits, as the Wallet console shows it
  // Those of https://pay.google.com/gp/m/issuer/keys; required, must outlive this.
  const GoogleRootKeys* root_keys = nullptr;
  const Clock* clock = &SystemClock();
  Observer* observer = &NullObserver();
  std::size_t max_bytes = 16 * 1024;
};

// Safe for many threads.
class GoogleWalletCallbacks {
 public:
  static Result<GoogleWalletCallbacks> Create(GoogleWalletCallbacksOptions options);
  GoogleWalletCallbacks(GoogleWalletCallbacks&&) noexcept;
  GoogleWalletCallbacks& operator=(GoogleWalletCallbacks&&) noexcept;
  ~GoogleWalletCallbacks();

  // Verifies the signatures for the issuer, reads the message and checks expTimeMillis. `json` is
  // the body of the request: exactly these bytes. Every refusal that depends on the message is the
  // one error kVerificationFailed; the observer hears the stage. Event::subject is the start of the
  // digest that was signed.
  Result<GoogleWalletCallback> Verify(ByteView json) const;

 private:
  struct State;
  explicit GoogleWalletCallbacks(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
