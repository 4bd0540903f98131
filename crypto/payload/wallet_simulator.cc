#include "florin/payload/wallet_simulator.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/payload/apple_pay_data.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_seal.h"
#include "crypto/payload/apple_pay_token.h"
#include "crypto/payload/cms_signed_data.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

using primitives::Certificate;
using primitives::CertificateTemplate;
using primitives::EcPrivateKey;

constexpr std::int64_t kDay = 86400;
constexpr char kOrganization[] = "Florin Wallet Simulator (test only)";

// A certificate and its key.
struct Identity {
  Certificate certificate;
  EcPrivateKey key;
};

CertificateTemplate Template(const char* name, UnixSeconds now, std::int64_t years) {
  CertificateTemplate contents;
  contents.common_name = name;
  contents.organization = kOrganization;
  contents.validity = {UnixSeconds{now.value - 365 * kDay},
                       UnixSeconds{now.value + years * 365 * kDay}};
  return contents;
}

// The marker extensions hold NULL.
void AddMarker(CertificateTemplate& contents, const char* oid) {
  contents.extensions.push_back({oid, Bytes{0x05, 0x00}, false});
}

Result<Identity> MakeRoot(UnixSeconds now, RandomSource& random) {
  CertificateTemplate contents = Template("Test Root CA - G3", now, 20);
  contents.is_ca = true;
  FLORIN_TRY(EcPrivateKey key, EcPrivateKey::Generate(Curve::kP384, random));
  FLORIN_TRY(Certificate certificate, primitives::IssueSelfSigned(contents, key, random));
  return Identity{std::move(certificate), std::move(key)};
}

Result<Identity> Issue(const CertificateTemplate& contents, const Identity& issuer,
                       RandomSource& random) {
  FLORIN_TRY(EcPrivateKey key, EcPrivateKey::Generate(Curve::kP256, random));
  FLORIN_TRY(Certificate certificate,
             primitives::IssueCertificate(contents, key.public_key(), issuer.certificate,
                                          issuer.key, random));
  return Identity{std::move(certificate), std::move(key)};
}

Result<Identity> IssueCa(const char* name, const char* marker, UnixSeconds now,
                         const Identity& root, RandomSource& random) {
  CertificateTemplate contents = Template(name, now, 10);
  contents.is_ca = true;
  contents.path_length = 0;
  if (marker != nullptr) AddMarker(contents, marker);
  return Issue(contents, root, random);
}

Result<Bytes> MerchantExtension(std::string_view merchant_identifier) {
  std::array<std::uint8_t, 32> hash;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, AsBytes(merchant_identifier), hash));
  const std::string text = HexEncode(hash, HexCase::kUpper);
  Bytes value = {0x0c, 0x40};  // UTF8String of 64 characters
  value.insert(value.end(), text.begin(), text.end());
  return value;
}

Result<SealedApplePayData> Encrypt(const WalletPayment& payment,
                                   std::string_view merchant_identifier, ByteView public_key_info,
                                   RandomSource& random) {
  FLORIN_TRY(const SecretBytes plaintext, WriteApplePayData(payment));
  std::array<std::uint8_t, 32> merchant_id_hash;
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(merchant_identifier), merchant_id_hash));
  return SealApplePayData(plaintext.Read(SecretAccess{}), public_key_info,
                          MakeApplePaySharedInfo(merchant_id_hash), random);
}

// A certificate that signs tokens of RSA_v1, and its key.
struct RsaIdentity {
  Certificate certificate;
  primitives::RsaPrivateKey key;
};

}  // namespace

struct WalletSimulator::State {
  State(Identity root_identity, Identity application_ca, Identity merchant_ca_identity,
        Identity leaf_identity, UnixSeconds made_at, RandomSource& source)
      : root(std::move(root_identity)),
        intermediate(std::move(application_ca)),
        merchant_ca(std::move(merchant_ca_identity)),
        leaf(std::move(leaf_identity)),
        now(made_at),
        random(source) {}

  Identity root;
  Identity intermediate;  // issues the certificates that sign tokens
  Identity merchant_ca;   // issues those of merchants; its certificates cannot sign tokens
  Identity leaf;
  UnixSeconds now;
  RandomSource& random;

  // Made with the first token that needs it.
  Result<const RsaIdentity*> RsaLeaf();
  // `content_digest` and the time go into the signature that is returned.
  Result<Bytes> Sign(ApplePayVersion version, CmsToSign message);

 private:
  std::mutex rsa_mutex_;
  std::optional<RsaIdentity> rsa_leaf_;
};

