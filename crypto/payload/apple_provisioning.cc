#include "florin/payload/apple_provisioning.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "crypto/payload/apple_provisioning_seal.h"
#include "crypto/payload/apple_root_ca_g3.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using primitives::Certificate;

constexpr char kComponent[] = "payload.apple_provisioning";
constexpr std::size_t kMaxCertificates = 4;
constexpr std::size_t kMaxRoots = 8;
constexpr std::size_t kMaxNonce = 64;
constexpr std::size_t kMaxNonceSignature = 512;
constexpr std::size_t kMaxActivationData = 4096;
constexpr std::size_t kMaxMemberName = 64;
constexpr std::array<std::uint8_t, 16> kZeros{};

Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the provisioning request was refused; the operator's log says why");
}

// True for errors of the session and of this process, as against those of the request.
bool PassesThrough(ErrorCode code) {
  return code != ErrorCode::kVerificationFailed && code != ErrorCode::kExpired &&
         code != ErrorCode::kMalformed && code != ErrorCode::kLimitExceeded;
}

bool IsDottedOid(std::string_view text) {
  const auto allowed = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return text.size() >= 3 && text.size() <= 64 && text.front() != '.' && text.back() != '.' &&
         std::ranges::all_of(text, allowed) && text.find("..") == std::string_view::npos;
}

Status CheckProfile(const ProvisioningProfile& profile) {
  if (profile.iv_length != 12 && profile.iv_length != 16) {
    return Error(ErrorCode::kInvalidArgument, "the IV of a profile has 12 or 16 bytes");
  }
  if (profile.rsa_key_length != 16 && profile.rsa_key_length != 32) {
    return Error(ErrorCode::kInvalidArgument, "the AES key of a profile has 16 or 32 bytes");
  }
  if (!IsDottedOid(profile.leaf_marker)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the marker of the leaf is an object identifier, such as 1.2.840.113635.100.6.39");
  }
  const std::array<std::string_view, 5> names = {profile.pan_member, profile.expiration_member,
                                                 profile.name_member, profile.nonce_member,
                                                 profile.nonce_signature_member};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool twice =
        !names[i].empty() &&
        std::count(names.begin(), names.begin() + static_cast<long>(i), names[i]) > 0;
    if (names[i].size() > kMaxMemberName || twice) {
      return Error(ErrorCode::kInvalidArgument,
                   "the members of a profile have different names of at most 64 characters");
    }
  }
  if (profile.pan_member.empty() || profile.nonce_member.empty() ||
      profile.nonce_signature_member.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "a profile names the members for the card number, the nonce and its signature");
  }
  return OkStatus();
}

Result<std::vector<Certificate>> ReadAll(std::span<const Bytes> certificates) {
  std::vector<Certificate> read;
  for (const Bytes& der : certificates) {
    FLORIN_TRY(Certificate certificate, Certificate::FromDer(der));
    read.push_back(std::move(certificate));
  }
  return read;
}

Status CheckSizes(const ProvisioningRequest& request) {
  if (request.certificates.empty() || request.certificates.size() > kMaxCertificates) {
    return Error(ErrorCode::kMalformed, "a request has 1 to 4 certificates");
  }
  if (request.nonce.empty() || request.nonce.size() > kMaxNonce ||
      request.nonce_signature.empty() || request.nonce_signature.size() > kMaxNonceSignature) {
    return Error(ErrorCode::kMalformed,
                 "a request has a nonce of 1 to 64 bytes and a signature of 1 to 512");
  }
  return OkStatus();
}

hsm::KeyPairTemplate EphemeralPair() {
  hsm::KeyPairTemplate pair;
  pair.private_key.rules.type = KeyType::kEcPrivate;
  pair.private_key.rules.length = 32;
  pair.private_key.rules.verbs = {mechanisms::Verb::kDerive};
  pair.public_key.rules.type = KeyType::kEcPublic;
  pair.public_key.rules.length = 65;
  pair.public_key.rules.sensitive = false;
  return pair;
}

