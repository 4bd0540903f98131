// What two parties agree on before ECDH gives them a key block protection key: KDF, hash, shared
// information and the kind of key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::card {

enum class KeyAgreementKdf : std::uint8_t {
  kNistSp800,  // SP 800-56A one-step: H(counter || Z || shared info)
  kAnsiX963,   // ANSI X9.63: H(Z || counter || shared info)
};

// The key that comes out. TDES keys keep the parity bits that come out: DES ignores them.
enum class AgreedKey : std::uint8_t { kTdes2, kTdes3, kAes128, kAes192, kAes256 };

// Its length in bytes: 16, 24, 16, 24, 32.
constexpr std::size_t AgreedKeySize(AgreedKey key) {
  switch (key) {
    case AgreedKey::kTdes2:
    case AgreedKey::kAes128: return 16;
    case AgreedKey::kTdes3:
    case AgreedKey::kAes192: return 24;
    case AgreedKey::kAes256: return 32;
  }
  return 0;
}

// Its security strength in bits (SP 800-57 part 1 table 2): 80, 112, 128, 192, 256.
constexpr int AgreedKeyStrength(AgreedKey key) {
  if (key == AgreedKey::kTdes2) return 80;
  if (key == AgreedKey::kTdes3) return 112;
  return static_cast<int>(8 * AgreedKeySize(key));
}

inline constexpr std::size_t kMaxSharedInfo = 1024;
inline constexpr std::size_t kMinSharedInfoNonce = 16;

struct KeyAgreement {
  KeyAgreementKdf kdf = KeyAgreementKdf::kNistSp800;
  Hash hash = Hash::kSha256;  // SHA-256, 384 or 512
  AgreedKey key = AgreedKey::kAes128;
  // 1..1024 raw bytes, the same on both sides; must outlive the call. WriteSharedInfo makes good
  // ones: names of both parties and a nonce, so that no two agreements yield the same key.
  ByteView shared_info = {};
  // A curve weaker than the key: P-256 has 128 bits, P-384 192.
  bool weaker_curve = false;
};

// Writes shared information to the start of `out` and returns its length: `purpose`, `initiator`
// and `responder` (each not empty) and `nonce` (16 bytes and up), each behind its length in four
// bytes, as SP 800-56A r3 5.8.2.1.1 writes fixed info of variable length. Both sides must call it
// alike. kInvalidArgument, kLimitExceeded above 1024 bytes, kBufferTooSmall.
Result<std::size_t> WriteSharedInfo(std::string_view purpose, ByteView initiator,
                                    ByteView responder, ByteView nonce, MutableBytes out);

}  // namespace florin::card

#pragma GCC visibility pop
