// ChipData: the transaction fields a card and its issuer agree on, as wallet tokens carry them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/payload/payment_credential.h"

namespace florin::demo {

using Cryptogram = std::array<std::uint8_t, 8>;

// The data an application cryptogram covers, in the order of CVN 18:
// 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 82 9F36 9F10, 40 bytes.
using CryptogramInput = std::array<std::uint8_t, 40>;

// The fields that differ from payment to payment; the rest is constant in this demo.
struct ChipData {
  std::int64_t amount = 0;                      // 9F02, minor units
  std::string currency_code;                    // 5F2A, 3 digits
  std::array<std::uint8_t, 4> unpredictable{};  // 9F37
  std::uint16_t atc = 0;                        // 9F36
  Cryptogram cryptogram{};                      // 9F26

  // kInvalidArgument where amount or currency do not fit their fields.
  Result<CryptogramInput> Input() const;

  // emvData of a payment of type EMV: BER-TLV. Amount and currency travel outside it.
  Result<SecretBytes> ToTlv() const;
  static Result<ChipData> FromTlv(const payload::PaymentCredential& payment);

  // onlinePaymentCryptogram of a payment of type 3DSecure in this demo's own token domain, 20
  // bytes: F1 | ATC (2) | unpredictable number (4) | cryptogram (8) | zeros (5). The networks' own
  // forms are not public.
  Result<SecretBytes> ToOnlineCryptogram() const;
  static Result<ChipData> FromOnlineCryptogram(const payload::PaymentCredential& payment);
};

}  // namespace florin::demo
