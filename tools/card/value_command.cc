#include "tools/card/value_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/card/value.h"
#include "tools/choices.h"

namespace florin::tools {
namespace {

using Direction = mechanisms::DukptDirection;
using KeyType = card::AesDukptKeyType;

const std::map<std::string, MacName> kMacs = {
    {"iso9797-1", MacName::kIso1},      {"iso9797-3", MacName::kIso3},
    {"iso9797-5", MacName::kIso5},      {"as2805", MacName::kAs2805},
    {"aes-cmac", MacName::kAesCmac},    {"hmac-sha256", MacName::kHmac256},
    {"hmac-sha384", MacName::kHmac384}, {"hmac-sha512", MacName::kHmac512}};
const std::map<std::string, Direction> kDirections = {{"request", Direction::kRequest},
                                                      {"response", Direction::kResponse},
                                                      {"both", Direction::kBothWays}};
struct Parsed {
  ValueOptions options;
  KeyType dukpt_type = KeyType::kAes128;
  CLI::Option* dukpt_type_option = nullptr;
};

struct Command {
  CLI::App* app;
  std::shared_ptr<Parsed> parsed;
  int (*run)(const ValueOptions&);
};

// What every value has; `fields` adds its own.
class Commands {
 public:
  using Fields = void (*)(CLI::App&, ValueOptions&);

  // "make" and "verify" below a command of this name.
  void AddPair(CLI::App& parent, const char* name, const char* help, const char* example,
               ValueKind kind, Fields fields) {
    CLI::App* group = parent.add_subcommand(name, help);
    group->require_subcommand(1);
    Add(*group, "make", "Make the value", example, {kind, ValueAction::kMake}, RunValue, fields);
    std::string verify_example = example;
    verify_example.replace(verify_example.find(" make"), 5, " verify").append(" --value ...");
    CLI::App& verify = Add(*group, "verify", "Verify a value: exit status 1 where it is wrong",
                           verify_example.c_str(), {kind, ValueAction::kVerify}, RunValue, fields);
    verify.add_option("--value", list_.back().parsed->options.value, "The value to verify")
        ->required();
  }

  struct What {
    ValueKind kind;
    ValueAction action;
  };
  CLI::App& Add(CLI::App& parent, const char* name, const char* help, const char* example,
                What what, int (*run)(const ValueOptions&), Fields fields) {
    auto parsed = std::make_shared<Parsed>();
    ValueOptions& options = parsed->options;
    options.kind = what.kind;
    options.action = what.action;
    CLI::App* app = parent.add_subcommand(name, help);
    AddKeyArgument(*app, "key", "The key", options.key);
    fields(*app, options);
    app->add_flag("--json", options.json, "Print one JSON object and nothing else");
    AddOptionalToken(*app, options.token);
    app->footer(
        std::string(kKeyArgumentHelp) +
        "\nExit status: 0 done or right, 1 wrong, 2 it could not be judged.\nExample: " + example);
    list_.push_back({app, std::move(parsed), run});
    return *app;
  }

  Parsed& last() { return *list_.back().parsed; }
  const std::vector<Command>& list() const { return list_; }

