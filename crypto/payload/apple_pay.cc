#include "florin/payload/apple_pay.h"

#include <algorithm>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/payload/apple_pay_data.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_token.h"
#include "crypto/payload/apple_pay_unwrap.h"
#include "crypto/payload/apple_root_ca_g3.h"
#include "crypto/payload/cms_signed_data.h"
#include "crypto/payload/merchant_key_check.h"
#include "crypto/payload/refusal.h"
#include "crypto/payload/signer_chain.h"
#include "crypto/payload/workspace_lease.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

constexpr char kComponent[] = "payload.apple_pay";
constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxRoots = 8;
constexpr std::size_t kMinTokenBytes = 1024;
constexpr std::size_t kMaxTokenBytes = 64 * 1024;
constexpr std::int64_t kMaxWindowSeconds = 365 * 86400;

// The memory one Open works in: parsers that hold their text in wiped memory, and the decoded
// fields. Kept by each thread between calls, so that a call allocates next to nothing.
struct Workspace {
  static Result<std::unique_ptr<Workspace>> Create(std::size_t max_bytes) {
    FLORIN_TRY(JsonParser token, JsonParser::Create(ApplePayTokenLimits(max_bytes)));
    FLORIN_TRY(JsonParser data, JsonParser::Create(ApplePayDataLimits(max_bytes)));
    return std::make_unique<Workspace>(max_bytes, std::move(token), std::move(data));
  }
  void Clear() {
    token_parser.Clear();
    data_parser.Clear();
  }

  Workspace(std::size_t limit, JsonParser token, JsonParser data)
      : max_bytes(limit),
        token_parser(std::move(token)),
        data_parser(std::move(data)),
        fields(limit) {}

  std::size_t max_bytes;
  JsonParser token_parser;
  JsonParser data_parser;
  Bytes fields;  // ciphertext and signature: nothing secret
};

// The one answer to every token that is refused. What was wrong is for the operator only: told to a
// caller it would tell an attacker which check to work on next.
Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the payment token was refused; the operator's log says why");
}

struct MerchantKeyState {
  ApplePayMerchantKey key;
  ApplePaySharedInfo shared_info;
};

Result<std::vector<primitives::Certificate>> ReadRoots(const std::vector<Bytes>& trusted_roots) {
  if (trusted_roots.size() > kMaxRoots) {
    return Error(ErrorCode::kInvalidArgument, "at most 8 roots can be trusted");
  }
  std::vector<primitives::Certificate> roots;
  if (trusted_roots.empty()) {
    FLORIN_TRY(primitives::Certificate apple, primitives::Certificate::FromDer(AppleRootCaG3()));
    roots.push_back(std::move(apple));
  }
  for (const Bytes& der : trusted_roots) {
    FLORIN_TRY(primitives::Certificate root, primitives::Certificate::FromDer(der));
    FLORIN_CHECK_OK(root.EcKey());
    roots.push_back(std::move(root));
  }
  return roots;
}

Status CheckOptions(const std::vector<ApplePayMerchantKey>& keys, const ApplePayOptions& options) {
  if (keys.empty() || keys.size() > kMaxKeys) {
    return Error(ErrorCode::kInvalidArgument, "Apple Pay needs 1 to 64 merchant keys");
  }
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    const bool twice = std::any_of(keys.begin(), key, [&key](const ApplePayMerchantKey& other) {
      return other.public_key_hash() == key->public_key_hash();
    });
    if (twice) return Error(ErrorCode::kInvalidArgument, "a merchant key was given twice");
  }
  if (options.replay_guard == nullptr || options.clock == nullptr || options.observer == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "Apple Pay needs a replay guard, a clock and an observer");
  }
  if (options.window_seconds < 0 || options.window_seconds > kMaxWindowSeconds) {
    return Error(ErrorCode::kInvalidArgument, "the window is 0 seconds to one year");
  }
  if (options.max_token_bytes < kMinTokenBytes || options.max_token_bytes > kMaxTokenBytes) {
    return Error(ErrorCode::kInvalidArgument, "the token limit is 1 to 64 KiB");
  }
  return OkStatus();
}

}  // namespace

