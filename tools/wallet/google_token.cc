#include "tools/wallet/google_token.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "florin/base/base64.h"
#include "florin/payload/google_token_explanation.h"
#include "florin/payload/google_wallet_simulator.h"
#include "tools/command_io.h"
#include "tools/key/key_record.h"
#include "tools/wallet/google_keys.h"
#include "tools/wallet/payload_io.h"

namespace florin::tools {
namespace {

using payload::GoogleCheck;
using payload::GoogleCheckVerdict;
using payload::GoogleProtocol;
using payload::GoogleTokenExplanation;

constexpr char kRefusedText[] = "right    no";

// What was refused, as the observer heard it.
class LastEvent final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    stage = event.stage;
    outcome = event.outcome;
  }
  const char* stage = "";
  Error outcome{ErrorCode::kOk, ""};
};

// Prints that a token is wrong, where, and why; returns the exit status.
int ReportWrong(bool json, const char* stage, const char* text) {
  if (json) {
    std::puts(Json{{"right", false}, {"stage", stage}, {"text", text}}.dump().c_str());
  } else {
    std::printf("%s\nstage    %s\ntext     %s\n", kRefusedText, stage, text);
  }
  return kWrong;
}

Json CredentialJson(const payload::GooglePayPayment& payment, bool clear) {
  const payload::PaymentCredential& credential = payment.credential;
  Json json = {{"message_id", credential.id},
               {"message_expiration", TimeText(credential.valid_until)},
               {"auth_method", GooglePayAuthMethodName(payment.auth_method)},
               {"card_number", clear ? std::string(credential.pan.Read(SecretAccess{}))
                                     : credential.pan.Masked()}};
  if (clear) {
    char expiry[16];
    std::snprintf(expiry, sizeof(expiry), "%02d/%04d", credential.expiry.month,
                  credential.expiry.year);
    json["expiry"] = expiry;
  }
  if (const auto* secure = std::get_if<payload::ThreeDSecureData>(&credential.cryptogram)) {
    json["cryptogram"] = clear ? UpperHex(secure->cryptogram.Read(SecretAccess{}))
                               : std::to_string(secure->cryptogram.size()) + " bytes";
    json["eci"] = secure->eci;
  }
  if (payment.assurance) {
    json["card_holder_authenticated"] = payment.assurance->card_holder_authenticated;
    json["account_verified"] = payment.assurance->account_verified;
  }
  if (!payment.gateway_merchant_id.empty()) {
    json["gateway_merchant_id"] = payment.gateway_merchant_id;
  }
  json["protocol"] = GoogleProtocolName(payment.protocol);
  json["key_index"] = payment.key_index;
  json["recipient_index"] = payment.recipient_index;
  return json;
}

Result<Json> Decrypt(const GoogleDecryptOptions& options, LastEvent& last) {
  FLORIN_TRY(const UnixSeconds at, TimeOption(options.token.at));
  FLORIN_TRY(const std::string token, ReadGoogleTokenFile(options.token.file));
  FLORIN_TRY(const auto root_keys, ReadGoogleRootKeys(options.token.root_keys));
  FLORIN_TRY(const GooglePrivateKeys keys, OpenGoogleKeys(options));
  if (keys.session == nullptr)
    return Bad("name private keys with --key and --token, or --test-key");
  FLORIN_TRY(std::vector<payload::GooglePayKey> live_keys, GooglePayKeysOf(keys));
  const FixedClock clock(at);
  const auto guard = payload::MakeMemoryReplayGuard(1, clock);
  payload::GooglePayOptions google;
  for (const std::string& text : options.token.recipients) {
    FLORIN_TRY(auto recipient, payload::GoogleRecipientId::Parse(text));
    google.recipients.push_back(std::move(recipient));
  }
  google.root_keys = root_keys.get();
  google.accept_ecv1 = options.accept_ecv1;
  google.clock = &clock;
  google.replay_guard = guard.get();
  google.observer = &last;
  google.max_token_bytes = 64 * 1024;
  FLORIN_TRY(const auto google_pay, payload::GooglePay::Create(std::move(live_keys), google));
  FLORIN_TRY(const auto payment,
             google_pay.Open(*keys.session, AsBytes(token), options.gateway_merchant));
  return CredentialJson(payment, options.clear);
}

