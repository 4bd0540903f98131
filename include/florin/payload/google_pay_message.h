// GooglePayMessage: what a Google Pay token holds once it has been verified and decrypted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "florin/payload/payment_credential.h"

#pragma GCC visibility push(default)

namespace florin::payload {

enum class GooglePayAuthMethod : std::uint8_t {
  kPanOnly,        // a card on file: PanKind::kFunding, no cryptogram; 3-D Secure may be due
  kCryptogram3ds,  // a device token: PanKind::kDevice and ThreeDSecureData
};

// "PAN_ONLY" and "CRYPTOGRAM_3DS".
const char* GooglePayAuthMethodName(GooglePayAuthMethod method);

// What Google itself has checked (assuranceDetails).
struct GooglePayAssurance {
  bool card_holder_authenticated = false;
  bool account_verified = false;
};

struct GooglePayMessage {
  // `id` is messageId, `valid_until` messageExpiration, rounded up to a whole second.
  PaymentCredential credential;
  GooglePayAuthMethod auth_method = GooglePayAuthMethod::kPanOnly;
  std::optional<GooglePayAssurance> assurance;
  std::string gateway_merchant_id;  // empty where absent
  // The legacy form of ECv1: paymentMethod TOKENIZED_CARD, with a dpan and authMethod 3DS.
  bool tokenized_card = false;
};

}  // namespace florin::payload

#pragma GCC visibility pop
