#include "florin/payload/apple_pay_explain.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "crypto/base/ber_reader.h"
#include "crypto/base/json.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_token.h"
#include "crypto/payload/apple_pay_unwrap.h"
#include "crypto/payload/apple_root_ca_g3.h"
#include "crypto/payload/cms_signed_data.h"
#include "crypto/payload/oids.h"
#include "crypto/payload/signer_chain.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa_der.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

using primitives::Certificate;

constexpr std::size_t kMaxToken = 64 * 1024;

// The first commonName of a Name, in DER. Empty where there is none.
std::string CommonName(ByteView name) {
  BerReader outer(name, BerRules::kDer);
  auto parts = outer.Enter(asn1::kSequence);
  while (parts.ok() && !parts->empty()) {
    auto set = parts->Enter(asn1::kSet);
    if (!set.ok()) break;
    auto pair = set->Enter(asn1::kSequence);
    if (!pair.ok()) break;
    const auto oid = pair->ReadOid();
    const auto value = pair->Read();
    if (!oid.ok() || !value.ok()) break;
    if (SameBytes(*oid, oids::kCommonName)) return std::string(AsText(value->content));
  }
  return "";
}

std::string KeyName(const Certificate& certificate) {
  if (const auto ec = certificate.EcKey(); ec.ok()) {
    return ec->curve() == Curve::kP256 ? "P-256" : "P-384";
  }
  if (const auto rsa = primitives::ParseRsaSpki(certificate.spki()); rsa.ok()) {
    return "RSA-" + std::to_string(8 * rsa->modulus.size());
  }
  return "other";
}

class Explainer {
 public:
  Explainer(const ApplePayExplainOptions& options, const SignerChains& chains)
      : options_(options), chains_(chains) {}

  ApplePayExplanation Run(JsonParser& parser, ByteView json, MutableBytes scratch);

 private:
  // Notes a check; true where it passed.
  bool Note(const char* stage, const Status& status) {
    told_.checks.push_back({stage, status.ok() ? CheckOutcome::kPassed : CheckOutcome::kFailed,
                            status.ok() ? "" : status.error().message()});
    return status.ok();
  }
  void Skip(const char* stage) { told_.checks.push_back({stage, CheckOutcome::kNotReached, ""}); }

  void Tell(const ApplePayToken& token);
  void Tell(const char* role, ByteView der);
  void CheckSignature(const ApplePayToken& token);
  void CheckKey(const ApplePayToken& token);
  Status CheckVersion(const ApplePayToken& token, const CmsSignedData& message) const;
  Status CheckDigest(const ApplePayToken& token, const CmsSignedData& message) const;
  Status CheckTime(UnixSeconds signing_time) const;

  const ApplePayExplainOptions& options_;
  const SignerChains& chains_;
  ApplePayExplanation told_;
};

ApplePayExplanation Explainer::Run(JsonParser& parser, ByteView json, MutableBytes scratch) {
  TokenStage stage = TokenStage::kJson;
  const auto token = ReadApplePayToken(parser, json, scratch, stage);
  if (!Note(token.ok() ? "token" : TokenStageName(stage),
            token.ok() ? OkStatus() : token.error())) {
    for (const char* later : {"cms", "content_digest", "chain", "signature", "signing_time"}) {
      Skip(later);
    }
  } else {
    Tell(*token);
    CheckSignature(*token);
    CheckKey(*token);
  }
  for (const char* later : {"merchant_key", "decrypt", "payment_data", "replay"}) Skip(later);
  return std::move(told_);
}

void Explainer::Tell(const ApplePayToken& token) {
  told_.version = ApplePayVersionName(token.version);
  told_.data_bytes = token.data.size();
  told_.key_bytes = token.key.size();
  told_.public_key_hash = HexEncode(token.public_key_hash);
  told_.transaction_id = HexEncode(token.transaction_id);
  if (token.application_data) told_.application_data = HexEncode(*token.application_data);
}

void Explainer::Tell(const char* role, ByteView der) {
  const auto certificate = Certificate::FromDer(der);
  if (!certificate.ok()) return;
  told_.certificates.push_back({role, CommonName(certificate->subject()), KeyName(*certificate),
                                certificate->not_before(), certificate->not_after()});
}

