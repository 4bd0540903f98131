// Fuzzes the DER readers of RSA keys: what either accepts, its writer gives again byte by byte, and
// whether the numbers belong together can be asked of any.
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/rsa_der.h"

namespace florin::primitives {
namespace {

void ReadPrivate(ByteView input) {
  const auto numbers = ParseRsaPrivateKey(input);
  if (!numbers.ok()) return;
  (void)CheckRsaNumbers(*numbers).ok();
  const auto again = WriteRsaPrivateKey(*numbers);
  // A number longer than the modulus is read and not written; it belongs to no key.
  if (!again.ok()) {
    FLORIN_INVARIANT(!CheckRsaNumbers(*numbers).ok());
    return;
  }
  FLORIN_INVARIANT(SameBytes(again->Read(SecretAccess{}), input));
}

void ReadPublic(ByteView input) {
  const auto numbers = ParseRsaSpki(input);
  if (!numbers.ok()) return;
  Bytes out(kMaxRsaSpkiSize);
  const auto size = WriteRsaSpki(*numbers, out);
  FLORIN_INVARIANT(size.ok() && SameBytes(ByteView(out).first(*size), input));
}

}  // namespace
}  // namespace florin::primitives

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView input(data, size);
  florin::primitives::ReadPrivate(input);
  florin::primitives::ReadPublic(input);
  return 0;
}
