#include "crypto/primitives/once_cipher.h"

#include <algorithm>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {

OnceCipher::OnceCipher(ByteView key, std::size_t block_size)
    : key_size_(key.size()), block_size_(block_size) {
  std::copy(key.begin(), key.end(), key_.Write(SecretAccess{}).begin());
}

Result<OnceCipher> OnceCipher::Aes(ByteView key) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  return OnceCipher(key, kAesBlockSize);
}

Result<OnceCipher> OnceCipher::Tdes(ByteView key) {
  FLORIN_CHECK_OK(CheckTdesKey(key));
  return OnceCipher(key, kTdesBlockSize);
}

Status OnceCipher::Crypt(Direction direction, ByteView in, MutableBytes out) const {
  if (out.size() < in.size()) {
    return Error(ErrorCode::kBufferTooSmall, "the output does not fit the buffer");
  }
  const ByteView key = ByteView(key_.Read(SecretAccess{})).first(key_size_);
  const auto crypt = block_size_ == kAesBlockSize ? AesCryptOnce : TdesCryptOnce;
  return crypt(key, direction, {}, in, out.first(in.size()));
}

Status OnceCipher::EncryptBlocks(ByteView in, MutableBytes out) const {
  return Crypt(Direction::kEncrypt, in, out);
}

Status OnceCipher::DecryptBlocks(ByteView in, MutableBytes out) const {
  return Crypt(Direction::kDecrypt, in, out);
}

}  // namespace florin::primitives
