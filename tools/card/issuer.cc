#include "tools/card/issuer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "florin/base/pan.h"
#include "tools/command_io.h"

namespace florin::tools {
namespace {

constexpr char kArqcText[] = "--arqc must be 16 hex digits";

Result<Pan> PanOf(const TransactionOptions& options) {
  auto pan = Pan::Parse(options.pan);
  if (!pan.ok()) return Bad("--pan must have 12 to 19 digits");
  return pan;
}

// A test key of this usage, such as "E2"; option C is of AES keys.
Result<hsm::KeyTemplate> IssuerTestKey(const char* usage, card::EmvMasterKeyOption option) {
  const bool aes = option == card::EmvMasterKeyOption::kC;
  return TestKeyTemplate(std::string(usage) + (aes ? "AX" : "TX"));
}

Result<hsm::KeyHandle> FindIssuerKey(CommandKeys& keys, const KeyArgument& argument,
                                     const char* usage, const TransactionOptions& options) {
  FLORIN_TRY(hsm::KeyTemplate test_key, IssuerTestKey(usage, options.master_key));
  return keys.Find(argument, std::move(test_key));
}

// Two characters as they stand in field 39, or four hex digits.
Result<std::array<std::uint8_t, 2>> ParseArc(const std::string& text) {
  if (text.size() == 4) return HexArray<2>(text, "--arc is two characters or four hex digits");
  if (text.size() != 2) {
    return Bad("say the answer: --arc with two characters (method 1), or --csu (method 2)");
  }
  return std::array<std::uint8_t, 2>{static_cast<std::uint8_t>(text[0]),
                                     static_cast<std::uint8_t>(text[1])};
}

Result<mechanisms::EmvArpc> ArpcParameter(const ArpcOptions& options, const Pan& pan,
                                          ByteView proprietary) {
  const TransactionOptions& transaction = options.transaction;
  mechanisms::EmvArpc arpc;
  arpc.card.pan = &pan;
  arpc.card.psn = static_cast<std::uint8_t>(transaction.psn);
  arpc.card.atc = static_cast<std::uint16_t>(transaction.atc);
  arpc.card.option = transaction.master_key;
  arpc.card.session_key = options.session_key;
  FLORIN_TRY(arpc.card.un, HexArray<4>(options.un, "--un must be 8 hex digits"));
  arpc.key = options.arpc_key;
  arpc.proprietary = proprietary;
  if (options.csu.empty()) {
    FLORIN_TRY(arpc.arc, ParseArc(options.arc));
  } else {
    FLORIN_TRY(arpc.csu, HexArray<4>(options.csu, "--csu must be 8 hex digits"));
  }
  return arpc;
}

Result<Json> MakeArpc(const ArpcOptions& options) {
  FLORIN_TRY(const Pan pan, PanOf(options.transaction));
  FLORIN_TRY(const Bytes proprietary,
             HexOption(options.proprietary, "--proprietary must be hex digits"));
  FLORIN_TRY(const auto arpc, ArpcParameter(options, pan, proprietary));
  FLORIN_TRY(const auto arqc, HexArray<8>(options.transaction.arqc, kArqcText));
  FLORIN_TRY(const Bytes data, HexOption(options.data, "--data must be hex digits"));
  FLORIN_TRY(CommandKeys keys,
             CommandKeys::Open(options.transaction.token, {&options.transaction.key}));
  FLORIN_TRY(const hsm::KeyHandle key,
             FindIssuerKey(keys, options.transaction.key, "E0", options.transaction));
  Bytes out(mechanisms::kMaxIssuerAuthenticationData);
  if (data.empty()) {
    FLORIN_TRY(const std::size_t written, keys.session().Sign(arpc, key, arqc, out));
    return Json{{"arpc", UpperHex(ByteView(out).first(written))}, {"verified", false}};
  }
  const mechanisms::EmvVerifiedArpc verified = {
      arqc,
      options.padding == 1 ? mechanisms::EmvPadding::kMethod1 : mechanisms::EmvPadding::kMethod2,
      arpc};
  FLORIN_TRY(const std::size_t written, keys.session().Sign(verified, key, data, out));
  return Json{{"arpc", UpperHex(ByteView(out).first(written))}, {"verified", true}};
}

Result<mechanisms::EmvScript> ScriptParameter(const ScriptOptions& options, const Pan& pan) {
  const TransactionOptions& transaction = options.transaction;
  mechanisms::EmvScript script;
  script.pan = &pan;
  script.psn = static_cast<std::uint8_t>(transaction.psn);
  script.option = transaction.master_key;
  script.key = options.session_key;
  script.atc = static_cast<std::uint16_t>(transaction.atc);
  script.command = static_cast<std::uint16_t>(options.command);
  FLORIN_TRY(script.arqc, HexArray<8>(transaction.arqc, kArqcText));
  return script;
}

Result<Json> MacOrVerify(const ScriptOptions& options, bool verify) {
  const TransactionOptions& transaction = options.transaction;
  FLORIN_TRY(const Pan pan, PanOf(transaction));
  mechanisms::EmvScriptMac mac;
  FLORIN_TRY(mac.script, ScriptParameter(options, pan));
  mac.prefix = options.mac_prefix;
  mac.mac_length = static_cast<std::size_t>(options.mac_length);
  FLORIN_TRY(const auto header,
             HexArray<5>(options.header, "--header must be 10 hex digits: CLA INS P1 P2 Lc"));
  FLORIN_TRY(const Bytes data, HexOption(options.data, "--data must be hex digits"));
  FLORIN_TRY(const Bytes expected, HexOption(options.value, "--value must be hex digits"));
  Bytes input(header.begin(), header.end());
  input.insert(input.end(), data.begin(), data.end());
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(transaction.token, {&transaction.key}));
  FLORIN_TRY(const hsm::KeyHandle key, FindIssuerKey(keys, transaction.key, "E2", transaction));
  if (verify) {
    mac.mac_length = expected.size();
    FLORIN_CHECK_OK(keys.session().Verify(mac, key, input, expected));
    return Json{{"right", true}};
  }
  Bytes out(mac.mac_length);
  FLORIN_TRY(const std::size_t written, keys.session().Sign(mac, key, input, out));
  return Json{{"mac", UpperHex(ByteView(out).first(written))}};
}

Result<Json> Encrypt(const ScriptOptions& options) {
  const TransactionOptions& transaction = options.transaction;
  FLORIN_TRY(const Pan pan, PanOf(transaction));
  mechanisms::EmvScriptEncryption encryption;
  FLORIN_TRY(encryption.script, ScriptParameter(options, pan));
  encryption.padding = options.padding;
  FLORIN_TRY(const Bytes data, HexOption(options.data, "--data must be hex digits"));
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(transaction.token, {&transaction.key}));
  FLORIN_TRY(hsm::KeyTemplate test_key, IssuerTestKey("E1", transaction.master_key));
  // It encrypts script data only for keys that do nothing else.
  test_key.rules.allowed_mechanisms = {mechanisms::MechanismType::kEmvScriptEncryption};
  FLORIN_TRY(const hsm::KeyHandle key, keys.Find(transaction.key, std::move(test_key)));
  Bytes out(data.size() + 16);
  FLORIN_TRY(const std::size_t written, keys.session().Encrypt(encryption, key, data, out));
  return Json{{"ciphertext", UpperHex(ByteView(out).first(written))}};
}

