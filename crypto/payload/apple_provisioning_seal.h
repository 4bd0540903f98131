// What is encrypted to a device that adds a card, and the encryption, below the public interface.
#pragma once

#include "crypto/payload/apple_pay_kdf.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/payload/apple_provisioning.h"

namespace florin::payload {

// The JSON object of the profile's members. kInvalidArgument: a card that is none.
Result<SecretBytes> WritePassData(const ProvisioningProfile& profile,
                                  const ProvisioningRequest& request, const ProvisioningCard& card);

// What follows the shared secret in the hash: as for payment tokens, with the profile's PartyV.
Bytes ProvisioningSharedInfo(const ProvisioningProfile& profile, ByteView ephemeral_point);

// Encrypts under the key that the ephemeral private key, of `session`, agrees on with the leaf's
// point. Returns ciphertext and tag.
Result<Bytes> SealPassData(hsm::Session& session, const ApplePayKeyDeriver& deriver,
                           const ProvisioningProfile& profile, hsm::KeyHandle ephemeral,
                           ByteView ephemeral_point, ByteView leaf_point, ByteView plaintext);

}  // namespace florin::payload