Result<GoogleTokenExplanation> Explain(const GoogleDecryptOptions& options) {
  payload::GoogleExplanationOptions how;
  FLORIN_TRY(how.at, TimeOption(options.token.at));
  FLORIN_TRY(const std::string token, ReadGoogleTokenFile(options.token.file));
  std::unique_ptr<payload::GoogleRootKeys> root_keys;
  if (!options.token.root_keys.empty()) {
    FLORIN_TRY(root_keys, ReadGoogleRootKeys(options.token.root_keys));
  }
  FLORIN_TRY(GooglePrivateKeys keys, OpenGoogleKeys(options));
  how.root_keys = root_keys.get();
  how.recipients = options.token.recipients;
  how.gateway_merchant_id = options.gateway_merchant;
  how.session = keys.session.get();
  how.private_keys = keys.names;
  return payload::ExplainGoogleToken(AsBytes(token), how);
}

std::string ValueText(const payload::GoogleFact& fact) {
  return fact.time ? TimeText(*fact.time) : PrintableText(fact.value);
}

void PrintExplanation(const GoogleTokenExplanation& explanation) {
  std::size_t width = 0;
  for (const auto& fact : explanation.facts) width = std::max(width, fact.name.size());
  for (const auto& fact : explanation.facts) {
    std::printf("%-*s  %s\n", static_cast<int>(width), fact.name.c_str(), ValueText(fact).c_str());
  }
  std::puts("");
  std::vector<std::array<std::string, 3>> rows = {{"check", "verdict", ""}};
  for (const GoogleCheck& check : explanation.checks) {
    rows.push_back({check.stage, GoogleCheckVerdictName(check.verdict), check.text});
  }
  PrintTable(rows);
}

Json ExplanationJson(const GoogleTokenExplanation& explanation) {
  Json facts = Json::object();
  for (const auto& fact : explanation.facts) facts[fact.name] = ValueText(fact);
  Json checks = Json::array();
  for (const GoogleCheck& check : explanation.checks) {
    checks.push_back({{"stage", check.stage},
                      {"verdict", GoogleCheckVerdictName(check.verdict)},
                      {"text", check.text}});
  }
  return Json{{"facts", facts}, {"checks", checks}};
}

// Of a callback everything, of a payment what needs no private key.
bool IsVerified(const GoogleTokenExplanation& explanation) {
  const GoogleCheck* signature = explanation.Find("signature");
  return signature != nullptr && signature->verdict == GoogleCheckVerdict::kRight &&
         explanation.FirstWrong() == nullptr;
}

Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << "\n";
  file.close();
  return file ? OkStatus() : Bad("the file of the root keys cannot be written");
}

