#include "florin/payload/jwe.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "crypto/payload/jwe_content_key.h"
#include "crypto/payload/jwe_profile_check.h"
#include "crypto/payload/jwe_text.h"
#include "crypto/payload/refusal.h"
#include "crypto/payload/workspace_lease.h"

namespace florin::payload {
namespace {

constexpr char kComponent[] = "payload.jwe";
constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxTrials = 16;  // of a key, for one text
constexpr std::size_t kMinTextBytes = 256;
constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;

Error Refused() {
  return Error(ErrorCode::kVerificationFailed, "the JWE was refused; the operator's log says why");
}

Status CheckKeys(const JweProfile& profile, const std::vector<JweKey>& keys) {
  if (keys.empty() || keys.size() > kMaxKeys) {
    return Error(ErrorCode::kInvalidArgument, "a JWE is opened with 1 to 16 keys");
  }
  for (const JweKey& key : keys) {
    const bool usable = std::any_of(
        profile.algorithms.begin(), profile.algorithms.end(), [&key](JweAlgorithm algorithm) {
          return OpeningKeyClass(RowOf(algorithm).management) == key.key.key_class();
        });
    if (!usable) {
      return Error(
          ErrorCode::kInvalidArgument,
          "no algorithm of the profile opens with a key of this class: RSA and ECDH take a "
          "private key, the others a secret one");
    }
  }
  return OkStatus();
}

}  // namespace

struct Jwe::State {
  JweProfile profile;
  std::vector<JweKey> keys;
  JweOptions options;

  // One Open, step by step.
  class Call;
};

class Jwe::State::Call : public StagedCall {
 public:
  Call(const State& state, hsm::Session& session, JoseWorkspace& workspace)
      : StagedCall("text"),
        state_(state),
        session_(session),
        workspace_(workspace),
        fields_(workspace.fields, Base64Form::kUrl) {}

  Result<JweMessage> Run(std::string_view text);

  // What it is about: Event::subject.
  std::uint64_t subject() const { return subject_; }

 private:
  Result<JweMessage> OpenFor(const JweRecipientText& recipient);
  Result<JweMessage> OpenWith(std::size_t key_index);
  Result<SecretBytes> Decrypt(hsm::KeyHandle key);
  Result<SecretBytes> DecryptUnderRsa(hsm::KeyHandle key);
  Result<SealedContent> ReadContent(DecodedFields fields);

