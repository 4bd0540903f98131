#include "florin/payload/google_pay.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/payload/google_pay_data.h"
#include "crypto/payload/google_pay_kdf.h"
#include "crypto/payload/google_signature.h"
#include "crypto/payload/google_token.h"
#include "crypto/payload/google_workspace.h"
#include "crypto/payload/refusal.h"
#include "crypto/payload/workspace_lease.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"
#include "florin/base/random.h"

namespace florin::payload {
namespace {

constexpr char kComponent[] = "payload.google_pay";
constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxRecipients = 8;
constexpr std::size_t kMinTokenBytes = 1024;
constexpr std::size_t kMaxTokenBytes = 64 * 1024;
constexpr std::string_view kTrialText = "a trial of a payment key";

// The one answer to every token that is refused. What was wrong is for the operator only: told to a
// caller it would tell an attacker which check to work on next.
Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the payment token was refused; the operator's log says why");
}

Status CheckKeys(const std::vector<GooglePayKey>& keys) {
  if (keys.empty() || keys.size() > kMaxKeys) {
    return Error(ErrorCode::kInvalidArgument, "Google Pay needs 1 to 16 private keys");
  }
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    const bool twice = std::any_of(keys.begin(), key, [&key](const GooglePayKey& other) {
      return other.public_point() == key->public_point();
    });
    if (twice) return Error(ErrorCode::kInvalidArgument, "a private key was given twice");
  }
  return OkStatus();
}

Status CheckOptions(const GooglePayOptions& options) {
  const auto& recipients = options.recipients;
  if (recipients.empty() || recipients.size() > kMaxRecipients) {
    return Error(ErrorCode::kInvalidArgument, "Google Pay needs 1 to 8 recipient ids");
  }
  for (const GoogleRecipientId& recipient : recipients) {
    if (recipient.kind() != recipients.front().kind()) {
      return Error(ErrorCode::kInvalidArgument,
                   "the recipients are all merchants or all gateways; make a GooglePay for each");
    }
  }
  if (options.root_keys == nullptr || options.replay_guard == nullptr || options.clock == nullptr ||
      options.observer == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "Google Pay needs root keys, a replay guard, a clock and an observer");
  }
  if (options.max_token_bytes < kMinTokenBytes || options.max_token_bytes > kMaxTokenBytes) {
    return Error(ErrorCode::kInvalidArgument, "the token limit is 1 to 64 KiB");
  }
  return OkStatus();
}

std::uint64_t SubjectOfKey(const GooglePayKey& key) {
  std::array<std::uint8_t, 32> hash{};
  const Status hashed = primitives::Digest(Hash::kSha256, ByteView(key.public_point()), hash);
  return hashed.ok() ? SubjectOf(hash) : 0;
}

// An error that ends the search for the key: the next one would meet it, too.
bool EndsTheSearch(ErrorCode code) {
  return code == ErrorCode::kSessionLost || code == ErrorCode::kUnsupported ||
         code == ErrorCode::kResourceExhausted;
}

}  // namespace

Result<GooglePayKey> GooglePayKey::Create(hsm::KeyRef private_key, ByteView public_point) {
  if (private_key.key_class() != hsm::KeyClass::kPrivate) {
    return Error(ErrorCode::kInvalidArgument, "a payment key must name a private key");
  }
  FLORIN_CHECK_OK(primitives::CheckPoint(Curve::kP256, public_point));
  GooglePayKey key(std::move(private_key));
  std::copy(public_point.begin(), public_point.end(), key.public_point_.begin());
  return key;
}

Result<GooglePayKey> GooglePayKey::FromRegisteredKey(hsm::KeyRef private_key,
                                                     std::string_view public_key_base64) {
  std::array<std::uint8_t, 65> point;
  const auto size = Base64Decode(public_key_base64, Base64Form::kStandard, point);
  if (!size.ok()) {
    return Error(ErrorCode::kMalformed, "the registered key is not a point of P-256 in base64");
  }
  return Create(std::move(private_key), ByteView(point).first(*size));
}

