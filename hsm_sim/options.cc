#include "hsm_sim/options.h"

#include <stdlib.h>

#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

Status SetOption(std::string_view name, std::string_view value, Options& options) {
  if (name == "directory" && !value.empty()) {
    options.directory = std::string(value);
  } else if (name == "pin_kdf" && value == "moderate") {
    options.pin_cost = primitives::kPasswordCostModerate;
  } else if (name == "pin_kdf" && value == "interactive") {
    options.pin_cost = primitives::kPasswordCostInteractive;
  } else if (name == "pin_kdf" && value == "minimal") {
    options.pin_cost = primitives::kPasswordCostMinimal;
  } else if (name == "policy" && (value == "strict" || value == "vectors")) {
    options.policy.imported_keys_may_wrap = value == "vectors";
  } else if (name == "quirks") {
    return ReadQuirks(value, options.quirks);
  } else if (name == "without_mechanisms") {
    return ReadLacking(value, options.quirks);
  } else {
    return Fail(CKR_ARGUMENTS_BAD);
  }
  return OkStatus();
}

// Takes the next name=value or name='value' off the front of `text`.
Status ReadOption(std::string_view& text, Options& options) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return Fail(CKR_ARGUMENTS_BAD);
  const std::string_view name = text.substr(0, equals);
  text.remove_prefix(equals + 1);
  char end = ' ';
  if (!text.empty() && (text[0] == '\'' || text[0] == '"')) {
    end = text[0];
    text.remove_prefix(1);
    if (text.find(end) == std::string_view::npos) return Fail(CKR_ARGUMENTS_BAD);
  }
  const std::string_view value = text.substr(0, text.find(end));
  text.remove_prefix(value.size() < text.size() ? value.size() + 1 : value.size());
  return SetOption(name, value, options);
}

// Not for programs that run with other rights than their caller: secure_getenv.
Status ReadVariable(const char* variable, std::string_view name, Options& options) {
  const char* value = ::secure_getenv(variable);
  if (value == nullptr || *value == '\0') return OkStatus();
  return SetOption(name, value, options);
}

std::string DefaultDirectory() {
  if (const char* data = ::secure_getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return std::string(data) + "/florin/hsm";
  }
  if (const char* home = ::secure_getenv("HOME"); home != nullptr && *home == '/') {
    return std::string(home) + "/.local/share/florin/hsm";
  }
  return std::string();
}

}  // namespace

Result<Options> ReadOptions(std::string_view parameters) {
  Options options;
  options.directory = DefaultDirectory();
  while (!parameters.empty()) {
    if (parameters.front() == ' ') {
      parameters.remove_prefix(1);
      continue;
    }
    FLORIN_CHECK_OK(ReadOption(parameters, options));
  }
  FLORIN_CHECK_OK(ReadVariable("FLORIN_HSM_DIR", "directory", options));
  FLORIN_CHECK_OK(ReadVariable("FLORIN_HSM_PIN_KDF", "pin_kdf", options));
  FLORIN_CHECK_OK(ReadVariable("FLORIN_HSM_POLICY", "policy", options));
  FLORIN_CHECK_OK(ReadVariable("FLORIN_HSM_QUIRKS", "quirks", options));
  FLORIN_CHECK_OK(ReadVariable("FLORIN_HSM_WITHOUT_MECHANISMS", "without_mechanisms", options));
  while (options.directory.size() > 1 && options.directory.back() == '/') {
    options.directory.pop_back();
  }
  if (options.directory.empty() || options.directory[0] != '/') return Fail(CKR_ARGUMENTS_BAD);
  return options;
}

}  // namespace florin::hsm_sim
