#include "crypto/payload/apple_pay_data.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "crypto/base/json_writer.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxSubMerchants = 64;
constexpr std::size_t kMaxTokenIdentifier = 64;
constexpr std::size_t kMaxShortText = 64;
constexpr std::size_t kMaxManufacturerId = 32;
constexpr std::size_t kMaxEncryptedPin = 256;
constexpr std::size_t kMaxCardArt = 16;
constexpr std::size_t kMaxUrl = 2048;

bool IsDigits(std::string_view text, std::size_t min, std::size_t max) {
  return text.size() >= min && text.size() <= max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int DaysOf(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = month == 2 && year % 4 == 0;  // of 2000..2099
  return kDays[month - 1] + (leap ? 1 : 0);
}

// A day of this century: YYMMDD tells no other.
bool IsDate(const CardExpiry& expiry) {
  return expiry.year >= 2000 && expiry.year <= 2099 && expiry.month >= 1 && expiry.month <= 12 &&
         expiry.day >= 0 && expiry.day <= DaysOf(expiry.year, expiry.month);
}

int TwoDigits(std::string_view text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

// YYMMDD. What is no date comes out as no IsDate.
CardExpiry ReadExpiry(std::string_view text) {
  if (!IsDigits(text, 6, 6)) return {};
  const CardExpiry expiry = {2000 + TwoDigits(text), TwoDigits(text.substr(2)),
                             TwoDigits(text.substr(4))};
  return expiry.day == 0 ? CardExpiry{} : expiry;
}

std::string WriteExpiry(const CardExpiry& expiry) {
  const int day = expiry.day == 0 ? DaysOf(expiry.year, expiry.month) : expiry.day;
  std::string text;
  for (const int part : {expiry.year % 100, expiry.month, day}) {
    text.push_back(static_cast<char>('0' + part / 10));
    text.push_back(static_cast<char>('0' + part % 10));
  }
  return text;
}

// What is wrong with payment data, or nullptr: the one set of checks, for what is read and for what
// is to be written. Sizes that have no bound here have that of the text.
const char* WrongWith(const std::monostate&) { return "there is no cryptogram"; }

const char* WrongWith(const ThreeDSecureData& data) {
  if (data.cryptogram.empty()) return "onlinePaymentCryptogram is empty";
  if (!data.eci.empty() && !IsDigits(data.eci, 1, 2)) {
    return "eciIndicator is not one or two digits";
  }
  return nullptr;
}

const char* WrongWith(const EmvData& data) {
  if (data.tlv.empty()) return "emvData is empty";
  if (data.encrypted_pin.size() > kMaxEncryptedPin) {
    return "encryptedPINData has more than 256 bytes";
  }
  return nullptr;
}

const char* WrongWith(const MerchantToken& token) {
  if (token.identifier.size() > kMaxTokenIdentifier) {
    return "merchantTokenIdentifier has more than 64 characters";
  }
  if (token.expiration_date.size() > kMaxShortText ||
      (!token.fpan_suffix.empty() && !IsDigits(token.fpan_suffix, 1, 4))) {
    return "cardMetadata does not hold an expiration date and up to four digits";
  }
  if (token.card_art.size() > kMaxCardArt) return "cardArt has more than 16 pictures";
  for (const CardArt& art : token.card_art) {
    if (art.name.size() > kMaxShortText || art.type.size() > kMaxShortText ||
        art.url.size() > kMaxUrl) {
      return "cardArt has a name or a type of more than 64 characters, or a url of more than 2048";
    }
  }
  return nullptr;
}

const char* WrongWith(const std::vector<SubMerchantAuthentication>& sub_merchants) {
  if (sub_merchants.size() > kMaxSubMerchants) return "there are more than 64 sub-merchants";
  for (const SubMerchantAuthentication& entry : sub_merchants) {
    if (!IsDigits(entry.amount, 1, 18)) return "a sub-merchant's amount is not whole digits";
  }
  return nullptr;
}

const char* WrongWith(const PaymentCredential& card) {
  if (card.pan.empty()) return "applicationPrimaryAccountNumber is empty";
  if (!IsDate(card.expiry)) return "applicationExpirationDate is no date in the form YYMMDD";
  if (!card.amount) return "there is no transactionAmount";
  if (!IsDigits(card.amount->currency_code, 3, 3)) return "currencyCode is not three digits";
  if (card.amount->minor_units < 0) return "transactionAmount is negative";
  return std::visit([](const auto& cryptogram) { return WrongWith(cryptogram); }, card.cryptogram);
}

const char* WrongWith(const ApplePayData& data) {
  if (data.device_manufacturer_id.size() > kMaxManufacturerId) {
    return "deviceManufacturerIdentifier has more than 32 bytes";
  }
  const char* wrong = WrongWith(data.credential);
  if (wrong == nullptr && data.merchant_token) wrong = WrongWith(*data.merchant_token);
  return wrong == nullptr ? WrongWith(data.sub_merchants) : wrong;
}

// An optional string member; empty where it is absent.
Result<std::string_view> OptionalString(const JsonObject& object, std::string_view name) {
  const auto value = object.Find(name);
  if (!value) return std::string_view();
  return value->AsString();
}

Result<ThreeDSecureData> ReadThreeDSecure(const JsonObject& object) {
  ThreeDSecureData data;
  FLORIN_TRY(const std::string_view cryptogram, object.GetString("onlinePaymentCryptogram"));
  FLORIN_TRY(data.cryptogram, Base64DecodeSecret(cryptogram, Base64Form::kStandard));
  FLORIN_TRY(const std::string_view eci, OptionalString(object, "eciIndicator"));
  data.eci = std::string(eci);
  return data;
}

Result<EmvData> ReadEmv(const JsonObject& object) {
  EmvData data;
  FLORIN_TRY(const std::string_view tlv, object.GetString("emvData"));
  FLORIN_TRY(data.tlv, Base64DecodeSecret(tlv, Base64Form::kStandard));
  FLORIN_TRY(const std::string_view pin, OptionalString(object, "encryptedPINData"));
  if (!pin.empty()) {
    FLORIN_TRY(data.encrypted_pin, HexDecodeSecret(pin));
  }
  return data;
}

Status ReadCryptogram(const JsonObject& root, PaymentCredential& card) {
  FLORIN_TRY(const std::string_view type, root.GetString("paymentDataType"));
  FLORIN_TRY(const JsonObject object, root.GetObject("paymentData"));
  if (type == "3DSecure") {
    FLORIN_TRY(card.cryptogram, ReadThreeDSecure(object));
    return OkStatus();
  }
  if (type == "EMV") {
    FLORIN_TRY(card.cryptogram, ReadEmv(object));
    return OkStatus();
  }
  return Error(ErrorCode::kUnsupported, "paymentDataType is neither 3DSecure nor EMV");
}

Status ReadCardArt(const JsonObject& metadata, MerchantToken& token) {
  const auto pictures = metadata.Find("cardArt");
  if (!pictures) return OkStatus();
  FLORIN_TRY(const JsonArray array, pictures->AsArray());
  for (const JsonValue value : array) {
    FLORIN_TRY(const JsonObject object, value.AsObject());
    FLORIN_TRY(const std::string_view name, OptionalString(object, "name"));
    FLORIN_TRY(const std::string_view type, OptionalString(object, "type"));
    FLORIN_TRY(const std::string_view url, OptionalString(object, "url"));
    token.card_art.push_back({std::string(name), std::string(type), std::string(url)});
  }
  return OkStatus();
}

Status ReadMerchantToken(const JsonObject& root, ApplePayData& data) {
  FLORIN_TRY(const std::string_view identifier, OptionalString(root, "merchantTokenIdentifier"));
  const auto metadata = root.Find("merchantTokenMetadata");
  if (identifier.empty() && !metadata) return OkStatus();
  MerchantToken token;
  token.identifier = std::string(identifier);
  if (metadata) {
    FLORIN_TRY(const JsonObject object, metadata->AsObject());
    FLORIN_CHECK_OK(ReadCardArt(object, token));
    if (const auto card = object.Find("cardMetadata")) {
      FLORIN_TRY(const JsonObject fields, card->AsObject());
      FLORIN_TRY(const std::string_view expiration, OptionalString(fields, "expirationDate"));
      FLORIN_TRY(const std::string_view suffix, OptionalString(fields, "fpanSuffix"));
      token.expiration_date = std::string(expiration);
      token.fpan_suffix = std::string(suffix);
    }
  }
  data.merchant_token = std::move(token);
  return OkStatus();
}

Status ReadSubMerchants(const JsonObject& root, ApplePayData& data) {
  const auto responses = root.Find("authenticationResponses");
  if (!responses) return OkStatus();
  FLORIN_TRY(const JsonArray array, responses->AsArray());
  data.sub_merchants.reserve(array.size());
  for (const JsonValue value : array) {
    FLORIN_TRY(const JsonObject object, value.AsObject());
    FLORIN_TRY(const std::string_view merchant, object.GetString("merchantIdentifier"));
    FLORIN_TRY(const std::string_view cryptogram, object.GetString("authenticationData"));
    FLORIN_TRY(const std::string_view amount, object.GetString("transactionAmount"));
    SubMerchantAuthentication entry;
    entry.merchant_identifier = std::string(merchant);
    FLORIN_TRY(entry.authentication_data, SecretBytes::CopyOf(AsBytes(cryptogram)));
    entry.amount = std::string(amount);
    data.sub_merchants.push_back(std::move(entry));
  }
  return OkStatus();
}

Status ReadCard(const JsonObject& root, PaymentCredential& card) {
  FLORIN_TRY(const std::string_view pan, root.GetString("applicationPrimaryAccountNumber"));
  FLORIN_TRY(card.pan, Pan::Parse(pan));
  FLORIN_TRY(const std::string_view expiration, root.GetString("applicationExpirationDate"));
  card.expiry = ReadExpiry(expiration);
  FLORIN_TRY(const std::string_view name, OptionalString(root, "cardholderName"));
  if (!name.empty()) {
    FLORIN_TRY(card.cardholder_name, SecretBytes::CopyOf(AsBytes(name)));
  }
  return OkStatus();
}

Status ReadAmount(const JsonObject& root, PaymentCredential& card) {
  FLORIN_TRY(const std::string_view currency, root.GetString("currencyCode"));
  FLORIN_TRY(const std::int64_t amount, root.GetInt64("transactionAmount"));
  card.amount = Money{std::string(currency), amount};
  return OkStatus();
}

void WritePin(JsonWriter& writer, const SecretBytes& encrypted_pin) {
  std::array<char, HexEncodedSize(kMaxEncryptedPin)> text;
  const auto size = HexEncode(encrypted_pin.Read(SecretAccess{}), text, HexCase::kLower);
  FLORIN_INVARIANT(size.ok());  // WrongWith has seen the length
  writer.String("encryptedPINData", std::string_view(text.data(), *size));
  Wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
}

void WriteCryptogram(JsonWriter& writer, const PaymentCredential& card) {
  if (const auto* secure = std::get_if<ThreeDSecureData>(&card.cryptogram)) {
    writer.String("paymentDataType", "3DSecure").Name("paymentData").BeginObject();
    writer.Name("onlinePaymentCryptogram").Base64(secure->cryptogram.Read(SecretAccess{}));
    if (!secure->eci.empty()) writer.String("eciIndicator", secure->eci);
  } else if (const auto* emv = std::get_if<EmvData>(&card.cryptogram)) {
    writer.String("paymentDataType", "EMV").Name("paymentData").BeginObject();
    writer.Name("emvData").Base64(emv->tlv.Read(SecretAccess{}));
    if (!emv->encrypted_pin.empty()) WritePin(writer, emv->encrypted_pin);
  }
  writer.EndObject();
}

void WriteMerchantToken(JsonWriter& writer, const MerchantToken& token) {
  if (!token.identifier.empty()) writer.String("merchantTokenIdentifier", token.identifier);
  writer.Name("merchantTokenMetadata").BeginObject();
  if (!token.card_art.empty()) {
    writer.Name("cardArt").BeginArray();
    for (const CardArt& art : token.card_art) {
      writer.BeginObject().String("name", art.name).String("type", art.type);
      writer.String("url", art.url).EndObject();
    }
    writer.EndArray();
  }
  writer.Name("cardMetadata").BeginObject();
  if (!token.expiration_date.empty()) writer.String("expirationDate", token.expiration_date);
  if (!token.fpan_suffix.empty()) writer.String("fpanSuffix", token.fpan_suffix);
  writer.EndObject().EndObject();
}

void WriteSubMerchants(JsonWriter& writer, const ApplePayData& data) {
  writer.Name("authenticationResponses").BeginArray();
  for (const SubMerchantAuthentication& entry : data.sub_merchants) {
    writer.BeginObject();
    writer.String("merchantIdentifier", entry.merchant_identifier);
    writer.String("authenticationData", AsText(entry.authentication_data.Read(SecretAccess{})));
    writer.String("transactionAmount", entry.amount);
    writer.EndObject();
  }
  writer.EndArray();
}

}  // namespace

JsonLimits ApplePayDataLimits(std::size_t max_bytes) {
  JsonLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = 8;
  limits.max_values = 512;
  limits.max_members = 64;
  return limits;
}

Result<ApplePayData> ReadApplePayData(JsonParser& parser, ByteView json) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(json));
  ApplePayData data;
  data.credential.pan_kind = PanKind::kDevice;
  FLORIN_CHECK_OK(ReadCard(root, data.credential));
  FLORIN_CHECK_OK(ReadAmount(root, data.credential));
  FLORIN_CHECK_OK(ReadCryptogram(root, data.credential));
  FLORIN_TRY(const std::string_view device, root.GetString("deviceManufacturerIdentifier"));
  FLORIN_TRY(data.device_manufacturer_id, HexDecode(device));
  FLORIN_CHECK_OK(ReadMerchantToken(root, data));
  FLORIN_CHECK_OK(ReadSubMerchants(root, data));
  if (const char* wrong = WrongWith(data)) return Error(ErrorCode::kMalformed, wrong);
  return data;
}

