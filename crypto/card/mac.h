// MacKey: a clear key with its MAC algorithm, as card systems combine them.
#pragma once

#include <cstddef>
#include <utility>
#include <variant>

#include "crypto/kernels/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/parts.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/card/mac_options.h"

namespace florin::card {

// Scheduled once; shareable by threads; wiped on destruction. Move-only. MACs have 4 bytes up to
// size(), the leftmost ones of the whole.
class MacKey {
 public:
  // Takes a key of the lengths that MacAlgorithm names. kInvalidArgument: another length, or a
  // padding that the algorithm has no use for; kUnsupported: HMAC with SHA-1.
  static Result<MacKey> Create(const MacMethod& method, ByteView key);

  // Create and Generate in one, for a key that is used here and nowhere else: AES CMAC then needs
  // no schedule. Errors: as these two.
  static Status GenerateOnce(const MacMethod& method, ByteView key, const primitives::Parts& parts,
                             MutableBytes mac);

  // The whole MAC: 8 bytes with TDES, 16 with AES, the digest's length with HMAC.
  std::size_t size() const;

  // Fills `mac`. kInvalidArgument: fewer than 4 bytes or more than size().
  Status Generate(const primitives::Parts& parts, MutableBytes mac) const;

  // Compares all of `mac` in constant time: kVerificationFailed. kInvalidArgument as Generate. Who
  // promised a longer MAC than 4 bytes checks mac.size() first: a sender must not choose it.
  Status Verify(const primitives::Parts& parts, ByteView mac) const;

 private:
  using Key = std::variant<primitives::CbcMacKey, primitives::RetailMacKey, primitives::CmacKey,
                           kernels::AesCmacKey, primitives::HmacKey>;
  MacKey(Key key, MacPadding padding) : key_(std::move(key)), padding_(padding) {}

  Key key_;
  MacPadding padding_;
};

}  // namespace florin::card