void Explainer::CheckSignature(const ApplePayToken& token) {
  CmsSignedData message;
  CmsStage stage = CmsStage::kContentInfo;
  const Status read = message.Read(token.signature, stage);
  if (!Note(read.ok() ? "cms" : CmsStageName(stage), read)) {
    for (const char* later : {"content_digest", "chain", "signature", "signing_time"}) Skip(later);
    return;
  }
  told_.signature_algorithm = message.signature_algorithm() == CmsSignature::kEcdsa
                                  ? "ecdsa-with-SHA256"
                                  : "sha256WithRSAEncryption";
  told_.signing_time = message.signing_time();
  Tell("leaf", message.leaf());
  Tell("intermediate", message.intermediate());
  Note(CmsStageName(CmsStage::kSignatureAlgorithm), CheckVersion(token, message));
  Note("content_digest", CheckDigest(token, message));
  const auto chain = chains_.Verify(message.leaf(), message.intermediate(), options_.at);
  if (Note("chain", chain.ok() ? OkStatus() : Status(chain.error()))) {
    std::array<std::uint8_t, 32> digest{};
    Status status = message.SignedAttributesDigest(digest);
    if (status.ok()) {
      status = chain->CheckSignature(message.signature_algorithm(), digest, message.signature());
    }
    Note("signature", status);
  } else {
    Skip("signature");
  }
  Note("signing_time", CheckTime(message.signing_time()));
}

Status Explainer::CheckVersion(const ApplePayToken& token, const CmsSignedData& message) const {
  if ((message.signature_algorithm() == CmsSignature::kEcdsa) ==
      (token.version == ApplePayVersion::kEcV1)) {
    return OkStatus();
  }
  return Error(ErrorCode::kVerificationFailed,
               "the signature algorithm is not that of the token's version");
}

Status Explainer::CheckDigest(const ApplePayToken& token, const CmsSignedData& message) const {
  std::array<std::uint8_t, 32> digest{};
  FLORIN_CHECK_OK(ApplePayContentDigest(token, digest));
  if (SameBytes(digest, message.message_digest())) return OkStatus();
  return Error(ErrorCode::kVerificationFailed,
               "the signed digest does not belong to this token's key, data and transaction id");
}

Status Explainer::CheckTime(UnixSeconds signing_time) const {
  const std::int64_t age = options_.at.value - signing_time.value;
  if (age > options_.window_seconds) {
    return Error(ErrorCode::kExpired, "the token was signed too long ago");
  }
  if (age < -options_.window_seconds) {
    return Error(ErrorCode::kExpired, "the token was signed in the future");
  }
  return OkStatus();
}

void Explainer::CheckKey(const ApplePayToken& token) {
  if (token.version == ApplePayVersion::kRsaV1) {
    const bool fits = token.key.size() == kApplePayWrappedKeySize;
    Note("key_unwrapping",
         fits ? OkStatus() : Error(ErrorCode::kMalformed, "wrappedKey has not 256 bytes"));
    return;
  }
  const auto key = primitives::EcPublicKey::FromSpki(token.key);
  Status status = key.ok() ? OkStatus() : Status(key.error());
  if (key.ok() && key->curve() != Curve::kP256) {
    status = Error(ErrorCode::kMalformed, "ephemeralPublicKey is not on P-256");
  }
  Note("ephemeral_key", status);
}

}  // namespace

bool ApplePayExplanation::verified() const {
  return std::none_of(checks.begin(), checks.end(), [](const ApplePayCheck& check) {
    return check.outcome == CheckOutcome::kFailed;
  });
}

Result<ApplePayExplanation> ExplainApplePay(ByteView token_json,
                                            const ApplePayExplainOptions& options) {
  std::vector<Certificate> roots;
  if (options.trusted_roots.empty()) {
    FLORIN_TRY(Certificate apple, Certificate::FromDer(AppleRootCaG3()));
    roots.push_back(std::move(apple));
  }
  for (const Bytes& der : options.trusted_roots) {
    FLORIN_TRY(Certificate root, Certificate::FromDer(der));
    roots.push_back(std::move(root));
  }
  FLORIN_TRY(const auto chains, SignerChains::Create(std::move(roots)));
  FLORIN_TRY(JsonParser parser, JsonParser::Create(ApplePayTokenLimits(kMaxToken)));
  Bytes scratch(token_json.size());
  return Explainer(options, *chains).Run(parser, token_json, scratch);
}

}  // namespace florin::payload
