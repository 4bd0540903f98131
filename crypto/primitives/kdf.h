// Key derivation: HKDF (RFC 5869), ANSI X9.63 and the one-step KDF of SP 800-56A/C.
#pragma once

#include <cstddef>

#include "crypto/primitives/hash.h"
#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// Outputs are secret: pass a SecretBytes' or SecretArray's Write view. SHA-1 is refused
// (kUnsupported). Output lengths are 1..255 digests (kLimitExceeded beyond). Stateless: any thread.

// HKDF-Extract; `prk` has HashSize(hash) bytes. An empty salt means a block of zeros.
Status HkdfExtract(Hash hash, ByteView salt, const Parts& input_key, MutableBytes prk);

// HKDF-Expand; `prk` has at least HashSize(hash) bytes.
Status HkdfExpand(Hash hash, ByteView prk, const Parts& info, MutableBytes out);

// Both steps.
Status Hkdf(Hash hash, ByteView salt, const Parts& input_key, const Parts& info, MutableBytes out);

// ANSI X9.63 (SEC 1 3.6.1), CKD_SHA256_KDF: block i = H(Z || i || shared_info), i from 1.
Status X963Kdf(Hash hash, ByteView z, const Parts& shared_info, MutableBytes out);

// SP 800-56C r2 4.1 option 1 (NIST "concatenation KDF", JOSE ConcatKDF, Apple Pay),
// CKD_SHA256_KDF_SP800: block i = H(i || Z || fixed_info), i from 1.
Status OneStepKdf(Hash hash, ByteView z, const Parts& fixed_info, MutableBytes out);

}  // namespace florin::primitives
