// The cipher and the MAC that EMV uses of a key's algorithm.
#pragma once

#include "crypto/primitives/cipher.h"
#include "crypto/primitives/parts.h"
#include "florin/card/emv.h"

namespace florin::card {

// Encrypts whole blocks of the key's algorithm, in place or elsewhere, in ECB. Allocates nothing.
Status EmvEncrypt(const EmvKey& key, ByteView in, MutableBytes out);

// Bytes of one block.
std::size_t EmvBlockSize(const EmvKey& key);

// The block cipher of `key` itself.
Result<primitives::KeyedCipher> EmvCipher(const EmvKey& key);

// TDES: ISO/IEC 9797-1 MAC algorithm 3 with `padding`; AES: CMAC. Writes the first mac.size()
// bytes, 1..8 (EMV book 2 A1.2). Allocates nothing.
Status EmvMac(const EmvKey& key, EmvPadding padding, const primitives::Parts& parts,
              MutableBytes mac);

}  // namespace florin::card
