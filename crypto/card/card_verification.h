// Card verification values on clear keys: CVV, CVV2, iCVV, dCVV, CVC3, and their Mastercard names.
//
// The CVV calculation is ISO/IEC 9797-1 MAC algorithm 3 over two blocks: single DES under the left
// half, then TDES. So its key is a RetailMac, kept or transient; a value allocates nothing.
// Discover's static values are this calculation as well; how its dynamic code is computed is not
// public, so it is not here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/primitives/mac.h"
#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/card_data.h"

namespace florin::card {

inline constexpr std::size_t kCvvDigits = 3;
inline constexpr std::size_t kMaxCvc3Digits = 5;
inline constexpr std::size_t kMaxStaticTrackData = 128;  // bytes; track 1 has at most 79 characters

// CVV or CVC of the stripe; with kCvv2ServiceCode CVV2 or CVC2, with kIcvvServiceCode iCVV or Chip
// CVC. Each of the three has a key of its own. `digits` is 3..8, 3 on every card.
// Errors: kInvalidArgument (no PAN, digits).
Result<VerificationValue> Cvv(const primitives::RetailMac& cvk, const Pan& pan,
                              const Expiry& expiry, const ServiceCode& service_code,
                              std::size_t digits = kCvvDigits);

// Visa's dynamic value of the contactless stripe: the CVV of PAN' under the card's key, where four
// characters of the ATC stand for the first four digits of the PAN. Three digits.
// Errors: kInvalidArgument (no PAN; an ATC above 9999 with kDecimal, for which no rule is known).
Result<VerificationValue> Dcvv(const primitives::RetailMac& card_key, const Pan& pan,
                               const Expiry& expiry, const ServiceCode& service_code,
                               std::uint16_t atc, DcvvAtcForm form = DcvvAtcForm::kHex);

// Mastercard's IVCVC3: the last two bytes of the MAC over the static part of a track, 1..128 bytes
// (track 2 as packed nibbles, track 1 as ASCII). Errors: kInvalidArgument.
Status Ivcvc3(const primitives::RetailMac& card_key, ByteView static_track_data,
              std::span<std::uint8_t, 2> out);

// Mastercard's CVC3: the rightmost `digits`, 1..5, of the value of five digits. A static CVC3 has
// UN and ATC zero. Errors: kInvalidArgument (digits).
Result<VerificationValue> Cvc3(const primitives::RetailMac& card_key,
                               std::span<const std::uint8_t, 2> ivcvc3,
                               std::span<const std::uint8_t, 4> unpredictable_number,
                               std::uint16_t atc, std::size_t digits);

// kVerificationFailed unless both have the same digits, and the same number of them. Constant time
// in the digits. `expected` is the computed one: its length is the issuer's decision.
Status VerifyValue(const VerificationValue& expected, const VerificationValue& presented);

// The calculation itself over digits of the caller's, at most 32 in all.
Result<VerificationValue> CvvOfFields(const primitives::RetailMac& cvk, std::string_view account,
                                      std::string_view date, std::string_view code,
                                      std::size_t digits);

}  // namespace florin::card
