// RSA keys as numbers in DER: SubjectPublicKeyInfo (RFC 3279 2.3.1) and RSAPrivateKey (RFC 8017
// A.1.2). Reader and writer of both.
//
// The keys that Florin keeps: moduli of 2048, 3072 or 4096 bits; an odd public exponent of
// 65537..2^32-1 (FIPS 186-5 A.1.1 has no smaller one); two primes of half the modulus's length.
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

// The longest SubjectPublicKeyInfo of such a key.
inline constexpr std::size_t kMaxRsaSpkiSize = 552;

// Big-endian, without leading zeros. Views.
struct RsaPublicNumbers {
  ByteView modulus;
  ByteView exponent;
};

// The numbers of RSAPrivateKey in its order. Big-endian, without leading zeros. Views of secrets.
struct RsaPrivateNumbers {
  ByteView modulus;
  ByteView public_exponent;
  ByteView private_exponent;
  ByteView prime1;
  ByteView prime2;
  ByteView exponent1;    // private_exponent mod (prime1 - 1)
  ByteView exponent2;    // private_exponent mod (prime2 - 1)
  ByteView coefficient;  // inverse of prime2 mod prime1
};

// Whether a modulus of this many bytes is one of ours: 256, 384, 512.
constexpr bool IsRsaModulusSize(std::size_t size) {
  return size == 256 || size == 384 || size == 512;
}

// Without the zeros that clients and DER put in front of a number.
ByteView WithoutLeadingZeros(ByteView number);

// kMalformed: not the one DER form, an even number; kUnsupported: a modulus or an exponent that is
// none of ours.
Result<RsaPublicNumbers> ParseRsaSpki(ByteView der);
// Returns the length. `out` has kMaxRsaSpkiSize bytes or what suffices (kBufferTooSmall).
Result<std::size_t> WriteRsaSpki(const RsaPublicNumbers& numbers, MutableBytes out);

// Reads the structure; whether the numbers belong together is CheckRsaNumbers' affair. Errors as
// ParseRsaSpki.
Result<RsaPrivateNumbers> ParseRsaPrivateKey(ByteView der);
Result<SecretBytes> WriteRsaPrivateKey(const RsaPrivateNumbers& numbers);

// Whether the numbers are those of one key: the modulus is the product of the primes, and every
// exponent undoes the public one. kMalformed else. That the primes are prime is not tested: whoever
// knows them can always choose a weak key.
Status CheckRsaNumbers(const RsaPrivateNumbers& numbers);

}  // namespace florin::primitives
