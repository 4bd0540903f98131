// What florin card script and florin card arpc do, once their command lines are read.
#pragma once

#include <string>

#include "florin/card/emv_options.h"
#include "tools/card/pin_block.h"
#include "tools/key/command_keys.h"

namespace florin::tools {

// Whose card, and which of its transactions.
struct TransactionOptions {
  TokenOptions token;
  bool json = false;
  KeyArgument key;
  std::string pan;
  int psn = 0;
  int atc = 0;
  std::string arqc = "0000000000000000";
  card::EmvMasterKeyOption master_key = card::EmvMasterKeyOption::kA;
};

struct ArpcOptions {
  TransactionOptions transaction;
  card::EmvSessionKeyMethod session_key = card::EmvSessionKeyMethod::kCommon;
  std::string un = "00000000";
  std::string data;  // of the ARQC, in hex: verified first
  int padding = 2;
  std::string arc;  // two characters, or four hex digits
  std::string csu;
  std::string proprietary;
  card::EmvArpcKey arpc_key = card::EmvArpcKey::kSessionKey;
};

struct ScriptOptions {
  TransactionOptions transaction;
  card::EmvScriptKeyMethod session_key = card::EmvScriptKeyMethod::kCommon;
  int command = 0;
  card::EmvScriptMacPrefix mac_prefix = card::EmvScriptMacPrefix::kAtcAndArqc;
  card::EmvScriptPadding padding = card::EmvScriptPadding::kEmv;
  int mac_length = 8;
  std::string header;
  std::string data;
  std::string value;  // the MAC to verify

  KeyArgument confidentiality_key;
  KeyArgument cryptogram_key;
  card::EmvPinBlock form = card::EmvPinBlock::kIso2;
  PinBlockOptions block;
  std::string enciphered;
  std::string current;
};

// Each prints its result, or says on stderr why there is none. 0: done or right; 1: the ARQC, the
// MAC or the PIN block is wrong; 2: it could not be judged.
int RunArpc(const ArpcOptions& options);
int RunScriptMac(const ScriptOptions& options);
int RunScriptVerify(const ScriptOptions& options);
int RunScriptEncrypt(const ScriptOptions& options);
int RunScriptPinChange(const ScriptOptions& options);

}  // namespace florin::tools
