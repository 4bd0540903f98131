// AppleProvisioning: the issuer's side of adding a card to Apple Wallet from the issuer's own app.
// The app hands over what the device made (PKAddPaymentPassRequest): certificates, a nonce and its
// signature. The issuer encrypts the card to the leaf certificate and answers with
// encryptedPassData, activationData, and ephemeralPublicKey or wrappedKey.
//
// Apple's specification of what is encrypted, and how, is not public. What public sources leave
// open is data of a ProvisioningProfile: hold it against the specification that your payment
// network gives you, and try it with Apple's test environment, before a card depends on it. The
// nonce's signature cannot be verified from public facts; it is echoed, and Apple verifies it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"
#include "florin/payload/payment_credential.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// PKEncryptionScheme; the kind of the leaf's key decides.
enum class ProvisioningScheme : std::uint8_t {
  kEccV2,  // "EV_ECC_v2": ECDH on P-256 with a key that is made for this card
  kRsaV2,  // "EV_RSA_v2": OAEP with SHA-256 to RSA-2048
};

// PartyV of the key derivation, which follows PartyU "Apple".
enum class ProvisioningPartyV : std::uint8_t {
  kEphemeralPoint,  // the ephemeral public key, 65 bytes
  kNone,
};

// What is not public. The defaults are those of the one public implementation; none is proven.
struct ProvisioningProfile {
  std::string leaf_marker = "1.2.840.113635.100.6.39";  // extension that the leaf must have
  std::size_t iv_length = 12;  // of zeros: 12 or 16; payment tokens have 16
  ProvisioningPartyV party_v = ProvisioningPartyV::kEphemeralPoint;
  std::size_t rsa_key_length = 16;  // bytes of the AES key that RSA_V2 wraps: 16 or 32
  // The members of the JSON object that is encrypted; one that is empty is left out.
  std::string pan_member = "primaryAccountNumber";
  std::string expiration_member = "expiration";  // MM/YY
  std::string name_member = "name";
  std::string nonce_member = "nonce";                     // hexadecimal
  std::string nonce_signature_member = "nonceSignature";  // hexadecimal
};

struct AppleProvisioningOptions {
  // DER certificates of the roots to trust, compared by key. Empty: Apple Root CA - G3.
  std::vector<Bytes> trusted_roots = {};
  ProvisioningProfile profile = {};
  const Clock* clock = &SystemClock();
  Observer* observer = &NullObserver();
};

// What the device made, as the app received it.
struct ProvisioningRequest {
  std::vector<Bytes> certificates;  // X.509 in DER, the leaf first; 1 to 4
  Bytes nonce;                      // 1..64 bytes
  Bytes nonce_signature;            // 1..512 bytes
};

// The card to add.
struct ProvisioningCard {
  Pan pan;
  CardExpiry expiry;
  SecretBytes name;  // UTF-8, as on the card; at most 64 bytes
};

// What the app gives to its completion handler (PKAddPaymentPassRequest): within 20 seconds of the
// device's call, or Wallet gives up. Exactly one of the two keys is there, as the scheme says.
struct ProvisioningResponse {
  ProvisioningScheme scheme = ProvisioningScheme::kEccV2;
  Bytes encrypted_pass_data;   // ciphertext and 16-byte tag
  Bytes activation_data;       // as it was passed in
  Bytes ephemeral_public_key;  // kEccV2: 65 bytes
  Bytes wrapped_key;           // kRsaV2: 256 bytes
};

// Safe for many threads; each passes its own session.
class AppleProvisioning {
 public:
  // kInvalidArgument: a profile or roots that make no sense.
  static Result<AppleProvisioning> Create(AppleProvisioningOptions options);
  AppleProvisioning(AppleProvisioning&&) noexcept;
  AppleProvisioning& operator=(AppleProvisioning&&) noexcept;
  ~AppleProvisioning();

  // Verifies the certificates up to a trusted root, with the marker and the key usage of the leaf,
  // and encrypts `card` to the leaf. The ephemeral key is made in `session` and dies there; the
  // shared secret and the key derived from it never leave it. For kRsaV2 the key is drawn from the
  // session's generator and held in secret memory for the call: what would wrap it inside a token
  // is a public key that somebody brought, which tokens do not trust.
  //
  // `activation_data`: the network's one-time authenticator (Visa, Mastercard), 1..4096 bytes in
  // the encoding that the network asks for; it travels beside, not inside.
  //
  // A request that is refused is the one error kVerificationFailed; the observer hears why
  // ("payload.apple_provisioning"). kInvalidArgument: the card; errors of the session.
  Result<ProvisioningResponse> Encrypt(hsm::Session& session, const ProvisioningRequest& request,
                                       const ProvisioningCard& card,
                                       ByteView activation_data) const;

 private:
  struct State;
  explicit AppleProvisioning(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The request as a JSON object, which an app may send to its server: {"certificates": [base64...],
// "nonce": base64, "nonceSignature": base64}, at most 64 KiB. kMalformed, kLimitExceeded.
Result<ProvisioningRequest> ReadProvisioningRequest(ByteView json);
Result<std::string> WriteProvisioningRequest(const ProvisioningRequest& request);

// The response for the way back, under Apple's names and in base64: {"encryptedPassData",
// "activationData", and "ephemeralPublicKey" or "wrappedKey"}.
Result<std::string> WriteProvisioningResponse(const ProvisioningResponse& response);
Result<ProvisioningResponse> ReadProvisioningResponse(ByteView json);

}  // namespace florin::payload

#pragma GCC visibility pop