struct ApplePay::State {
  std::vector<MerchantKeyState> keys;
  ApplePayOptions options;
  std::unique_ptr<SignerChains> chains;
  ApplePayKeyDeriver deriver;
  ApplePayKeyUnwrapper unwrapper;

  // One Open, step by step.
  class Call;
};

class ApplePay::State::Call : public StagedCall {
 public:
  Call(const State& state, hsm::Session& session, Workspace& workspace)
      : StagedCall("token.json"), state_(state), session_(session), workspace_(workspace) {}

  Result<ApplePayPayment> Run(ByteView token_json);

  // What it is about: Event::subject.
  std::uint64_t subject() const { return subject_; }

 private:
  Status ReadToken(ByteView token_json);
  Status SelectKey();
  Status VerifySignature();
  Status CheckContentDigest(const CmsSignedData& message);
  Status CheckSigningTime(UnixSeconds now) const;
  Result<hsm::ScopedKey> AgreeOnKey(const MerchantKeyState& merchant);
  Result<hsm::ScopedKey> UnwrapKey(const MerchantKeyState& merchant);
  Result<SecretBytes> Decrypt();
  Status Claim();

  const State& state_;
  hsm::Session& session_;
  Workspace& workspace_;
  std::uint64_t subject_ = 0;
  ApplePayToken token_;
  std::size_t key_index_ = 0;
  UnixSeconds now_;
  UnixSeconds signing_time_;
};

Result<ApplePayPayment> ApplePay::State::Call::Run(ByteView token_json) {
  now_ = state_.options.clock->Now();
  FLORIN_CHECK_OK(ReadToken(token_json));
  FLORIN_CHECK_OK(SelectKey());
  FLORIN_CHECK_OK(VerifySignature());
  FLORIN_TRY(const SecretBytes plaintext, Decrypt());
  Enter("payment_data");
  FLORIN_TRY(ApplePayData data,
             ReadApplePayData(workspace_.data_parser, plaintext.Read(SecretAccess{})));
  FLORIN_CHECK_OK(Claim());

  data.credential.id = HexEncode(token_.transaction_id);
  data.credential.valid_until.value = signing_time_.value + state_.options.window_seconds + 1;
  ApplePayPayment payment;
  static_cast<ApplePayData&>(payment) = std::move(data);
  payment.version = token_.version;
  payment.transaction_id = token_.transaction_id;
  payment.signing_time = signing_time_;
  payment.application_data_hash = token_.application_data;
  payment.merchant_key_index = key_index_;
  return payment;
}

Status ApplePay::State::Call::ReadToken(ByteView token_json) {
  if (token_json.size() > state_.options.max_token_bytes) {
    return Error(ErrorCode::kLimitExceeded, "the token is longer than max_token_bytes");
  }
  TokenStage token_stage = TokenStage::kJson;
  auto token =
      ReadApplePayToken(workspace_.token_parser, token_json, workspace_.fields, token_stage);
  if (!token.ok()) {
    Enter(TokenStageName(token_stage));
    return token.error();
  }
  token_ = *token;
  return OkStatus();
}

Status ApplePay::State::Call::SelectKey() {
  Enter("merchant_key");
  subject_ = SubjectOf(token_.public_key_hash);
  for (std::size_t i = 0; i < state_.keys.size(); ++i) {
    const ApplePayMerchantKey& key = state_.keys[i].key;
    if (key.public_key_hash() != token_.public_key_hash) continue;
    if (key.version() != token_.version) {
      return Error(ErrorCode::kVerificationFailed,
                   "the token's version is not that of the merchant key it names");
    }
    key_index_ = i;
    subject_ = SubjectOf(token_.transaction_id);
    return OkStatus();
  }
  return Error(ErrorCode::kVerificationFailed,
               "no live merchant key has this publicKeyHash; was the payment processing "
               "certificate changed?");
}

