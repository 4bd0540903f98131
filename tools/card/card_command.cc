#include "tools/card/card_command.h"

#include <CLI/CLI.hpp>
#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/card/arqc.h"
#include "tools/card/choices.h"
#include "tools/card/issuer_command.h"
#include "tools/card/pin_command.h"
#include "tools/card/reading_command.h"
#include "tools/card/value_command.h"

namespace florin::tools {
namespace {

using MasterKey = card::EmvMasterKeyOption;
using SessionKey = card::EmvSessionKeyMethod;

// What CLI11 fills before it is what RunArqcVerify takes.
struct Parsed {
  ArqcOptions options;
  int psn = 0;
  std::vector<int> cvns;
  std::vector<int> dkis;
  MasterKey master_key = MasterKey::kA;
  SessionKey session_key = SessionKey::kNone;
};

std::bitset<256> SetOf(const std::vector<int>& numbers) {
  std::bitset<256> bits;
  if (numbers.empty()) return bits.set();
  for (const int number : numbers) bits.set(static_cast<std::size_t>(number));
  return bits;
}

void AddRequest(CLI::App& command, Parsed& parsed) {
  ArqcOptions& options = parsed.options;
  command.add_option("--field55", options.field55, "Field 55 of the request, in hex")->required();
  command.add_option("--pan", options.pan, "The card's PAN; it is masked in all output")
      ->required();
  command.add_option("--psn", parsed.psn, "PAN sequence number (field 23)")
      ->check(CLI::Range(0, 99))
      ->capture_default_str();
}

void AddIssuerKey(CLI::App& command, Parsed& parsed) {
  ArqcOptions& options = parsed.options;
  CLI::Option* key =
      AddKeyArgument(command, "key", "Issuer master key; one in a token says itself what it serves",
                     options.key)
          .test_key;
  command.add_flag("--aes", options.aes, "The test key is AES (else TDES)")->needs(key);
  Choose(command.add_option("--scheme", options.allowed.scheme,
                            "Whose rules the card follows (default: visa)"),
         kSchemes)
      ->needs(key);
  command.add_option("--cvn", parsed.cvns, "Cryptogram version that the key serves (default: all)")
      ->needs(key)
      ->check(CLI::Range(0, 255));
  command.add_option("--dki", parsed.dkis, "Derivation key index that it serves (default: all)")
      ->needs(key)
      ->check(CLI::Range(0, 255));
  command
      .add_flag("--unproven", options.allowed.unproven,
                "Also profiles that no published value proves")
      ->needs(key);
  Choose(command.add_option("--master-key-option", parsed.master_key,
                            "How the card's key is derived (default: as the profile says)"),
         kMasterKeys)
      ->needs(key);
  Choose(command.add_option("--session-key", parsed.session_key,
                            "How the session key is derived (default: as the profile says)"),
         kSessionKeys)
      ->needs(key);
}

void AddAnswer(CLI::App& command, ArqcOptions& options) {
  command.add_option("--arc", options.arc, "Response code, for profiles that answer by method 1")
      ->capture_default_str();
  command.add_option("--csu", options.csu, "Card status update, for profiles with method 2")
      ->capture_default_str();
  command.add_option("--proprietary", options.proprietary,
                     "Proprietary data for method 2, 0..8 bytes in hex");
  command.add_flag("--trace", options.trace,
                   "Also tell how the ARQC was computed: input, methods, key check values");
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
  AddOptionalToken(command, options.token);
}

int RunVerify(const CLI::App& command, Parsed& parsed) {
  ArqcOptions& options = parsed.options;
  options.psn = static_cast<std::uint8_t>(parsed.psn);
  options.allowed.cvns = SetOf(parsed.cvns);
  options.allowed.dkis = SetOf(parsed.dkis);
  if (command.count("--master-key-option") != 0) options.allowed.master_key = parsed.master_key;
  if (command.count("--session-key") != 0) options.allowed.session_key = parsed.session_key;
  return RunArqcVerify(options);
}

}  // namespace

std::function<std::optional<int>()> AddCardCommand(CLI::App& app) {
  CLI::App* card = app.add_subcommand("card", "What cards and issuers compute");
  card->require_subcommand(1);
  CLI::App* arqc = card->add_subcommand("arqc", "Application cryptograms of chip cards");
  arqc->require_subcommand(1);
  CLI::App* verify = arqc->add_subcommand(
      "verify",
      "Verify the ARQC of an authorisation request and make the ARPC that answers it.\n"
      "The profile is the one that field 55 (tag 9F10) names; what the key does not serve is\n"
      "refused.");
  auto parsed = std::make_shared<Parsed>();
  AddRequest(*verify, *parsed);
  AddIssuerKey(*verify, *parsed);
  AddAnswer(*verify, parsed->options);
  verify->footer(
      std::string(kKeyArgumentHelp) +
      "\nExit status: 0 the ARQC is right, 1 it is wrong, 2 it could not be judged.\n"
      "Wrong, but why? --trace shows the input and a check value of each key: compare them with\n"
      "the card's side, from the issuer key down, and the first that differs is the fault.\n"
      "Example: florin card arqc verify --scheme visa --cvn 18 --pan 1234567890123456 \\\n"
      "  --test-key 0123456789ABCDEFFEDCBA9876543210 --field55 9F02...9F26087A788EA6B8A3E733");
  const std::vector<std::function<std::optional<int>()>> others = {
      AddPinCommand(*card), AddValueCommands(*card), AddIssuerCommands(*card),
      AddReadingCommands(*card)};
  return [verify, parsed, others]() -> std::optional<int> {
    if (verify->parsed()) return RunVerify(*verify, *parsed);
    for (const auto& run : others) {
      if (const auto status = run()) return status;
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
