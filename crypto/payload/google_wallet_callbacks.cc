#include "florin/payload/google_wallet_callbacks.h"

#include <array>
#include <string_view>
#include <utility>

#include "crypto/payload/google_signature.h"
#include "crypto/payload/google_token.h"
#include "crypto/payload/google_wallet_message.h"
#include "crypto/payload/google_workspace.h"
#include "crypto/payload/refusal.h"
#include "crypto/payload/workspace_lease.h"

namespace florin::payload {
namespace {

constexpr char kComponent[] = "payload.google_wallet";
constexpr std::size_t kMinBytes = 1024;
constexpr std::size_t kMaxBytes = 64 * 1024;

Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the callback was refused; the operator's log says why");
}

}  // namespace

struct GoogleWalletCallbacks::State {
  explicit State(GoogleWalletCallbacksOptions given) : options(std::move(given)) {}

  // With the stage in hand and the start of the signed digest.
  Result<GoogleWalletCallback> Run(GoogleWorkspace& workspace, ByteView json, const char*& stage,
                                   std::uint64_t& subject) const;

  const GoogleWalletCallbacksOptions options;
  mutable GoogleSignatures signatures{kGoogleWalletSender};
};

Result<GoogleWalletCallback> GoogleWalletCallbacks::State::Run(GoogleWorkspace& workspace,
                                                               ByteView json, const char*& stage,
                                                               std::uint64_t& subject) const {
  stage = "token.json";
  if (json.size() > options.max_bytes) {
    return Error(ErrorCode::kLimitExceeded, "the callback is longer than max_bytes");
  }
  DecodedFields fields(workspace.fields);
  GoogleTokenStage token_stage = GoogleTokenStage::kJson;
  const auto token = ReadGoogleToken(workspace.token_parser, json, fields, token_stage);
  stage = GoogleTokenStageName(token_stage);
  if (!token.ok()) return token.error();
  stage = "token.version";
  if (token->protocol != GoogleProtocol::kEcV2SigningOnly) {
    return Error(ErrorCode::kUnsupported, "a callback is of ECv2SigningOnly; this is a payment");
  }
  const std::array<std::string_view, 1> recipients = {options.issuer_id};
  GoogleDigest digest;
  FLORIN_CHECK_OK(GoogleMessageDigest(*token, kGoogleWalletSender, recipients[0], digest));
  subject = SubjectOf(digest);
  const UnixSeconds now = options.clock->Now();
  const GoogleRootKeySet& roots = workspace.root_keys.Current(*options.root_keys);
  FLORIN_CHECK_OK(signatures.Verify(*token, roots, recipients, now, workspace.inner_parser, stage));
  stage = "callback";
  FLORIN_TRY(GoogleWalletCallback callback,
             ReadGoogleWalletMessage(workspace.inner_parser, token->signed_message));
  stage = "message_expiration";
  if (now >= callback.valid_until) {
    return Error(ErrorCode::kExpired, "expTimeMillis has passed");
  }
  return callback;
}

Result<GoogleWalletCallbacks> GoogleWalletCallbacks::Create(GoogleWalletCallbacksOptions options) {
  FLORIN_CHECK_OK(CheckGoogleIssuerId(options.issuer_id));
  if (options.root_keys == nullptr || options.clock == nullptr || options.observer == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "Wallet callbacks need root keys, a clock and an observer");
  }
  if (options.max_bytes < kMinBytes || options.max_bytes > kMaxBytes) {
    return Error(ErrorCode::kInvalidArgument, "the limit of a callback is 1 to 64 KiB");
  }
  return GoogleWalletCallbacks(std::make_unique<State>(std::move(options)));
}

GoogleWalletCallbacks::GoogleWalletCallbacks(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
GoogleWalletCallbacks::GoogleWalletCallbacks(GoogleWalletCallbacks&&) noexcept = default;
GoogleWalletCallbacks& GoogleWalletCallbacks::operator=(GoogleWalletCallbacks&&) noexcept = default;
GoogleWalletCallbacks::~GoogleWalletCallbacks() = default;

Result<GoogleWalletCallback> GoogleWalletCallbacks::Verify(ByteView json) const {
  FLORIN_INVARIANT(state_ != nullptr);
  FLORIN_TRY(const auto workspace,
             WorkspaceLease<GoogleWorkspace>::Acquire(state_->options.max_bytes));
  const char* stage = "";
  std::uint64_t subject = 0;
  auto callback = state_->Run(*workspace, json, stage, subject);
  const Error outcome =
      callback.ok() ? Error(ErrorCode::kOk, "the callback was verified") : callback.error();
  state_->options.observer->OnEvent(
      {kComponent, callback.ok() ? "verify" : stage, outcome, subject});
  if (callback.ok() || PassesThrough(outcome.code(), Answers::kOurselves)) return callback;
  return Refused();
}

}  // namespace florin::payload
