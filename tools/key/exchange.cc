#include "tools/key/exchange.h"

#include <array>
#include <cstdio>
#include <iostream>
#include <span>
#include <string_view>
#include <utility>

#include "florin/base/hex.h"
#include "florin/card/key_block_optional.h"
#include "florin/hsm/key_templates.h"
#include "tools/command_io.h"
#include "tools/key/components.h"
#include "tools/key/key_record.h"

namespace florin::tools {
namespace {

Result<card::KeyBlockHeader> HeaderOf(const KeyImportOptions& options) {
  if (options.usage.size() != 2 || options.key_version.size() != 2 || options.mode == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 "say what the key is for: --usage and --mode, as in --usage C0 --mode C");
  }
  std::string text = "D0000";
  text += options.usage;
  text += options.algorithm;
  text += options.mode;
  text += options.key_version;
  text += options.exportability;
  text += "0000";
  FLORIN_TRY(const auto header, card::KeyBlockHeader::Parse(text));
  FLORIN_CHECK_OK(card::CheckKeyBlockCombination(header));
  return header;
}

Status AddMarks(const KeyImportOptions& options, mechanisms::KeyRules& rules) {
  rules.extractable = options.extractable;
  rules.pin.zone_key = options.zone_key;
  if (options.device_keys) rules.verbs = {mechanisms::Verb::kDerive};
  rules.emv = options.emv;
  if (options.only_mechanism.has_value()) rules.allowed_mechanisms = {*options.only_mechanism};
  if (options.decimalisation_table.empty()) return OkStatus();
  FLORIN_TRY(rules.decimalisation, card::DecimalisationDigits::Parse(options.decimalisation_table));
  return OkStatus();
}

void PrintComponents(const CombinedKey& combined, std::FILE* out) {
  std::size_t number = 0;
  for (const auto& kcv : combined.component_kcvs) {
    std::fprintf(out, "component %zu: KCV %s\n", ++number, HexEncode(kcv, HexCase::kUpper).c_str());
  }
  if (combined.parity_set) std::fputs("odd parity was set\n", out);
  std::fprintf(out, "combined: KCV %s\n", HexEncode(combined.kcv, HexCase::kUpper).c_str());
}

Result<hsm::KeyHandle> ImportComponents(const KeyImportOptions& options, hsm::Session& session) {
  FLORIN_TRY(const auto header, HeaderOf(options));
  FLORIN_TRY(const CombinedKey combined,
             CombineTypedComponents(options.components, options.algorithm));
  FLORIN_TRY(auto key, hsm::PaymentKey(options.key.label, header, combined.key.size()));
  FLORIN_CHECK_OK(AddMarks(options, key.rules));
  PrintComponents(combined, options.key.json ? stderr : stdout);
  auto imported = session.Import(key, combined.key);
  if (!imported.ok()) return ExplainRefusal(imported.error(), key.rules);
  return imported;
}

Result<hsm::KeyHandle> ImportKeyBlock(const KeyImportOptions& options, hsm::Session& session) {
  std::string text = options.key_block;
  if (text == "-") std::getline(std::cin, text);
  FLORIN_TRY(const auto block, card::KeyBlock::Parse(text));
  FLORIN_TRY(auto key, hsm::KeyTemplateOf(block));
  FLORIN_CHECK_OK(AddMarks(options, key.rules));
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, options.key.label));
  key.persistent = true;
  FLORIN_TRY(const hsm::KeyHandle kbpk, FindSecretKey(session, options.kbpk));
  return session.Unwrap(mechanisms::KeyBlockWrap{}, kbpk, AsBytes(text), key);
}

Status Import(const KeyImportOptions& options) {
  if (options.components.empty() == options.key_block.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "give the key by --component, two or three times, or by --key-block");
  }
  if (!options.key_block.empty() && options.kbpk.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--kbpk names the key that protects the key block");
  }
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  hsm::Session& session = *token.session;
  FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kSecret, options.key.label));
  if (options.key_block.empty()) {
    FLORIN_TRY(const auto key, ImportComponents(options, session));
    return PrintKey(session, key, options.key.json);
  }
  FLORIN_TRY(const auto key, ImportKeyBlock(options, session));
  return PrintKey(session, key, options.key.json);
}

// X9.143 6.3.6: identifier, length of the whole in two digits or behind 00, data.
Result<std::string> OptionalBlockText(const std::string& argument) {
  if (argument.size() < 3 || argument[2] != '=') {
    return Error(ErrorCode::kInvalidArgument, "--optional-block is ID=DATA, as in LB=zone-7");
  }
  const std::string data = argument.substr(3);
  FLORIN_CHECK_OK(card::CheckOptionalBlock({argument.substr(0, 2), data}));
  const std::size_t size = 4 + data.size();
  std::array<char, 16> length{};
  if (size <= 0xFF) {
    std::snprintf(length.data(), length.size(), "%02zX", size);
  } else {
    std::snprintf(length.data(), length.size(), "0004%04zX", size + 6);
  }
  std::string text = argument.substr(0, 2);
  text += length.data();
  text += data;
  return text;
}