// With `ksn` for what the parameter refers to.
Result<mechanisms::EmvPinChange> PinChangeParameter(const ScriptOptions& options, const Pan& pan,
                                                    CommandKeys& keys, Bytes& ksn) {
  const TransactionOptions& transaction = options.transaction;
  mechanisms::EmvPinChange change;
  FLORIN_TRY(change.script, ScriptParameter(options, pan));
  change.prefix = options.mac_prefix;
  change.padding = options.padding;
  change.form = options.form;
  change.with_current = !options.current.empty();
  change.mac_length = static_cast<std::size_t>(options.mac_length);
  FLORIN_TRY(change.block, MakePinBlock(options.block, ksn));
  FLORIN_TRY(change.block_key.handle, FindPinBlockKey(keys, options.block));
  FLORIN_TRY(change.confidentiality_key.handle,
             FindIssuerKey(keys, options.confidentiality_key, "E1", transaction));
  if (options.form == card::EmvPinBlock::kVis) {
    FLORIN_TRY(change.cryptogram_key.handle,
               FindIssuerKey(keys, options.cryptogram_key, "E0", transaction));
  }
  return change;
}

Result<CommandKeys> OpenPinChangeKeys(const ScriptOptions& options) {
  const TransactionOptions& transaction = options.transaction;
  if (options.form == card::EmvPinBlock::kVis) {
    return CommandKeys::Open(transaction.token, {&transaction.key, &options.confidentiality_key,
                                                 &options.cryptogram_key, &options.block.key});
  }
  return CommandKeys::Open(transaction.token,
                           {&transaction.key, &options.confidentiality_key, &options.block.key});
}

Result<Json> ChangePin(const ScriptOptions& options) {
  const TransactionOptions& transaction = options.transaction;
  FLORIN_TRY(const Pan pan, PanOf(transaction));
  FLORIN_TRY(Bytes blocks, HexOption(options.enciphered, "--block must be hex digits"));
  FLORIN_TRY(const Bytes current, HexOption(options.current, "--current-block must be hex digits"));
  blocks.insert(blocks.end(), current.begin(), current.end());
  FLORIN_TRY(CommandKeys keys, OpenPinChangeKeys(options));
  Bytes ksn;
  FLORIN_TRY(const auto change, PinChangeParameter(options, pan, keys, ksn));
  FLORIN_TRY(const hsm::KeyHandle key, FindIssuerKey(keys, transaction.key, "E2", transaction));
  Bytes out(mechanisms::kMaxEmvPinChange);
  FLORIN_TRY(const std::size_t written, keys.session().Sign(change, key, blocks, out));
  return Json{{"command", UpperHex(ByteView(out).first(written))}};
}

}  // namespace

int RunArpc(const ArpcOptions& options) {
  constexpr VerdictText kVerdict = {"ARQC     right", "ARQC     WRONG"};
  return Finish("card arpc", options.transaction.json, MakeArpc(options), kVerdict);
}

int RunScriptMac(const ScriptOptions& options) {
  return Finish("card script mac", options.transaction.json, MacOrVerify(options, false));
}

int RunScriptVerify(const ScriptOptions& options) {
  constexpr VerdictText kVerdict = {"MAC      right", "MAC      WRONG"};
  return Finish("card script verify", options.transaction.json, MacOrVerify(options, true),
                kVerdict);
}

int RunScriptEncrypt(const ScriptOptions& options) {
  return Finish("card script encrypt", options.transaction.json, Encrypt(options));
}

int RunScriptPinChange(const ScriptOptions& options) {
  constexpr VerdictText kVerdict = {"PIN      right", "PIN      its block is WRONG"};
  return Finish("card script pinchange", options.transaction.json, ChangePin(options), kVerdict);
}

}  // namespace florin::tools