struct GooglePay::State {
  explicit State(GooglePayOptions given) : options(std::move(given)) {
    for (const GoogleRecipientId& recipient : options.recipients) {
      recipients.push_back(recipient.text());
    }
  }

  std::vector<GooglePayKey> keys;
  const GooglePayOptions options;
  std::vector<std::string_view> recipients;  // the texts of the options
  mutable GoogleSignatures signatures{kGooglePaySender};
  GooglePayOpener opener;

  // One Open, step by step.
  class Call;
};

class GooglePay::State::Call : public StagedCall {
 public:
  Call(const State& state, hsm::Session& session, GoogleWorkspace& workspace)
      : StagedCall("token.json"),
        state_(state),
        session_(session),
        workspace_(workspace),
        fields_(workspace.fields),
        now_(state.options.clock->Now()) {}

  Result<GooglePayPayment> Run(ByteView token_json, std::string_view gateway_merchant_id);

  // What it is about: Event::subject.
  std::uint64_t subject() const { return subject_; }

 private:
  Status ReadToken(ByteView token_json);
  Status VerifySignatures();
  Result<GoogleSealed> ReadSealed();
  Result<SecretBytes> Decrypt(const GoogleSealed& sealed);
  Result<SecretBytes> DecryptWith(std::size_t key, const GoogleSealed& sealed,
                                  GooglePayStep& step) const;
  void TellOfBrokenKey(std::size_t key, const Error& error) const;
  Status CheckExpiration(const GooglePayMessage& message, UnixSeconds now);
  Status CheckGatewayMerchant(const GooglePayMessage& message, std::string_view expected);
  Status Claim(const GooglePayMessage& message);

  const State& state_;
  hsm::Session& session_;
  GoogleWorkspace& workspace_;
  DecodedFields fields_;
  const UnixSeconds now_;
  std::uint64_t subject_ = 0;
  GoogleToken token_;
  std::size_t recipient_index_ = 0;
  std::size_t key_index_ = 0;
};

Result<GooglePayPayment> GooglePay::State::Call::Run(ByteView token_json,
                                                     std::string_view gateway_merchant_id) {
  FLORIN_CHECK_OK(ReadToken(token_json));
  FLORIN_CHECK_OK(VerifySignatures());
  FLORIN_TRY(const GoogleSealed sealed, ReadSealed());
  FLORIN_TRY(const SecretBytes plaintext, Decrypt(sealed));
  Enter("payment_data");
  const bool legacy = token_.protocol == GoogleProtocol::kEcV1;
  FLORIN_TRY(GooglePayMessage message,
             ReadGooglePayMessage(workspace_.inner_parser, plaintext.Read(SecretAccess{}), legacy));
  FLORIN_CHECK_OK(CheckExpiration(message, now_));
  FLORIN_CHECK_OK(CheckGatewayMerchant(message, gateway_merchant_id));
  FLORIN_CHECK_OK(Claim(message));
  return GooglePayPayment{std::move(message), token_.protocol, key_index_, recipient_index_};
}

Status GooglePay::State::Call::ReadToken(ByteView token_json) {
  if (token_json.size() > state_.options.max_token_bytes) {
    return Error(ErrorCode::kLimitExceeded, "the token is longer than max_token_bytes");
  }
  GoogleTokenStage token_stage = GoogleTokenStage::kJson;
  auto token = ReadGoogleToken(workspace_.token_parser, token_json, fields_, token_stage);
  Enter(GoogleTokenStageName(token_stage));
  if (!token.ok()) return token.error();
  token_ = *token;
  Enter("token.version");
  if (token_.protocol == GoogleProtocol::kEcV2SigningOnly) {
    return Error(ErrorCode::kUnsupported,
                 "ECv2SigningOnly is of Wallet callbacks; it carries no payment");
  }
  if (token_.protocol == GoogleProtocol::kEcV1 && !state_.options.accept_ecv1) {
    return Error(ErrorCode::kUnsupported,
                 "the token is of ECv1, which is legacy: accept_ecv1 takes it");
  }
  return OkStatus();
}

