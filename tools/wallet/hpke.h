// florin wallet hpke key, seal, open and explain.
#pragma once

#include <string>

#include "florin/payload/hpke.h"
#include "tools/key/command_keys.h"

namespace florin::tools {

// What both sides of a message state. Public keys, info and the like in hex.
struct HpkeOptions {
  TokenOptions token;
  payload::HpkeSuite suite;
  KeyArgument psk;
  std::string psk_id;
  std::string info;
  std::string aad;
  bool json = false;
};

struct HpkeKeyOptions {
  TokenOptions token;
  std::string label;
  payload::HpkeKem kem = payload::HpkeKem::kP256Sha256;
  bool create = false;
  bool json = false;
};

struct HpkeSealOptions {
  HpkeOptions common;
  std::string recipient;      // public key
  KeyArgument sender;         // Auth modes: the own private key
  std::string sender_public;  // that belongs to a test key
  std::string input = "-";    // file of the plaintext; "-": standard input
};

struct HpkeOpenOptions {
  HpkeOptions common;
  KeyArgument key;               // the recipient's private key
  std::string recipient_public;  // that belongs to it; empty: the token is asked
  std::string sender_public;     // Auth modes
  std::string enc;
  std::string ciphertext;
};

// Prints the public key in hex. 0, or 2 where there is none to print.
int RunHpkeKey(const HpkeKeyOptions& options);

// Prints enc and ciphertext in hex. 0, or 2.
int RunHpkeSeal(const HpkeSealOptions& options);

// Prints the plaintext in hex. 0; 1 where the message is refused; 2 where it cannot be judged.
int RunHpkeOpen(const HpkeOpenOptions& options);

// Prints what the message is made of and bound to, and with a key at which stage it is refused.
// Never the plaintext. 0; 1 where something is wrong with it; 2 where it cannot be judged.
int RunHpkeExplain(const HpkeOpenOptions& options);

}  // namespace florin::tools
