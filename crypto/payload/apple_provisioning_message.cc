// The JSON that an app and its server exchange about a card to add.
#include <string_view>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"
#include "florin/base/base64.h"
#include "florin/payload/apple_provisioning.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxMessage = 64 * 1024;

Result<JsonParser> MakeParser() {
  JsonLimits limits;
  limits.max_bytes = kMaxMessage;
  limits.max_depth = 3;
  limits.max_values = 16;
  limits.max_members = 8;
  return JsonParser::Create(limits);
}

Result<Bytes> GetBase64(const JsonObject& object, std::string_view name) {
  FLORIN_TRY(const std::string_view text, object.GetString(name));
  return Base64Decode(text, Base64Form::kStandard);
}

Status CheckIsThere(const Bytes& bytes) {
  if (!bytes.empty()) return OkStatus();
  return Error(ErrorCode::kMalformed, "a member of a provisioning message is empty");
}

}  // namespace

Result<ProvisioningRequest> ReadProvisioningRequest(ByteView json) {
  FLORIN_TRY(JsonParser parser, MakeParser());
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  FLORIN_CHECK_OK(root.CheckMembers({"certificates", "nonce", "nonceSignature"}));
  ProvisioningRequest request;
  FLORIN_TRY(const JsonArray certificates, root.GetArray("certificates"));
  for (const JsonValue value : certificates) {
    FLORIN_TRY(const std::string_view text, value.AsString());
    FLORIN_TRY(Bytes der, Base64Decode(text, Base64Form::kStandard));
    request.certificates.push_back(std::move(der));
  }
  FLORIN_TRY(request.nonce, GetBase64(root, "nonce"));
  FLORIN_TRY(request.nonce_signature, GetBase64(root, "nonceSignature"));
  return request;
}

Result<std::string> WriteProvisioningRequest(const ProvisioningRequest& request) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Name("certificates").BeginArray();
  for (const Bytes& der : request.certificates) writer.Base64(der);
  writer.EndArray().Name("nonce").Base64(request.nonce);
  writer.Name("nonceSignature").Base64(request.nonce_signature).EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

Result<std::string> WriteProvisioningResponse(const ProvisioningResponse& response) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.Name("encryptedPassData").Base64(response.encrypted_pass_data);
  writer.Name("activationData").Base64(response.activation_data);
  if (response.scheme == ProvisioningScheme::kEccV2) {
    writer.Name("ephemeralPublicKey").Base64(response.ephemeral_public_key);
  } else {
    writer.Name("wrappedKey").Base64(response.wrapped_key);
  }
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

// The scheme decides which key is there, so one of the two is, and not both.
Result<ProvisioningResponse> ReadProvisioningResponse(ByteView json) {
  FLORIN_TRY(JsonParser parser, MakeParser());
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  const bool ecc = root.Find("ephemeralPublicKey").has_value();
  const std::string_view key_member = ecc ? "ephemeralPublicKey" : "wrappedKey";
  FLORIN_CHECK_OK(root.CheckMembers({"encryptedPassData", "activationData", key_member}));
  ProvisioningResponse response;
  response.scheme = ecc ? ProvisioningScheme::kEccV2 : ProvisioningScheme::kRsaV2;
  FLORIN_TRY(response.encrypted_pass_data, GetBase64(root, "encryptedPassData"));
  FLORIN_TRY(response.activation_data, GetBase64(root, "activationData"));
  Bytes& key = ecc ? response.ephemeral_public_key : response.wrapped_key;
  FLORIN_TRY(key, GetBase64(root, key_member));
  FLORIN_CHECK_OK(CheckIsThere(response.encrypted_pass_data));
  FLORIN_CHECK_OK(CheckIsThere(key));
  return response;
}

}  // namespace florin::payload
