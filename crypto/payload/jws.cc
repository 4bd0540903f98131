#include "florin/payload/jws.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/payload/decoded_fields.h"
#include "crypto/payload/jose_header.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/payload/jose_tables.h"
#include "crypto/payload/jose_workspace.h"
#include "crypto/payload/jws_check.h"
#include "crypto/payload/refusal.h"
#include "crypto/payload/workspace_lease.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/ed25519.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"

namespace florin::payload {
namespace {

constexpr char kComponent[] = "payload.jws";
constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxSignatures = 16;
constexpr std::size_t kMinTextBytes = 256;
constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;
constexpr std::string_view kKnownMembers[] = {"alg"};

Error Refused() {
  return Error(ErrorCode::kVerificationFailed, "the JWS was refused; the operator's log says why");
}

// Base64url text, except the header.
struct SignatureText {
  std::string_view protected_text;
  std::optional<JsonObject> header;
  std::string_view signature;
};

struct JwsText {
  std::string_view payload;
  std::array<SignatureText, kMaxSignatures> signatures;
  std::size_t signature_count = 0;
};

Status ReadSignature(const JsonObject& object, JwsText& jws) {
  if (jws.signature_count == jws.signatures.size()) {
    return Error(ErrorCode::kLimitExceeded, "JWS: more than 16 signatures");
  }
  SignatureText& text = jws.signatures[jws.signature_count++];
  FLORIN_TRY(text.protected_text, OptionalText(object, "protected"));
  FLORIN_TRY(text.header, OptionalObject(object, "header"));
  FLORIN_TRY(text.signature, object.GetString("signature"));
  return OkStatus();
}

// RFC 7515 7.2: general, with "signatures", or flattened.
Result<JwsText> ReadJson(JsonParser& parser, std::string_view text) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(text));
  JwsText jws;
  FLORIN_TRY(jws.payload, OptionalText(root, "payload"));
  const auto signatures = root.Find("signatures");
  if (!signatures.has_value()) {
    FLORIN_CHECK_OK(root.CheckMembers({"signature"}, {"payload", "protected", "header"}));
    FLORIN_CHECK_OK(ReadSignature(root, jws));
    return jws;
  }
  FLORIN_CHECK_OK(root.CheckMembers({"signatures"}, {"payload"}));
  FLORIN_TRY(const JsonArray array, signatures->AsArray());
  for (const JsonValue value : array) {
    FLORIN_TRY(const JsonObject object, value.AsObject());
    FLORIN_CHECK_OK(object.CheckMembers({"signature"}, {"protected", "header"}));
    FLORIN_CHECK_OK(ReadSignature(object, jws));
  }
  if (jws.signature_count != 0) return jws;
  return Error(ErrorCode::kMalformed, "JWS: no signature");
}

Result<JwsText> ReadCompact(std::string_view text) {
  std::array<std::string_view, 3> parts;
  FLORIN_CHECK_OK(SplitCompact(text, parts));
  JwsText jws;
  jws.signatures[0] = {parts[0], std::nullopt, parts[2]};
  jws.payload = parts[1];
  jws.signature_count = 1;
  return jws;
}

// The payload of a nested message was encrypted, and stands here in base64.
class WipedAtEnd {
 public:
  WipedAtEnd(MutableBytes from, const DecodedFields& fields) : from_(from), fields_(fields) {}
  ~WipedAtEnd() { Wipe(from_.first(from_.size() - fields_.rest().size())); }
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;

 private:
  const MutableBytes from_;
  const DecodedFields& fields_;
};