// Of decimal digits; 0 where it is none.
int SmallNumber(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

Result<payload::CardExpiry> ParseExpiry(const std::string& text) {
  const std::string_view view = text;
  payload::CardExpiry expiry;
  if (text.size() == 7 && text[2] == '/') {
    expiry.month = SmallNumber(view.substr(0, 2));
    expiry.year = SmallNumber(view.substr(3));
  }
  if (expiry.month < 1 || expiry.year < 1) {
    return Bad("--expiry is a month and a year, such as 12/2030");
  }
  return expiry;
}

Result<std::string> MakePayment(const GoogleMakeOptions& options, UnixSeconds at,
                                const payload::GoogleWalletSimulator& google) {
  payload::GooglePayMessage message;
  auto pan = Pan::Parse(options.pan);
  if (!pan.ok()) return Bad("--pan must have 12 to 19 digits");
  message.credential.pan = std::move(pan).value();
  FLORIN_TRY(message.credential.expiry, ParseExpiry(options.expiry));
  message.credential.valid_until = UnixSeconds{at.value + options.valid_seconds};
  message.gateway_merchant_id = options.gateway_merchant;
  if (!options.cryptogram.empty()) {
    auto cryptogram = HexDecodeSecret(options.cryptogram);
    if (!cryptogram.ok()) return Bad("--cryptogram must be hex digits");
    message.auth_method = payload::GooglePayAuthMethod::kCryptogram3ds;
    message.credential.cryptogram =
        payload::ThreeDSecureData{std::move(cryptogram).value(), options.eci};
  }
  const auto point = Base64Decode(options.public_key, Base64Form::kStandard);
  if (!point.ok() || point->empty())
    return Bad("--public-key is what public-key prints: a point in base64");
  FLORIN_TRY(const auto recipient, payload::GoogleRecipientId::Parse(options.recipient));
  return google.MakeToken(
      message, options.protocol == "ECv1" ? GoogleProtocol::kEcV1 : GoogleProtocol::kEcV2,
      recipient, *point);
}

Result<std::string> MakeToken(const GoogleMakeOptions& options) {
  FLORIN_TRY(const UnixSeconds at, TimeOption(options.at));
  FLORIN_TRY(const auto google, payload::GoogleWalletSimulator::Create(at));
  std::string token;
  if (options.event.empty()) {
    FLORIN_TRY(token, MakePayment(options, at, google));
  } else {
    payload::GoogleWalletCallback callback;
    callback.class_id = options.class_id;
    callback.object_ids = options.object_ids;
    callback.event_type = options.event;
    callback.valid_until = UnixSeconds{at.value + options.valid_seconds};
    callback.count = 1;
    FLORIN_TRY(token, google.MakeCallback(callback, options.recipient));
  }
  FLORIN_CHECK_OK(WriteFile(options.root_keys, google.root_keys_json()));
  return token;
}

int Failed(const char* command, const Error& error) {
  std::fprintf(stderr, "florin wallet google %s: %s\n", command, error.message());
  return kNotJudged;
}

}  // namespace

int RunGoogleDecrypt(const GoogleDecryptOptions& options) {
  LastEvent last;
  auto payment = Decrypt(options, last);
  if (!payment.ok() && payment.code() == ErrorCode::kVerificationFailed) {
    return ReportWrong(options.token.json, last.stage, last.outcome.message());
  }
  return Finish("wallet google decrypt", options.token.json, std::move(payment));
}

int RunGoogleVerify(const GoogleTokenOptions& options) {
  GoogleDecryptOptions without_key;
  without_key.token = options;
  const auto explanation = Explain(without_key);
  if (!explanation.ok()) return Failed("verify", explanation.error());
  if (const GoogleCheck* wrong = explanation->FirstWrong()) {
    return ReportWrong(options.json, wrong->stage, wrong->text);
  }
  if (!IsVerified(*explanation)) return Failed("verify", Bad("nothing was verified"));
  Json json = {{"right", true}};
  for (const auto& fact : explanation->facts) json[fact.name] = ValueText(fact);
  return Finish("wallet google verify", options.json, std::move(json));
}

int RunGoogleExplain(const GoogleDecryptOptions& options) {
  const auto explanation = Explain(options);
  if (!explanation.ok()) return Failed("explain", explanation.error());
  if (options.token.json) {
    std::puts(ExplanationJson(*explanation).dump().c_str());
  } else {
    PrintExplanation(*explanation);
  }
  return explanation->FirstWrong() == nullptr ? kDone : kWrong;
}

int RunGoogleMake(const GoogleMakeOptions& options) {
  const auto token = MakeToken(options);
  if (!token.ok()) return Failed("make", token.error());
  std::puts(token->c_str());
  return kDone;
}

}  // namespace florin::tools
