// ApplePay: verifies and decrypts Apple Pay payment tokens (EC_v1 and RSA_v1) in one call. There is
// no way to decrypt without verifying.
//
// Source: Apple, "Payment token format reference" and "Restoring the symmetric key".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/payload/payment_credential.h"
#include "florin/payload/replay_guard.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// Which tokens a merchant gets: the kind of the key in the processing certificate decides.
enum class ApplePayVersion : std::uint8_t {
  kEcV1,   // "EC_v1", for a key on P-256: ECDH with a fresh key of the phone
  kRsaV1,  // "RSA_v1", for a key of RSA-2048, where elliptic curves are not to be had: OAEP
};

// One live payment processing key. Several may be live at once, of either kind: Apple mixes tokens
// for the old and the new key while a certificate change spreads (TN3206), so both stay here, and
// both private keys in use, until the old one gets no more tokens. Retire the old key (KeyLife)
// last: a retired key on P-256 derives nothing more, while one of RSA still unwraps.
class ApplePayMerchantKey {
 public:
  // Checks that `certificate_der` is a payment processing certificate (extension
  // 1.2.840.113635.100.6.32, a key on P-256 or of RSA-2048) and takes the merchant identifier hash
  // and publicKeyHash from it. `private_key` names the key that belongs to it. Its validity is not
  // judged: Apple signs the tokens, and a key opens them for as long as they come.
  // kInvalidArgument for another kind of certificate, and says so where it is the merchant identity
  // certificate, with which web servers log in at Apple.
  static Result<ApplePayMerchantKey> FromCertificate(hsm::KeyRef private_key,
                                                     ByteView certificate_der);

  // The same, and checks that the certificate was issued for `merchant_identifier`, such as
  // "merchant.com.example.shop". kInvalidArgument where it is another kind of certificate or
  // another merchant's.
  static Result<ApplePayMerchantKey> FromCertificate(hsm::KeyRef private_key,
                                                     ByteView certificate_der,
                                                     std::string_view merchant_identifier);

  // The same from the merchant identifier and the public key: the uncompressed point on P-256 (65
  // bytes) or the DER SubjectPublicKeyInfo of either kind (Session::PublicKeyInfo).
  static Result<ApplePayMerchantKey> FromMerchantIdentifier(hsm::KeyRef private_key,
                                                            std::string_view merchant_identifier,
                                                            ByteView public_key);

  ApplePayVersion version() const { return version_; }
  const hsm::KeyRef& private_key() const { return private_key_; }
  // DER SubjectPublicKeyInfo.
  const Bytes& public_key_info() const { return public_key_info_; }
  const std::array<std::uint8_t, 32>& public_key_hash() const { return public_key_hash_; }
  const std::array<std::uint8_t, 32>& merchant_id_hash() const { return merchant_id_hash_; }

 private:
  ApplePayMerchantKey(hsm::KeyRef key) : private_key_(std::move(key)) {}
  Status SetPublicKey(ByteView info);

  ApplePayVersion version_ = ApplePayVersion::kEcV1;
  hsm::KeyRef private_key_;
  Bytes public_key_info_;
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

// A picture of the card behind a merchant token.
struct CardArt {
  std::string name;
  std::string type;  // of the file
  std::string url;   // as received: judge it before you fetch it
};

// What makes the token a merchant token (recurring, deferred and automatic payments).
struct MerchantToken {
  std::string identifier;       // merchantTokenIdentifier, at most 64 characters
  std::string expiration_date;  // of the card behind it, as received; empty where absent
  std::string fpan_suffix;      // last digits of the card behind it; empty where absent
  std::vector<CardArt> card_art = {};
};

// One sub-merchant of a payment with several merchants.
struct SubMerchantAuthentication {
  std::string merchant_identifier;
  SecretBytes authentication_data;  // the network's cryptogram for it, as received
  std::string amount;               // as received: a string here, in minor units
};

// What an Apple Pay token holds encrypted.
struct ApplePayData {
  // The PAN is the device's. The amount is there; `id` and `valid_until` are the token's.
  PaymentCredential credential;
  Bytes device_manufacturer_id;
  std::optional<MerchantToken> merchant_token;
  std::vector<SubMerchantAuthentication> sub_merchants;
};

// A token that was verified, decrypted and claimed. `credential.id` is the transaction id in
// lower-case hexadecimal; `credential.valid_until` the first second after the window.
struct ApplePayPayment : ApplePayData {
  ApplePayVersion version = ApplePayVersion::kEcV1;
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
  // kUnsupported and kResourceExhausted do, and while wrappedKey is unwrapped only kSessionLost and
  // kResourceExhausted, because modules answer a wrong tag or padding with many an error. Nothing
  // is unwrapped that Apple did not sign.
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