Status ApplePay::State::Call::VerifySignature() {
  CmsSignedData message;
  CmsStage cms_stage = CmsStage::kContentInfo;
  if (const Status read = message.Read(token_.signature, cms_stage); !read.ok()) {
    Enter(CmsStageName(cms_stage));
    return read.error();
  }
  // Apple, "Payment token format reference": ECDSA for EC_v1, RSA for RSA_v1.
  if ((message.signature_algorithm() == CmsSignature::kEcdsa) !=
      (token_.version == ApplePayVersion::kEcV1)) {
    Enter(CmsStageName(CmsStage::kSignatureAlgorithm));
    return Error(ErrorCode::kVerificationFailed,
                 "the signature algorithm is not that of the token's version");
  }
  signing_time_ = message.signing_time();
  Enter("content_digest");
  FLORIN_CHECK_OK(CheckContentDigest(message));
  Enter("chain");
  FLORIN_TRY(const SignerChain chain,
             state_.chains->Verify(message.leaf(), message.intermediate(), now_));
  Enter("signature");
  std::array<std::uint8_t, 32> digest;
  FLORIN_CHECK_OK(message.SignedAttributesDigest(digest));
  FLORIN_CHECK_OK(chain.CheckSignature(message.signature_algorithm(), digest, message.signature()));
  Enter("signing_time");
  FLORIN_CHECK_OK(CheckSigningTime(now_));
  state_.chains->Remember(chain, now_, subject_);
  return OkStatus();
}

Status ApplePay::State::Call::CheckContentDigest(const CmsSignedData& message) {
  std::array<std::uint8_t, 32> digest;
  FLORIN_CHECK_OK(ApplePayContentDigest(token_, digest));
  if (SameBytes(digest, message.message_digest())) return OkStatus();
  return Error(ErrorCode::kVerificationFailed,
               "the signed digest does not belong to this token's key, data and transaction id");
}

// Both ways: an old token may be a replay, one from the future was not made by a phone whose clock
// the wallet's servers had set.
Status ApplePay::State::Call::CheckSigningTime(UnixSeconds now) const {
  const std::int64_t window = state_.options.window_seconds;
  // signing_time is a calendar date of at most four digits: no overflow.
  const std::int64_t age = now.value - signing_time_.value;
  if (age > window) return Error(ErrorCode::kExpired, "the token was signed too long ago");
  if (age < -window) return Error(ErrorCode::kExpired, "the token was signed in the future");
  return OkStatus();
}

Result<hsm::ScopedKey> ApplePay::State::Call::AgreeOnKey(const MerchantKeyState& merchant) {
  Enter("ephemeral_key");
  FLORIN_TRY(const primitives::EcPublicKey ephemeral,
             primitives::EcPublicKey::FromSpki(token_.key));
  if (ephemeral.curve() != Curve::kP256) {
    return Error(ErrorCode::kMalformed, "ephemeralPublicKey is not on P-256");
  }
  Enter("key_agreement", Answers::kOthers);
  FLORIN_TRY(const hsm::KeyHandle private_key, session_.Resolve(merchant.key.private_key()));
  return state_.deriver.Derive(session_, private_key, ephemeral.point(), merchant.shared_info);
}

Result<hsm::ScopedKey> ApplePay::State::Call::UnwrapKey(const MerchantKeyState& merchant) {
  Enter("merchant_key", Answers::kOthers);
  FLORIN_TRY(const hsm::KeyHandle private_key, session_.Resolve(merchant.key.private_key()));
  FLORIN_CHECK_OK(ApplePayKeyUnwrapper::CheckSession(session_));
  Enter("key_unwrapping", Answers::kUnwrap);
  return state_.unwrapper.Unwrap(session_, private_key, token_.key);
}