Result<ProvisioningResponse> SealByTransport(hsm::Session& session,
                                             const ProvisioningProfile& profile,
                                             const primitives::RsaPublicKey& leaf,
                                             ByteView plaintext) {
  FLORIN_TRY(SecretBytes key, SecretBytes::Create(profile.rsa_key_length));
  FLORIN_CHECK_OK(session.Random(key.Write(SecretAccess{})));
  ProvisioningResponse response;
  response.scheme = ProvisioningScheme::kRsaV2;
  response.wrapped_key.resize(leaf.modulus_size());
  FLORIN_CHECK_OK(leaf.EncryptOaep(Hash::kSha256, key.Read(SecretAccess{}), response.wrapped_key));
  response.encrypted_pass_data.resize(plaintext.size() + kApplePayTagSize);
  const MutableBytes out(response.encrypted_pass_data);
  FLORIN_CHECK_OK(primitives::AesGcmSealOnce(
      key.Read(SecretAccess{}), ByteView(kZeros).first(profile.iv_length), {}, plaintext,
      out.first(plaintext.size()), out.last(kApplePayTagSize)));
  return response;
}

}  // namespace

struct AppleProvisioning::State {
  State(AppleProvisioningOptions given, std::vector<Certificate> trusted)
      : options(std::move(given)), roots(std::move(trusted)), deriver(mechanisms::Verb::kEncrypt) {}

  Result<Certificate> VerifyLeaf(const ProvisioningRequest& request, const char*& stage) const;
  Result<ProvisioningResponse> Encrypt(hsm::Session& session, const Certificate& leaf,
                                       ByteView plaintext, const char*& stage) const;
  Result<ProvisioningResponse> SealByAgreement(hsm::Session& session,
                                               const primitives::EcPublicKey& leaf,
                                               ByteView plaintext) const;

  AppleProvisioningOptions options;
  std::vector<Certificate> roots;
  ApplePayKeyDeriver deriver;
};

Result<Certificate> AppleProvisioning::State::VerifyLeaf(const ProvisioningRequest& request,
                                                         const char*& stage) const {
  stage = "request";
  FLORIN_CHECK_OK(CheckSizes(request));
  stage = "certificates";
  FLORIN_TRY(const std::vector<Certificate> all, ReadAll(request.certificates));
  const Certificate& leaf = all.front();
  stage = "marker";
  if (!leaf.HasExtension(options.profile.leaf_marker)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the leaf certificate lacks the marker extension of the profile");
  }
  stage = "chain";
  const UnixSeconds now = options.clock->Now();
  Error refused(ErrorCode::kVerificationFailed, "the chain does not end at a trusted root");
  for (const Certificate& root : roots) {
    const Status verdict = primitives::VerifyChain(leaf, std::span(all).subspan(1), root, now,
                                                   options.profile.leaf_marker);
    if (verdict.ok()) return leaf;
    if (roots.size() == 1 || verdict.code() == ErrorCode::kExpired) refused = verdict.error();
  }
  return refused;
}

Result<ProvisioningResponse> AppleProvisioning::State::Encrypt(hsm::Session& session,
                                                               const Certificate& leaf,
                                                               ByteView plaintext,
                                                               const char*& stage) const {
  stage = "leaf_key";
  if (const auto ec = leaf.EcKey(); ec.ok()) {
    FLORIN_CHECK_OK(leaf.CheckKeyUsage(primitives::KeyUsage::kKeyAgreement));
    if (ec->curve() != Curve::kP256) {
      return Error(ErrorCode::kVerificationFailed, "the key of the leaf is not on P-256");
    }
    stage = "key_agreement";
    return SealByAgreement(session, *ec, plaintext);
  }
  const auto rsa = primitives::RsaPublicKey::FromSpki(leaf.spki());
  if (!rsa.ok() || rsa->modulus_size() != 256) {
    return Error(ErrorCode::kVerificationFailed,
                 "the key of the leaf is neither on P-256 nor RSA of 2048 bits");
  }
  FLORIN_CHECK_OK(leaf.CheckKeyUsage(primitives::KeyUsage::kKeyEncipherment));
  stage = "key_transport";
  return SealByTransport(session, options.profile, *rsa, plaintext);
}

