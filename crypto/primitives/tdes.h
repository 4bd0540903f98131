// Triple DES (SP 800-67) in ECB, CBC and CBC with padding, by KeyedCipher.
#pragma once

#include "crypto/primitives/cipher.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// Takes 24 bytes (K1 K2 K3), 16 bytes (K1 K2, expanded to K1 K2 K1) or 8 bytes (single DES, as
// K K K: the payment standards' building block, never a protection of its own).
// Parity bits are ignored. kInvalidArgument for another length.
Result<KeyedCipher> TdesCipher(ByteView key);

// Encrypts whole blocks in ECB under a key, as of TdesCipher, that is used here and nowhere else: a
// link of a derivation chain. Allocates nothing; the schedule is wiped. `in` and `out` have the
// same length, and are the same memory or do not overlap. kInvalidArgument: key or block length.
Status TdesEncryptOnce(ByteView key, ByteView in, MutableBytes out);

// Sets the low bit of each byte so that each byte has odd parity.
void SetOddParity(MutableBytes key);

// Whether each byte has odd parity, in time that depends on the length only.
bool HasOddParity(ByteView key);

}  // namespace florin::primitives