Result<SecretBytes> ApplePay::State::Call::Decrypt() {
  Enter("ciphertext");
  if (token_.data.size() <= kApplePayTagSize) {
    return Error(ErrorCode::kMalformed, "data is shorter than its authentication tag");
  }
  const MerchantKeyState& merchant = state_.keys[key_index_];
  FLORIN_TRY(const hsm::ScopedKey key,
             token_.version == ApplePayVersion::kEcV1 ? AgreeOnKey(merchant) : UnwrapKey(merchant));
  Enter("decrypt", Answers::kDecrypt);
  FLORIN_TRY(SecretBytes plaintext, SecretBytes::Create(token_.data.size() - kApplePayTagSize));
  const mechanisms::AesGcm gcm{kApplePayIv, {}, kApplePayTagSize};
  FLORIN_TRY(const std::size_t size,
             session_.Decrypt(gcm, key.handle(), token_.data, plaintext.Write(SecretAccess{})));
  plaintext.Truncate(size);
  return plaintext;
}

Status ApplePay::State::Call::Claim() {
  // The session may have taken long. A guard forgets an id after its window, so a token that is
  // claimed later than that could have been opened before.
  Enter("signing_time");
  FLORIN_CHECK_OK(CheckSigningTime(state_.options.clock->Now()));
  Enter("replay", Answers::kOthers);
  const UnixSeconds not_after{signing_time_.value + state_.options.window_seconds};
  return state_.options.replay_guard->Claim(token_.transaction_id, not_after);
}

Result<ApplePay> ApplePay::Create(std::vector<ApplePayMerchantKey> keys, ApplePayOptions options) {
  FLORIN_CHECK_OK(CheckOptions(keys, options));
  FLORIN_TRY(std::vector<primitives::Certificate> roots, ReadRoots(options.trusted_roots));
  auto state = std::make_unique<State>();
  FLORIN_TRY(state->chains, SignerChains::Create(std::move(roots), *options.observer));
  state->keys.reserve(keys.size());
  for (ApplePayMerchantKey& key : keys) {
    const ApplePaySharedInfo shared_info = MakeApplePaySharedInfo(key.merchant_id_hash());
    state->keys.push_back({std::move(key), shared_info});
  }
  state->options = std::move(options);
  return ApplePay(std::move(state));
}

ApplePay::ApplePay(std::unique_ptr<State> state) : state_(std::move(state)) {}
ApplePay::ApplePay(ApplePay&&) noexcept = default;
ApplePay& ApplePay::operator=(ApplePay&&) noexcept = default;
ApplePay::~ApplePay() = default;

Result<ApplePayPayment> ApplePay::Open(hsm::Session& session, ByteView token_json) const {
  FLORIN_INVARIANT(state_ != nullptr);
  FLORIN_TRY(const auto workspace,
             WorkspaceLease<Workspace>::Acquire(state_->options.max_token_bytes));
  State::Call call(*state_, session, *workspace);
  auto payment = call.Run(token_json);
  const Error outcome =
      payment.ok() ? Error(ErrorCode::kOk, "the token was opened") : payment.error();
  state_->options.observer->OnEvent(
      {kComponent, payment.ok() ? "open" : call.stage(), outcome, call.subject()});
  if (payment.ok() || PassesThrough(outcome.code(), call.answers())) return payment;
  return Refused();
}

Status ApplePay::CheckKeys(hsm::Session& session) const {
  FLORIN_INVARIANT(state_ != nullptr);
  Status verdict = OkStatus();
  for (const MerchantKeyState& merchant : state_->keys) {
    const Status checked = CheckMerchantKey(session, state_->deriver, state_->unwrapper,
                                            merchant.key, merchant.shared_info);
    const Error outcome =
        checked.ok() ? Error(ErrorCode::kOk, "the merchant key is there and fits its certificate")
                     : checked.error();
    state_->options.observer->OnEvent(
        {kComponent, "check_keys", outcome, SubjectOf(merchant.key.public_key_hash())});
    if (verdict.ok()) verdict = checked;
    if (checked.code() == ErrorCode::kSessionLost) break;
  }
  return verdict;
}

}  // namespace florin::payload
