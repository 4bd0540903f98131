// What the encoder and the decoder of mechanisms share. Part of the mechanism codec.
#pragma once

#include <cstddef>

#include "crypto/cryptoki/param_fields.h"
#include "crypto/cryptoki/pkcs11.h"
#include "crypto/cryptoki/rv.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

inline constexpr std::size_t kAesBlock = 16;
inline constexpr std::size_t kDesBlock = 8;
inline constexpr std::size_t kMinMac = 4;
inline constexpr std::size_t kMinGcmTag = 12;
inline constexpr std::size_t kMaxGcmTag = 16;
inline constexpr std::size_t kChaCha20Nonce = 12;

inline Error BadIv(std::size_t block) {
  return BadParameter(block == kAesBlock ? "the initialisation vector must have 16 bytes"
                                         : "the initialisation vector must have 8 bytes");
}

inline Error BadMacLength() {
  return BadParameter("the MAC length must be 4 bytes up to a whole MAC");
}

inline Error UnknownMechanism() {
  return RvError(CKR_MECHANISM_INVALID, ErrorCode::kUnsupported,
                 "PKCS#11 has no number for this mechanism with this hash");
}

constexpr CK_EC_KDF_TYPE KdfNumber(mechanisms::EcdhKdf kdf) {
  switch (kdf) {
    case mechanisms::EcdhKdf::kNull: return CKD_NULL;
    case mechanisms::EcdhKdf::kX963Sha256: return CKD_SHA256_KDF;
    case mechanisms::EcdhKdf::kSp800Sha256: return CKD_SHA256_KDF_SP800;
  }
  return CKD_NULL;
}

}  // namespace florin::cryptoki
