// What may stand inside a key block: lengths, forms and strengths of wrapped keys by algorithm.
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

// Checks that `key` is a key of `algorithm` (KeyBlockHeader::algorithm) and returns its security
// strength in bits (SP 800-57 part 1 table 2):
//   A: 16, 24 or 32 bytes; T: 16 or 24; D, and T of 8 bytes: 8 bytes, strength 56;
//   H, I, J: 1..1024 bytes, strength 8 bits per byte up to 256;
//   R: DER RSAPrivateKey of PKCS#1 with 2048..4096 bits; E: DER ECPrivateKey of SEC 1 on P-256 or
//   P-384, with its curve (X9.143 6.2).
// kMalformed for another length or form, kUnsupported for DSA and other sizes or curves.
Result<int> CheckWrappedKey(char algorithm, ByteView key);

// The length as which a key's length is hidden (X9.143 6.2): 32 for AES, 24 for DES and TDES, its
// own for the others, whose norm gives none.
std::size_t ObscuredKeySize(char algorithm, std::size_t key_size);

}  // namespace florin::card
