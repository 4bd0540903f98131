// The fields of a card that verification values are computed from, and the values themselves.
#pragma once

#include <cstdint>

#include "florin/card/digits.h"

#pragma GCC visibility push(default)

namespace florin::card {

// The four digits of the expiry date as they enter the calculation: YYMM on the stripe and in the
// chip, YYMM or MMYY for CVV2 as the issuer chose. They are not judged as a date.
using Expiry = FixedDigits<struct ExpiryTag, 4>;

// The three digits of ISO/IEC 7813.
using ServiceCode = FixedDigits<struct ServiceCodeTag, 3>;

inline constexpr ServiceCode kCvv2ServiceCode = ServiceCode::Of("000");
inline constexpr ServiceCode kIcvvServiceCode = ServiceCode::Of("999");

// CVV, CVC, CVV2, iCVV, dCVV and CAVV output have 3 digits, CVC3 1 to 5, CSC 3 to 5. Some hosts
// print up to 8 digits of the same calculation.
using VerificationValue = SecretDigits<struct VerificationValueTag, 1, 8>;

// How the transaction counter is written as four characters in front of the PAN of a dCVV.
enum class DcvvAtcForm : std::uint8_t {
  kHex,      // four hexadecimal digits: what public implementations do, and what is tested
  kDecimal,  // four decimal digits, ATC up to 9999: named in Visa texts, no published value
};

}  // namespace florin::card

#pragma GCC visibility pop
