// Private keys for florin wallet google, of a token or one in clear, and what the commands share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "florin/base/clock.h"
#include "florin/hsm/session.h"
#include "florin/payload/google_pay.h"
#include "florin/payload/google_root_keys.h"
#include "tools/wallet/google_token.h"

namespace florin::tools {

struct GooglePrivateKeys {
  std::unique_ptr<hsm::Session> session;  // null: no key was given
  std::vector<hsm::KeyRef> names;
};

// Of labels and --token, or of the test key; none where neither was given.
Result<GooglePrivateKeys> OpenGoogleKeys(const GoogleDecryptOptions& options);

// With their public points, which the token keeps beside them.
Result<std::vector<payload::GooglePayKey>> GooglePayKeysOf(const GooglePrivateKeys& keys);

// Of a file that holds keys.json.
Result<std::unique_ptr<payload::GoogleRootKeys>> ReadGoogleRootKeys(const std::string& path);

// The token, without white space behind it.
Result<std::string> ReadGoogleTokenFile(const std::string& path);

}  // namespace florin::tools
