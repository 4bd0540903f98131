#include "tools/key/check_value.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "florin/card/kcv.h"
#include "tools/command_io.h"
#include "tools/key/components.h"
#include "tools/key/key_record.h"

namespace florin::tools {
namespace {

Result<SecretBytes> TestKeyBytes(const std::string& text) {
  auto bytes = HexDecodeSecret(text);
  if (!bytes.ok() || bytes->size() == 0) {
    return Bad("--test-key must be hex digits, two for each byte");
  }
  return bytes;
}

Result<Json> OfTestKey(const CheckValueOptions& options) {
  if (!options.method.has_value()) return Bad("say with --method how the check value is computed");
  FLORIN_TRY(const SecretBytes key, TestKeyBytes(options.key.test_key));
  Bytes kcv(static_cast<std::size_t>(options.length));
  FLORIN_CHECK_OK(card::KeyCheckValue(*options.method, key.Read(SecretAccess{}), kcv));
  return Json{{"kcv", UpperHex(kcv)}};
}

// What the token says: it computed the value when the key came, by its own method.
Result<Json> OfTokenKey(const CheckValueOptions& options) {
  if (options.method.has_value()) {
    return Bad("a token chooses the method itself: leave --method out");
  }
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(options.token, {&options.key}));
  FLORIN_TRY(const auto name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, options.key.label));
  FLORIN_TRY(const hsm::KeyHandle key, keys.session().Resolve(name));
  FLORIN_TRY(const hsm::KeyDescription description, keys.session().Describe(key));
  const Json record = KeyRecord(description, SystemClock().Now());
  if (!record["kcv"].is_string()) {
    return Error(ErrorCode::kUnsupported, "the token keeps no check value of this key");
  }
  return Json{{"kcv", record["kcv"]}, {"method", record["kcv_method"]}};
}

Result<Json> ParityOf(const std::string& test_key) {
  FLORIN_TRY(const SecretBytes key, TestKeyBytes(test_key));
  std::size_t odd = 0;
  for (const std::uint8_t byte : key.Read(SecretAccess{})) {
    odd += static_cast<std::size_t>(std::popcount(byte) & 1);
  }
  if (odd != key.size()) {
    return Error(ErrorCode::kVerificationFailed, "the parity of a byte is even");
  }
  return Json{{"right", true}};
}

Result<Json> Combine(const ComponentsOptions& options) {
  FLORIN_TRY(const CombinedKey combined,
             CombineTypedComponents(options.components, options.algorithm));
  Json kcvs = Json::array();
  for (const auto& kcv : combined.component_kcvs) kcvs.push_back(UpperHex(kcv));
  return Json{{"components", std::move(kcvs)},
              {"kcv", UpperHex(combined.kcv)},
              {"parity_set", combined.parity_set}};
}

}  // namespace

int RunKeyCheckValue(const CheckValueOptions& options) {
  return Finish("key kcv", options.json,
                options.key.test_key.empty() ? OfTokenKey(options) : OfTestKey(options));
}

int RunKeyParity(const std::string& test_key, bool json) {
  constexpr VerdictText kVerdict = {"parity   odd", "parity   NOT odd in every byte"};
  return Finish("key parity", json, ParityOf(test_key), kVerdict);
}

int RunKeyComponents(const ComponentsOptions& options) {
  constexpr VerdictText kVerdict = {"", "a component does not have its check value"};
  return Finish("key components", options.json, Combine(options), kVerdict);
}

}  // namespace florin::tools
