// Mechanism: what to do with a key, as one typed value per algorithm. The same values pass through
// every session; a PKCS#11 module sees them as CK_MECHANISM.
//
// Parameter structs hold views; what they view must outlive the call they are passed to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "florin/base/bytes.h"
#include "florin/base/hash.h"
#include "florin/mechanisms/card_mechanisms.h"
#include "florin/mechanisms/dukpt_mechanisms.h"
#include "florin/mechanisms/emv_mechanisms.h"
#include "florin/mechanisms/key_exchange_mechanisms.h"
#include "florin/mechanisms/other_key.h"
#include "florin/mechanisms/pin_mechanisms.h"
#include "florin/mechanisms/rsa_mechanisms.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

enum class Verb : std::uint8_t {
  kSign,
  kVerify,
  kEncrypt,
  kDecrypt,
  kDerive,
  kWrap,
  kUnwrap,
  kGenerate,
};

struct AesEcb {};
struct AesCbc {
  ByteView iv = {};  // 16 bytes; data is a multiple of 16 bytes
};
struct AesCbcPad {
  ByteView iv = {};  // 16 bytes; PKCS#7 padding
};
struct AesCtr {
  ByteView counter_block = {};     // 16 bytes
  std::size_t counter_bits = 128;  // low bits that count, 1..128
};
// It unwraps secret keys, too, with a whole tag, but wraps none: under an IV of the caller's choice
// two wrapped keys would tell of each other.
struct AesGcm {
  ByteView iv = {};  // 1..128 bytes; 12 is the fast path
  ByteView aad = {};
  std::size_t tag_length = 16;  // 12..16 bytes, appended to the ciphertext
};
struct AesCmac {
  std::size_t mac_length = 16;  // 4..16 bytes
};
// RFC 3394, default IV. Wraps and unwraps keys whose length is a multiple of 8 bytes.
struct AesKeyWrap {};
struct Des3Ecb {};
struct Des3Cbc {
  ByteView iv = {};  // 8 bytes
};
struct Hmac {
  Hash hash = Hash::kSha256;
  std::size_t mac_length = 0;  // bytes; 0 means the whole digest, else at least 4
};
// Signature is r || s, each the width of the curve. Without `hash` the input is the digest itself.
struct Ecdsa {
  std::optional<Hash> hash;
};

// How the shared secret Z, the x-coordinate or the output of X25519, becomes a key.
enum class EcdhKdf : std::uint8_t {
  kNull,         // the key is Z, or its rightmost bytes (as PKCS#11 cuts CKD_NULL)
  kX963Sha256,   // ANSI X9.63: SHA-256(Z || counter || shared_info)
  kSp800Sha256,  // SP 800-56A one-step: SHA-256(counter || Z || shared_info)
};
struct EcdhDerive {
  // Uncompressed, 65 bytes on P-256, 97 on P-384, 133 on P-521; the 32 bytes of RFC 7748 for
  // X25519.
  ByteView peer_point = {};
  EcdhKdf kdf = EcdhKdf::kNull;
  ByteView shared_info = {};  // at most 1024 bytes
};
// The derived key is data || base key.
struct ConcatenateDataAndBase {
  ByteView data = {};  // at most 1024 bytes
};
// The derived key is base key || data.
struct ConcatenateBaseAndData {
  ByteView data = {};  // at most 1024 bytes
};
// The derived key is the hash of the base key, or its leftmost bytes.
struct HashDerive {
  Hash hash = Hash::kSha256;
};

// HKDF (RFC 5869) of the base key: extract, expand or both. Extraction alone gives a whole digest,
// expansion alone asks for a base key of at least one; what is expanded has the length of the
// template, at most 255 digests.
struct HkdfDerive {
  Hash hash = Hash::kSha256;  // not SHA-1
  bool extract = true;
  bool expand = true;
  ByteView salt = {};  // at most 1024 bytes; empty: a digest of zeros. Extraction only
  ByteView info = {};  // at most 1024 bytes. Expansion only
  // A key of the session as the salt, instead of `salt`: a generic secret that derives. Extraction
  // only. No key: the handle 0.
  OtherKey salt_key = {};
};
// Cuts the base key into pieces of the derived key's length and takes the one that begins at
// `bit_offset`, a multiple of that length. The base key must name this mechanism, and no other, as
// its allowed one, and cannot have come out of a concatenation: a piece with few unknown bytes in
// it could be guessed.
struct ExtractKeyFromKey {
  std::size_t bit_offset = 0;
};