Status GooglePay::State::Call::VerifySignatures() {
  std::array<std::uint8_t, 32> digest;
  FLORIN_CHECK_OK(GoogleMessageDigest(token_, kGooglePaySender, state_.recipients.front(), digest));
  subject_ = SubjectOf(digest);
  const GoogleRootKeySet& roots = workspace_.root_keys.Current(*state_.options.root_keys);
  const char* stage = this->stage();
  auto recipient = state_.signatures.Verify(token_, roots, state_.recipients, now_,
                                            workspace_.inner_parser, stage);
  Enter(stage);
  if (!recipient.ok()) return recipient.error();
  recipient_index_ = *recipient;
  return OkStatus();
}

Result<GoogleSealed> GooglePay::State::Call::ReadSealed() {
  Enter("signed_message");
  FLORIN_TRY(const GoogleSealed sealed,
             ReadGoogleSealed(workspace_.inner_parser, token_.signed_message, fields_));
  Enter("ephemeral_key");
  FLORIN_CHECK_OK(primitives::CheckPoint(Curve::kP256, sealed.ephemeral_point));
  return sealed;
}

// A key that is broken does not keep the others from opening the token; where none does, its error
// is the answer, for the token may have been meant for it.
Result<SecretBytes> GooglePay::State::Call::Decrypt(const GoogleSealed& sealed) {
  std::optional<Error> broken;
  for (std::size_t i = 0; i < state_.keys.size(); ++i) {
    GooglePayStep step = GooglePayStep::kKeyAgreement;
    auto plaintext = DecryptWith(i, sealed, step);
    if (plaintext.ok()) {
      key_index_ = i;
      return plaintext;
    }
    const Error error = plaintext.error();
    if (EndsTheSearch(error.code())) {
      Enter("key_agreement", Answers::kOthers);
      return error;
    }
    if (step == GooglePayStep::kTag) continue;
    TellOfBrokenKey(i, error);
    if (!broken) broken = error;
  }
  if (broken) {
    Enter("key_agreement", Answers::kOthers);
    return *broken;
  }
  Enter("tag");
  return Error(ErrorCode::kVerificationFailed,
               "no live private key fits the tag; was the token encrypted to another public key?");
}

Result<SecretBytes> GooglePay::State::Call::DecryptWith(std::size_t key, const GoogleSealed& sealed,
                                                        GooglePayStep& step) const {
  FLORIN_TRY(const hsm::KeyHandle handle, session_.Resolve(state_.keys[key].private_key()));
  return state_.opener.Open(session_, handle, sealed, token_.protocol, step);
}

void GooglePay::State::Call::TellOfBrokenKey(std::size_t key, const Error& error) const {
  state_.options.observer->OnEvent(
      {kComponent, "private_key", error, SubjectOfKey(state_.keys[key])});
}

Status GooglePay::State::Call::CheckExpiration(const GooglePayMessage& message, UnixSeconds now) {
  Enter("message_expiration");
  if (now < message.credential.valid_until) return OkStatus();
  return Error(ErrorCode::kExpired, "messageExpiration has passed");
}

Status GooglePay::State::Call::CheckGatewayMerchant(const GooglePayMessage& message,
                                                    std::string_view expected) {
  Enter("gateway_merchant");
  if (expected.empty() || message.gateway_merchant_id == expected) return OkStatus();
  return Error(ErrorCode::kVerificationFailed,
               "gatewayMerchantId is not that of the merchant who presents the token");
}

Status GooglePay::State::Call::Claim(const GooglePayMessage& message) {
  std::array<std::uint8_t, 32> id;
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(std::string_view(message.credential.id)), id));
  subject_ = SubjectOf(id);
  // The session may have taken long. A guard forgets an id after its time, so a token that is
  // claimed later than that could have been opened before.
  FLORIN_CHECK_OK(CheckExpiration(message, state_.options.clock->Now()));
  Enter("replay", Answers::kOthers);
  const UnixSeconds not_after{message.credential.valid_until.value - 1};
  return state_.options.replay_guard->Claim(id, not_after);
}

