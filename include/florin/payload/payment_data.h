// PaymentData: what a wallet token holds once it has been verified and decrypted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "florin/base/clock.h"
#include "florin/base/pan.h"
#include "florin/base/secret.h"
#include "florin/payload/payment_credential.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// What makes the token a merchant token (recurring, deferred and automatic payments).
struct MerchantToken {
  std::string identifier;       // merchantTokenIdentifier, at most 64 characters
  std::string expiration_date;  // of the card behind it, as received; empty where absent
  std::string fpan_suffix;      // last digits of the card behind it; empty where absent
};

// One sub-merchant of a payment with several merchants.
struct SubMerchantAuthentication {
  std::string merchant_identifier;
  SecretBytes authentication_data;  // the network's cryptogram for it, as received
  std::string amount;               // as received: a string here, in minor units
};

struct PaymentData {
  Pan pan;                      // the device account number (DPAN)
  std::string expiration_date;  // YYMMDD
  std::string currency_code;    // ISO 4217 numeric, 3 digits with leading zeros
  std::int64_t amount = 0;      // minor units
  SecretBytes cardholder_name;  // UTF-8; empty where absent
  Bytes device_manufacturer_id;
  std::variant<ThreeDSecureData, EmvData> cryptogram;
  std::optional<MerchantToken> merchant_token;
  std::vector<SubMerchantAuthentication> sub_merchants;
};

}  // namespace florin::payload

#pragma GCC visibility pop
