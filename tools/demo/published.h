// The published Apple Pay tokens: made by phones, signed under Apple's own root, with the merchant
// keys that their publishers disclosed.
#pragma once

#include <string>
#include <vector>

#include "florin/base/result.h"
#include "tools/demo/principals.h"

namespace florin::demo {

struct PublishedResult {
  std::string id;
  std::string source;
  std::string masked_pan;
  Status status;
};

// Opens every published token whose private key is known, at its signing time, inside the PSP's
// token, and compares it with the published plaintext.
Result<std::vector<PublishedResult>> OpenPublishedTokens(Psp& psp);

}  // namespace florin::demo
