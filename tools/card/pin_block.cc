#include "tools/card/pin_block.h"

#include <CLI/CLI.hpp>
#include <map>
#include <utility>

#include "tools/card/choices.h"
#include "tools/command_io.h"

namespace florin::tools {
namespace {

const std::map<std::string, card::Format4PanField> kPanFields = {
    {"full", card::Format4PanField::kFullPan}, {"pan12", card::Format4PanField::kPan12}};

}  // namespace

void AddPinBlock(CLI::App& command, const std::string& prefix, const char* key_help,
                 PinBlockOptions& options) {
  AddKeyArgument(command, prefix.empty() ? "pin-key" : prefix + "key", key_help, options.key);
  command.add_option("--" + prefix + "format", options.format, "ISO 9564-1 format of the block")
      ->check(CLI::IsMember({0, 1, 3, 4}))
      ->capture_default_str();
  CLI::Option* ksn = command.add_option("--" + prefix + "ksn", options.ksn,
                                        "KSN in hex, where the key is a BDK (DUKPT)");
  CLI::Option* type = command.add_option_function<card::AesDukptKeyType>(
      "--" + prefix + "dukpt-type",
      [&options](const card::AesDukptKeyType& value) { options.dukpt_type = value; },
      "Working key, where the BDK is AES");
  Choose(type, kDukptTypes)->needs(ksn);
  Choose(command.add_option("--" + prefix + "pan-field", options.pan_field,
                            "Format 4: what the peer puts there (default: full)"),
         kPanFields);
}

Result<mechanisms::PinBlock> MakePinBlock(const PinBlockOptions& options, Bytes& ksn) {
  mechanisms::PinBlock block;
  block.profile.format = static_cast<card::PinBlockFormat>(options.format);
  block.profile.pan_field = options.pan_field;
  if (options.ksn.empty()) return block;
  FLORIN_TRY(ksn, HexOption(options.ksn, "the KSN must be hex digits"));
  block.dukpt = mechanisms::DukptTransaction{.ksn = ksn, .key_type = options.dukpt_type};
  return block;
}

Result<hsm::KeyHandle> FindPinBlockKey(CommandKeys& keys, const PinBlockOptions& options,
                                       bool zone_key) {
  std::string attributes = options.ksn.empty() ? "P0TB" : "B0TX";
  const bool aes = options.ksn.empty() ? options.format == 4 : options.dukpt_type.has_value();
  if (aes) attributes[2] = 'A';
  FLORIN_TRY(hsm::KeyTemplate test_key, TestKeyTemplate(attributes));
  test_key.rules.pin.zone_key = zone_key;
  return keys.Find(options.key, std::move(test_key));
}

}  // namespace florin::tools
