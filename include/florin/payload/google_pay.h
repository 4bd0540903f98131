// GooglePay: verifies and decrypts Google Pay payment tokens (ECv2, and ECv1 where it is wanted) in
// one call. There is no way to decrypt without verifying.
//
// Source: Google, "Payment data cryptography for merchants"; tink-crypto,
// PaymentMethodTokenRecipient.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/payload/google_pay_message.h"
#include "florin/payload/google_recipient_id.h"
#include "florin/payload/google_root_keys.h"
#include "florin/payload/replay_guard.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// One live private key and the public one that is registered with Google. Several may be live at
// once: Google asks for a new key every year, and tokens for the old and the new one are mixed
// while it changes.
class GooglePayKey {
 public:
  // `public_point`: uncompressed, 65 bytes. kInvalidArgument, kMalformed.
  static Result<GooglePayKey> Create(hsm::KeyRef private_key, ByteView public_point);

  // The same from the text that is registered: the point in base64.
  static Result<GooglePayKey> FromRegisteredKey(hsm::KeyRef private_key,
                                                std::string_view public_key_base64);

  const hsm::KeyRef& private_key() const { return private_key_; }
  const std::array<std::uint8_t, 65>& public_point() const { return public_point_; }

 private:
  explicit GooglePayKey(hsm::KeyRef key) : private_key_(std::move(key)) {}
  hsm::KeyRef private_key_;
  std::array<std::uint8_t, 65> public_point_{};
};

struct GooglePayOptions {
  // For whom tokens are signed: 1 to 8, all merchants or all gateways.
  std::vector<GoogleRecipientId> recipients = {};
  const GoogleRootKeys* root_keys = nullptr;  // required; must outlive the GooglePay
  // Legacy: AES-128, and root keys that need not expire. Refused unless it is asked for.
  bool accept_ecv1 = false;
  const Clock* clock = &SystemClock();
  ReplayGuard* replay_guard = nullptr;  // required; must outlive the GooglePay
  Observer* observer = &NullObserver();
  std::size_t max_token_bytes = 16 * 1024;
};

// A token that was verified, decrypted and claimed.
struct GooglePayPayment : GooglePayMessage {
  GoogleProtocol protocol = GoogleProtocol::kEcV2;
  std::size_t key_index = 0;        // which of the live keys opened it
  std::size_t recipient_index = 0;  // which of the recipients it was signed for
};

// Safe for many threads; each passes its own session.
class GooglePay {
 public:
  // 1 to 16 keys, tried in their order: the one that most tokens come for first.
  static Result<GooglePay> Create(std::vector<GooglePayKey> keys, GooglePayOptions options);
  GooglePay(GooglePay&&) noexcept;
  GooglePay& operator=(GooglePay&&) noexcept;
  ~GooglePay();

  // Verifies the signatures, decrypts with a private key inside `session`, checks messageExpiration
  // and claims the SHA-256 of messageId. `token_json` is the token as Google Pay hands it over:
  // exactly these bytes, never serialised anew.
  //
  // A gateway says with `gateway_merchant_id` whose token this claims to be, which must be what
  // Google signed: else one merchant of the gateway could present the tokens of another. Where
  // recipients are gateways, kInvalidArgument without it; merchants may leave it empty.
  //
  // Every refusal that depends on the token is the one error kVerificationFailed; what exactly was
  // wrong goes to the observer, stage by stage. Errors of the session pass through (kSessionLost,
  // kDeviceError; kUnsupported that names the mechanism which is missing; kNotFound where no key
  // opened the token and one is not there), but for the step that compares the tag, as modules
  // answer a wrong one with many an error.
  //
  // Event::subject is the start of the SHA-256 of messageId where it is known (8 bytes,
  // big-endian), else that of the digest which was signed for the first recipient.
  Result<GooglePayPayment> Open(hsm::Session& session, ByteView token_json,
                                std::string_view gateway_merchant_id = {}) const;

  // Checks that `session` has every private key, that it belongs to the public one, and that the
  // session can do what Open needs: by a trial with each. For the start of a service. Returns the
  // first error, having told the observer about each key. kVerificationFailed where a private key
  // is another one; kNotFound where it is missing; errors of the session.
  Status CheckKeys(hsm::Session& session) const;

 private:
  struct State;
  explicit GooglePay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
