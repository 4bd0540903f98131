// ApplePay: verifies and decrypts Apple Pay payment tokens (EC_v1) in one call. There is no way to
// decrypt without verifying.
//
// Source: Apple, "Payment token format reference" and "Restoring the symmetric key".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/payload/payment_data.h"
#include "florin/payload/replay_guard.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// One live payment processing key. Several may be live at once: Apple mixes tokens for the old and
// the new key while a certificate change spreads (TN3206).
class ApplePayMerchantKey {
 public:
  // Checks that `certificate_der` is a payment processing certificate (extension
  // 1.2.840.113635.100.6.32, P-256) and takes the merchant identifier hash and publicKeyHash from
  // it. `private_key` names the key that belongs to it.
  static Result<ApplePayMerchantKey> FromCertificate(hsm::KeyRef private_key,
                                                     ByteView certificate_der);

  // The same, and checks that the certificate was issued for `merchant_identifier`, such as
  // "merchant.com.example.shop". kInvalidArgument where it is another kind of certificate or
  // another merchant's.
  static Result<ApplePayMerchantKey> FromCertificate(hsm::KeyRef private_key,
                                                     ByteView certificate_der,
                                                     std::string_view merchant_identifier);

  // The same from the merchant identifier and the uncompressed public point (65 bytes).
  static Result<ApplePayMerchantKey> FromMerchantIdentifier(hsm::KeyRef private_key,
                                                            std::string_view merchant_identifier,
                                                            ByteView public_point);

  const hsm::KeyRef& private_key() const { return private_key_; }
  const std::array<std::uint8_t, 65>& public_point() const { return public_point_; }
  const std::array<std::uint8_t, 32>& public_key_hash() const { return public_key_hash_; }
  const std::array<std::uint8_t, 32>& merchant_id_hash() const { return merchant_id_hash_; }

 private:
  ApplePayMerchantKey(hsm::KeyRef key) : private_key_(std::move(key)) {}
  hsm::KeyRef private_key_;
  std::array<std::uint8_t, 65> public_point_{};
  std::array<std::uint8_t, 32> public_key_hash_{};
  std::array<std::uint8_t, 32> merchant_id_hash_{};
};

struct ApplePayOptions {
  // DER certificates of the roots to trust, compared by key. Empty: Apple Root CA - G3.
  std::vector<Bytes> trusted_roots = {};
  const Clock* clock = &SystemClock();
  std::int64_t window_seconds = 300;    // signing time may differ by this much, either way
  ReplayGuard* replay_guard = nullptr;  // required; must outlive the ApplePay
  Observer* observer = &NullObserver();
  std::size_t max_token_bytes = 16 * 1024;
};

// A token that was verified, decrypted and claimed.
struct ApplePayPayment {
  PaymentData data;
  std::array<std::uint8_t, 32> transaction_id{};
  UnixSeconds signing_time;
  std::optional<std::array<std::uint8_t, 32>> application_data_hash;  // compare with the order
  std::size_t merchant_key_index = 0;  // which of the live keys opened it
};

// Safe for many threads; each passes its own session.
class ApplePay {
 public:
  static Result<ApplePay> Create(std::vector<ApplePayMerchantKey> keys, ApplePayOptions options);
  ApplePay(ApplePay&&) noexcept;
  ApplePay& operator=(ApplePay&&) noexcept;
  ~ApplePay();

  // Verifies the signature and the chain, checks the signing time, decrypts with the merchant key
  // inside `session`, parses strictly, and claims the transaction id. `token_json` is the
  // paymentData object or the PKPaymentToken around it.
  //
  // Every refusal that depends on the token is the one error kVerificationFailed; what exactly was
  // wrong goes to the observer, stage by stage. Errors of the session (kSessionLost,
  // kUnsupported, kDeviceError) pass through; while the ciphertext is decrypted only kSessionLost,
  // kUnsupported and kResourceExhausted do, because modules answer a wrong tag with many an error.
  //
  // Event::subject is the start of publicKeyHash (8 bytes, big-endian) where no live key has it,
  // that of the transaction id from then on, and 0 before.
  Result<ApplePayPayment> Open(hsm::Session& session, ByteView token_json) const;

  // Checks that `session` has the private key of every live merchant key, that it belongs to the
  // public one, and that the session can do what Open needs: by a trial with each. For the start of
  // a service. Returns the first error, having told the observer about each key.
  // kVerificationFailed where a private key is another one; kNotFound where it is missing; errors
  // of the session.
  Status CheckKeys(hsm::Session& session) const;

 private:
  struct State;
  explicit ApplePay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
