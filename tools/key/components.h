// Key components as their holders type them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::tools {

struct CombinedKey {
  std::vector<std::array<std::uint8_t, 3>> component_kcvs;  // in the order of the components
  SecretBytes key;
  std::array<std::uint8_t, 3> kcv{};
  bool parity_set = false;  // TDES: the parity of the combination was not odd
};

// Combines components of a TDES ('T', check values of zeros encrypted) or AES ('A', CMAC) key. Each
// is HEX, or HEX:KCV and then checked, or "-": a line of standard input in that form, which a
// terminal does not show. kInvalidArgument, kMalformed, kVerificationFailed.
Result<CombinedKey> CombineTypedComponents(const std::vector<std::string>& typed, char algorithm);

}  // namespace florin::tools