Result<SecretBytes> WriteApplePayData(const ApplePayData& data) {
  if (const char* wrong = WrongWith(data)) return Error(ErrorCode::kInvalidArgument, wrong);
  FLORIN_TRY(SecretBytes json, SecretBytes::Create(kMaxApplePayData));
  const MutableBytes out = json.Write(SecretAccess{});
  JsonWriter writer(std::span<char>(reinterpret_cast<char*>(out.data()), out.size()));
  writer.BeginObject();
  const PaymentCredential& card = data.credential;
  writer.String("applicationPrimaryAccountNumber", card.pan.Read(SecretAccess{}));
  writer.String("applicationExpirationDate", WriteExpiry(card.expiry));
  writer.String("currencyCode", card.amount->currency_code);
  writer.Int("transactionAmount", card.amount->minor_units);
  if (!card.cardholder_name.empty()) {
    writer.String("cardholderName", AsText(card.cardholder_name.Read(SecretAccess{})));
  }
  writer.String("deviceManufacturerIdentifier", HexEncode(data.device_manufacturer_id));
  WriteCryptogram(writer, card);
  if (data.merchant_token) WriteMerchantToken(writer, *data.merchant_token);
  if (!data.sub_merchants.empty()) WriteSubMerchants(writer, data);
  writer.EndObject();
  FLORIN_TRY(const std::size_t size, writer.Finish());
  json.Truncate(size);
  return json;
}

}  // namespace florin::payload