Result<GooglePay> GooglePay::Create(std::vector<GooglePayKey> keys, GooglePayOptions options) {
  FLORIN_CHECK_OK(payload::CheckKeys(keys));
  FLORIN_CHECK_OK(CheckOptions(options));
  auto state = std::make_unique<State>(std::move(options));
  state->keys = std::move(keys);
  return GooglePay(std::move(state));
}

GooglePay::GooglePay(std::unique_ptr<State> state) : state_(std::move(state)) {}
GooglePay::GooglePay(GooglePay&&) noexcept = default;
GooglePay& GooglePay::operator=(GooglePay&&) noexcept = default;
GooglePay::~GooglePay() = default;

Result<GooglePayPayment> GooglePay::Open(hsm::Session& session, ByteView token_json,
                                         std::string_view gateway_merchant_id) const {
  FLORIN_INVARIANT(state_ != nullptr);
  const GooglePayOptions& options = state_->options;
  if (options.recipients.front().kind() == GoogleRecipientId::Kind::kGateway &&
      gateway_merchant_id.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "a gateway says with gateway_merchant_id whose token it opens");
  }
  FLORIN_TRY(const auto workspace,
             WorkspaceLease<GoogleWorkspace>::Acquire(options.max_token_bytes));
  State::Call call(*state_, session, *workspace);
  auto payment = call.Run(token_json, gateway_merchant_id);
  const Error outcome =
      payment.ok() ? Error(ErrorCode::kOk, "the token was opened") : payment.error();
  options.observer->OnEvent(
      {kComponent, payment.ok() ? "open" : call.stage(), outcome, call.subject()});
  if (payment.ok() || PassesThrough(outcome.code(), call.answers())) return payment;
  return Refused();
}

namespace {

// Seals a text to the public key and has the session open it. A public point that the session keeps
// beside the private key would prove less: it is another object, imported by hand.
Status TryKey(hsm::Session& session, const GooglePayOpener& opener, const GooglePayKey& key) {
  FLORIN_TRY(const hsm::KeyHandle handle, session.Resolve(key.private_key()));
  FLORIN_TRY(const auto ephemeral,
             primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()));
  FLORIN_TRY(const GoogleSealedBytes sealed,
             SealGooglePayMessage(AsBytes(kTrialText), ephemeral, key.public_point(),
                                  GoogleProtocol::kEcV2));
  GooglePayStep step = GooglePayStep::kKeyAgreement;
  const auto text = opener.Open(session, handle, sealed.View(), GoogleProtocol::kEcV2, step);
  if (text.ok() && SameBytes(text->Read(SecretAccess{}), AsBytes(kTrialText))) return OkStatus();
  if (!text.ok() && (step != GooglePayStep::kTag || !IsDecryptRefusal(text.code()))) {
    return text.error();
  }
  return Error(ErrorCode::kVerificationFailed,
               "the private key that is named does not belong to the public key that is "
               "registered; was another label or an older registration taken?");
}

}  // namespace

Status GooglePay::CheckKeys(hsm::Session& session) const {
  FLORIN_INVARIANT(state_ != nullptr);
  Status verdict = OkStatus();
  for (const GooglePayKey& key : state_->keys) {
    const Status checked = TryKey(session, state_->opener, key);
    const Error outcome =
        checked.ok() ? Error(ErrorCode::kOk, "the private key is there and fits the public one")
                     : checked.error();
    state_->options.observer->OnEvent({kComponent, "check_keys", outcome, SubjectOfKey(key)});
    if (verdict.ok()) verdict = checked;
    if (checked.code() == ErrorCode::kSessionLost) break;
  }
  return verdict;
}

}  // namespace florin::payload