Result<std::string> Export(const KeyExportOptions& options) {
  FLORIN_TRY(const std::string blocks, OptionalBlocksText(options.optional_blocks));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  hsm::Session& session = *token.session;
  FLORIN_TRY(const hsm::KeyHandle kbpk, FindSecretKey(session, options.kbpk));
  FLORIN_TRY(const hsm::KeyHandle key, FindSecretKey(session, options.key.label));
  mechanisms::KeyBlockWrap mechanism;
  mechanism.version = options.version;
  if (mechanism.version == 0) {
    FLORIN_TRY(const hsm::KeyDescription description, session.Describe(kbpk));
    mechanism.version = description.type == mechanisms::KeyType::kDes3 ? 'B' : 'D';
  }
  mechanism.optional_blocks = blocks;
  mechanism.optional_block_count = options.optional_blocks.size();
  Bytes out(card::kMaxKeyBlockSize);
  FLORIN_TRY(const std::size_t size, session.Wrap(mechanism, kbpk, key, out));
  return std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
}

Status Show(const ExchangeTarget& options) {
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const hsm::KeyHandle key, FindSecretKey(*token.session, options.label));
  return PrintKey(*token.session, key, options.json);
}

}  // namespace

Result<std::string> OptionalBlocksText(const std::vector<std::string>& arguments) {
  std::string blocks;
  for (const std::string& argument : arguments) {
    FLORIN_TRY(const std::string text, OptionalBlockText(argument));
    blocks += text;
  }
  return blocks;
}

int ReportFailure(const char* command, const Error& error) {
  std::fprintf(stderr, "florin key %s: %s\n", command, error.message());
  const ErrorCode code = error.code();
  return code == ErrorCode::kPermissionDenied || code == ErrorCode::kVerificationFailed ||
                 code == ErrorCode::kUnsupported
             ? 1
             : 2;
}

Error ExplainRefusal(const Error& error, const mechanisms::KeyRules& rules) {
  const bool carries =
      rules.verbs.Has(mechanisms::Verb::kWrap) || rules.verbs.Has(mechanisms::Verb::kUnwrap);
  if (error.code() != ErrorCode::kInvalidArgument || !carries) return error;
  return Error(ErrorCode::kPermissionDenied,
               "the token refuses the key: a strict token takes none that wraps and that somebody "
               "outside may know, and no agreement gives a key stronger than its curve (see "
               "docs/guides/exchange_keys.md)");
}

Result<hsm::KeyHandle> FindKey(hsm::Session& session, hsm::KeyClass key_class,
                               const std::string& label) {
  FLORIN_TRY(const auto name, hsm::KeyRef::Create(key_class, label));
  return session.Resolve(name);
}

Result<hsm::KeyHandle> FindSecretKey(hsm::Session& session, const std::string& label) {
  return FindKey(session, hsm::KeyClass::kSecret, label);
}

Status CheckLabelIsFree(hsm::Session& session, hsm::KeyClass key_class, const std::string& label) {
  const auto found = FindKey(session, key_class, label);
  if (found.ok() || found.code() == ErrorCode::kConflict) {
    return Error(ErrorCode::kConflict, "the token has a key of that label");
  }
  return found.code() == ErrorCode::kNotFound ? OkStatus() : Status(found.error());
}

Status PrintKey(hsm::Session& session, hsm::KeyHandle key, bool json) {
  FLORIN_TRY(const hsm::KeyDescription description, session.Describe(key));
  const Json record = KeyRecord(description, SystemClock().Now());
  if (json) {
    std::puts(record.dump(2).c_str());
    return OkStatus();
  }
  for (const auto& [name, value] : record.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array()) {
      text.clear();
      for (const auto& entry : value) {
        if (!text.empty()) text += ' ';
        text += entry.get<std::string>();
      }
    }
    std::printf("%-22s  %s\n", name.c_str(), text.c_str());
  }
  return OkStatus();
}

int RunKeyImport(const KeyImportOptions& options) {
  const Status done = Import(options);
  return done.ok() ? 0 : ReportFailure("import", done.error());
}

int RunKeyExport(const KeyExportOptions& options) {
  const auto block = Export(options);
  if (!block.ok()) return ReportFailure("export", block.error());
  std::puts(options.key.json ? Json({{"key_block", *block}}).dump().c_str() : block->c_str());
  return 0;
}

int RunKeyShow(const ExchangeTarget& options) {
  const Status done = Show(options);
  return done.ok() ? 0 : ReportFailure("show", done.error());
}

}  // namespace florin::tools
