// What the commands of value_command.h do, once their command lines are read.
#pragma once

#include <optional>
#include <string>

#include "florin/card/dukpt_options.h"
#include "florin/card/emv_options.h"
#include "florin/mechanisms/card_mechanisms.h"
#include "florin/mechanisms/dukpt_mechanisms.h"
#include "tools/key/command_keys.h"

namespace florin::tools {

enum class ValueKind {
  kCvv,
  kDcvv,
  kCvc3,
  kCavv,
  kAav,
  kIav,
  kTokenCryptogram,
  kTokenValue,
  kMac,
  kDukptMac,
  kArqc,
};
enum class MacName { kIso1, kIso3, kIso5, kAs2805, kAesCmac, kHmac };
enum class ValueAction { kMake, kVerify, kEncrypt, kDecrypt };

struct ValueOptions {
  ValueKind kind = ValueKind::kCvv;
  ValueAction action = ValueAction::kMake;
  TokenOptions token;
  bool json = false;
  KeyArgument key;
  std::string value;
  std::string pan;
  std::string expiry = "0000";
  std::string service_code = "000";
  int csc = 0;
  int digits = 3;
  int psn = 0;
  int atc = 0;
  std::string un = "00000000";
  card::EmvMasterKeyOption option = card::EmvMasterKeyOption::kA;
  card::EmvSessionKeyMethod session_key = card::EmvSessionKeyMethod::kCommon;
  std::string tracking = "0000";
  int result_code = 0;
  int second_factor = 0;
  bool rightmost_16 = false;  // CAVV: of the PAN
  bool cvc2 = false;          // AAV
  std::string requestor = "00000000000";
  std::string amount = "0";
  int currency = 0;
  std::string transaction_id = "00000000";
  MacName mac = MacName::kIso3;
  int padding = 1;
  int length = 0;    // of a MAC, bytes; 0: the usual
  std::string data;  // hex
  std::string text;  // instead of data
  std::string ksn;
  mechanisms::DukptDirection direction = mechanisms::DukptDirection::kRequest;
  std::optional<card::AesDukptKeyType> dukpt_type;
  bool cmac = false;
  std::string iv;
};

// Print their result, or say on stderr why there is none. 0: done, or the value is right; 1: it is
// wrong; 2: it could not be judged.
int RunValue(const ValueOptions& options);
int RunDukptData(const ValueOptions& options);

}  // namespace florin::tools
