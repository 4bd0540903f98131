#include "crypto/payload/google_pay_data.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "crypto/base/json_writer.h"
#include "crypto/payload/google_root_key_set.h"
#include "florin/base/base64.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxId = 512;
constexpr std::int64_t kMaxExpiration = 999'999'999'999;  // 15 digits of milliseconds

// The names of what the two forms of a message call differently.
struct Form {
  const char* payment_method;
  const char* pan;
  const char* cryptogram_method;
  const char* cryptogram;
  const char* eci;
};
constexpr Form kCard = {"CARD", "pan", "CRYPTOGRAM_3DS", "cryptogram", "eciIndicator"};
constexpr Form kTokenizedCard = {"TOKENIZED_CARD", "dpan", "3DS", "3dsCryptogram",
                                 "3dsEciIndicator"};

bool IsEci(std::string_view text) {
  return text.size() <= 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What is wrong with a message, or nullptr: the one set of checks, for what is read and for what is
// to be written.
const char* WrongWith(const GooglePayMessage& message, std::string_view id) {
  const PaymentCredential& credential = message.credential;
  if (credential.pan.empty()) return "the card number is empty";
  if (credential.expiry.month < 1 || credential.expiry.month > 12) {
    return "expirationMonth is not 1 to 12";
  }
  if (credential.expiry.year < 2000 || credential.expiry.year > 9999) {
    return "expirationYear is not four digits";
  }
  if (id.empty() || id.size() > kMaxId) {
    return "messageId does not have 1 to 512 characters";
  }
  if (credential.valid_until.value < 0 || credential.valid_until.value > kMaxExpiration) {
    return "messageExpiration is out of range";
  }
  if (message.gateway_merchant_id.size() > kMaxId) {
    return "gatewayMerchantId has more than 512 characters";
  }
  const bool with_cryptogram = message.auth_method == GooglePayAuthMethod::kCryptogram3ds;
  if (message.tokenized_card && !with_cryptogram) return "a TOKENIZED_CARD has a cryptogram";
  const auto* secure = std::get_if<ThreeDSecureData>(&credential.cryptogram);
  if (with_cryptogram != (secure != nullptr)) {
    return "a cryptogram comes with CRYPTOGRAM_3DS, and only with it";
  }
  if (secure != nullptr && secure->cryptogram.empty()) return "the cryptogram is empty";
  if (secure != nullptr && !IsEci(secure->eci)) return "eciIndicator is not one or two digits";
  return nullptr;
}

Result<std::string_view> OptionalString(const JsonObject& object, std::string_view name) {
  const auto value = object.Find(name);
  if (!value) return std::string_view();
  return value->AsString();
}

Status ReadAuthMethod(const JsonObject& details, const Form& form, GooglePayMessage& message) {
  FLORIN_TRY(const std::string_view method, details.GetString("authMethod"));
  if (method == form.cryptogram_method) {
    ThreeDSecureData secure;
    FLORIN_TRY(const std::string_view cryptogram, details.GetString(form.cryptogram));
    FLORIN_TRY(secure.cryptogram, Base64DecodeSecret(cryptogram, Base64Form::kStandard));
    FLORIN_TRY(const std::string_view eci, OptionalString(details, form.eci));
    secure.eci = std::string(eci);
    message.auth_method = GooglePayAuthMethod::kCryptogram3ds;
    message.credential.pan_kind = PanKind::kDevice;
    message.credential.cryptogram = std::move(secure);
    return OkStatus();
  }
  if (method == "PAN_ONLY" && !message.tokenized_card) {
    if (details.Find(form.cryptogram)) {
      return Error(ErrorCode::kMalformed, "a PAN_ONLY message has a cryptogram");
    }
    message.auth_method = GooglePayAuthMethod::kPanOnly;
    message.credential.pan_kind = PanKind::kFunding;
    return OkStatus();
  }
  return Error(ErrorCode::kUnsupported, "authMethod is neither PAN_ONLY nor CRYPTOGRAM_3DS");
}

Status ReadAssurance(const JsonObject& details, GooglePayMessage& message) {
  const auto value = details.Find("assuranceDetails");
  if (!value) return OkStatus();
  FLORIN_TRY(const JsonObject object, value->AsObject());
  GooglePayAssurance assurance;
  if (const auto flag = object.Find("cardHolderAuthenticated")) {
    FLORIN_TRY(assurance.card_holder_authenticated, flag->AsBool());
  }
  if (const auto flag = object.Find("accountVerified")) {
    FLORIN_TRY(assurance.account_verified, flag->AsBool());
  }
  message.assurance = assurance;
  return OkStatus();
}

// Up to 9999: a number that an int holds.
Result<int> ReadSmall(const JsonObject& object, std::string_view name) {
  FLORIN_TRY(const std::int64_t value, object.GetInt64(name));
  if (value < 0 || value > 9999) {
    return Error(ErrorCode::kMalformed, "a year or month of the card's expiry is out of range");
  }
  return static_cast<int>(value);
}

Status ReadDetails(const JsonObject& details, const Form& form, GooglePayMessage& message) {
  PaymentCredential& credential = message.credential;
  FLORIN_TRY(const std::string_view pan, details.GetString(form.pan));
  FLORIN_TRY(credential.pan, Pan::Parse(pan));
  FLORIN_TRY(credential.expiry.month, ReadSmall(details, "expirationMonth"));
  FLORIN_TRY(credential.expiry.year, ReadSmall(details, "expirationYear"));
  FLORIN_CHECK_OK(ReadAuthMethod(details, form, message));
  return ReadAssurance(details, message);
}

}  // namespace

