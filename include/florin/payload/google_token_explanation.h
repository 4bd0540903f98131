// ExplainGoogleToken: what a message of Google's is made of, what is checked of it and where that
// fails. For people who debug an integration; it opens no payment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/payload/google_root_keys.h"

#pragma GCC visibility push(default)

namespace florin::payload {

struct GoogleExplanationOptions {
  UnixSeconds at;                             // the time that expirations are compared with
  const GoogleRootKeys* root_keys = nullptr;  // null: signatures are not judged
  // With their prefix, or issuer ids for Wallet callbacks. Empty: for whom the message was signed
  // is not judged.
  std::vector<std::string> recipients = {};
  std::string gateway_merchant_id = {};  // empty: not compared
  // Null: nothing is decrypted. It is only where everything before it is right.
  hsm::Session* session = nullptr;
  std::vector<hsm::KeyRef> private_keys = {};
};

enum class GoogleCheckVerdict : std::uint8_t { kRight, kWrong, kNotJudged };

// "right", "wrong" and "not judged".
const char* GoogleCheckVerdictName(GoogleCheckVerdict verdict);

struct GoogleCheck {
  const char* stage;  // as the observers of GooglePay and GoogleWalletCallbacks hear it
  GoogleCheckVerdict verdict;
  const char* text;  // what is wrong, or why it was not judged; empty where it is right
};

struct GoogleFact {
  std::string name;
  std::string value;
  std::optional<UnixSeconds> time = {};  // where the value is one: it has the seconds, too
};

// No card number, cryptogram or key: numbers are masked, of secrets the length is told.
struct GoogleTokenExplanation {
  std::vector<GoogleFact> facts;
  std::vector<GoogleCheck> checks;

  // The first check that is wrong, or null.
  const GoogleCheck* FirstWrong() const;
  // Null where there is no such check.
  const GoogleCheck* Find(std::string_view stage) const;
};

// Payment tokens of ECv1 and ECv2, Wallet callbacks, and what is none of them: a message that
// cannot be read is explained as far as it can. At most 64 KiB. Errors are those of the session
// alone (kSessionLost, kUnsupported, kNotFound and the like) and kResourceExhausted.
Result<GoogleTokenExplanation> ExplainGoogleToken(ByteView json,
                                                  const GoogleExplanationOptions& options);

}  // namespace florin::payload

#pragma GCC visibility pop
