#include "crypto/payload/google_token.h"

#include <algorithm>

#include "crypto/base/json_writer.h"
#include "crypto/payload/google_root_key_set.h"

namespace florin::payload {
namespace {

constexpr std::size_t kPointSize = 65;
constexpr std::size_t kTagSize = 32;

Result<GoogleProtocol> ReadVersion(const JsonObject& root) {
  const auto member = root.Find("protocolVersion");
  if (!member) {
    return Error(ErrorCode::kUnsupported,
                 "there is no protocolVersion: the token is of ECv0 (Android Pay), which nobody "
                 "signs, or none of Google's");
  }
  FLORIN_TRY(const std::string_view version, member->AsString());
  for (const GoogleProtocol protocol :
       {GoogleProtocol::kEcV1, GoogleProtocol::kEcV2, GoogleProtocol::kEcV2SigningOnly}) {
    if (version == GoogleProtocolName(protocol)) return protocol;
  }
  return Error(ErrorCode::kUnsupported,
               "protocolVersion is none of ECv1, ECv2 and ECv2SigningOnly");
}

Status ReadIntermediate(const JsonObject& intermediate, DecodedFields& fields, GoogleToken& token,
                        GoogleTokenStage& stage) {
  FLORIN_CHECK_OK(intermediate.CheckMembers({"signedKey", "signatures"}));
  FLORIN_TRY(token.signed_key, intermediate.GetString("signedKey"));
  FLORIN_TRY(const JsonArray signatures, intermediate.GetArray("signatures"));
  if (signatures.size() == 0 || signatures.size() > kMaxGoogleSignatures) {
    return Error(ErrorCode::kMalformed, "intermediateSigningKey has not one to four signatures");
  }
  stage = GoogleTokenStage::kFields;
  for (const JsonValue value : signatures) {
    FLORIN_TRY(const std::string_view text, value.AsString());
    FLORIN_TRY(token.key_signatures[token.key_signature_count], fields.DecodeBase64(text));
    ++token.key_signature_count;
  }
  return OkStatus();
}

// Google escapes '=' so that the text is safe within HTML; it stands nowhere but in base64.
std::string HtmlSafe(const std::string& json) {
  std::string safe;
  safe.reserve(json.size() + 32);
  for (const char c : json) {
    if (c == '=') {
      safe += "\\u003d";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string Finished(JsonWriter& writer, const std::string& json) {
  FLORIN_INVARIANT(writer.Finish().ok());  // base64 and digits are UTF-8
  return HtmlSafe(json);
}

}  // namespace

const char* GoogleTokenStageName(GoogleTokenStage stage) {
  switch (stage) {
    case GoogleTokenStage::kJson: return "token.json";
    case GoogleTokenStage::kVersion: return "token.version";
    case GoogleTokenStage::kMembers: return "token.members";
    case GoogleTokenStage::kFields: return "token.fields";
  }
  return "token";
}

JsonLimits GoogleTokenLimits(std::size_t max_bytes) {
  JsonLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = 6;
  limits.max_values = 256;
  limits.max_members = 64;
  return limits;
}

Result<GoogleToken> ReadGoogleToken(JsonParser& parser, ByteView json, DecodedFields& fields,
                                    GoogleTokenStage& stage) {
  stage = GoogleTokenStage::kJson;
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  // The version first: other versions have other members.
  stage = GoogleTokenStage::kVersion;
  GoogleToken token;
  FLORIN_TRY(token.protocol, ReadVersion(root));
  stage = GoogleTokenStage::kMembers;
  if (token.protocol == GoogleProtocol::kEcV1) {
    FLORIN_CHECK_OK(root.CheckMembers({"protocolVersion", "signature", "signedMessage"}));
  } else {
    FLORIN_CHECK_OK(root.CheckMembers(
        {"protocolVersion", "signature", "intermediateSigningKey", "signedMessage"}));
  }
  FLORIN_TRY(token.signed_message, root.GetString("signedMessage"));
  FLORIN_TRY(const std::string_view signature, root.GetString("signature"));
  if (token.protocol != GoogleProtocol::kEcV1) {
    FLORIN_TRY(const JsonObject intermediate, root.GetObject("intermediateSigningKey"));
    FLORIN_CHECK_OK(ReadIntermediate(intermediate, fields, token, stage));
  }
  stage = GoogleTokenStage::kFields;
  FLORIN_TRY(token.signature, fields.DecodeBase64(signature));
  return token;
}

Result<std::string> WriteGoogleToken(const GoogleToken& token) {
  std::string json;
  json.reserve(1024 + 2 * token.signed_message.size());
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.Name("signature").Base64(token.signature);
  if (token.protocol != GoogleProtocol::kEcV1) {
    writer.Name("intermediateSigningKey").BeginObject();
    writer.String("signedKey", token.signed_key).Name("signatures").BeginArray();
    for (const ByteView signature : token.KeySignatures()) writer.Base64(signature);
    writer.EndArray().EndObject();
  }
  writer.String("protocolVersion", GoogleProtocolName(token.protocol));
  writer.String("signedMessage", token.signed_message);
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

Result<GoogleSignedKey> ReadGoogleSignedKey(JsonParser& parser, std::string_view signed_key) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(signed_key));
  FLORIN_TRY(const std::string_view value, root.GetString("keyValue"));
  FLORIN_TRY(const std::string_view expiration, root.GetString("keyExpiration"));
  GoogleSignedKey key;
  const auto size = Base64Decode(value, Base64Form::kStandard, key.spki);
  if (!size.ok()) {
    return Error(ErrorCode::kMalformed, "the intermediate key is not one of P-256 in base64");
  }
  key.spki_size = *size;
  FLORIN_TRY(key.expiration_ms, ParseGoogleTime(expiration));
  return key;
}

std::string WriteGoogleSignedKey(ByteView spki, std::int64_t expiration_ms) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Name("keyValue").Base64(spki);
  writer.String("keyExpiration", std::to_string(expiration_ms)).EndObject();
  return Finished(writer, json);
}

Result<GoogleSealed> ReadGoogleSealed(JsonParser& parser, std::string_view signed_message,
                                      DecodedFields& fields) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(signed_message));
  FLORIN_CHECK_OK(root.CheckMembers({"encryptedMessage", "ephemeralPublicKey", "tag"}));
  FLORIN_TRY(const std::string_view message, root.GetString("encryptedMessage"));
  FLORIN_TRY(const std::string_view point, root.GetString("ephemeralPublicKey"));
  FLORIN_TRY(const std::string_view tag, root.GetString("tag"));
  GoogleSealed sealed;
  FLORIN_TRY(sealed.encrypted_message, fields.DecodeBase64(message));
  FLORIN_TRY(sealed.ephemeral_point, fields.DecodeBase64(point));
  FLORIN_TRY(sealed.tag, fields.DecodeBase64(tag));
  if (sealed.encrypted_message.empty()) {
    return Error(ErrorCode::kMalformed, "encryptedMessage is empty");
  }
  if (sealed.ephemeral_point.size() != kPointSize) {
    return Error(ErrorCode::kMalformed, "ephemeralPublicKey is not a point of 65 bytes");
  }
  if (sealed.tag.size() != kTagSize) {
    return Error(ErrorCode::kMalformed, "tag is not 32 bytes");
  }
  return sealed;
}

std::string WriteGoogleSealed(const GoogleSealed& sealed) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Name("encryptedMessage").Base64(sealed.encrypted_message);
  writer.Name("ephemeralPublicKey").Base64(sealed.ephemeral_point);
  writer.Name("tag").Base64(sealed.tag).EndObject();
  return Finished(writer, json);
}

}  // namespace florin::payload
