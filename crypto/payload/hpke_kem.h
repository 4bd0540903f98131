// DHKEM (RFC 9180 4.1) over keys of a session: both directions end in the same agreement.
#pragma once

#include "crypto/payload/hpke_kdf.h"
#include "crypto/payload/hpke_suites.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// One Diffie-Hellman: a private key of the session with a public key from outside, checked.
struct HpkeAgreement {
  hsm::KeyHandle own;
  ByteView peer;
};

// The public keys that the shared secret is bound to.
struct HpkeKemContext {
  ByteView enc;
  ByteView recipient;
  ByteView sender;  // Auth modes; else empty
};

// kMalformed unless `public_key` is one of the KEM's curve.
Status CheckHpkePublicKey(const HpkeKemRow& kem, ByteView public_key);

// Writes the public key of `key` to `out`, or copies `given`, which the caller knows to belong to
// it. kInvalidArgument: not of the KEM's length.
Result<Bytes> HpkePublicKeyOf(hsm::Session& session, const HpkeKemRow& kem, hsm::KeyHandle key,
                              ByteView given);

// ExtractAndExpand over the first agreement and, in the Auth modes, the second.
Result<hsm::ScopedKey> HpkeSharedSecret(hsm::Session& session, const HpkeRows& rows,
                                        const HpkeAgreement& first, const HpkeAgreement* second,
                                        const HpkeKemContext& context);

// An ephemeral pair of the session.
Result<hsm::KeyPair> DrawHpkeEphemeral(hsm::Session& session, const HpkeKemRow& kem);

}  // namespace florin::payload
