#include <algorithm>

#include "crypto/card/emv_primitives.h"
#include "crypto/kernels/aes.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "florin/card/emv.h"

namespace florin::card {

EmvKey::EmvKey(EmvAlgorithm algorithm, ByteView bytes)
    : size_(static_cast<std::uint8_t>(bytes.size())), algorithm_(algorithm) {
  std::ranges::copy(bytes, bytes_.Write(SecretAccess{}).begin());
}

Result<EmvKey> EmvKey::Create(EmvAlgorithm algorithm, ByteView bytes) {
  const bool fits = algorithm == EmvAlgorithm::kTdes
                        ? bytes.size() == kEmvTdesKeySize
                        : bytes.size() == 16 || bytes.size() == 24 || bytes.size() == 32;
  if (!fits) {
    return Error(ErrorCode::kInvalidArgument,
                 "EMV: a TDES key has 16 bytes, an AES key 16, 24 or 32");
  }
  return EmvKey(algorithm, bytes);
}

EmvKey EmvKey::Clone() const { return EmvKey(algorithm_, Read(SecretAccess{})); }

Result<primitives::KeyedCipher> EmvCipher(const EmvKey& key) {
  return key.algorithm() == EmvAlgorithm::kAes ? primitives::AesCipher(key.Read(SecretAccess{}))
                                               : primitives::TdesCipher(key.Read(SecretAccess{}));
}

std::size_t EmvBlockSize(const EmvKey& key) {
  return key.algorithm() == EmvAlgorithm::kAes ? primitives::kAesBlockSize
                                               : primitives::kTdesBlockSize;
}

Status EmvEncrypt(const EmvKey& key, ByteView in, MutableBytes out) {
  return key.algorithm() == EmvAlgorithm::kAes
             ? primitives::AesEncryptOnce(key.Read(SecretAccess{}), in, out)
             : primitives::TdesEncryptOnce(key.Read(SecretAccess{}), in, out);
}

Status EmvMac(const EmvKey& key, EmvPadding padding, const primitives::Parts& parts,
              MutableBytes mac) {
  if (mac.size() > primitives::kRetailMacSize) {
    return Error(ErrorCode::kInvalidArgument, "EMV: a MAC has at most 8 bytes");
  }
  if (key.algorithm() == EmvAlgorithm::kAes) {
    return kernels::AesCmacOnce(key.Read(SecretAccess{}), parts, mac);
  }
  return primitives::RetailMacOnce(key.Read(SecretAccess{}),
                                   padding == EmvPadding::kMethod1
                                       ? primitives::MacPadding::kMethod1
                                       : primitives::MacPadding::kMethod2,
                                   parts, mac);
}

}  // namespace florin::card
