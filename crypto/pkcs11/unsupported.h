// Errors that name the mechanism or key derivation function a token does not offer.
#pragma once

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::pkcs11 {

// kUnsupported; detail() keeps `rv`.
Error UnsupportedMechanism(mechanisms::MechanismType type, CK_RV rv);
// For an IV of another length than 12 bytes.
Error UnsupportedGcmIv(CK_RV rv);
// For RSA PKCS#1 v1.5 that is not told how long the key must be, as SoftHSM2 has it.
Error UnsupportedLength(CK_RV rv);
Error UnsupportedKdf(mechanisms::EcdhKdf kdf, CK_RV rv);

}  // namespace florin::pkcs11