// Unwraps by AES key wrap under a key that ECDH and the one-step KDF give (RFC 7518 4.6.2): SHA-256
// (counter || Z || shared_info). What is wrapped begins with the peer's uncompressed point, as for
// CKM_ECDH_AES_KEY_WRAP. The private key must name this mechanism, and no other, as its allowed
// one: derived openly, the wrapping key would decrypt what it wraps.
struct EcdhAesKeyWrap {
  std::size_t wrapping_key_length = 16;  // 16, 24 or 32 bytes
  ByteView shared_info = {};             // at most 1024 bytes
};

// Pure Ed25519 (RFC 8032 5.1); the input is the message, in one piece, the signature R || S.
struct Eddsa {};

// RFC 8439 2.8, in one piece; the tag of 16 bytes is appended to the ciphertext.
struct ChaCha20Poly1305 {
  ByteView nonce = {};  // 12 bytes, never twice under one key
  ByteView aad = {};
};

// The derived key is base key || second key. The second is a generic secret that derives.
struct ConcatenateBaseAndKey {
  OtherKey second = {};
};

// Order is fixed: MechanismType is the index.
using Mechanism = std::variant<
    AesEcb, AesCbc, AesCbcPad, AesCtr, AesGcm, AesCmac, AesKeyWrap, Des3Ecb, Des3Cbc, Hmac, Ecdsa,
    EcdhDerive, ConcatenateDataAndBase, ConcatenateBaseAndData, HashDerive,
    // emv_mechanisms.h
    EmvCryptogram, EmvArpc, EmvVerifiedArpc, EmvAuthorization, EmvArqcTrace,
    // card_mechanisms.h
    Iso9797Mac, TdesCmac, CardVerification, ThreeDsAuthentication,
    // dukpt_mechanisms.h
    DukptMac, DukptData,
    // emv_mechanisms.h, issuer scripts
    EmvScriptMac, EmvScriptEncryption, EmvPinChange,
    // pin_mechanisms.h
    PinTranslation, PinVerification, PinChange, PinGeneration,
    // key_exchange_mechanisms.h
    KeyBlockWrap, EcdhKeyAgreement,
    // dukpt_mechanisms.h
    DukptDeviceKey,
    // key_exchange_mechanisms.h
    Tr34KeyToken,
    // rsa_mechanisms.h
    RsaPkcs1, RsaPss, RsaOaep,
    // key_exchange_mechanisms.h
    Tr34Unbind,
    // above
    HkdfDerive, ExtractKeyFromKey, EcdhAesKeyWrap, Eddsa, ChaCha20Poly1305, ConcatenateBaseAndKey>;
// Copied in every call.
static_assert(std::is_trivially_copyable_v<Mechanism>);

enum class MechanismType : std::uint8_t {
  kAesEcb,
  kAesCbc,
  kAesCbcPad,
  kAesCtr,
  kAesGcm,
  kAesCmac,
  kAesKeyWrap,
  kDes3Ecb,
  kDes3Cbc,
  kHmac,
  kEcdsa,
  kEcdhDerive,
  kConcatenateDataAndBase,
  kConcatenateBaseAndData,
  kHashDerive,
  kEmvCryptogram,
  kEmvArpc,
  kEmvVerifiedArpc,
  kEmvAuthorization,
  kEmvArqcTrace,
  kIso9797Mac,
  kTdesCmac,
  kCardVerification,
  kThreeDsAuthentication,
  kDukptMac,
  kDukptData,
  kEmvScriptMac,
  kEmvScriptEncryption,
  kEmvPinChange,
  kPinTranslation,
  kPinVerification,
  kPinChange,
  kPinGeneration,
  kKeyBlockWrap,
  kEcdhKeyAgreement,
  kDukptDeviceKey,
  kTr34KeyToken,
  kRsaPkcs1,
  kRsaPss,
  kRsaOaep,
  kTr34Unbind,
  kHkdfDerive,
  kExtractKeyFromKey,
  kEcdhAesKeyWrap,
  kEddsa,
  kChaCha20Poly1305,
  kConcatenateBaseAndKey,
};

inline MechanismType TypeOf(const Mechanism& mechanism) {
  return static_cast<MechanismType>(mechanism.index());
}

// The mechanism's name as operators know it, such as "AES-GCM" or "EMV-CRYPTOGRAM".
const char* MechanismName(MechanismType type);

}  // namespace florin::mechanisms

#pragma GCC visibility pop
