// An enciphered PIN block on a command line: its format, and the key that it is under.
#pragma once

#include <optional>
#include <string>

#include "florin/card/dukpt_options.h"
#include "florin/card/pin_block.h"
#include "florin/mechanisms/pin_mechanisms.h"
#include "tools/key/command_keys.h"

namespace florin::tools {

struct PinBlockOptions {
  KeyArgument key;  // a BDK where there is a KSN
  int format = 0;
  std::string ksn;  // hex
  std::optional<card::AesDukptKeyType> dukpt_type;
  card::Format4PanField pan_field = card::Format4PanField::kFullPan;
};

// Adds --pin-key, --format and so on for an empty `prefix`; --to-key, --to-format for "to-".
void AddPinBlock(CLI::App& command, const std::string& prefix, const char* key_help,
                 PinBlockOptions& options);

// What the mechanisms take. `ksn` holds what the block refers to.
Result<mechanisms::PinBlock> MakePinBlock(const PinBlockOptions& options, Bytes& ksn);

// `zone_key`: as a test key it is shared with another institution.
Result<hsm::KeyHandle> FindPinBlockKey(CommandKeys& keys, const PinBlockOptions& options,
                                       bool zone_key = false);

}  // namespace florin::tools
