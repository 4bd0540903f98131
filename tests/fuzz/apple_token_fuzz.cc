// Fuzzes the JSON of Apple Pay tokens and of their payment data. What is read and written again
// must read the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/payload/apple_pay_data.h"
#include "crypto/payload/apple_pay_token.h"
#include "florin/base/result.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxBytes = 16 * 1024;

JsonParser MakeParser(const JsonLimits& limits) {
  auto parser = JsonParser::Create(limits);
  FLORIN_INVARIANT(parser.ok());
  return std::move(parser).value();
}

bool Same(const ApplePayToken& a, const ApplePayToken& b) {
  return SameBytes(a.data, b.data) && SameBytes(a.signature, b.signature) &&
         a.version == b.version && SameBytes(a.key, b.key) &&
         a.public_key_hash == b.public_key_hash && a.transaction_id == b.transaction_id &&
         a.application_data == b.application_data;
}

void FuzzToken(ByteView input) {
  static JsonParser parser = MakeParser(ApplePayTokenLimits(kMaxBytes));
  static JsonParser second = MakeParser(ApplePayTokenLimits(kMaxBytes));
  Bytes scratch(input.size());
  TokenStage stage;
  const auto token = ReadApplePayToken(parser, input, scratch, stage);
  if (!token.ok()) {
    FLORIN_INVARIANT(TokenStageName(stage) != nullptr);
    return;
  }
  const auto json = WriteApplePayToken(*token);
  FLORIN_INVARIANT(json.ok());
  if (json->size() > kMaxBytes) return;
  Bytes again(json->size());
  const auto reread = ReadApplePayToken(second, AsBytes(*json), again, stage);
  FLORIN_INVARIANT(reread.ok() && Same(*token, *reread));
}

void FuzzData(ByteView input) {
  static JsonParser parser = MakeParser(ApplePayDataLimits(kMaxBytes));
  const auto data = ReadApplePayData(parser, input);
  if (!data.ok()) return;
  FLORIN_INVARIANT(!data->credential.pan.empty() && data->credential.amount->minor_units >= 0);
  const auto json = WriteApplePayData(*data);
  if (!json.ok()) {
    FLORIN_INVARIANT(json.error().code() == ErrorCode::kBufferTooSmall);  // escapes can be longer
    return;
  }
  const auto reread = ReadApplePayData(parser, json->Read(SecretAccess{}));
  const PaymentCredential& card = data->credential;
  FLORIN_INVARIANT(reread.ok() && reread->credential.pan.EqualTo(card.pan) &&
                   reread->credential.amount->minor_units == card.amount->minor_units &&
                   reread->credential.expiry.day == card.expiry.day &&
                   reread->credential.cryptogram.index() == card.cryptogram.index());
}

}  // namespace
}  // namespace florin::payload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView input(data, size);
  florin::payload::FuzzToken(input);
  florin::payload::FuzzData(input);
  return 0;
}
