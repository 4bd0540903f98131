// Fuzzes everything about Google Pay and Wallet callbacks that reads JSON: tokens, what is inside
// them, root keys, messages, and the explanation of any of it. What is read and written again must
// read the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/payload/google_pay_data.h"
#include "crypto/payload/google_root_key_set.h"
#include "crypto/payload/google_token.h"
#include "crypto/payload/google_wallet_message.h"
#include "florin/base/result.h"
#include "florin/payload/google_token_explanation.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxBytes = 16 * 1024;

JsonParser MakeParser() {
  auto parser = JsonParser::Create(GoogleTokenLimits(kMaxBytes));
  FLORIN_INVARIANT(parser.ok());
  return std::move(parser).value();
}

JsonParser& First() {
  static JsonParser parser = MakeParser();
  return parser;
}
JsonParser& Second() {
  static JsonParser parser = MakeParser();
  return parser;
}

bool Same(const GoogleToken& a, const GoogleToken& b) {
  if (a.key_signature_count != b.key_signature_count) return false;
  for (std::size_t i = 0; i < a.key_signature_count; ++i) {
    if (!SameBytes(a.key_signatures[i], b.key_signatures[i])) return false;
  }
  return a.protocol == b.protocol && a.signed_message == b.signed_message &&
         a.signed_key == b.signed_key && SameBytes(a.signature, b.signature);
}

void FuzzToken(ByteView input) {
  Bytes scratch(input.size());
  DecodedFields fields(scratch);
  GoogleTokenStage stage{};
  const auto token = ReadGoogleToken(First(), input, fields, stage);
  if (!token.ok()) {
    FLORIN_INVARIANT(GoogleTokenStageName(stage) != nullptr);
    return;
  }
  const auto json = WriteGoogleToken(*token);
  FLORIN_INVARIANT(json.ok());
  if (json->size() <= kMaxBytes) {
    Bytes again(json->size());
    DecodedFields again_fields(again);
    const auto reread = ReadGoogleToken(Second(), AsBytes(*json), again_fields, stage);
    FLORIN_INVARIANT(reread.ok() && Same(*token, *reread));
  }
  // Into the rest of the same memory, as GooglePay does.
  const auto sealed = ReadGoogleSealed(Second(), token->signed_message, fields);
  FLORIN_INVARIANT(!sealed.ok() || sealed->tag.size() == 32);
}

void FuzzInner(ByteView input) {
  const std::string_view text = AsText(input);
  const auto key = ReadGoogleSignedKey(First(), text);
  if (key.ok()) {
    FLORIN_INVARIANT(key->spki_size <= key->spki.size() && key->expiration_ms >= 0);
    const std::string json =
        WriteGoogleSignedKey(ByteView(key->spki).first(key->spki_size), key->expiration_ms);
    const auto reread = ReadGoogleSignedKey(First(), json);
    FLORIN_INVARIANT(reread.ok() && reread->expiration_ms == key->expiration_ms);
  }
  Bytes scratch(input.size());
  DecodedFields fields(scratch);
  const auto sealed = ReadGoogleSealed(First(), text, fields);
  if (!sealed.ok()) return;
  const std::string json = WriteGoogleSealed(*sealed);
  if (json.size() > kMaxBytes) return;
  Bytes again(json.size());
  DecodedFields again_fields(again);
  const auto reread = ReadGoogleSealed(Second(), json, again_fields);
  FLORIN_INVARIANT(reread.ok() && SameBytes(reread->tag, sealed->tag) &&
                   SameBytes(reread->encrypted_message, sealed->encrypted_message));
}

void FuzzMessages(ByteView input) {
  for (const bool legacy : {false, true}) {
    const auto message = ReadGooglePayMessage(First(), input, legacy);
    if (!message.ok()) continue;
    FLORIN_INVARIANT(!message->credential.pan.empty() && (legacy || !message->tokenized_card));
    const auto json = WriteGooglePayMessage(*message);
    if (!json.ok()) continue;  // escapes can be longer
    const auto reread = ReadGooglePayMessage(First(), json->Read(SecretAccess{}), legacy);
    FLORIN_INVARIANT(reread.ok() && reread->credential.id == message->credential.id &&
                     reread->credential.valid_until == message->credential.valid_until &&
                     reread->credential.pan.EqualTo(message->credential.pan));
  }
  const auto callback = ReadGoogleWalletMessage(First(), AsText(input));
  if (!callback.ok()) return;
  const auto json = WriteGoogleWalletMessage(*callback);
  FLORIN_INVARIANT(json.ok());
  if (json->size() > kMaxBytes) return;
  const auto reread = ReadGoogleWalletMessage(First(), *json);
  FLORIN_INVARIANT(reread.ok() && reread->nonce == callback->nonce &&
                   reread->object_ids == callback->object_ids);
}

void FuzzRootKeys(ByteView input) {
  const auto pinned = GoogleRootKeys::Pinned(input);
  const GoogleKeysResponse response{input, UnixSeconds{1700000000}, AsText(input), AsText(input)};
  const auto fetched = GoogleRootKeys::Create(response);
  FLORIN_INVARIANT(pinned.ok() == fetched.ok());
  if (!fetched.ok()) return;
  FLORIN_INVARIANT((*fetched)->refresh_at().value >= 1700000060);
  GoogleRootKeySets sets;
  FLORIN_INVARIANT(!sets.Current(**pinned).keys.empty());
}

void FuzzExplanation(ByteView input) {
  GoogleExplanationOptions options;
  options.at = UnixSeconds{1700000000};
  const auto explanation = ExplainGoogleToken(input, options);
  FLORIN_INVARIANT(explanation.ok() && !explanation->checks.empty());
}

}  // namespace
}  // namespace florin::payload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView input(data, size);
  florin::payload::FuzzToken(input);
  florin::payload::FuzzInner(input);
  florin::payload::FuzzMessages(input);
  florin::payload::FuzzRootKeys(input);
  florin::payload::FuzzExplanation(input);
  return 0;
}
