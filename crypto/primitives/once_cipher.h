// OnceCipher: a block cipher whose key is used by one operation and then gone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/primitives/cipher.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

// Holds the clear key where its owner lies, and a schedule for the time of a call only. Allocates
// nothing. Wiped on destruction. Move-only.
class OnceCipher final : public BlockCipher {
 public:
  // Keys as AesCipher and TdesCipher take them: kInvalidArgument for another length.
  static Result<OnceCipher> Aes(ByteView key);
  static Result<OnceCipher> Tdes(ByteView key);

  OnceCipher(OnceCipher&&) noexcept = default;
  OnceCipher& operator=(OnceCipher&&) noexcept = default;

  std::size_t block_size() const override { return block_size_; }
  Status EncryptBlocks(ByteView in, MutableBytes out) const override;
  Status DecryptBlocks(ByteView in, MutableBytes out) const override;

 private:
  OnceCipher(ByteView key, std::size_t block_size);
  Status Crypt(Direction direction, ByteView in, MutableBytes out) const;

  SecretArray<32> key_;
  std::size_t key_size_;
  std::size_t block_size_;
};

}  // namespace florin::primitives
