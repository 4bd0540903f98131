// PaymentData: what a wallet token holds once it has been verified and decrypted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "florin/base/clock.h"
#include "florin/base/pan.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// paymentDataType "3DSecure": an online payment cryptogram in the network's own form.
struct ThreeDSecureData {
  SecretBytes cryptogram;  // decoded from base64
  std::string eci;         // as received, one or two digits; empty where absent
};

// paymentDataType "EMV": chip data as BER-TLV (9F26, 9F36, 9F10, ...).
struct EmvData {
  SecretBytes tlv;
};

struct PaymentData {
  Pan pan;                      // the device account number (DPAN)
  std::string expiration_date;  // YYMMDD
  std::string currency_code;    // ISO 4217 numeric, 3 digits with leading zeros
  std::int64_t amount = 0;      // minor units
  SecretBytes cardholder_name;  // UTF-8; empty where absent
  Bytes device_manufacturer_id;
  std::variant<ThreeDSecureData, EmvData> cryptogram;
};

}  // namespace florin::payload

#pragma GCC visibility pop
