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
#include "florin/payload/payment_data.h"

#pragma GCC visibility push(default)

namespace florin::payload {

struct WalletPayment {
  PaymentData data;
  std::optional<std::array<std::uint8_t, 32>> application_data_hash;
};

// Safe for many threads once created.
class WalletSimulator {
 public:
  // Makes the test CA (P-384 root, P-256 intermediate and leaf), valid around `now`.
  static Result<WalletSimulator> Create(UnixSeconds now, RandomSource& random = SystemRandom());
  WalletSimulator(WalletSimulator&&) noexcept;
  WalletSimulator& operator=(WalletSimulator&&) noexcept;
  ~WalletSimulator();

  // DER of the root: pass it in ApplePayOptions::trusted_roots.
  ByteView root_certificate() const;

  // Issues a payment processing certificate (DER) for the merchant's public point (65 bytes).
  Result<Bytes> IssueMerchantCertificate(std::string_view merchant_identifier,
                                         ByteView public_point) const;

  // Makes one PKPaymentToken paymentData JSON, signed at `signing_time`, encrypted to
  // the merchant. Every call draws a fresh ephemeral key and transaction id.
  Result<std::string> MakeToken(const WalletPayment& payment, std::string_view merchant_identifier,
                                ByteView merchant_public_point, UnixSeconds signing_time) const;

 private:
  struct State;
  explicit WalletSimulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