Result<const RsaIdentity*> WalletSimulator::State::RsaLeaf() {
  const std::scoped_lock lock(rsa_mutex_);
  if (!rsa_leaf_) {
    CertificateTemplate contents = Template("rsa-smp-broker-sign_TEST", now, 5);
    AddMarker(contents, oids::kAppleLeaf);
    FLORIN_TRY(auto key, primitives::RsaPrivateKey::Generate(2048));
    FLORIN_TRY(const auto public_key, key.PublicKey());
    FLORIN_TRY(const Bytes info, public_key.ToSpki());
    FLORIN_TRY(Certificate certificate,
               primitives::IssueCertificate(contents, ByteView(info), intermediate.certificate,
                                            intermediate.key, random));
    rsa_leaf_.emplace(RsaIdentity{std::move(certificate), std::move(key)});
  }
  return &*rsa_leaf_;
}

Result<Bytes> WalletSimulator::State::Sign(ApplePayVersion version, CmsToSign message) {
  CmsSigningKey key = &leaf.key;
  message.leaf = leaf.certificate.der();
  message.intermediate = intermediate.certificate.der();
  if (version == ApplePayVersion::kRsaV1) {
    FLORIN_TRY(const RsaIdentity* rsa, RsaLeaf());
    key = &rsa->key;
    message.leaf = rsa->certificate.der();
  }
  Bytes signature(message.leaf.size() + message.intermediate.size() + kCmsOverhead);
  FLORIN_TRY(const std::size_t size, WriteCmsSignedData(message, key, signature));
  signature.resize(size);
  return signature;
}

WalletSimulator::WalletSimulator(std::unique_ptr<State> state) : state_(std::move(state)) {}
WalletSimulator::WalletSimulator(WalletSimulator&&) noexcept = default;
WalletSimulator& WalletSimulator::operator=(WalletSimulator&&) noexcept = default;
WalletSimulator::~WalletSimulator() = default;

Result<WalletSimulator> WalletSimulator::Create(UnixSeconds now, RandomSource& random) {
  FLORIN_TRY(Identity root, MakeRoot(now, random));
  FLORIN_TRY(Identity intermediate, IssueCa("Test Application Integration CA - G3",
                                            oids::kAppleIntermediate, now, root, random));
  FLORIN_TRY(Identity merchant_ca,
             IssueCa("Test Worldwide Developer Relations CA - G2", nullptr, now, root, random));
  CertificateTemplate contents = Template("ecc-smp-broker-sign_TEST", now, 5);
  AddMarker(contents, oids::kAppleLeaf);
  FLORIN_TRY(Identity leaf, Issue(contents, intermediate, random));
  return WalletSimulator(std::make_unique<State>(std::move(root), std::move(intermediate),
                                                 std::move(merchant_ca), std::move(leaf), now,
                                                 random));
}

ByteView WalletSimulator::root_certificate() const { return state_->root.certificate.der(); }

Result<Bytes> WalletSimulator::IssueMerchantCertificate(std::string_view merchant_identifier,
                                                        ByteView public_key) const {
  FLORIN_TRY(const Bytes info, ApplePayPublicKeyInfo(public_key));
  FLORIN_CHECK_OK(ApplePayVersionOf(info));
  CertificateTemplate contents = Template("Apple Pay Payment Processing (test)", state_->now, 2);
  FLORIN_TRY(Bytes extension, MerchantExtension(merchant_identifier));
  contents.extensions.push_back({oids::kAppleMerchant, std::move(extension), false});
  FLORIN_TRY(const Certificate certificate,
             primitives::IssueCertificate(contents, ByteView(info), state_->merchant_ca.certificate,
                                          state_->merchant_ca.key, state_->random));
  const ByteView der = certificate.der();
  return Bytes(der.begin(), der.end());
}

Result<std::string> WalletSimulator::MakeToken(const WalletPayment& payment,
                                               std::string_view merchant_identifier,
                                               ByteView merchant_public_key,
                                               UnixSeconds signing_time) const {
  FLORIN_TRY(const Bytes info, ApplePayPublicKeyInfo(merchant_public_key));
  FLORIN_TRY(const SealedApplePayData sealed,
             Encrypt(payment, merchant_identifier, info, state_->random));
  ApplePayToken token;
  token.version = sealed.version;
  token.key = sealed.key;
  token.data = sealed.data;
  token.application_data = payment.application_data_hash;
  FLORIN_CHECK_OK(state_->random.Fill(token.transaction_id));
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, ByteView(info), token.public_key_hash));

  CmsToSign message;
  FLORIN_CHECK_OK(ApplePayContentDigest(token, message.content_digest));
  message.signing_time = signing_time;
  FLORIN_TRY(const Bytes signature, state_->Sign(token.version, message));
  token.signature = signature;
  return WriteApplePayToken(token);
}

}  // namespace florin::payload
