#include "crypto/payload/apple_pay_token.h"

#include <algorithm>
#include <string_view>

#include "crypto/base/json_writer.h"
#include "crypto/payload/decoded_fields.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

using Bytes32 = std::array<std::uint8_t, 32>;

Result<Bytes32> DecodeHex32(std::string_view text) {
  Bytes32 bytes;
  if (text.size() != 2 * bytes.size()) {
    return Error(ErrorCode::kMalformed,
                 "transactionId or applicationData is not 64 hexadecimal digits");
  }
  FLORIN_CHECK_OK(HexDecode(text, bytes));
  return bytes;
}

Result<ApplePayVersion> ReadVersion(std::string_view text) {
  for (const ApplePayVersion version : {ApplePayVersion::kEcV1, ApplePayVersion::kRsaV1}) {
    if (text == ApplePayVersionName(version)) return version;
  }
  return Error(ErrorCode::kUnsupported, "the token version is neither EC_v1 nor RSA_v1");
}

// The member of the header that holds ApplePayToken::key.
std::string_view KeyMember(ApplePayVersion version) {
  return version == ApplePayVersion::kEcV1 ? "ephemeralPublicKey" : "wrappedKey";
}

Status ReadHeader(const JsonObject& header, DecodedFields& fields, ApplePayToken& token,
                  TokenStage& stage) {
  stage = TokenStage::kHeader;
  const std::string_view key_member = KeyMember(token.version);
  FLORIN_CHECK_OK(
      header.CheckMembers({key_member, "publicKeyHash", "transactionId"}, {"applicationData"}));
  FLORIN_TRY(const std::string_view key, header.GetString(key_member));
  FLORIN_TRY(const std::string_view hash, header.GetString("publicKeyHash"));
  FLORIN_TRY(const std::string_view transaction, header.GetString("transactionId"));

  stage = TokenStage::kFields;
  FLORIN_TRY(token.key, fields.DecodeBase64(key));
  FLORIN_TRY(const ByteView decoded_hash, fields.DecodeBase64(hash));
  if (decoded_hash.size() != token.public_key_hash.size()) {
    return Error(ErrorCode::kMalformed, "publicKeyHash is not a SHA-256 value in base64");
  }
  std::copy(decoded_hash.begin(), decoded_hash.end(), token.public_key_hash.begin());
  FLORIN_TRY(token.transaction_id, DecodeHex32(transaction));
  if (const auto application = header.Find("applicationData")) {
    // Hexadecimal, not base64: Apple says so, and half of the readers in use got it wrong.
    FLORIN_TRY(const std::string_view text, application->AsString());
    FLORIN_TRY(token.application_data, DecodeHex32(text));
  }
  return OkStatus();
}

Result<ApplePayToken> ReadPaymentData(const JsonObject& object, DecodedFields fields,
                                      TokenStage& stage) {
  // The version first: other versions have other members.
  stage = TokenStage::kVersion;
  ApplePayToken token;
  FLORIN_TRY(const std::string_view version, object.GetString("version"));
  FLORIN_TRY(token.version, ReadVersion(version));
  stage = TokenStage::kMembers;
  FLORIN_CHECK_OK(object.CheckMembers({"version", "data", "signature", "header"}));
  FLORIN_TRY(const std::string_view data, object.GetString("data"));
  FLORIN_TRY(const std::string_view signature, object.GetString("signature"));
  FLORIN_TRY(const JsonObject header, object.GetObject("header"));

  FLORIN_CHECK_OK(ReadHeader(header, fields, token, stage));
  FLORIN_TRY(token.data, fields.DecodeBase64(data));
  FLORIN_TRY(token.signature, fields.DecodeBase64(signature));
  return token;
}

// The identifier outside is not signed. Where it is given it must be the signed one, or a server
// that books by it could be led to book twice.
Status CheckTransactionIdentifier(const JsonObject& wrapper, const Bytes32& transaction_id) {
  const auto identifier = wrapper.Find("transactionIdentifier");
  if (!identifier) return OkStatus();
  FLORIN_TRY(const std::string_view text, identifier->AsString());
  FLORIN_TRY(const Bytes32 outside, DecodeHex32(text));
  if (outside == transaction_id) return OkStatus();
  return Error(ErrorCode::kVerificationFailed,
               "transactionIdentifier differs from the signed transactionId");
}

}  // namespace

JsonLimits ApplePayTokenLimits(std::size_t max_bytes) {
  JsonLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = 6;
  limits.max_values = 64;
  limits.max_members = 16;
  return limits;
}

Result<ApplePayToken> ReadApplePayToken(JsonParser& parser, ByteView json, MutableBytes scratch,
                                        TokenStage& stage) {
  stage = TokenStage::kJson;
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  const auto inner = root.Find("paymentData");
  if (!inner) return ReadPaymentData(root, DecodedFields(scratch), stage);

  stage = TokenStage::kWrapper;
  FLORIN_CHECK_OK(root.CheckMembers({"paymentData"}, {"paymentMethod", "transactionIdentifier"}));
  FLORIN_TRY(const JsonObject payment_data, inner->AsObject());
  FLORIN_TRY(ApplePayToken token, ReadPaymentData(payment_data, DecodedFields(scratch), stage));
  stage = TokenStage::kTransaction;
  FLORIN_CHECK_OK(CheckTransactionIdentifier(root, token.transaction_id));
  return token;
}

const char* ApplePayVersionName(ApplePayVersion version) {
  return version == ApplePayVersion::kEcV1 ? "EC_v1" : "RSA_v1";
}

const char* TokenStageName(TokenStage stage) {
  switch (stage) {
    case TokenStage::kJson: return "token.json";
    case TokenStage::kWrapper: return "token.wrapper";
    case TokenStage::kMembers: return "token.members";
    case TokenStage::kVersion: return "token.version";
    case TokenStage::kHeader: return "token.header";
    case TokenStage::kFields: return "token.fields";
    case TokenStage::kTransaction: return "token.transaction";
  }
  return "token";
}

Status ApplePayContentDigest(const ApplePayToken& token, std::span<std::uint8_t, 32> digest) {
  ByteView application_data;
  if (token.application_data) application_data = *token.application_data;
  return primitives::Digest(
      Hash::kSha256, {token.key, token.data, token.transaction_id, application_data}, digest);
}

Result<std::string> WriteApplePayToken(const ApplePayToken& token) {
  std::string json;
  json.reserve(512 + Base64EncodedSize(token.data.size(), Base64Form::kStandard) +
               Base64EncodedSize(token.signature.size(), Base64Form::kStandard));
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.String("version", ApplePayVersionName(token.version));
  writer.Name("data").Base64(token.data);
  writer.Name("signature").Base64(token.signature);
  writer.Name("header").BeginObject();
  writer.Name(KeyMember(token.version)).Base64(token.key);
  writer.Name("publicKeyHash").Base64(token.public_key_hash);
  writer.String("transactionId", HexEncode(token.transaction_id));
  if (token.application_data) writer.String("applicationData", HexEncode(*token.application_data));
  writer.EndObject().EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

}  // namespace florin::payload
