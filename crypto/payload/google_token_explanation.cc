#include "florin/payload/google_token_explanation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/payload/google_pay_data.h"
#include "crypto/payload/google_pay_kdf.h"
#include "crypto/payload/google_signature.h"
#include "crypto/payload/google_token.h"
#include "crypto/payload/google_wallet_message.h"
#include "crypto/payload/refusal.h"
#include "crypto/primitives/hash.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

using Verdict = GoogleCheckVerdict;

constexpr std::size_t kMaxBytes = 64 * 1024;

std::string BytesText(std::size_t size) { return std::to_string(size) + " bytes"; }

// The first 8 bytes of a SHA-256, by which logs name the same thing.
std::string Fingerprint(ByteView bytes) {
  std::array<std::uint8_t, 32> hash{};
  const Status hashed = primitives::Digest(Hash::kSha256, bytes, hash);
  return hashed.ok() ? HexEncode(ByteView(hash).first(8)) : std::string();
}

class Explainer {
 public:
  Explainer(const GoogleExplanationOptions& options, JsonParser token, JsonParser inner)
      : options_(options),
        token_parser_(std::move(token)),
        inner_parser_(std::move(inner)),
        memory_(kMaxBytes),
        fields_(memory_) {}

  Result<GoogleTokenExplanation> Run(ByteView json);

 private:
  void Fact(const char* name, std::string value) {
    explanation_.facts.push_back({name, std::move(value)});
  }
  void Fact(const char* name, UnixSeconds time) {
    explanation_.facts.push_back({name, std::to_string(time.value), time});
  }
  void Check(const char* stage, Verdict verdict, const char* text = "") {
    explanation_.checks.push_back({stage, verdict, text});
  }
  // Right, or wrong with the text of the error; returns which.
  bool Judge(const char* stage, const Status& status) {
    Check(stage, status.ok() ? Verdict::kRight : Verdict::kWrong,
          status.ok() ? "" : status.error().message());
    return status.ok();
  }
  bool AllRight() const {
    return std::all_of(explanation_.checks.begin(), explanation_.checks.end(),
                       [](const GoogleCheck& check) { return check.verdict == Verdict::kRight; });
  }

  bool IsCallback() const { return token_.protocol == GoogleProtocol::kEcV2SigningOnly; }

  bool ReadToken(ByteView json);
  void ExplainIntermediate();
  void ExplainSignatures();
  void ExplainCallback();
  Status ExplainPayment();
  Status ExplainDecryption(const GoogleSealed& sealed);
  Result<std::optional<SecretBytes>> OpenWithAnyKey(const GoogleSealed& sealed);
  void ExplainMessage(const SecretBytes& plaintext);

  const GoogleExplanationOptions& options_;
  JsonParser token_parser_;
  JsonParser inner_parser_;
  Bytes memory_;
  DecodedFields fields_;
  GoogleToken token_;
  GoogleTokenExplanation explanation_;
};

Result<GoogleTokenExplanation> Explainer::Run(ByteView json) {
  if (!ReadToken(json)) return std::move(explanation_);
  ExplainIntermediate();
  ExplainSignatures();
  if (IsCallback()) {
    ExplainCallback();
  } else {
    FLORIN_CHECK_OK(ExplainPayment());
  }
  return std::move(explanation_);
}

bool Explainer::ReadToken(ByteView json) {
  Fact("size", BytesText(json.size()));
  GoogleTokenStage stage = GoogleTokenStage::kJson;
  auto token = ReadGoogleToken(token_parser_, json, fields_, stage);
  if (!token.ok()) {
    Check(GoogleTokenStageName(stage), Verdict::kWrong, token.error().message());
    return false;
  }
  token_ = *token;
  for (const auto read : {GoogleTokenStage::kJson, GoogleTokenStage::kVersion,
                          GoogleTokenStage::kMembers, GoogleTokenStage::kFields}) {
    Check(GoogleTokenStageName(read), Verdict::kRight);
  }
  Fact("protocolVersion", GoogleProtocolName(token_.protocol));
  Fact("kind", IsCallback() ? "Wallet callback" : "payment token");
  Fact("signature", BytesText(token_.signature.size()));
  return true;
}

