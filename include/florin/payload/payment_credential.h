// PaymentCredential: what a wallet or a scheme hands over to pay with, once it has been verified
// and decrypted. One type over all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "florin/base/clock.h"
#include "florin/base/pan.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// Whose number a PAN is.
enum class PanKind : std::uint8_t {
  kFunding,  // FPAN: of the card itself; comes without a cryptogram
  kDevice,   // DPAN: of a device or a token, good only together with its cryptogram
};

struct CardExpiry {
  int year = 0;   // four digits
  int month = 0;  // 1..12
  int day = 0;    // 1..31; 0 where the format tells none: the last of the month
};

struct Money {
  std::string currency_code;     // ISO 4217 numeric, 3 digits with leading zeros
  std::int64_t minor_units = 0;  // not negative
};

// An online payment cryptogram in the network's own form.
struct ThreeDSecureData {
  SecretBytes cryptogram;  // decoded from base64
  std::string eci;         // as received, one or two digits; empty where absent
};

// Chip data as BER-TLV (9F26, 9F36, 9F10, ...); card::EmvTlv (card/emv_tlv.h) reads it.
struct EmvData {
  SecretBytes tlv;
  SecretBytes encrypted_pin = {};  // encryptedPINData; empty where absent
};

struct PaymentCredential {
  Pan pan;
  PanKind pan_kind = PanKind::kDevice;
  CardExpiry expiry;
  // std::monostate: a card number alone.
  std::variant<std::monostate, ThreeDSecureData, EmvData> cryptogram;
  SecretBytes cardholder_name;  // UTF-8; empty where absent
  std::optional<Money> amount;  // where the payload is bound to one: compare it with the order
  std::string id;           // of this payload, as the wallet names it: what replays are found by
  UnixSeconds valid_until;  // the payload is refused from then on
};

}  // namespace florin::payload

#pragma GCC visibility pop
