#include "florin/payload/field_level_encryption.h"

#include <algorithm>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/payload/refusal.h"
#include "crypto/primitives/aes.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;
using mechanisms::Verb;
using Encoding = FieldLevelProfile::Encoding;

constexpr char kComponent[] = "payload.field_level";
constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMinTextBytes = 256;
constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxPlaintext = std::size_t{1} << 20;
constexpr std::size_t kKeyLength = 16;
constexpr std::size_t kBlock = 16;

Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the encrypted field was refused; the operator's log says why");
}

Result<Hash> OaepHashNamed(std::string_view name, Hash otherwise) {
  if (name.empty()) return otherwise;
  if (name == "SHA256" || name == "SHA-256") return Hash::kSha256;
  if (name == "SHA512" || name == "SHA-512") return Hash::kSha512;
  return Error(ErrorCode::kMalformed, "the hash of OAEP is neither SHA256 nor SHA512");
}

bool IsOaepHash(Hash hash) { return hash == Hash::kSha256 || hash == Hash::kSha512; }

Result<Bytes> Decode(Encoding encoding, std::string_view text) {
  if (encoding == Encoding::kBase64) return Base64Decode(text, Base64Form::kStandard);
  if (text.size() % 2 != 0) return Error(ErrorCode::kMalformed, "hexadecimal digits come in pairs");
  Bytes bytes(text.size() / 2);
  FLORIN_CHECK_OK(HexDecode(text, bytes));
  return bytes;
}

std::string Encode(Encoding encoding, ByteView bytes) {
  return encoding == Encoding::kBase64 ? Base64Encode(bytes, Base64Form::kStandard)
                                       : HexEncode(bytes);
}

Result<std::string_view> OptionalString(const JsonObject& object, const std::string& name) {
  const auto found = object.Find(name);
  return found.has_value() ? found->AsString() : std::string_view();
}

// Members that nobody named are refused.
Status CheckMembers(const FieldLevelProfile& profile, const JsonObject& object) {
  const std::array<std::string_view, 5> known = {profile.encrypted_value, profile.encrypted_key,
                                                 profile.iv, profile.oaep_hash,
                                                 profile.key_fingerprint};
  const auto& passed = profile.passed_over;
  for (const JsonMember member : object) {
    if (std::find(known.begin(), known.end(), member.name) == known.end() &&
        std::find(passed.begin(), passed.end(), member.name) == passed.end()) {
      return Error(ErrorCode::kMalformed, "the object has a member that the profile does not know");
    }
  }
  return OkStatus();
}

Result<FieldLevelText> ReadText(const FieldLevelProfile& profile, const JsonObject& object) {
  FLORIN_CHECK_OK(CheckMembers(profile, object));
  FieldLevelText text;
  FLORIN_TRY(text.encrypted_value, object.GetString(profile.encrypted_value));
  FLORIN_TRY(text.encrypted_key, object.GetString(profile.encrypted_key));
  FLORIN_TRY(text.iv, object.GetString(profile.iv));
  FLORIN_TRY(text.oaep_hash, OptionalString(object, profile.oaep_hash));
  FLORIN_TRY(text.key_fingerprint, OptionalString(object, profile.key_fingerprint));
  return text;
}

// Hexadecimal digits, which partners write in either case.
bool IsSameFingerprint(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&lower](char x, char y) { return lower(x) == lower(y); });
}

hsm::KeyTemplate ContentKeyTemplate() {
  hsm::KeyTemplate key;
  key.rules.type = mechanisms::KeyType::kAes;
  key.rules.length = kKeyLength;
  key.rules.verbs = {Verb::kDecrypt};
  key.rules.allowed_mechanisms = {MechanismType::kAesCbcPad};
  return key;
}

}  // namespace

struct FieldLevelDecryptor::State {
  FieldLevelProfile profile;
  std::vector<FieldLevelKey> keys;
  FieldLevelOptions options;

  class Call;
};

class FieldLevelDecryptor::State::Call : public StagedCall {
 public:
  Call(const State& state, hsm::Session& session)
      : StagedCall("text"), state_(state), session_(session) {}

