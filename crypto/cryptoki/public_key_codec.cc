#include "crypto/cryptoki/public_key_codec.h"

#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa_der.h"

namespace florin::cryptoki {

std::size_t ModulusLength(ByteView modulus) {
  return primitives::WithoutLeadingZeros(modulus).size();
}

Result<std::size_t> InfoFromPoint(Curve curve, ByteView point, MutableBytes out) {
  FLORIN_TRY(const auto key, primitives::EcPublicKey::FromPoint(curve, point));
  const std::size_t size = primitives::SpkiSize(curve);
  if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "no room for the public key");
  FLORIN_CHECK_OK(key.ToSpki(out.first(size)));
  return size;
}

Result<std::size_t> InfoFromNumbers(ByteView modulus, ByteView exponent, MutableBytes out) {
  return primitives::WriteRsaSpki(
      {primitives::WithoutLeadingZeros(modulus), primitives::WithoutLeadingZeros(exponent)}, out);
}

}  // namespace florin::cryptoki
