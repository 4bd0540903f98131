#include "tools/card/card_command.h"

#include <CLI/CLI.hpp>
#include <bitset>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/card/arqc.h"
#include "tools/card/pin_command.h"
#include "tools/card/value_command.h"
#include "tools/paths.h"

namespace florin::tools {
namespace {

using MasterKey = card::EmvMasterKeyOption;
using Scheme = card::EmvScheme;
using SessionKey = card::EmvSessionKeyMethod;

const std::map<std::string, Scheme> kSchemes = {
    {"visa", Scheme::kVisa},         {"mastercard", Scheme::kMastercard},
    {"interac", Scheme::kInterac},   {"ccd", Scheme::kCcd},
    {"amex", Scheme::kAmex},         {"jcb", Scheme::kJcb},
    {"unionpay", Scheme::kUnionPay}, {"discover", Scheme::kDiscover}};
const std::map<std::string, MasterKey> kMasterKeys = {{"A", MasterKey::kA},
                                                      {"B", MasterKey::kB},
                                                      {"B-every-length", MasterKey::kBEveryLength},
                                                      {"C", MasterKey::kC}};
// EMV 2000 needs a tree, which a key in a token has.
const std::map<std::string, SessionKey> kSessionKeys = {{"none", SessionKey::kNone},
                                                        {"common", SessionKey::kCommon},
                                                        {"mastercard", SessionKey::kMastercard},
                                                        {"unionpay", SessionKey::kUnionPay}};

// The names of a choice, without the numbers behind them.
template <class Map>
CLI::Option* Choose(CLI::Option* option, const Map& names) {
  std::string text;
  for (const auto& [name, value] : names) text += (text.empty() ? "" : "|") + name;
  option->transform(CLI::CheckedTransformer(names).description(""));
  return option->type_name(text);
}

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

void AddTestKey(CLI::App& command, Parsed& parsed) {
  ArqcOptions& options = parsed.options;
  CLI::Option* key = command.add_option(
      "--test-key", options.test_key,
      "Issuer master key in clear hex. For test keys: command lines are seen by others");
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

void AddTokenKey(CLI::App& command, ArqcOptions& options) {
  options.module_path = DefaultModulePath();
  CLI::Option* key = command.add_option(
      "--key", options.key_label,
      "Label of an issuer master key in a token (CKA_FLORIN_EMV_PROFILES says what it serves);\n"
      "the PIN is read from the environment variable FLORIN_PIN");
  key->excludes("--test-key");
  command.add_option("--token", options.token_label, "Label of the token")->needs(key);
  command.add_option("--module", options.module_path, "PKCS#11 module to use")
      ->envname("FLORIN_MODULE")
      ->capture_default_str();
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
  AddTestKey(*verify, *parsed);
  AddTokenKey(*verify, parsed->options);
  AddAnswer(*verify, parsed->options);
  verify->footer(
      "Exit status: 0 the ARQC is right, 1 it is wrong, more: it could not be judged.\n"
      "Wrong, but why? --trace shows the input and a check value of each key: compare them with\n"
      "the card's side, from the issuer key down, and the first that differs is the fault.\n"
      "Example: florin card arqc verify --scheme visa --cvn 18 --pan 1234567890123456 \\\n"
      "  --test-key 0123456789ABCDEFFEDCBA9876543210 --field55 9F02...9F26087A788EA6B8A3E733");
  const auto run_pin = AddPinCommand(*card);
  const auto run_value = AddValueCommands(*card);
  return [verify, parsed, run_pin, run_value]() -> std::optional<int> {
    if (!verify->parsed()) {
      const auto status = run_pin();
      return status.has_value() ? status : run_value();
    }
    if (parsed->options.test_key.empty() == parsed->options.key_label.empty()) {
      std::fputs("florin card arqc verify: give --test-key or --key\n", stderr);
      return 2;
    }
    return RunVerify(*verify, *parsed);
  };
}

}  // namespace florin::tools
