// Triple DES (SP 800-67) in ECB, CBC and CBC with padding: by KeyedCipher, and for keys used once.
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

// The same in either direction, and in CBC where `iv` has a block; empty for ECB. kMalformed: not
// whole blocks.
Status TdesCryptOnce(ByteView key, Direction direction, ByteView iv, ByteView in, MutableBytes out);

// Encrypts two blocks by single DES, the first under the first half of `keys` and the second under
// the second half: what one step of TDES DUKPT takes. As TdesEncryptOnce; 16 bytes each.
Status DesEncryptPairOnce(ByteView keys, MutableBytes blocks);

// Sets the low bit of each byte so that each byte has odd parity.
void SetOddParity(MutableBytes key);

// Whether each byte has odd parity, in time that depends on the length only.
bool HasOddParity(ByteView key);

}  // namespace florin::primitives
