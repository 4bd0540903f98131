// ECDH for key blocks: a KBPK (or PIN encryption key) out of two key pairs, as payment clouds and
// HSMs exchange keys with ECDH and TR-31.
#pragma once

#include <span>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/key_agreement_options.h"

namespace florin::card {

// Derives the agreed key from `own` and `peer`, of one curve (kInvalidArgument else): Z is the x
// coordinate with its leading zeros, then the KDF. kUnsupported for another hash, kInvalidArgument
// for shared information that is empty or above 1024 bytes, kPermissionDenied for a curve weaker
// than the key. One key per exchange: use a fresh key
// pair or a fresh nonce. P-521 is not offered: the primitives have P-256 and P-384.
Result<SecretBytes> DeriveAgreedKey(const primitives::EcPrivateKey& own,
                                    const primitives::EcPublicKey& peer,
                                    const KeyAgreement& agreement);

// The peer's key out of its certificate, after its chain to `root`, the authority that was imported
// for this purpose, has been verified at `time` (primitives::VerifyChain), and its key usage, which
// must hold keyAgreement: kVerificationFailed.
Result<primitives::EcPublicKey> AgreementKeyOf(
    const primitives::Certificate& peer, std::span<const primitives::Certificate> intermediates,
    const primitives::Certificate& root, UnixSeconds time);

}  // namespace florin::card
