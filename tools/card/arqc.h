// florin card arqc verify: what an issuer says to one ARQC, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "florin/card/emv_profile.h"

namespace florin::tools {

// As given on the command line. One of `test_key` and `key_label` is set.
struct ArqcOptions {
  std::string field55;  // hex
  std::string pan;
  std::uint8_t psn = 0;

  std::string test_key;  // hex; the key serves `allowed`
  bool aes = false;      // of the test key
  card::EmvAllowedProfiles allowed;

  std::string key_label;  // of a key in a token, which says itself what it serves
  std::string module_path;
  std::string token_label;

  std::string arc = "00";        // two characters
  std::string csu = "00000000";  // hex, 4 bytes
  std::string proprietary;       // hex, 0..8 bytes
  bool json = false;
  bool trace = false;
};

// The exit status: 0, the ARQC is right; 1, it is wrong; 2, it could not be judged.
int RunArqcVerify(const ArqcOptions& options);

}  // namespace florin::tools
