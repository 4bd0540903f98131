// florin wallet apple provision.
#include <cstdio>
#include <utility>

#include "florin/base/base64.h"
#include "florin/payload/apple_provisioning.h"
#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/wallet/apple.h"
#include "tools/wallet/payload_io.h"

namespace florin::tools {
namespace {

// {"pan": digits, "expiry": "MM/YY", "name": text}. From a file, so that no card number stands in a
// command line.
Result<payload::ProvisioningCard> ReadCard(const std::string& path) {
  FLORIN_TRY(std::string text, ReadTextFile(path, kMaxJsonFile));
  const Json json = Json::parse(text, nullptr, false);
  Wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
  const auto member = [&json](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string()
               ? json[name].get<std::string>()
               : std::string();
  };
  const std::string expiry = member("expiry");
  payload::ProvisioningCard card;
  FLORIN_TRY(card.pan, Pan::Parse(member("pan")));
  if (expiry.size() != 5 || expiry[2] != '/') return Bad("expiry of the card is MM/YY");
  FLORIN_TRY(const Bytes digits,
             HexOption(expiry.substr(0, 2) + expiry.substr(3), "expiry of the card is MM/YY"));
  const auto number = [](std::uint8_t bcd) { return (bcd >> 4) * 10 + (bcd & 15); };
  card.expiry = {2000 + number(digits[1]), number(digits[0]), 0};
  FLORIN_TRY(card.name, SecretBytes::CopyOf(AsBytes(member("name"))));
  return card;
}

Result<std::string> Provision(const AppleProvisionOptions& options, LastStage& observer) {
  FLORIN_TRY(const std::string request_json, ReadTextFile(options.request_file, kMaxJsonFile));
  FLORIN_TRY(const auto request, payload::ReadProvisioningRequest(AsBytes(request_json)));
  FLORIN_TRY(const auto card, ReadCard(options.card_file));
  FLORIN_TRY(const Bytes activation, Base64Decode(options.activation_data, Base64Form::kStandard));
  FLORIN_TRY(const UnixSeconds at, TimeOption(options.at));
  const FixedClock clock(at);
  payload::AppleProvisioningOptions issuer;
  FLORIN_TRY(issuer.trusted_roots, ReadCertificates(options.roots));
  issuer.profile.iv_length = options.iv_length;
  issuer.clock = &clock;
  issuer.observer = &observer;
  FLORIN_TRY(const auto provisioning, payload::AppleProvisioning::Create(std::move(issuer)));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const auto response, provisioning.Encrypt(*token.session, request, card, activation));
  return payload::WriteProvisioningResponse(response);
}

}  // namespace

int RunAppleProvision(const AppleProvisionOptions& options) {
  LastStage observer;
  const auto answer = Provision(options, observer);
  if (!answer.ok()) return TellRefusal("wallet apple provision", answer.error(), observer);
  std::puts(answer->c_str());
  return kDone;
}

}  // namespace florin::tools