  Result<SecretBytes> Run(const FieldLevelText& text);
  // The same from JSON.
  Result<SecretBytes> Run(std::string_view json);

  // Tells the observer, and the caller what a caller may know.
  Result<SecretBytes> Judge(Result<SecretBytes> opened) const;

 private:
  Result<SecretBytes> OpenWith(const FieldLevelKey& key, Hash hash, ByteView encrypted_key,
                               ByteView iv, ByteView value);

  const State& state_;
  hsm::Session& session_;
};

Result<SecretBytes> FieldLevelDecryptor::State::Call::Run(std::string_view json) {
  JsonLimits limits;
  limits.max_bytes = state_.options.max_bytes;
  limits.max_depth = 2;
  limits.max_values = 32;
  limits.max_members = 16;
  FLORIN_TRY(JsonParser parser, JsonParser::Create(limits));
  FLORIN_TRY(const JsonObject object, parser.ParseObject(json));
  FLORIN_TRY(const FieldLevelText text, ReadText(state_.profile, object));
  return Run(text);
}

Result<SecretBytes> FieldLevelDecryptor::State::Call::Run(const FieldLevelText& text) {
  Enter("text");
  const FieldLevelProfile& profile = state_.profile;
  const std::size_t fields =
      text.encrypted_value.size() + text.encrypted_key.size() + text.iv.size();
  if (fields > state_.options.max_bytes) {
    return Error(ErrorCode::kLimitExceeded, "the text is longer than max_bytes");
  }
  FLORIN_TRY(const Hash hash, OaepHashNamed(text.oaep_hash, profile.default_oaep_hash));
  FLORIN_TRY(const Bytes encrypted_key, Decode(profile.encoding, text.encrypted_key));
  FLORIN_TRY(const Bytes iv, Decode(profile.encoding, text.iv));
  FLORIN_TRY(const Bytes value, Decode(profile.encoding, text.encrypted_value));
  if (iv.size() != kBlock || value.empty() || value.size() % kBlock != 0) {
    return Error(ErrorCode::kMalformed, "the value is no run of blocks, or the IV no block");
  }
  Enter("key");
  Result<SecretBytes> opened = Error(ErrorCode::kVerificationFailed, "no key has this fingerprint");
  for (const FieldLevelKey& key : state_.keys) {
    if (!key.fingerprint.empty() && !text.key_fingerprint.empty() &&
        !IsSameFingerprint(key.fingerprint, text.key_fingerprint)) {
      continue;
    }
    opened = OpenWith(key, hash, encrypted_key, iv, value);
    if (opened.ok() || PassesThrough(opened.error().code(), answers())) return opened;
  }
  return opened;
}

Result<SecretBytes> FieldLevelDecryptor::State::Call::OpenWith(const FieldLevelKey& key, Hash hash,
                                                               ByteView encrypted_key, ByteView iv,
                                                               ByteView value) {
  Enter("key", Answers::kOthers);
  FLORIN_TRY(const hsm::KeyHandle private_key, session_.Resolve(key.key));
  const bool offered = session_.Supports(MechanismType::kRsaOaep, Verb::kUnwrap);
  Enter("encrypted_key", offered ? Answers::kUnwrap : Answers::kDecrypt);
  FLORIN_TRY(const hsm::KeyHandle unwrapped, session_.Unwrap(mechanisms::RsaOaep{hash}, private_key,
                                                             encrypted_key, ContentKeyTemplate()));
  const hsm::ScopedKey content_key(session_, unwrapped);
  Enter("decrypt", Answers::kDecrypt);
  FLORIN_TRY(SecretBytes plaintext, SecretBytes::Create(value.size()));
  FLORIN_TRY(const std::size_t size, session_.Decrypt(mechanisms::AesCbcPad{iv}, unwrapped, value,
                                                      plaintext.Write(SecretAccess{})));
  plaintext.Truncate(size);
  return plaintext;
}

Result<SecretBytes> FieldLevelDecryptor::State::Call::Judge(Result<SecretBytes> opened) const {
  const Error outcome =
      opened.ok() ? Error(ErrorCode::kOk, "the field was opened") : opened.error();
  state_.options.observer->OnEvent({kComponent, opened.ok() ? "open" : stage(), outcome, 0});
  if (opened.ok() || PassesThrough(outcome.code(), answers())) return opened;
  return Refused();
}

