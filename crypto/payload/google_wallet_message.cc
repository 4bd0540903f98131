#include "crypto/payload/google_wallet_message.h"

#include <algorithm>

#include "crypto/base/json_writer.h"
#include "crypto/payload/google_root_key_set.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxText = 512;
constexpr std::size_t kMaxObjects = 64;
constexpr std::int64_t kMaxExpiration = 999'999'999'999;

bool IsText(const std::string& text) { return !text.empty() && text.size() <= kMaxText; }

const char* WrongWith(const GoogleWalletCallback& callback) {
  if (!IsText(callback.class_id)) return "classId does not have 1 to 512 characters";
  if (!IsText(callback.event_type)) return "eventType does not have 1 to 512 characters";
  if (!IsText(callback.nonce)) return "nonce does not have 1 to 512 characters";
  if (callback.object_ids.empty() || callback.object_ids.size() > kMaxObjects ||
      !std::all_of(callback.object_ids.begin(), callback.object_ids.end(), IsText)) {
    return "there are not 1 to 64 object ids of 1 to 512 characters";
  }
  if (callback.valid_until.value < 0 || callback.valid_until.value > kMaxExpiration) {
    return "expTimeMillis is out of range";
  }
  return nullptr;
}

Status ReadObjectIds(const JsonObject& root, GoogleWalletCallback& callback) {
  const auto list = root.Find("objectIds");
  if (!list) {
    FLORIN_TRY(const std::string_view id, root.GetString("objectId"));
    callback.object_ids.emplace_back(id);
    return OkStatus();
  }
  FLORIN_TRY(const JsonArray ids, list->AsArray());
  if (ids.size() > kMaxObjects) {
    return Error(ErrorCode::kLimitExceeded, "there are more than 64 object ids");
  }
  for (const JsonValue value : ids) {
    FLORIN_TRY(const std::string_view id, value.AsString());
    callback.object_ids.emplace_back(id);
  }
  return OkStatus();
}

}  // namespace

Status CheckGoogleIssuerId(std::string_view issuer_id) {
  if (!issuer_id.empty() && issuer_id.size() <= 20 &&
      std::all_of(issuer_id.begin(), issuer_id.end(),
                  [](char c) { return c >= '0' && c <= '9'; })) {
    return OkStatus();
  }
  return Error(ErrorCode::kInvalidArgument, "a Wallet issuer id has 1 to 20 digits");
}

Result<GoogleWalletCallback> ReadGoogleWalletMessage(JsonParser& parser, std::string_view json) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  GoogleWalletCallback callback;
  FLORIN_TRY(const std::string_view class_id, root.GetString("classId"));
  FLORIN_TRY(const std::string_view event_type, root.GetString("eventType"));
  FLORIN_TRY(const std::string_view nonce, root.GetString("nonce"));
  FLORIN_TRY(const std::int64_t expiration, root.GetInt64("expTimeMillis"));
  callback.class_id = std::string(class_id);
  callback.event_type = std::string(event_type);
  callback.nonce = std::string(nonce);
  if (expiration < 0 || expiration > kMaxExpiration * 1000) {
    return Error(ErrorCode::kMalformed, "expTimeMillis is out of range");
  }
  callback.valid_until = FirstSecondRefused(expiration);
  FLORIN_CHECK_OK(ReadObjectIds(root, callback));
  if (const auto count = root.Find("count")) {
    FLORIN_TRY(callback.count, count->AsInt64());
  }
  if (const char* wrong = WrongWith(callback)) return Error(ErrorCode::kMalformed, wrong);
  return callback;
}

Result<std::string> WriteGoogleWalletMessage(const GoogleWalletCallback& callback) {
  if (const char* wrong = WrongWith(callback)) return Error(ErrorCode::kInvalidArgument, wrong);
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().String("classId", callback.class_id).Name("objectIds").BeginArray();
  for (const std::string& id : callback.object_ids) writer.String(id);
  writer.EndArray().String("eventType", callback.event_type);
  writer.Int("expTimeMillis", callback.valid_until.value * 1000);
  if (callback.count) writer.Int("count", *callback.count);
  writer.String("nonce", callback.nonce).EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

}  // namespace florin::payload
