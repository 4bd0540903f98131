// The message of a Wallet callback as JSON, read strictly and written.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/json.h"
#include "florin/base/result.h"
#include "florin/payload/google_wallet_callbacks.h"

namespace florin::payload {

// Every member that is known must have its form; others are passed over: the text is authenticated
// by then. kMalformed, kLimitExceeded.
Result<GoogleWalletCallback> ReadGoogleWalletMessage(JsonParser& parser, std::string_view json);

// kInvalidArgument for a callback that ReadGoogleWalletMessage would refuse.
Result<std::string> WriteGoogleWalletMessage(const GoogleWalletCallback& callback);

// 1 to 20 digits.
Status CheckGoogleIssuerId(std::string_view issuer_id);

}  // namespace florin::payload
