// The decrypted message of a Google Pay token as JSON, read strictly and written.
// Source: Google, "Payment data cryptography for merchants", section "Encrypted message".
#pragma once

#include <cstddef>
#include <string_view>

#include "crypto/base/json.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/payload/google_pay_message.h"

namespace florin::payload {

// Reads one JSON object. Every member that is known must have its documented type and form; members
// that are not known are passed over: the text is authenticated by then, and a wallet that learns a
// new field must not stop payments. The legacy form (TOKENIZED_CARD) only where `legacy`.
// kMalformed, kLimitExceeded; kUnsupported for another paymentMethod or authMethod.
Result<GooglePayMessage> ReadGooglePayMessage(JsonParser& parser, ByteView json, bool legacy);

// Writes the object; `default_id` where credential.id is empty. kInvalidArgument for a message that
// ReadGooglePayMessage would refuse, kBufferTooSmall where it is longer than kMaxGooglePayMessage.
inline constexpr std::size_t kMaxGooglePayMessage = 4 * 1024;
Result<SecretBytes> WriteGooglePayMessage(const GooglePayMessage& message,
                                          std::string_view default_id = {});

}  // namespace florin::payload
