#include "florin/payload/apple_pay.h"

#include <algorithm>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/payload/apple_pay_data.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_token.h"
#include "crypto/payload/apple_root_ca_g3.h"
#include "crypto/payload/cms_signed_data.h"
#include "crypto/payload/signer_chain.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxRoots = 8;
constexpr std::size_t kMinTokenBytes = 1024;
constexpr std::size_t kMaxTokenBytes = 64 * 1024;
constexpr std::int64_t kMaxWindowSeconds = 365 * 86400;

// The memory one Open works in: parsers that hold their text in wiped memory, and the decoded
// fields. Kept by each thread between calls, so that a call allocates next to nothing.
struct Scratch {
  Scratch(JsonParser token, JsonParser data, std::size_t max_bytes)
      : token_parser(std::move(token)), data_parser(std::move(data)), fields(max_bytes) {}
  JsonParser token_parser;
  JsonParser data_parser;
  Bytes fields;  // ciphertext and signature: nothing secret
};

thread_local std::unique_ptr<Scratch> idle_scratch;

// Borrows the thread's scratch, or makes one: also where an observer calls Open from inside Open.
class ScratchLease {
 public:
  static Result<ScratchLease> Acquire(std::size_t max_bytes) {
    std::unique_ptr<Scratch> scratch = std::move(idle_scratch);
    if (scratch == nullptr || scratch->fields.size() < max_bytes) {
      FLORIN_TRY(JsonParser token, JsonParser::Create(ApplePayTokenLimits(max_bytes)));
      FLORIN_TRY(JsonParser data, JsonParser::Create(ApplePayDataLimits(max_bytes)));
      scratch = std::make_unique<Scratch>(std::move(token), std::move(data), max_bytes);
    }
    return ScratchLease(std::move(scratch));
  }

  ScratchLease(ScratchLease&&) = default;
  ScratchLease& operator=(ScratchLease&&) = delete;
  ~ScratchLease() {
    if (scratch_ == nullptr) return;
    scratch_->token_parser.Clear();
    scratch_->data_parser.Clear();
    idle_scratch = std::move(scratch_);
  }

  Scratch* operator->() const { return scratch_.get(); }

 private:
  explicit ScratchLease(std::unique_ptr<Scratch> scratch) : scratch_(std::move(scratch)) {}
  std::unique_ptr<Scratch> scratch_;
};

// The one answer to every token that is refused. What was wrong is for the operator only: told to a
// caller it would tell an attacker which check to work on next.
Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the payment token was refused; the operator's log says why");
}

// True for errors of the session and of this process, as against errors of the token. Where the
// session was not asked, only a lack of memory is not the token's fault.
bool PassesThrough(ErrorCode code, bool session_was_asked) {
  switch (code) {
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kInternal: return true;
    case ErrorCode::kMalformed:
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kVerificationFailed:
    case ErrorCode::kExpired:
    case ErrorCode::kReplayed: return false;
    default: return session_was_asked;
  }
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

  // One Open, step by step.
  class Call;
};

class ApplePay::State::Call {
 public:
  Call(const State& state, hsm::Session& session, Scratch& scratch)
      : state_(state), session_(session), scratch_(scratch) {}

  Result<ApplePayPayment> Run(ByteView token_json);

  // The step in hand, and whether it is one that the session or the replay guard answers.
  const char* stage() const { return stage_; }
  bool asks_session() const { return asks_session_; }

 private:
  void Enter(const char* stage, bool asks_session = false) {
    stage_ = stage;
    asks_session_ = asks_session;
  }

  Status ReadToken(ByteView token_json);
  Status SelectKey();
  Status VerifySignature();
  Status CheckContentDigest(const CmsSignedData& message);
  Status CheckSigningTime() const;
  Result<SecretBytes> Decrypt();
  Status Claim();

  const State& state_;
  hsm::Session& session_;
  Scratch& scratch_;
  const char* stage_ = "token.json";
  bool asks_session_ = false;
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
  FLORIN_TRY(PaymentData data,
             ReadApplePayData(scratch_.data_parser, plaintext.Read(SecretAccess{})));
  FLORIN_CHECK_OK(Claim());

  ApplePayPayment payment;
  payment.data = std::move(data);
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
  auto token = ReadApplePayToken(scratch_.token_parser, token_json, scratch_.fields, token_stage);
  if (!token.ok()) {
    Enter(TokenStageName(token_stage));
    return token.error();
  }
  token_ = *token;
  return OkStatus();
}