Result<ProvisioningResponse> AppleProvisioning::State::SealByAgreement(
    hsm::Session& session, const primitives::EcPublicKey& leaf, ByteView plaintext) const {
  FLORIN_TRY(const hsm::KeyPair pair, session.GeneratePair(EphemeralPair()));
  const hsm::ScopedKey private_key(session, pair.private_key);
  const hsm::ScopedKey public_key(session, pair.public_key);
  ProvisioningResponse response;
  response.scheme = ProvisioningScheme::kEccV2;
  response.ephemeral_public_key.resize(primitives::PointSize(Curve::kP256));
  FLORIN_TRY(const std::size_t size,
             session.PublicPoint(public_key.handle(), response.ephemeral_public_key));
  if (size != response.ephemeral_public_key.size()) {
    return Error(ErrorCode::kDeviceError, "the session made a key on another curve");
  }
  FLORIN_TRY(response.encrypted_pass_data,
             SealPassData(session, deriver, options.profile, private_key.handle(),
                          response.ephemeral_public_key, leaf.point(), plaintext));
  return response;
}

Result<AppleProvisioning> AppleProvisioning::Create(AppleProvisioningOptions options) {
  FLORIN_CHECK_OK(CheckProfile(options.profile));
  if (options.clock == nullptr || options.observer == nullptr) {
    return Error(ErrorCode::kInvalidArgument, "provisioning needs a clock and an observer");
  }
  if (options.trusted_roots.size() > kMaxRoots) {
    return Error(ErrorCode::kInvalidArgument, "at most 8 roots can be trusted");
  }
  FLORIN_TRY(std::vector<Certificate> roots, ReadAll(options.trusted_roots));
  if (roots.empty()) {
    FLORIN_TRY(Certificate apple, Certificate::FromDer(AppleRootCaG3()));
    roots.push_back(std::move(apple));
  }
  return AppleProvisioning(std::make_unique<State>(std::move(options), std::move(roots)));
}

AppleProvisioning::AppleProvisioning(std::unique_ptr<State> state) : state_(std::move(state)) {}
AppleProvisioning::AppleProvisioning(AppleProvisioning&&) noexcept = default;
AppleProvisioning& AppleProvisioning::operator=(AppleProvisioning&&) noexcept = default;
AppleProvisioning::~AppleProvisioning() = default;

Result<ProvisioningResponse> AppleProvisioning::Encrypt(hsm::Session& session,
                                                        const ProvisioningRequest& request,
                                                        const ProvisioningCard& card,
                                                        ByteView activation_data) const {
  FLORIN_INVARIANT(state_ != nullptr);
  if (activation_data.empty() || activation_data.size() > kMaxActivationData) {
    return Error(ErrorCode::kInvalidArgument, "activation data has 1 to 4096 bytes");
  }
  const char* stage = "request";
  const auto run = [&]() -> Result<ProvisioningResponse> {
    FLORIN_TRY(const Certificate leaf, state_->VerifyLeaf(request, stage));
    stage = "pass_data";
    FLORIN_TRY(const SecretBytes plaintext, WritePassData(state_->options.profile, request, card));
    return state_->Encrypt(session, leaf, plaintext.Read(SecretAccess{}), stage);
  };
  auto response = run();
  const Error outcome = response.ok()
                            ? Error(ErrorCode::kOk, "the card was encrypted to the device")
                            : response.error();
  state_->options.observer->OnEvent({kComponent, response.ok() ? "encrypt" : stage, outcome, 0});
  if (!response.ok()) {
    if (PassesThrough(outcome.code())) return outcome;
    return Refused();
  }
  response->activation_data.assign(activation_data.begin(), activation_data.end());
  return response;
}

}  // namespace florin::payload