void Explainer::ExplainIntermediate() {
  if (token_.protocol == GoogleProtocol::kEcV1) return;
  Fact("intermediate signatures", std::to_string(token_.key_signature_count));
  const auto key = ReadGoogleSignedKey(inner_parser_, token_.signed_key);
  if (!key.ok()) return;  // the check of the signatures says so
  Fact("intermediate key SHA-256", Fingerprint(ByteView(key->spki).first(key->spki_size)));
  Fact("intermediate keyExpiration", FirstSecondRefused(key->expiration_ms));
}

// The stages as GoogleSignatures takes them: those before the one that failed are right.
void Explainer::ExplainSignatures() {
  const bool ecv1 = token_.protocol == GoogleProtocol::kEcV1;
  std::vector<const char*> stages = {GoogleSignatureStage::kRootKeys};
  if (!ecv1) {
    stages.insert(stages.end(),
                  {GoogleSignatureStage::kIntermediate, GoogleSignatureStage::kIntermediateKey,
                   GoogleSignatureStage::kIntermediateExpiry});
  }
  stages.push_back(GoogleSignatureStage::kMessage);
  if (options_.root_keys == nullptr) {
    for (const char* stage : stages) {
      Check(stage, Verdict::kNotJudged, "no root keys were given");
    }
    return;
  }
  GoogleRootKeySets sets;
  GoogleSignatures signatures(IsCallback() ? kGoogleWalletSender : kGooglePaySender);
  const std::vector<std::string_view> recipients(options_.recipients.begin(),
                                                 options_.recipients.end());
  const char* failed_at = "";
  const auto recipient = signatures.Verify(token_, sets.Current(*options_.root_keys), recipients,
                                           options_.at, inner_parser_, failed_at);
  bool reached = true;
  for (const char* stage : stages) {
    if (!reached) {
      Check(stage, Verdict::kNotJudged, "an earlier check is wrong");
    } else if (stage == GoogleSignatureStage::kMessage && recipients.empty()) {
      Check(stage, Verdict::kNotJudged, "no recipient was given");
    } else if (!recipient.ok() && stage == std::string_view(failed_at)) {
      Check(stage, Verdict::kWrong, recipient.error().message());
      reached = false;
    } else {
      Check(stage, Verdict::kRight);
    }
  }
  if (recipient.ok()) Fact("signed for", options_.recipients[*recipient]);
}

void Explainer::ExplainCallback() {
  const auto callback = ReadGoogleWalletMessage(inner_parser_, token_.signed_message);
  if (!Judge("callback", callback.ok() ? OkStatus() : Status(callback.error()))) return;
  Fact("classId", callback->class_id);
  for (const std::string& id : callback->object_ids) Fact("objectId", id);
  Fact("eventType", callback->event_type);
  Fact("nonce", callback->nonce);
  Fact("expTimeMillis", callback->valid_until);
  Judge("message_expiration", options_.at < callback->valid_until
                                  ? OkStatus()
                                  : Error(ErrorCode::kExpired, "expTimeMillis has passed"));
}

Status Explainer::ExplainPayment() {
  const auto sealed = ReadGoogleSealed(inner_parser_, token_.signed_message, fields_);
  const Status read = sealed.ok() ? OkStatus() : Status(sealed.error());
  if (!Judge("signed_message", read)) return OkStatus();
  Fact("encryptedMessage", BytesText(sealed->encrypted_message.size()));
  Fact("tag", BytesText(sealed->tag.size()));
  Fact("ephemeral key SHA-256", Fingerprint(sealed->ephemeral_point));
  if (!Judge("ephemeral_key", primitives::CheckPoint(Curve::kP256, sealed->ephemeral_point))) {
    return OkStatus();
  }
  return ExplainDecryption(*sealed);
}