const char* GooglePayAuthMethodName(GooglePayAuthMethod method) {
  return method == GooglePayAuthMethod::kPanOnly ? "PAN_ONLY" : "CRYPTOGRAM_3DS";
}

Result<GooglePayMessage> ReadGooglePayMessage(JsonParser& parser, ByteView json, bool legacy) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  GooglePayMessage message;
  FLORIN_TRY(const std::string_view payment_method, root.GetString("paymentMethod"));
  message.tokenized_card = payment_method == kTokenizedCard.payment_method;
  if (message.tokenized_card ? !legacy : payment_method != kCard.payment_method) {
    return Error(ErrorCode::kUnsupported, "paymentMethod is not CARD");
  }
  FLORIN_TRY(const std::string_view id, root.GetString("messageId"));
  message.credential.id = std::string(id);
  FLORIN_TRY(const std::string_view expiration, root.GetString("messageExpiration"));
  FLORIN_TRY(const std::int64_t milliseconds, ParseGoogleTime(expiration));
  message.credential.valid_until = FirstSecondRefused(milliseconds);
  FLORIN_TRY(const std::string_view merchant, OptionalString(root, "gatewayMerchantId"));
  message.gateway_merchant_id = std::string(merchant);
  FLORIN_TRY(const JsonObject details, root.GetObject("paymentMethodDetails"));
  FLORIN_CHECK_OK(ReadDetails(details, message.tokenized_card ? kTokenizedCard : kCard, message));
  if (const char* wrong = WrongWith(message, id)) return Error(ErrorCode::kMalformed, wrong);
  return message;
}

namespace {

void WriteDetails(JsonWriter& writer, const GooglePayMessage& message) {
  const Form& form = message.tokenized_card ? kTokenizedCard : kCard;
  const PaymentCredential& credential = message.credential;
  writer.String("paymentMethod", form.payment_method);
  writer.Name("paymentMethodDetails").BeginObject();
  writer.Int("expirationYear", credential.expiry.year);
  writer.Int("expirationMonth", credential.expiry.month);
  writer.String(form.pan, credential.pan.Read(SecretAccess{}));
  if (const auto* secure = std::get_if<ThreeDSecureData>(&credential.cryptogram)) {
    writer.String("authMethod", form.cryptogram_method);
    writer.Name(form.cryptogram).Base64(secure->cryptogram.Read(SecretAccess{}));
    if (!secure->eci.empty()) writer.String(form.eci, secure->eci);
  } else {
    writer.String("authMethod", "PAN_ONLY");
  }
  if (message.assurance) {
    writer.Name("assuranceDetails").BeginObject();
    writer.Bool("cardHolderAuthenticated", message.assurance->card_holder_authenticated);
    writer.Bool("accountVerified", message.assurance->account_verified).EndObject();
  }
  writer.EndObject();
}

}  // namespace

Result<SecretBytes> WriteGooglePayMessage(const GooglePayMessage& message,
                                          std::string_view default_id) {
  const std::string_view own_id = message.credential.id;
  const std::string_view id = own_id.empty() ? default_id : own_id;
  if (const char* wrong = WrongWith(message, id)) return Error(ErrorCode::kInvalidArgument, wrong);
  FLORIN_TRY(SecretBytes json, SecretBytes::Create(kMaxGooglePayMessage));
  const MutableBytes out = json.Write(SecretAccess{});
  JsonWriter writer(std::span<char>(reinterpret_cast<char*>(out.data()), out.size()));
  writer.BeginObject();
  if (!message.gateway_merchant_id.empty()) {
    writer.String("gatewayMerchantId", message.gateway_merchant_id);
  }
  writer.String("messageExpiration", std::to_string(message.credential.valid_until.value * 1000));
  writer.String("messageId", id);
  WriteDetails(writer, message);
  writer.EndObject();
  FLORIN_TRY(const std::size_t size, writer.Finish());
  json.Truncate(size);
  return json;
}

}  // namespace florin::payload
