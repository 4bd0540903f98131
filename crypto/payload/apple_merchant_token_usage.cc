#include "florin/payload/apple_merchant_token_usage.h"

#include <algorithm>
#include <array>

#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"
#include "florin/payload/hpke.h"

namespace florin::payload {
namespace {

constexpr const char* kComponent = "payload.apple_merchant_token_usage";
constexpr std::string_view kInfo = "ApplePayMerchantTokenUsageInformation_1.0";
constexpr std::size_t kDigest = 32;
constexpr std::size_t kPoint = 97;
// Six strings of the lengths that Apple states, and their names.
constexpr JsonLimits kLimits = {
    .max_bytes = 8192, .max_depth = 1, .max_values = 7, .max_members = 6};

constexpr HpkeProfile kProfile = {{HpkeKem::kP384Sha384, HpkeKdf::kSha384, HpkeAead::kAes256Gcm},
                                  {HpkeMode::kAuth}};

using Info = std::array<std::uint8_t, kInfo.size() + kDigest>;

Result<Info> InfoOf(const MerchantTokenUsageBinding& binding) {
  const std::string_view identifier = binding.merchant_token_identifier;
  if (identifier.empty() || identifier.size() > kMaxMerchantTokenIdentifier ||
      binding.ciphersuite.empty() || binding.ciphersuite.size() > kMaxMerchantTokenCiphersuite) {
    return Error(ErrorCode::kInvalidArgument,
                 "a merchantTokenIdentifier and a ciphersuite have 1 to 64 characters");
  }
  if (binding.merchant_public_key.size() != kPoint ||
      binding.merchant_token_public_key.size() != kPoint) {
    return Error(ErrorCode::kInvalidArgument, "the keys of merchant tokens are points of P-384");
  }
  Info info{};
  std::copy(kInfo.begin(), kInfo.end(), info.begin());
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(identifier), MutableBytes(info).last(kDigest)));
  return info;
}

Result<std::string> HashText(ByteView bytes) {
  std::array<std::uint8_t, kDigest> digest{};
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, bytes, digest));
  return HexEncode(digest);
}

// The text of the hash, in either case, is that of `bytes`.
Status CheckHash(const JsonObject& answer, std::string_view name, ByteView bytes) {
  FLORIN_TRY(const std::string_view text, answer.GetString(name));
  FLORIN_TRY(const Bytes stated, HexDecode(text));
  std::array<std::uint8_t, kDigest> digest{};
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, bytes, digest));
  if (SameBytes(stated, digest)) return OkStatus();
  return Error(ErrorCode::kVerificationFailed, "a hash of the answer is that of something else");
}

struct Answer {
  Bytes enc;
  Bytes ciphertext;
};

Result<Answer> ReadAnswer(ByteView text, const MerchantTokenUsageBinding& binding,
                          const Info& info) {
  FLORIN_TRY(JsonParser parser, JsonParser::Create(kLimits));
  FLORIN_TRY(const JsonObject answer, parser.ParseObject(text));
  FLORIN_CHECK_OK(answer.CheckMembers({"ciphersuite", "data", "ephemeralPublicKey", "infoHash",
                                       "merchantPublicKeyHash", "merchantTokenPublicKeyHash"}));
  FLORIN_TRY(const std::string_view ciphersuite, answer.GetString("ciphersuite"));
  if (ciphersuite != binding.ciphersuite) {
    return Error(ErrorCode::kVerificationFailed, "the answer names another cipher suite");
  }
  FLORIN_CHECK_OK(CheckHash(answer, "infoHash", info));
  FLORIN_CHECK_OK(CheckHash(answer, "merchantPublicKeyHash", binding.merchant_public_key));
  FLORIN_CHECK_OK(
      CheckHash(answer, "merchantTokenPublicKeyHash", binding.merchant_token_public_key));
  FLORIN_TRY(const std::string_view enc, answer.GetString("ephemeralPublicKey"));
  FLORIN_TRY(const std::string_view data, answer.GetString("data"));
  Answer read;
  FLORIN_TRY(read.enc, Base64Decode(enc, Base64Form::kStandard));
  FLORIN_TRY(read.ciphertext, Base64Decode(data, Base64Form::kStandard));
  return read;
}

}  // namespace

Result<std::string> SealMerchantTokenUsage(hsm::Session& session, hsm::KeyHandle merchant_key,
                                           const MerchantTokenUsageBinding& binding,
                                           ByteView package) {
  FLORIN_TRY(const Info info, InfoOf(binding));
  if (package.size() > kMaxMerchantTokenUsage) {
    return Error(ErrorCode::kLimitExceeded, "a usage information package has at most 2984 bytes");
  }
  HpkeSenderSetup setup;
  setup.profile = kProfile;
  setup.recipient_public_key = binding.merchant_token_public_key;
  setup.info = info;
  setup.sender_key = merchant_key;
  setup.sender_public_key = binding.merchant_public_key;
  FLORIN_TRY(const HpkeMessage message, HpkeSeal(session, setup, {}, package));
  FLORIN_TRY(const std::string info_hash, HashText(info));
  FLORIN_TRY(const std::string merchant_hash, HashText(binding.merchant_public_key));
  FLORIN_TRY(const std::string token_hash, HashText(binding.merchant_token_public_key));
  std::string answer;
  JsonWriter writer(&answer);
  writer.BeginObject()
      .String("ciphersuite", binding.ciphersuite)
      .Name("data")
      .Base64(message.ciphertext)
      .Name("ephemeralPublicKey")
      .Base64(message.enc)
      .String("infoHash", info_hash)
      .String("merchantPublicKeyHash", merchant_hash)
      .String("merchantTokenPublicKeyHash", token_hash)
      .EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return answer;
}

Result<SecretBytes> OpenMerchantTokenUsage(hsm::Session& session, hsm::KeyHandle token_key,
                                           const MerchantTokenUsageBinding& binding,
                                           ByteView answer, Observer& observer) {
  FLORIN_TRY(const Info info, InfoOf(binding));
  const Error refused(ErrorCode::kVerificationFailed, "the usage information was refused");
  const auto read = ReadAnswer(answer, binding, info);
  if (!read.ok()) {
    observer.OnEvent({kComponent, "answer", read.error()});
    return refused;
  }
  HpkeReceiverSetup setup;
  setup.profile = kProfile;
  setup.private_key = token_key;
  setup.public_key = binding.merchant_token_public_key;
  setup.info = info;
  setup.sender_public_key = binding.merchant_public_key;
  auto opened = HpkeOpen(session, setup, read->enc, {}, read->ciphertext, observer);
  if (opened.code() == ErrorCode::kVerificationFailed) return refused;
  return opened;
}

}  // namespace florin::payload
