// florin wallet jwe: encrypted and signed payloads of schemes, by the profile of each.
#pragma once

#include <string>
#include <vector>

#include "tools/key/token_session.h"

namespace florin::tools {

// The names of --profile.
std::vector<std::string> JweProfileNames();

struct JwePublicKeyOptions {
  TokenOptions token;
  std::string label;
  std::string profile;
  unsigned rsa_bits = 2048;
  bool create = false;
  bool json = false;
};

struct JweDecryptOptions {
  TokenOptions token;
  std::string label;
  std::string profile;
  std::string text;  // "-": standard input
  std::string out;   // where the plaintext goes; "-": standard output; empty: nowhere
  bool json = false;
};

struct JweMakeOptions {
  std::string profile;
  std::string public_key;  // file: JWK, or SubjectPublicKeyInfo or certificate in PEM or DER
  std::string kid;
  std::string in;  // "-": standard input
};

struct JweVerifyOptions {
  std::string public_key;  // as above
  std::string algorithm;   // "ES256"
  std::string text;
  std::string out;
  bool json = false;
};

struct JweExplainOptions {
  TokenOptions token;  // with a label: the key that should open
  std::string label;
  std::string profile;
  std::string text;
  bool json = false;
};

// Each returns the exit status: 0 done, 1 refused (what came is wrong), 2 it could not be tried.
int RunJwePublicKey(const JwePublicKeyOptions& options);
int RunJweDecrypt(const JweDecryptOptions& options);
int RunJweMake(const JweMakeOptions& options);
int RunJweVerify(const JweVerifyOptions& options);
int RunJweExplain(const JweExplainOptions& options);

}  // namespace florin::tools