Status VerifyByPublicKey(const JwsAlgorithmRow& row, const JosePublicKey& key, ByteView signed_text,
                         ByteView signature) {
  if (row.scheme == SignatureScheme::kEdDsa) {
    return primitives::Ed25519Verify(CurvePartOf(key)->bytes(), signed_text, signature);
  }
  std::array<std::uint8_t, primitives::kMaxDigestSize> storage;
  const MutableBytes digest = MutableBytes(storage).first(HashSize(row.hash));
  FLORIN_CHECK_OK(primitives::Digest(row.hash, signed_text, digest));
  switch (row.scheme) {
    case SignatureScheme::kEcdsa: {
      const JwkCurveKey& part = *CurvePartOf(key);
      FLORIN_TRY(const auto point, primitives::EcPublicKey::FromPoint(part.curve(), part.bytes()));
      return primitives::EcdsaVerify(point, digest, signature, primitives::SignatureForm::kRaw);
    }
    case SignatureScheme::kRsaPss: return RsaPartOf(key)->VerifyPss(row.hash, digest, signature);
    case SignatureScheme::kRsaPkcs1:
      return RsaPartOf(key)->VerifyPkcs1(row.hash, digest, signature);
    case SignatureScheme::kEdDsa:
    case SignatureScheme::kHmac: break;
  }
  return Error(ErrorCode::kVerificationFailed, "JWS: a public key does not verify this \"alg\"");
}

}  // namespace

struct JwsVerifier::State {
  JwsProfile profile;
  std::vector<JwsKey> keys;
  JwsOptions options;
  bool needs_session = false;

  // One Verify, step by step.
  class Call;
};

class JwsVerifier::State::Call : public StagedCall {
 public:
  Call(const State& state, hsm::Session* session, JoseWorkspace& workspace,
       const std::optional<ByteView>& detached)
      : StagedCall("text"),
        state_(state),
        session_(session),
        workspace_(workspace),
        detached_(detached),
        fields_(workspace.fields, Base64Form::kUrl) {}

  Result<JwsMessage> Run(std::string_view text);

 private:
  Status ReadText(std::string_view text);
  Result<JwsMessage> VerifyOne(const SignatureText& signature);
  Status CheckHeader(const JoseHeader& header);
  Result<std::size_t> FindKey(ByteView signed_text, ByteView signature);
  Status VerifyWith(const JwsKey& key, ByteView signed_text, ByteView signature);

  const State& state_;
  hsm::Session* session_;
  JoseWorkspace& workspace_;
  const std::optional<ByteView>& detached_;
  DecodedFields fields_;
  JwsText text_;
  std::string detached_text_;
  const JwsAlgorithmRow* algorithm_ = nullptr;
  std::string_view kid_;
};

Status JwsVerifier::State::Call::ReadText(std::string_view text) {
  if (text.size() > workspace_.max_bytes) {
    return Error(ErrorCode::kLimitExceeded, "JWS: the text is longer than max_bytes");
  }
  const bool is_json = text.starts_with('{');
  if (is_json && !state_.profile.json) {
    return Error(ErrorCode::kVerificationFailed, "JWS: the profile takes the compact form only");
  }
  FLORIN_TRY(text_, is_json ? ReadJson(workspace_.text_parser, text) : ReadCompact(text));
  if (!detached_.has_value()) return OkStatus();
  if (!text_.payload.empty()) {
    return Error(ErrorCode::kVerificationFailed, "JWS: the payload is not detached");
  }
  if (detached_->size() > workspace_.max_bytes / 2) {
    return Error(ErrorCode::kLimitExceeded, "JWS: the payload is longer than max_bytes allows");
  }
  detached_text_ = Base64Encode(*detached_, Base64Form::kUrl);
  text_.payload = detached_text_;
  return OkStatus();
}

Result<JwsMessage> JwsVerifier::State::Call::Run(std::string_view text) {
  FLORIN_CHECK_OK(ReadText(text));
  for (std::size_t i = 0;; ++i) {
    auto message = VerifyOne(text_.signatures[i]);
    if (message.ok() || i + 1 == text_.signature_count ||
        PassesThrough(message.error().code(), answers())) {
      return message;
    }
  }
}