Status Explainer::ExplainDecryption(const GoogleSealed& sealed) {
  const char* reason = nullptr;
  if (options_.session == nullptr || options_.private_keys.empty()) {
    reason = "no private key was given";
  } else if (!AllRight()) {
    reason = "nothing is decrypted that is not verified";
  }
  if (reason != nullptr) {
    for (const char* stage : {"tag", "payment_data", "message_expiration", "gateway_merchant"}) {
      Check(stage, Verdict::kNotJudged, reason);
    }
    return OkStatus();
  }
  FLORIN_TRY(const std::optional<SecretBytes> plaintext, OpenWithAnyKey(sealed));
  if (!plaintext) {
    Check("tag", Verdict::kWrong,
          "no live private key fits the tag; was the token encrypted to another public key?");
    return OkStatus();
  }
  Check("tag", Verdict::kRight);
  ExplainMessage(*plaintext);
  return OkStatus();
}

// Empty where no key fits.
Result<std::optional<SecretBytes>> Explainer::OpenWithAnyKey(const GoogleSealed& sealed) {
  const GooglePayOpener opener;
  for (const hsm::KeyRef& name : options_.private_keys) {
    FLORIN_TRY(const hsm::KeyHandle key, options_.session->Resolve(name));
    GooglePayStep step = GooglePayStep::kKeyAgreement;
    auto plaintext = opener.Open(*options_.session, key, sealed, token_.protocol, step);
    if (plaintext.ok()) {
      Fact("opened with", name.ToUri());
      return std::optional<SecretBytes>(std::move(plaintext).value());
    }
    if (step != GooglePayStep::kTag || !IsDecryptRefusal(plaintext.code())) {
      return plaintext.error();
    }
  }
  return std::optional<SecretBytes>();
}

void Explainer::ExplainMessage(const SecretBytes& plaintext) {
  const bool legacy = token_.protocol == GoogleProtocol::kEcV1;
  const auto message = ReadGooglePayMessage(inner_parser_, plaintext.Read(SecretAccess{}), legacy);
  if (!Judge("payment_data", message.ok() ? OkStatus() : Status(message.error()))) return;
  const PaymentCredential& credential = message->credential;
  Fact("messageId", credential.id);
  Fact("messageExpiration", credential.valid_until);
  if (!message->gateway_merchant_id.empty()) {
    Fact("gatewayMerchantId", message->gateway_merchant_id);
  }
  Fact("authMethod", GooglePayAuthMethodName(message->auth_method));
  Fact("card number", credential.pan.Masked());
  if (const auto* secure = std::get_if<ThreeDSecureData>(&credential.cryptogram)) {
    Fact("cryptogram", BytesText(secure->cryptogram.size()));
    Fact("eciIndicator", secure->eci.empty() ? "absent" : secure->eci);
  }
  Judge("message_expiration", options_.at < credential.valid_until
                                  ? OkStatus()
                                  : Error(ErrorCode::kExpired, "messageExpiration has passed"));
  if (options_.gateway_merchant_id.empty()) {
    Check("gateway_merchant", Verdict::kNotJudged, "no merchant of a gateway was given");
    return;
  }
  Judge("gateway_merchant",
        message->gateway_merchant_id == options_.gateway_merchant_id
            ? OkStatus()
            : Error(ErrorCode::kVerificationFailed,
                    "gatewayMerchantId is not that of the merchant who presents the token"));
}

}  // namespace

const char* GoogleCheckVerdictName(GoogleCheckVerdict verdict) {
  switch (verdict) {
    case Verdict::kRight: return "right";
    case Verdict::kWrong: return "wrong";
    case Verdict::kNotJudged: return "not judged";
  }
  return "";
}

const GoogleCheck* GoogleTokenExplanation::FirstWrong() const {
  for (const GoogleCheck& check : checks) {
    if (check.verdict == Verdict::kWrong) return &check;
  }
  return nullptr;
}

const GoogleCheck* GoogleTokenExplanation::Find(std::string_view stage) const {
  for (const GoogleCheck& check : checks) {
    if (check.stage == stage) return &check;
  }
  return nullptr;
}

Result<GoogleTokenExplanation> ExplainGoogleToken(ByteView json,
                                                  const GoogleExplanationOptions& options) {
  FLORIN_TRY(JsonParser token, JsonParser::Create(GoogleTokenLimits(kMaxBytes)));
  FLORIN_TRY(JsonParser inner, JsonParser::Create(GoogleTokenLimits(kMaxBytes)));
  return Explainer(options, std::move(token), std::move(inner)).Run(json);
}

}  // namespace florin::payload
