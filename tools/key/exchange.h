// florin key import, export, pair, public, agree, device-key and show: keys that come, go and are
// looked at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "florin/card/emv_profile.h"
#include "florin/mechanisms/mechanism.h"
#include "tools/key/token_session.h"

namespace florin::tools {

// What every one of these commands takes.
struct ExchangeTarget {
  TokenOptions token;
  std::string label;
  bool json = false;
};

struct KeyImportOptions {
  ExchangeTarget key;
  std::vector<std::string> components;  // HEX or HEX:KCV; "-": read from standard input
  std::string usage;
  char mode = 0;
  char algorithm = 'T';
  char exportability = 'N';
  std::string key_version = "00";
  bool extractable = false;
  std::string decimalisation_table;                         // usage V1
  bool zone_key = false;                                    // usage P0
  std::optional<card::EmvAllowedProfiles> emv;              // usage E0
  std::optional<mechanisms::MechanismType> only_mechanism;  // it serves nothing else
  bool device_keys = false;  // usage B0: derives them instead of serving transactions
  std::string key_block;     // "-": read from standard input
  std::string kbpk;
};

struct KeyExportOptions {
  ExchangeTarget key;
  std::string kbpk;
  char version = 0;                          // 0: D under AES, B under TDES
  std::vector<std::string> optional_blocks;  // ID=DATA
};

struct KeyPairOptions {
  ExchangeTarget key;
  std::string curve = "P-256";
  std::size_t rsa_bits = 0;  // 0: an EC pair
  std::string usage = "S0";  // of an RSA pair: S0 or D1
};

struct KeyPublicOptions {
  ExchangeTarget key;
  bool hex = false;
};

struct KeyAgreeOptions {
  ExchangeTarget key;  // the KBPK that comes out
  std::string own;
  std::string peer_path;
  std::string kdf = "sp800-56a";
  std::string hash = "SHA-256";
  std::string shared_info;  // hex
  std::string algorithm = "AES-128";
  char mode = 'B';
};

struct DeviceKeyOptions {
  ExchangeTarget key;  // that comes out
  std::string bdk;
  std::string device;  // hex: initial KSN or initial key id
  std::string update;  // AES-128, AES-192 or AES-256; empty: the initial key
};

// Each prints what it did, never a key, and returns the exit status: 0 done, 1 refused (rules of a
// key, a check value or a key block that is wrong), 2 it could not be tried.
int RunKeyImport(const KeyImportOptions& options);
int RunKeyExport(const KeyExportOptions& options);
int RunKeyPair(const KeyPairOptions& options);
int RunKeyPublic(const KeyPublicOptions& options);
int RunKeyAgree(const KeyAgreeOptions& options);
int RunDeviceKey(const DeviceKeyOptions& options);
int RunKeyShow(const ExchangeTarget& options);

// For the commands: says why on standard error and returns the exit status.
int ReportFailure(const char* command, const Error& error);

Result<hsm::KeyHandle> FindKey(hsm::Session& session, hsm::KeyClass key_class,
                               const std::string& label);
Result<hsm::KeyHandle> FindSecretKey(hsm::Session& session, const std::string& label);

// kConflict where the token has such a key: a second one of the label could be named by neither.
Status CheckLabelIsFree(hsm::Session& session, hsm::KeyClass key_class, const std::string& label);

// For keys that wrap and did not come in a key block: what the token's bare refusal means.
Error ExplainRefusal(const Error& error, const mechanisms::KeyRules& rules);

// Optional blocks as they stand in a header, from ID=DATA each.
Result<std::string> OptionalBlocksText(const std::vector<std::string>& arguments);

// Prints one key as the inventory has it.
Status PrintKey(hsm::Session& session, hsm::KeyHandle key, bool json);

}  // namespace florin::tools
