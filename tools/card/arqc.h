// florin card arqc verify: what an issuer says to one ARQC, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "florin/card/emv_profile.h"
#include "tools/key/command_keys.h"

namespace florin::tools {

// As given on the command line.
struct ArqcOptions {
  std::string field55;  // hex
  std::string pan;
  std::uint8_t psn = 0;

  KeyArgument key;  // one in a token says itself what it serves
  TokenOptions token;
  bool aes = false;                  // of a test key
  card::EmvAllowedProfiles allowed;  // what a test key serves

  std::string arc = "00";        // two characters
  std::string csu = "00000000";  // hex, 4 bytes
  std::string proprietary;       // hex, 0..8 bytes
  bool json = false;
  bool trace = false;
};

// The exit status: 0, the ARQC is right; 1, it is wrong; 2, it could not be judged.
int RunArqcVerify(const ArqcOptions& options);

}  // namespace florin::tools