Result<JwsMessage> JwsVerifier::State::Call::VerifyOne(const SignatureText& signature) {
  Enter("header");
  if (signature.header.has_value() && !state_.profile.unprotected) {
    return Error(ErrorCode::kVerificationFailed,
                 "JWS: a header that no signature covers; the profile takes none");
  }
  DecodedFields fields = fields_;
  ByteView json;
  std::optional<JsonObject> protected_header;
  if (!signature.protected_text.empty()) {
    FLORIN_TRY(json, fields.DecodeBase64(signature.protected_text));
    FLORIN_TRY(protected_header, workspace_.header_parser.ParseObject(json));
  }
  FLORIN_TRY(const JoseHeader header,
             JoseHeader::Of(protected_header, std::nullopt, signature.header));
  FLORIN_CHECK_OK(CheckHeader(header));
  Enter("signature");
  FLORIN_TRY(const ByteView signature_bytes, fields.DecodeBase64(signature.signature));
  // RFC 7515 5.1 step 5.
  const MutableBytes rest = fields.rest();
  const WipedAtEnd wiped(rest, fields);
  FLORIN_CHECK_OK(fields.Copy(AsBytes(signature.protected_text)));
  FLORIN_CHECK_OK(fields.Copy(AsBytes(".")));
  FLORIN_CHECK_OK(fields.Copy(AsBytes(text_.payload)));
  const ByteView signed_text = rest.first(rest.size() - fields.rest().size());
  JwsMessage message;
  FLORIN_TRY(message.key_index, FindKey(signed_text, signature_bytes));
  Enter("payload");
  if (!detached_.has_value()) {
    FLORIN_TRY(message.payload, Base64DecodeSecret(text_.payload, Base64Form::kUrl));
  }
  message.algorithm = algorithm_->algorithm;
  message.kid = kid_;
  message.protected_header = AsText(json);
  return message;
}

Status JwsVerifier::State::Call::CheckHeader(const JoseHeader& header) {
  FLORIN_TRY(const std::string_view name, header.GetString("alg"));
  algorithm_ = FindJwsAlgorithm(name);
  const auto& allowed = state_.profile.algorithms;
  if (algorithm_ == nullptr ||
      std::find(allowed.begin(), allowed.end(), algorithm_->algorithm) == allowed.end()) {
    return Error(ErrorCode::kVerificationFailed, "JWS: the profile does not take this \"alg\"");
  }
  FLORIN_CHECK_OK(header.CheckMembers(kKnownMembers, state_.profile.required_members,
                                      state_.profile.optional_members, state_.profile.any_member));
  FLORIN_TRY(kid_, header.FindString("kid"));
  if (kid_.size() <= kMaxKid) return OkStatus();
  return Error(ErrorCode::kLimitExceeded, "JWS: \"kid\" has at most 512 characters");
}

Result<std::size_t> JwsVerifier::State::Call::FindKey(ByteView signed_text, ByteView signature) {
  Enter("key");
  Status verdict =
      Error(ErrorCode::kVerificationFailed, "JWS: no key has this \"kid\" and suits \"alg\"");
  for (std::size_t i = 0; i < state_.keys.size(); ++i) {
    const JwsKey& key = state_.keys[i];
    if (!KeySuits(*algorithm_, key) || (!key.kid.empty() && key.kid != kid_)) continue;
    verdict = VerifyWith(key, signed_text, signature);
    if (verdict.ok()) return i;
    if (PassesThrough(verdict.code(), answers())) break;
  }
  return verdict.error();
}

Status JwsVerifier::State::Call::VerifyWith(const JwsKey& key, ByteView signed_text,
                                            ByteView signature) {
  if (const auto* public_key = std::get_if<JosePublicKey>(&key.key)) {
    Enter("signature");
    return VerifyByPublicKey(*algorithm_, *public_key, signed_text, signature);
  }
  Enter("key", Answers::kOthers);
  FLORIN_TRY(const hsm::KeyHandle handle, session_->Resolve(std::get<hsm::KeyRef>(key.key)));
  Enter("signature", Answers::kOthers);
  return session_->Verify(mechanisms::Hmac{algorithm_->hash, 0}, handle, signed_text, signature);
}

