// florin wallet google decrypt, verify, explain and make: tokens and callbacks by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/key/token_session.h"

namespace florin::tools {

// What the commands that read a token take.
struct GoogleTokenOptions {
  std::string file = "-";  // of the token; "-": standard input
  std::string root_keys;   // file: keys.json
  std::vector<std::string> recipients;
  std::string at;  // empty: now
  bool json = false;
};

struct GoogleDecryptOptions {
  GoogleTokenOptions token;
  TokenOptions hsm;
  std::vector<std::string> labels;  // of private keys in the token
  std::string test_key;             // hex scalar
  std::string gateway_merchant;
  bool accept_ecv1 = false;
  bool clear = false;
};

struct GoogleMakeOptions {
  std::string public_key;  // base64
  std::string recipient;
  std::string root_keys;  // file that is written
  std::string protocol = "ECv2";
  std::string pan = "4111111111111111";
  std::string expiry = "12/2030";
  std::string cryptogram;  // hex; empty: PAN_ONLY
  std::string eci;
  std::string gateway_merchant;
  std::string event;  // not empty: a Wallet callback
  std::string class_id;
  std::vector<std::string> object_ids;
  std::string at;
  std::int64_t valid_seconds = 3600;
};

// Each prints what came out, card numbers masked, or says why nothing did. 0: done or right; 1: the
// token is refused or wrong; 2: it could not be judged.
int RunGoogleDecrypt(const GoogleDecryptOptions& options);
int RunGoogleVerify(const GoogleTokenOptions& options);
int RunGoogleExplain(const GoogleDecryptOptions& options);
int RunGoogleMake(const GoogleMakeOptions& options);

}  // namespace florin::tools
