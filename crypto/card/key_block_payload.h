// What may stand inside a key block: lengths, forms and strengths of wrapped keys by algorithm.
#pragma once

#include <cstddef>

#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

inline constexpr int kSingleDesStrength = 56;

// Security strengths in bits (SP 800-57 part 1 table 2).
// Of a DES or TDES key of 8, 16 or 24 bytes: 112; 80 for two keys, also where the third part equals
// the first; 56 for one, also where parts are weak DES keys or equal their neighbours.
int TdesStrength(ByteView key);
int RsaStrength(std::size_t modulus_size);  // in bytes, from 2048 bits: 112, from 3072 bits 128
int EcStrength(Curve curve);

// Checks that `key` is a key of `algorithm` (KeyBlockHeader::algorithm) and returns its security
// strength in bits (SP 800-57 part 1 table 2):
//   A: 16, 24 or 32 bytes; T: 8, 16 or 24; D: 8;
//   H, I, J: 1..1024 bytes, strength 8 bits per byte up to 256;
//   R: DER RSAPrivateKey of PKCS#1 with 2048..4096 bits; E: DER ECPrivateKey of SEC 1 on P-256 or
//   P-384, with its curve (X9.143 6.2).
// kMalformed for another length or form, kUnsupported for DSA and other sizes or curves.
Result<int> CheckWrappedKey(char algorithm, ByteView key);

// The length as which a key's length is hidden (X9.143 6.2): 32 for AES, 24 for DES and TDES, its
// own for the others, whose norm gives none.
std::size_t ObscuredKeySize(char algorithm, std::size_t key_size);

}  // namespace florin::card
