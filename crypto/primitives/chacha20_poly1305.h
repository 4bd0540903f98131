// ChaCha20-Poly1305 (RFC 8439 2.8).
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

inline constexpr std::size_t kChaCha20KeySize = 32;
inline constexpr std::size_t kChaCha20NonceSize = 12;
inline constexpr std::size_t kPoly1305TagSize = 16;

// Writes ciphertext || tag, plaintext.size() + 16 bytes. `out` may begin at `plaintext`, else they
// do not overlap. kInvalidArgument for a key or nonce of another length; kBufferTooSmall.
// Stateless: any thread.
Status ChaCha20Poly1305Seal(ByteView key, ByteView nonce, ByteView aad, ByteView plaintext,
                            MutableBytes out);

// Opens ciphertext || tag into `out`, sealed.size() - 16 bytes. The tag is checked first:
// kVerificationFailed writes nothing. kMalformed without a whole tag.
Status ChaCha20Poly1305Open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed,
                            MutableBytes out);

}  // namespace florin::primitives
