#include "crypto/card/key_block_payload.h"

#include <algorithm>

#include "crypto/base/ber_reader.h"
#include "crypto/primitives/des_keys.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa.h"

namespace florin::card {
namespace {

constexpr std::size_t kMaxHmacKeySize = 1024;

Error BadLength() {
  return Error(ErrorCode::kMalformed, "the key does not have a length of its algorithm");
}

// RSAPrivateKey begins with version 0 and the modulus, PKCS#8 with version 0 and a SEQUENCE.
Result<int> CheckRsa(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader fields, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_CHECK_OK(fields.ExpectInteger(0));
  FLORIN_TRY(const ByteView modulus, fields.ReadInteger());
  FLORIN_INVARIANT(!modulus.empty());
  FLORIN_TRY(const auto key, primitives::RsaPrivateKey::FromDer(der));
  return RsaStrength(key.modulus_size());
}

// ECPrivateKey begins with version 1 and the scalar.
Result<int> CheckEc(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader fields, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_CHECK_OK(fields.ExpectInteger(1));
  FLORIN_TRY(const ByteView scalar, fields.ReadOctets());
  FLORIN_TRY(const auto key, primitives::EcPrivateKey::FromDer(der));
  if (scalar.size() != primitives::FieldSize(key.curve())) return BadLength();
  return EcStrength(key.curve());
}

}  // namespace

int TdesStrength(ByteView key) {
  if (key.size() == 8 || !primitives::CheckDesKey(key).ok()) return kSingleDesStrength;
  return key.size() == 16 || primitives::IsTwoKeyBundle(key) ? 80 : 112;
}

int RsaStrength(std::size_t modulus_size) { return modulus_size >= 3072 / 8 ? 128 : 112; }

int EcStrength(Curve curve) { return static_cast<int>(InfoOf(curve).strength); }

Result<int> CheckWrappedKey(char algorithm, ByteView key) {
  const std::size_t size = key.size();
  switch (algorithm) {
    case 'A':
      if (size != 16 && size != 24 && size != 32) return BadLength();
      return static_cast<int>(8 * size);
    case 'D':
    case 'T':
      if (size != 8 && (algorithm == 'D' || (size != 16 && size != 24))) return BadLength();
      return TdesStrength(key);
    case 'H':
    case 'I':
    case 'J':
      if (size == 0 || size > kMaxHmacKeySize) return BadLength();
      return static_cast<int>(std::min<std::size_t>(8 * size, 256));
    case 'R': return CheckRsa(key);
    case 'E': return CheckEc(key);
    default:
      return Error(ErrorCode::kUnsupported, "keys of this algorithm are not wrapped or unwrapped");
  }
}

std::size_t ObscuredKeySize(char algorithm, std::size_t key_size) {
  switch (algorithm) {
    case 'A': return std::max<std::size_t>(key_size, 32);
    case 'D':
    case 'T': return std::max<std::size_t>(key_size, 24);
    default: return key_size;
  }
}

}  // namespace florin::card
