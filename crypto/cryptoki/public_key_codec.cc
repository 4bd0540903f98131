#include "crypto/cryptoki/public_key_codec.h"

#include "crypto/primitives/curve_key.h"
#include "crypto/primitives/rsa_der.h"

namespace florin::cryptoki {

std::size_t ModulusLength(ByteView modulus) {
  return primitives::WithoutLeadingZeros(modulus).size();
}

Result<std::size_t> InfoFromPoint(Curve curve, ByteView point, MutableBytes out) {
  return primitives::WriteCurveSpki(curve, point, out);
}

Result<std::size_t> InfoFromNumbers(ByteView modulus, ByteView exponent, MutableBytes out) {
  return primitives::WriteRsaSpki(
      {primitives::WithoutLeadingZeros(modulus), primitives::WithoutLeadingZeros(exponent)}, out);
}

}  // namespace florin::cryptoki