Result<FieldLevelDecryptor> FieldLevelDecryptor::Create(FieldLevelProfile profile,
                                                        std::vector<FieldLevelKey> keys,
                                                        FieldLevelOptions options) {
  const bool all_private = std::all_of(keys.begin(), keys.end(), [](const FieldLevelKey& key) {
    return key.key.key_class() == hsm::KeyClass::kPrivate;
  });
  if (keys.empty() || keys.size() > kMaxKeys || !all_private) {
    return Error(ErrorCode::kInvalidArgument,
                 "field level encryption is opened with 1 to 16 private keys");
  }
  if (!IsOaepHash(profile.default_oaep_hash) || options.observer == nullptr ||
      options.max_bytes < kMinTextBytes || options.max_bytes > kMaxTextBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 "field level encryption needs SHA-256 or SHA-512, an observer and a limit of 256 "
                 "bytes to 4 MiB");
  }
  return FieldLevelDecryptor(
      std::make_unique<State>(State{std::move(profile), std::move(keys), options}));
}

FieldLevelDecryptor::FieldLevelDecryptor(std::unique_ptr<State> state) : state_(std::move(state)) {}
FieldLevelDecryptor::FieldLevelDecryptor(FieldLevelDecryptor&&) noexcept = default;
FieldLevelDecryptor& FieldLevelDecryptor::operator=(FieldLevelDecryptor&&) noexcept = default;
FieldLevelDecryptor::~FieldLevelDecryptor() = default;

Result<SecretBytes> FieldLevelDecryptor::Open(hsm::Session& session, std::string_view json) const {
  FLORIN_INVARIANT(state_ != nullptr);
  State::Call call(*state_, session);
  return call.Judge(call.Run(json));
}

Result<SecretBytes> FieldLevelDecryptor::Open(hsm::Session& session,
                                              const FieldLevelText& text) const {
  FLORIN_INVARIANT(state_ != nullptr);
  State::Call call(*state_, session);
  return call.Judge(call.Run(text));
}

Result<std::string> SealFieldLevel(const FieldLevelProfile& profile, const JosePublicKey& key,
                                   ByteView plaintext, RandomSource& random) {
  const primitives::RsaPublicKey* rsa = RsaPartOf(key);
  if (rsa == nullptr || !IsOaepHash(profile.default_oaep_hash)) {
    return Error(ErrorCode::kInvalidArgument,
                 "field level encryption takes an RSA key, and SHA-256 or SHA-512");
  }
  if (plaintext.size() > kMaxPlaintext) {
    return Error(ErrorCode::kLimitExceeded, "a field has at most 1 MiB");
  }
  SecretArray<kKeyLength> content_key;
  FLORIN_CHECK_OK(random.Fill(content_key.Write(SecretAccess{})));
  Bytes iv(kBlock);
  FLORIN_CHECK_OK(random.Fill(iv));
  Bytes value(plaintext.size() / kBlock * kBlock + kBlock);
  FLORIN_TRY(const auto cipher, primitives::AesCipher(content_key.Read(SecretAccess{})));
  FLORIN_CHECK_OK(cipher.Crypt(primitives::CipherMode::kCbcPad, primitives::Direction::kEncrypt, iv,
                               plaintext, value));
  Bytes encrypted_key(rsa->modulus_size());
  FLORIN_CHECK_OK(
      rsa->EncryptOaep(profile.default_oaep_hash, content_key.Read(SecretAccess{}), encrypted_key));
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.String(profile.encrypted_value, Encode(profile.encoding, value));
  writer.String(profile.encrypted_key, Encode(profile.encoding, encrypted_key));
  writer.String(profile.iv, Encode(profile.encoding, iv));
  writer.String(profile.oaep_hash,
                profile.default_oaep_hash == Hash::kSha256 ? "SHA256" : "SHA512");
  writer.String(profile.key_fingerprint, HexEncode(key.SpkiHash()));
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

}  // namespace florin::payload