Result<JwsVerifier> JwsVerifier::Create(JwsProfile profile, std::vector<JwsKey> keys,
                                        JwsOptions options) {
  FLORIN_CHECK_OK(CheckProfile(profile));
  if (keys.empty() || keys.size() > kMaxKeys) {
    return Error(ErrorCode::kInvalidArgument, "a JWS is verified with 1 to 16 keys");
  }
  bool needs_session = false;
  for (const JwsKey& key : keys) {
    const bool usable =
        std::any_of(profile.algorithms.begin(), profile.algorithms.end(),
                    [&key](JwsAlgorithm algorithm) { return KeySuits(RowOf(algorithm), key); });
    if (!usable) {
      return Error(ErrorCode::kInvalidArgument,
                   "no algorithm of the profile verifies with a key of this type");
    }
    needs_session = needs_session || std::holds_alternative<hsm::KeyRef>(key.key);
  }
  if (options.observer == nullptr || options.max_bytes < kMinTextBytes ||
      options.max_bytes > kMaxTextBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 "JWS needs an observer and a limit of 256 bytes to 4 MiB");
  }
  return JwsVerifier(
      std::make_unique<State>(State{std::move(profile), std::move(keys), options, needs_session}));
}

JwsVerifier::JwsVerifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
JwsVerifier::JwsVerifier(JwsVerifier&&) noexcept = default;
JwsVerifier& JwsVerifier::operator=(JwsVerifier&&) noexcept = default;
JwsVerifier::~JwsVerifier() = default;

Result<JwsMessage> JwsVerifier::Run(hsm::Session* session, std::string_view text,
                                    const std::optional<ByteView>& detached) const {
  FLORIN_INVARIANT(state_ != nullptr);
  FLORIN_TRY(const auto workspace,
             WorkspaceLease<JoseWorkspace>::Acquire(state_->options.max_bytes));
  State::Call call(*state_, session, *workspace, detached);
  auto message = call.Run(text);
  const Error outcome =
      message.ok() ? Error(ErrorCode::kOk, "the JWS was verified") : message.error();
  state_->options.observer->OnEvent(
      {kComponent, message.ok() ? "verify" : call.stage(), outcome, 0});
  if (message.ok() || PassesThrough(outcome.code(), call.answers())) return message;
  return Refused();
}

Result<JwsMessage> JwsVerifier::Verify(hsm::Session& session, std::string_view text) const {
  return Run(&session, text, std::nullopt);
}

Result<JwsMessage> JwsVerifier::Verify(std::string_view text) const {
  FLORIN_INVARIANT(state_ != nullptr);
  if (state_->needs_session) {
    return Error(ErrorCode::kInvalidArgument, "a key of HMAC is in a session: pass it");
  }
  return Run(nullptr, text, std::nullopt);
}

Result<JwsMessage> JwsVerifier::VerifyDetached(hsm::Session& session, std::string_view text,
                                               ByteView payload) const {
  return Run(&session, text, payload);
}

namespace {

// Which of the two refused is not to be told.
Error RefusedAsOne(const Error& error) {
  if (error.code() != ErrorCode::kVerificationFailed) return error;
  return {ErrorCode::kVerificationFailed,
          "the nested message was refused; the operator's log says why"};
}

}  // namespace

Result<NestedMessage> OpenNested(const Jwe& jwe, const JwsVerifier& verifier, hsm::Session& session,
                                 std::string_view text) {
  auto outer = jwe.Open(session, text);
  if (!outer.ok()) return RefusedAsOne(outer.error());
  if (outer->content_type != "JWT" && outer->content_type != "JWS") {
    const Error error(ErrorCode::kVerificationFailed,
                      "JWE: \"cty\" does not say that there is a JWS inside");
    verifier.state_->options.observer->OnEvent({kComponent, "content_type", error, 0});
    return RefusedAsOne(error);
  }
  const SecretBytes plaintext = std::exchange(outer->plaintext, SecretBytes());
  auto inner = verifier.Verify(session, AsText(plaintext.Read(SecretAccess{})));
  if (!inner.ok()) return RefusedAsOne(inner.error());
  return NestedMessage{std::move(*outer), std::move(*inner)};
}

Result<SignedMessage> OpenSigned(const JwsVerifier& verifier, const Jwe& jwe, hsm::Session& session,
                                 std::string_view text) {
  auto outer = verifier.Verify(session, text);
  if (!outer.ok()) return RefusedAsOne(outer.error());
  const SecretBytes payload = std::exchange(outer->payload, SecretBytes());
  auto inner = jwe.Open(session, AsText(payload.Read(SecretAccess{})));
  if (!inner.ok()) return RefusedAsOne(inner.error());
  return SignedMessage{std::move(*outer), std::move(*inner)};
}

}  // namespace florin::payload