Status ApplePay::State::Call::SelectKey() {
  Enter("merchant_key");
  for (std::size_t i = 0; i < state_.keys.size(); ++i) {
    if (state_.keys[i].key.public_key_hash() == token_.public_key_hash) {
      key_index_ = i;
      return OkStatus();
    }
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
  signing_time_ = message.signing_time();
  Enter("content_digest");
  FLORIN_CHECK_OK(CheckContentDigest(message));
  Enter("chain");
  FLORIN_TRY(const primitives::EcPublicKey leaf_key,
             state_.chains->Verify(message.leaf(), message.intermediate(), now_));
  Enter("signature");
  std::array<std::uint8_t, 32> digest;
  FLORIN_CHECK_OK(message.SignedAttributesDigest(digest));
  FLORIN_CHECK_OK(primitives::EcdsaVerify(leaf_key, digest, message.signature(),
                                          primitives::SignatureForm::kDer));
  Enter("signing_time");
  return CheckSigningTime();
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
Status ApplePay::State::Call::CheckSigningTime() const {
  const std::int64_t window = state_.options.window_seconds;
  // signing_time is a calendar date of at most four digits: no overflow.
  const std::int64_t age = now_.value - signing_time_.value;
  if (age > window) return Error(ErrorCode::kExpired, "the token was signed too long ago");
  if (age < -window) return Error(ErrorCode::kExpired, "the token was signed in the future");
  return OkStatus();
}

Result<SecretBytes> ApplePay::State::Call::Decrypt() {
  Enter("ephemeral_key");
  FLORIN_TRY(const primitives::EcPublicKey ephemeral,
             primitives::EcPublicKey::FromSpki(token_.ephemeral_public_key));
  if (ephemeral.curve() != Curve::kP256) {
    return Error(ErrorCode::kMalformed, "ephemeralPublicKey is not on P-256");
  }
  if (token_.data.size() <= kApplePayTagSize) {
    return Error(ErrorCode::kMalformed, "data is shorter than its authentication tag");
  }
  Enter("key_agreement", true);
  const MerchantKeyState& merchant = state_.keys[key_index_];
  FLORIN_TRY(const hsm::KeyHandle private_key, session_.Resolve(merchant.key.private_key()));
  FLORIN_TRY(const hsm::ScopedKey key,
             state_.deriver.Derive(session_, private_key, ephemeral.point(), merchant.shared_info));
  Enter("decrypt", true);
  FLORIN_TRY(SecretBytes plaintext, SecretBytes::Create(token_.data.size() - kApplePayTagSize));
  const mechanisms::AesGcm gcm{kApplePayIv, {}, kApplePayTagSize};
  FLORIN_TRY(const std::size_t size,
             session_.Decrypt(gcm, key.handle(), token_.data, plaintext.Write(SecretAccess{})));
  plaintext.Truncate(size);
  return plaintext;
}

Status ApplePay::State::Call::Claim() {
  Enter("replay", true);
  // Later than this CheckSigningTime refuses the token anyway.
  const UnixSeconds not_after{signing_time_.value + state_.options.window_seconds};
  return state_.options.replay_guard->Claim(token_.transaction_id, not_after);
}

Result<ApplePay> ApplePay::Create(std::vector<ApplePayMerchantKey> keys, ApplePayOptions options) {
  FLORIN_CHECK_OK(CheckOptions(keys, options));
  FLORIN_TRY(std::vector<primitives::Certificate> roots, ReadRoots(options.trusted_roots));
  auto state = std::make_unique<State>();
  FLORIN_TRY(state->chains, SignerChains::Create(std::move(roots)));
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
  FLORIN_TRY(const ScratchLease scratch, ScratchLease::Acquire(state_->options.max_token_bytes));
  State::Call call(*state_, session, *scratch.operator->());
  auto payment = call.Run(token_json);
  const Error outcome =
      payment.ok() ? Error(ErrorCode::kOk, "the token was opened") : payment.error();
  Event event{"payload.apple_pay", payment.ok() ? "open" : call.stage(), outcome};
  state_->options.observer->OnEvent(event);
  if (payment.ok() || PassesThrough(outcome.code(), call.asks_session())) return payment;
  return Refused();
}

}  // namespace florin::payload
