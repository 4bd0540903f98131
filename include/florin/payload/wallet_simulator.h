// WalletSimulator: makes Apple Pay tokens as a phone would, under a test CA of its own with the
// real object identifiers. Test equipment: for tests, demos and partners.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/payload/apple_pay.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// What the phone is to pay with. `credential.id` and `credential.valid_until` are not read: every
// token has its own.
struct WalletPayment : ApplePayData {
  std::optional<std::array<std::uint8_t, 32>> application_data_hash;
};

// Safe for many threads once created.
class WalletSimulator {
 public:
  // Makes the test CA (P-384 root, P-256 intermediate and leaf), valid around `now`. `random` must
  // outlive the simulator.
  static Result<WalletSimulator> Create(UnixSeconds now, RandomSource& random = SystemRandom());
  WalletSimulator(WalletSimulator&&) noexcept;
  WalletSimulator& operator=(WalletSimulator&&) noexcept;
  ~WalletSimulator();

  // DER of the root: pass it in ApplePayOptions::trusted_roots.
  ByteView root_certificate() const;

  // Issues a payment processing certificate (DER) for the merchant's public key: the uncompressed
  // point on P-256 (65 bytes), or the DER SubjectPublicKeyInfo of P-256 or RSA-2048.
  Result<Bytes> IssueMerchantCertificate(std::string_view merchant_identifier,
                                         ByteView public_key) const;

  // Makes one PKPaymentToken paymentData JSON, signed at `signing_time`, encrypted to the
  // merchant's public key (in either form): EC_v1 or RSA_v1, as the key is. Every call draws a
  // fresh key and transaction id. The first RSA_v1 token takes a second, for the signer's RSA key.
  Result<std::string> MakeToken(const WalletPayment& payment, std::string_view merchant_identifier,
                                ByteView merchant_public_key, UnixSeconds signing_time) const;

 private:
  struct State;
  explicit WalletSimulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
