#include "tests/crypto/payload/provisioning_device.h"

#include <array>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/payload/forge.h"

namespace florin::payload {
namespace {

using primitives::EcPrivateKey;

template <class T>
T Must(Result<T> result) {
  FLORIN_INVARIANT(result.ok());
  return std::move(result).value();
}

primitives::CertificateTemplate Template(const char* name, UnixSeconds not_after) {
  primitives::CertificateTemplate contents;
  contents.common_name = name;
  contents.validity = {UnixSeconds{kDeviceNow.value - 86400}, not_after};
  return contents;
}

EcPrivateKey NewEcKey(Curve curve) { return Must(EcPrivateKey::Generate(curve, SystemRandom())); }

}  // namespace

ProvisioningDevice::ProvisioningDevice(const DeviceOptions& options)
    : options_(options), ec_key_(NewEcKey(options.leaf_curve)) {
  const Bytes null = {0x05, 0x00};
  auto root_contents = Template("Test Root CA", UnixSeconds{kDeviceNow.value + 864000});
  root_contents.is_ca = true;
  const EcPrivateKey root_key = NewEcKey(Curve::kP384);
  const auto root = Must(primitives::IssueSelfSigned(root_contents, root_key, SystemRandom()));
  auto ca_contents = Template("Test Worldwide Developers Relations CA - ECC",
                              UnixSeconds{kDeviceNow.value + 864000});
  ca_contents.is_ca = true;
  const EcPrivateKey ca_key = NewEcKey(Curve::kP256);
  const auto ca = Must(primitives::IssueCertificate(ca_contents, ca_key.public_key(), root,
                                                    root_key, SystemRandom()));
  auto leaf_contents = Template("ecc-crypto-services-encipherment_TEST", options.not_after);
  leaf_contents.key_agreement = options.key_usage;
  leaf_contents.key_encipherment = options.key_usage;
  if (options.marker) {
    leaf_contents.extensions.push_back(
        {"1.2.840.113635.100.6.39", null, options.marker_is_critical});
  }
  if (options.second_critical) leaf_contents.extensions.push_back({"1.2.3.4.5", null, true});
  Bytes info(primitives::SpkiSize(options.leaf_curve));
  FLORIN_INVARIANT(ec_key_.public_key().ToSpki(info).ok());
  if (options.rsa) info = InfoOf(MerchantRsaKey());
  leaf_ = DerOf(Must(
      primitives::IssueCertificate(leaf_contents, ByteView(info), ca, ca_key, SystemRandom())));
  intermediate_ = DerOf(ca);
  root_ = DerOf(root);
}

ProvisioningRequest ProvisioningDevice::Request() const {
  ProvisioningRequest request;
  request.certificates = {leaf_, intermediate_};
  request.nonce.resize(4);
  request.nonce_signature.resize(40);
  FLORIN_INVARIANT(SystemRandom().Fill(request.nonce).ok());
  FLORIN_INVARIANT(SystemRandom().Fill(request.nonce_signature).ok());
  return request;
}

std::string ProvisioningDevice::Open(const ProvisioningResponse& response,
                                     const ProvisioningProfile& profile) const {
  Bytes key(32);
  if (options_.rsa) {
    Bytes buffer(256);
    const auto size = MerchantRsaKey().DecryptOaep(Hash::kSha256, response.wrapped_key, buffer);
    if (!size.ok()) return "";
    key.assign(buffer.begin(), buffer.begin() + static_cast<long>(*size));
  } else {
    std::array<std::uint8_t, 32> z;
    if (!primitives::Ecdh(ec_key_, response.ephemeral_public_key, z).ok()) return "";
    const Bytes counter = {0, 0, 0, 1};
    const std::string_view name = "\x0did-aes256-GCM";
    const ByteView party_v = profile.party_v == ProvisioningPartyV::kNone
                                 ? ByteView()
                                 : ByteView(response.ephemeral_public_key);
    const Bytes input = Join({counter, z, AsBytes(name), AsBytes("Apple"), party_v});
    FLORIN_INVARIANT(primitives::Digest(Hash::kSha256, ByteView(input), key).ok());
  }
  const ByteView sealed = response.encrypted_pass_data;
  if (sealed.size() < 16) return "";
  Bytes plaintext(sealed.size() - 16);
  const Bytes iv(profile.iv_length, 0);
  if (!primitives::AesGcmOpenOnce(key, iv, {}, sealed.first(plaintext.size()), sealed.last(16),
                                  plaintext)
           .ok()) {
    return "";
  }
  return std::string(AsText(plaintext));
}

}  // namespace florin::payload