  const State& state_;
  hsm::Session& session_;
  JoseWorkspace& workspace_;
  DecodedFields fields_;
  std::uint64_t subject_ = 0;
  JweText text_;
  JweHeader header_;
  ByteView encrypted_key_;
  SealedContent content_;
  std::size_t trials_ = 0;
  std::optional<Error> broken_key_;
};

Result<JweMessage> Jwe::State::Call::Run(std::string_view text) {
  FLORIN_TRY(text_, ReadJweText(workspace_, text, state_.profile.json, fields_));
  for (std::size_t i = 0;; ++i) {
    auto message = OpenFor(text_.recipients[i]);
    if (message.ok() || PassesThrough(message.error().code(), answers())) return message;
    if (i + 1 < text_.recipient_count) continue;
    if (!broken_key_.has_value()) return message;
    Enter("key", Answers::kOthers);
    return *broken_key_;
  }
}

Result<JweMessage> Jwe::State::Call::OpenFor(const JweRecipientText& recipient) {
  Enter("header");
  DecodedFields fields = fields_;
  FLORIN_TRY(header_, ReadJweHeader(state_.profile, text_, recipient, fields));
  FLORIN_TRY(encrypted_key_, fields.DecodeBase64(recipient.encrypted_key));
  Enter("content");
  FLORIN_TRY(content_, ReadContent(fields));
  const hsm::KeyClass key_class = OpeningKeyClass(header_.algorithm->management);
  Enter("key");
  Result<JweMessage> message =
      Error(ErrorCode::kVerificationFailed, "JWE: no key has this \"kid\" and suits \"alg\"");
  for (std::size_t i = 0; i < state_.keys.size(); ++i) {
    const JweKey& key = state_.keys[i];
    if (key.key.key_class() != key_class || (!key.kid.empty() && key.kid != header_.kid)) continue;
    if (++trials_ > kMaxTrials) {
      return Error(ErrorCode::kLimitExceeded, "JWE: no key of the first 16 that may fit does");
    }
    message = OpenWith(i);
    if (message.ok() || PassesThrough(message.error().code(), answers())) return message;
  }
  return message;
}

Result<JweMessage> Jwe::State::Call::OpenWith(std::size_t key_index) {
  Enter("key", Answers::kOthers);
  const auto key = session_.Resolve(state_.keys[key_index].key);
  if (!key.ok()) {
    if (key.error().code() == ErrorCode::kSessionLost) return key.error();
    // Another key may still open it.
    if (!broken_key_.has_value()) broken_key_ = key.error();
    Enter("key");
    return Error(ErrorCode::kVerificationFailed, "JWE: the key is not to be had");
  }
  JweMessage message;
  FLORIN_TRY(message.plaintext, header_.algorithm->management == KeyManagement::kRsa
                                    ? DecryptUnderRsa(*key)
                                    : Decrypt(*key));
  message.algorithm = header_.algorithm->algorithm;
  message.encryption = header_.encryption->encryption;
  message.kid = header_.kid;
  message.content_type = header_.content_type;
  message.protected_header = text_.protected_json;
  message.key_index = key_index;
  return message;
}

Result<SecretBytes> Jwe::State::Call::Decrypt(hsm::KeyHandle key) {
  Enter("encrypted_key", Answers::kDecrypt);
  FLORIN_TRY(const ContentKey cek, BringContentKey(session_, key, header_, encrypted_key_));
  Enter("decrypt", Answers::kDecrypt);
  return OpenContent(session_, cek.handle(), *header_.encryption, content_);
}

// RFC 7516 11.5: whether the encrypted key or the content was wrong is not to be seen, in time
// neither. With RSA, where anybody may send an encrypted key and learn from the answer, a random
// key is made beforehand, always, and opens what the encrypted key does not.
Result<SecretBytes> Jwe::State::Call::DecryptUnderRsa(hsm::KeyHandle key) {
  Enter("random_key", Answers::kOthers);
  FLORIN_TRY(const hsm::KeyHandle random,
             session_.Generate(OpeningKeyTemplate(*header_.encryption)));
  const ContentKey substitute = ContentKey::Owned(session_, random);
  const bool offered = OffersRsa(session_, *header_.algorithm);
  Enter("encrypted_key", offered ? Answers::kUnwrap : Answers::kDecrypt);
  const auto cek = BringContentKey(session_, key, header_, encrypted_key_);
  if (!cek.ok() && PassesThrough(cek.error().code(), answers())) return cek.error();
  auto plaintext = OpenContent(session_, cek.ok() ? cek->handle() : substitute.handle(),
                               *header_.encryption, content_);
  if (!cek.ok()) return cek.error();
  Enter("decrypt", Answers::kDecrypt);
  return plaintext;
}

Result<SealedContent> Jwe::State::Call::ReadContent(DecodedFields fields) {
  const JweEncryptionRow& row = *header_.encryption;
  SealedContent content;
  FLORIN_TRY(content.tag, fields.DecodeBase64(text_.tag));
  subject_ = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(content.tag.size(), 8); ++i) {
    subject_ = subject_ << 8U | content.tag[i];
  }
  const MutableBytes whole = fields.rest();
  FLORIN_CHECK_OK(fields.Copy(AsBytes(text_.protected_text)));
  if (text_.aad.has_value()) {
    FLORIN_CHECK_OK(fields.Copy(AsBytes(".")));
    FLORIN_CHECK_OK(fields.Copy(AsBytes(*text_.aad)));
  }
  content.aad = whole.first(whole.size() - fields.rest().size());
  FLORIN_TRY(content.iv, fields.DecodeBase64(text_.iv));
  FLORIN_TRY(content.ciphertext, fields.DecodeBase64(text_.ciphertext));
  FLORIN_CHECK_OK(row.gcm ? fields.Copy(content.tag) : fields.Copy(BitLength(content.aad.size())));
  content.bytes = whole.first(whole.size() - fields.rest().size());
  const auto& lengths = state_.profile.gcm_iv_lengths;
  const bool iv_fits = row.gcm ? std::count(lengths.begin(), lengths.end(), content.iv.size()) != 0
                               : content.iv.size() == kCbcIv;
  if (!iv_fits || content.tag.size() != row.tag_length) {
    return Error(ErrorCode::kMalformed,
                 "JWE: the initialization vector or the tag does not have the length of \"enc\"");
  }
  return content;
}

Result<Jwe> Jwe::Create(JweProfile profile, std::vector<JweKey> keys, JweOptions options) {
  FLORIN_CHECK_OK(CheckProfile(profile));
  FLORIN_CHECK_OK(CheckKeys(profile, keys));
  if (options.observer == nullptr || options.max_bytes < kMinTextBytes ||
      options.max_bytes > kMaxTextBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 "JWE needs an observer and a limit of 256 bytes to 4 MiB");
  }
  return Jwe(std::make_unique<State>(State{std::move(profile), std::move(keys), options}));
}

Jwe::Jwe(std::unique_ptr<State> state) : state_(std::move(state)) {}
Jwe::Jwe(Jwe&&) noexcept = default;
Jwe& Jwe::operator=(Jwe&&) noexcept = default;
Jwe::~Jwe() = default;

Result<JweMessage> Jwe::Open(hsm::Session& session, std::string_view text) const {
  FLORIN_INVARIANT(state_ != nullptr);
  FLORIN_TRY(const auto workspace,
             WorkspaceLease<JoseWorkspace>::Acquire(state_->options.max_bytes));
  State::Call call(*state_, session, *workspace);
  auto message = call.Run(text);
  const Error outcome =
      message.ok() ? Error(ErrorCode::kOk, "the JWE was opened") : message.error();
  state_->options.observer->OnEvent(
      {kComponent, message.ok() ? "open" : call.stage(), outcome, call.subject()});
  if (message.ok() || PassesThrough(outcome.code(), call.answers())) return message;
  return Refused();
}

}  // namespace florin::payload