 private:
  std::vector<Command> list_;
};

void AddPan(CLI::App& app, ValueOptions& options) {
  app.add_option("--pan", options.pan, "The card's PAN; it is in no output")->required();
}

void AddExpiry(CLI::App& app, ValueOptions& options) {
  app.add_option("--expiry", options.expiry,
                 "Expiry date as it enters the calculation: YYMM, for\n"
                 "CVV2 also MMYY")
      ->required();
  app.add_option("--service-code", options.service_code, "000: CVV2, 999: iCVV, else CVV")
      ->capture_default_str();
}

void AddChip(CLI::App& app, ValueOptions& options) {
  app.add_option("--psn", options.psn, "PAN sequence number")->check(CLI::Range(0, 99));
  app.add_option("--atc", options.atc, "Application transaction counter")
      ->check(CLI::Range(0, 65535))
      ->required();
  Choose(app.add_option("--master-key-option", options.option,
                        "How the card's key is derived (default: A)"),
         kMasterKeys);
}

void AddData(CLI::App& app, ValueOptions& options) {
  CLI::Option* data = app.add_option("--data", options.data, "The data, in hex");
  app.add_option("--text", options.text, "The data, as it stands")->excludes(data);
}

void CvvFields(CLI::App& app, ValueOptions& options) {
  AddPan(app, options);
  AddExpiry(app, options);
  app.add_option("--csc", options.csc, "American Express CSC of this version")
      ->check(CLI::Range(1, 2));
  app.add_option("--digits", options.digits, "Digits of the value")
      ->check(CLI::Range(3, 8))
      ->capture_default_str();
}

void DcvvFields(CLI::App& app, ValueOptions& options) {
  AddPan(app, options);
  AddExpiry(app, options);
  AddChip(app, options);
  app.add_flag("--decimal-atc", options.decimal_atc,
               "The ATC as four decimal digits (else hexadecimal, as published values have it)");
}

void Cvc3Fields(CLI::App& app, ValueOptions& options) {
  AddPan(app, options);
  AddChip(app, options);
  app.add_option("--track", options.data, "Static track data, in hex")->required();
  app.add_option("--un", options.un, "Unpredictable number, 8 hex digits (static CVC3: zeros)")
      ->capture_default_str();
  app.add_option("--digits", options.digits, "Digits of the value")->check(CLI::Range(3, 5));
}

void CavvFields(CLI::App& app, ValueOptions& options) {
  AddPan(app, options);
  app.add_option("--tracking", options.tracking, "Last four digits of the ATN")->required();
  app.add_option("--result-code", options.result_code, "Authentication result code")
      ->check(CLI::Range(0, 9));
  app.add_option("--second-factor", options.second_factor, "Second factor code")
      ->check(CLI::Range(0, 99));
  app.add_flag("--rightmost-16", options.rightmost_16,
               "Of the PAN the rightmost 16 digits (else all of them)");
}

void AavFields(CLI::App& app, ValueOptions& options) {
  AddPan(app, options);
  app.add_option("--data", options.data, "The 15 bytes before the MAC, in hex")->required();
  app.add_flag("--cvc2", options.cvc2, "The MAC is a CVC2, under a TDES key (else HMAC)");
}

void AddTokenDomain(CLI::App& app, ValueOptions& options) {
  app.add_option("--pan", options.pan, "The token; it is in no output")->required();
  app.add_option("--psn", options.psn, "The token's sequence number")->check(CLI::Range(0, 99));
  app.add_option("--requestor", options.requestor, "Token requestor, eleven digits")->required();
  app.add_option("--counter", options.atc, "Counter of the token's transactions")
      ->check(CLI::Range(0, 65535))
      ->required();
}

void TokenCryptogramFields(CLI::App& app, ValueOptions& options) {
  AddTokenDomain(app, options);
  app.add_option("--amount", options.amount, "Amount in minor units")->capture_default_str();
  app.add_option("--currency", options.currency, "ISO 4217 number")->check(CLI::Range(0, 999));
  app.add_option("--un", options.un, "Unpredictable number, 8 hex digits")->capture_default_str();
}

void TokenValueFields(CLI::App& app, ValueOptions& options) {
  AddTokenDomain(app, options);
  app.add_option("--expiry", options.expiry, "The token's expiry date, YYMM")->required();
}

void IavFields(CLI::App& app, ValueOptions& options) {
  AddPan(app, options);
  app.add_option("--merchant", options.text, "The merchant's name")->required();
  app.add_option("--amount", options.amount, "Amount in minor units")->required();
  app.add_option("--currency", options.currency, "ISO 4217 number")->required();
  app.add_option("--transaction-id", options.transaction_id,
                 "Last 8 hex digits of the DS transaction id")
      ->required();
}

void MacFields(CLI::App& app, ValueOptions& options) {
  Choose(app.add_option("--algorithm", options.mac, "MAC algorithm (default: iso9797-3, X9.19)"),
         kMacs);
  app.add_option("--padding", options.padding, "Padding method of ISO/IEC 9797-1")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  app.add_option("--length", options.length, "Bytes of the MAC (default: the whole)")
      ->check(CLI::Range(4, 32));
  AddData(app, options);
}

void ArqcFields(CLI::App& app, ValueOptions& options) {
  options.padding = 2;
  AddPan(app, options);
  AddChip(app, options);
  Choose(app.add_option("--session-key", options.session_key,
                        "How the session key is derived (default: common)"),
         kSessionKeys);
  app.add_option("--un", options.un, "Unpredictable number, for mastercard")->capture_default_str();
  app.add_option("--padding", options.padding, "Padding method")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  app.add_option("--data", options.data, "CDOL data in the order of the profile, in hex")
      ->required();
}

void AddDukptFields(CLI::App& app, ValueOptions& options) {
  app.add_option("--ksn", options.ksn, "KSN of the transaction, in hex")->required();
  Choose(app.add_option("--direction", options.direction, "Whose message (default: request)"),
         kDirections);
  AddData(app, options);
}

void DukptMacFields(CLI::App& app, ValueOptions& options) {
  AddDukptFields(app, options);
  app.add_option("--length", options.length, "Bytes of the MAC (default: 4)")
      ->check(CLI::Range(4, 32));
  app.add_flag("--cmac", options.cmac, "CMAC also under TDES working keys (else retail MAC)");
}

void DukptDataFields(CLI::App& app, ValueOptions& options) {
  AddDukptFields(app, options);
  app.add_option("--iv", options.iv, "Initialisation vector in hex: CBC; none: ECB");
}

void AddDukptType(Commands& commands, CLI::App& app) {
  Parsed& parsed = commands.last();
  CLI::Option* type =
      app.add_option("--type", parsed.dukpt_type, "Working key, where the BDK is AES");
  Choose(type, kDukptTypes);
  parsed.dukpt_type_option = type;
}

void AddDukpt(CLI::App& card, Commands& commands) {
  CLI::App* dukpt = card.add_subcommand("dukpt", "What DUKPT terminals send: MACs, data, KSNs");
  dukpt->require_subcommand(1);
  using Action = ValueAction;
  constexpr ValueKind kMac = ValueKind::kDukptMac;
  CLI::App& make =
      commands.Add(*dukpt, "mac", "MAC of a message",
                   "florin card dukpt mac --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --ksn FFFF9876543210E00001 --text 4012345678909D987",
                   {kMac, Action::kMake}, RunValue, DukptMacFields);
  AddDukptType(commands, make);
  CLI::App& verify =
      commands.Add(*dukpt, "verify", "Verify a MAC: exit status 1 where it is wrong",
                   "florin card dukpt verify --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --ksn FFFF9876543210E00001 --text 4012345678909D987 --value 9CCC7817",
                   {kMac, Action::kVerify}, RunValue, DukptMacFields);
  AddDukptType(commands, verify);
  verify.add_option("--value", commands.last().options.value, "The MAC, in hex")->required();
  CLI::App& encrypt =
      commands.Add(*dukpt, "encrypt", "Encrypt whole blocks",
                   "florin card dukpt encrypt --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --ksn FFFF9876543210E00001 --iv 0000000000000000 --data 3430313233343536",
                   {kMac, Action::kEncrypt}, RunDukptData, DukptDataFields);
  AddDukptType(commands, encrypt);
  CLI::App& decrypt =
      commands.Add(*dukpt, "decrypt", "Decrypt whole blocks",
                   "florin card dukpt decrypt --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --ksn FFFF9876543210E00001 --iv 0000000000000000 --data FC0D53B7EA1FDA9E",
                   {kMac, Action::kDecrypt}, RunDukptData, DukptDataFields);
  AddDukptType(commands, decrypt);
}

}  // namespace

std::function<std::optional<int>()> AddValueCommands(CLI::App& card) {
  Commands commands;
  commands.AddPair(card, "cvv", "CVV, CVC, CVV2, iCVV by service code; CSC of American Express",
                   "florin card cvv make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --pan 4123456789012345 --expiry 8701 --service-code 101",
                   ValueKind::kCvv, CvvFields);
  commands.AddPair(card, "dcvv", "Visa's dynamic CVV",
                   "florin card dcvv make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --pan 4123456789012345 --expiry 8701 --service-code 101 --atc 1",
                   ValueKind::kDcvv, DcvvFields);
  commands.AddPair(card, "cvc3", "Mastercard's CVC3",
                   "florin card cvc3 make --test-key 01234567899876543210012345678998 \\\n"
                   "  --pan 5123456789012345 --atc 94 --un 00000899 --digits 5 \\\n"
                   "  --track 5123456789012345D35121010000000000000F",
                   ValueKind::kCvc3, Cvc3Fields);
  commands.AddPair(card, "cavv", "Visa's CAVV output (3-D Secure)",
                   "florin card cavv make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --pan 4123456789012345 --tracking 7993 --result-code 7",
                   ValueKind::kCavv, CavvFields);
  commands.AddPair(card, "aav", "MAC of Mastercard's SPA AAV",
                   "florin card aav make --test-key 0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B \\\n"
                   "  --pan 5432109876543210 --data 8C7CA7FBB6058B511401110000002F",
                   ValueKind::kAav, AavFields);
  commands.AddPair(card, "iav", "Mastercard's SPA2 IAV",
                   "florin card iav make --test-key 0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B \\\n"
                   "  --pan 5432109876543210 --merchant Shop --amount 1000 --currency 978 \\\n"
                   "  --transaction-id 01234567",
                   ValueKind::kIav, IavFields);
  commands.AddPair(
      card, "token-cryptogram",
      "Cryptogram of the own token domain (docs/formats/token_cryptogram.md); it is\n"
      "not the networks' TAVV",
      "florin card token-cryptogram make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
      "  --pan 9999123456789012 --requestor 40010030273 --counter 300 --un DEADBEEF \\\n"
      "  --amount 123456 --currency 840",
      ValueKind::kTokenCryptogram, TokenCryptogramFields);
  commands.AddPair(card, "token-value", "The same as three digits, under another key",
                   "florin card token-value make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --pan 9999123456789012 --requestor 40010030273 --counter 300 --expiry 3012",
                   ValueKind::kTokenValue, TokenValueFields);
  commands.AddPair(card, "mac", "MACs: ISO/IEC 9797-1, AS 2805.4.1, CMAC, HMAC",
                   "florin card mac make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --algorithm iso9797-3 --padding 1 --text 'Hello World !!!!'",
                   ValueKind::kMac, MacFields);
  commands.AddPair(card, "cryptogram", "ARQC, TC, AAC of chosen data (raw: no profile)",
                   "florin card cryptogram make --test-key 0123456789ABCDEFFEDCBA9876543210 \\\n"
                   "  --pan 1234567890123456 --atc 28 --data 000000004000000000000000012480",
                   ValueKind::kArqc, ArqcFields);
  AddDukpt(card, commands);
  return [list = commands.list()]() -> std::optional<int> {
    for (const Command& command : list) {
      if (!command.app->parsed()) continue;
      Parsed& parsed = *command.parsed;
      if (parsed.dukpt_type_option != nullptr && parsed.dukpt_type_option->count() != 0) {
        parsed.options.dukpt_type = parsed.dukpt_type;
      }
      return command.run(parsed.options);
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
