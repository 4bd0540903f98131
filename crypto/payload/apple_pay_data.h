// The decrypted payment data of an Apple Pay token as JSON, read strictly and written.
// Source: Apple, "Payment token format reference", section "Payment data keys".
#pragma once

#include <cstddef>

#include "crypto/base/json.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/payload/apple_pay.h"

namespace florin::payload {

// Reads one JSON object. Every member that is known must have its documented type and form, and
// transactionAmount is a number at the top but a string for sub-merchants. Members that are not
// known are passed over: the text is authenticated by then, and a wallet that learns a new field
// must not stop payments. The id and the end of validity of the credential are left to the caller,
// who has read the token. kMalformed, kLimitExceeded; kUnsupported for another paymentDataType.
Result<ApplePayData> ReadApplePayData(JsonParser& parser, ByteView json);

// The limits a parser needs for payment data of up to `max_bytes`.
JsonLimits ApplePayDataLimits(std::size_t max_bytes);

// Writes the object. kInvalidArgument for data that ReadApplePayData would refuse, kBufferTooSmall
// where it is longer than kMaxApplePayData.
inline constexpr std::size_t kMaxApplePayData = 12 * 1024;
Result<SecretBytes> WriteApplePayData(const ApplePayData& data);

}  // namespace florin::payload
