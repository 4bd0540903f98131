// florin wallet apple explain and verify.
#include <cstdio>

#include "florin/payload/apple_pay_explain.h"
#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/key/key_record.h"
#include "tools/wallet/apple.h"
#include "tools/wallet/payload_io.h"

namespace florin::tools {
namespace {

using payload::ApplePayExplanation;
using payload::CheckOutcome;

const char* OutcomeText(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kPassed: return "passed";
    case CheckOutcome::kFailed: return "FAILED";
    case CheckOutcome::kNotReached: return "not reached";
  }
  return "";
}

Result<ApplePayExplanation> Explain(const AppleTokenOptions& options) {
  FLORIN_TRY(const std::string token, ReadTextFile(options.file, kMaxJsonFile));
  payload::ApplePayExplainOptions judged;
  FLORIN_TRY(judged.trusted_roots, ReadCertificates(options.roots));
  FLORIN_TRY(judged.at, TimeOption(options.at));
  return payload::ExplainApplePay(AsBytes(token), judged);
}

Json ToJson(const ApplePayExplanation& told) {
  Json json = {{"version", told.version},
               {"public_key_hash", told.public_key_hash},
               {"transaction_id", told.transaction_id},
               {"data_bytes", told.data_bytes},
               {"key_bytes", told.key_bytes}};
  if (!told.application_data.empty()) json["application_data"] = told.application_data;
  json["signature_algorithm"] = told.signature_algorithm;
  if (told.signing_time) json["signing_time"] = TimeText(*told.signing_time);
  json["certificates"] = Json::array();
  for (const auto& certificate : told.certificates) {
    json["certificates"].push_back({{"role", certificate.role},
                                    {"common_name", certificate.common_name},
                                    {"key", certificate.key},
                                    {"not_before", TimeText(certificate.not_before)},
                                    {"not_after", TimeText(certificate.not_after)}});
  }
  json["checks"] = Json::array();
  for (const auto& check : told.checks) {
    Json line = {{"stage", check.stage}, {"outcome", OutcomeText(check.outcome)}};
    if (!check.text.empty()) line["text"] = check.text;
    json["checks"].push_back(std::move(line));
  }
  json["verified"] = told.verified();
  return json;
}

void Print(const ApplePayExplanation& told) {
  const auto line = [](const char* name, const std::string& text) {
    if (!text.empty()) std::printf("%-20s %s\n", name, text.c_str());
  };
  const auto bytes = [](std::size_t size) {
    return size == 0 ? std::string() : std::to_string(size) + " bytes";
  };
  line("version", told.version);
  line("publicKeyHash", told.public_key_hash);
  line("transactionId", told.transaction_id);
  line("applicationData", told.application_data);
  line("data", bytes(told.data_bytes));
  line(told.version == "RSA_v1" ? "wrappedKey" : "ephemeralPublicKey", bytes(told.key_bytes));
  line("signature", told.signature_algorithm);
  if (told.signing_time) line("signing time", TimeText(*told.signing_time));
  for (const auto& certificate : told.certificates) {
    line(certificate.role.c_str(), PrintableText(certificate.common_name) + ", " + certificate.key +
                                       ", " + TimeText(certificate.not_before) + " to " +
                                       TimeText(certificate.not_after));
  }
  std::puts("");
  for (const auto& check : told.checks) {
    std::printf("%-24s %s%s%s\n", check.stage.c_str(), OutcomeText(check.outcome),
                check.text.empty() ? "" : ": ", check.text.c_str());
  }
}

int Fail(const char* command, const Error& error) {
  std::fprintf(stderr, "florin wallet apple %s: %s\n", command, error.message());
  return kNotJudged;
}

}  // namespace

int RunAppleExplain(const AppleTokenOptions& options) {
  const auto told = Explain(options);
  if (!told.ok()) return Fail("explain", told.error());
  if (options.json) {
    std::puts(ToJson(*told).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    Print(*told);
  }
  return told->verified() ? kDone : kWrong;
}

int RunAppleVerify(const AppleTokenOptions& options) {
  const auto told = Explain(options);
  if (!told.ok()) return Fail("verify", told.error());
  const payload::ApplePayCheck* failed = nullptr;
  for (const auto& check : told->checks) {
    if (failed == nullptr && check.outcome == CheckOutcome::kFailed) failed = &check;
  }
  if (options.json) {
    Json json = {{"right", failed == nullptr}};
    if (failed != nullptr) json["stage"] = failed->stage;
    std::puts(json.dump().c_str());
  } else if (failed == nullptr) {
    std::puts("right    yes");
  } else {
    std::printf("right    no\nstage    %s\nwhy      %s\n", failed->stage.c_str(),
                failed->text.c_str());
  }
  return failed == nullptr ? kDone : kWrong;
}

}  // namespace florin::tools
