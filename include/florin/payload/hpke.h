// HPKE (RFC 9180): one message, or a stream of them, encrypted to a public key. All four modes over
// P-256, P-384, P-521 and X25519.
//
// Both sides compute in an hsm::Session, a token's or a SoftToken's. The Diffie-Hellman values, the
// KEM's shared secret, the AEAD key and the exporter secret are keys of that session and never
// leave it. Two values do, because nobody could compute without them: the base nonce, 12 bytes, is
// read as the first block of HKDF-Expand, which is one HMAC (RFC 5869 2.3) under a second copy of
// the schedule's secret that only signs; and what Export gives.
//
// A session needs ECDH, CKM_CONCATENATE_DATA_AND_BASE, HKDF with a key as the salt, HMAC and the
// suite's AEAD; the Auth modes need CKM_CONCATENATE_BASE_AND_KEY as well. kUnsupported names what
// is missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "florin/base/bytes.h"
#include "florin/base/curve.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// RFC 9180 5, table 1.
enum class HpkeMode : std::uint8_t { kBase = 0, kPsk = 1, kAuth = 2, kAuthPsk = 3 };

// The registered numbers of RFC 9180 7.1 to 7.3.
enum class HpkeKem : std::uint16_t {
  kP256Sha256 = 0x0010,
  kP384Sha384 = 0x0011,
  kP521Sha512 = 0x0012,
  kX25519Sha256 = 0x0020,
};
enum class HpkeKdf : std::uint16_t { kSha256 = 1, kSha384 = 2, kSha512 = 3 };
enum class HpkeAead : std::uint16_t {
  kAes128Gcm = 1,
  kAes256Gcm = 2,
  kChaCha20Poly1305 = 3,
  kExportOnly = 0xffff,
};

struct HpkeSuite {
  HpkeKem kem = HpkeKem::kP256Sha256;
  HpkeKdf kdf = HpkeKdf::kSha256;
  HpkeAead aead = HpkeAead::kAes128Gcm;

  friend bool operator==(const HpkeSuite&, const HpkeSuite&) = default;
};

// What the numbers of a suite stand for.
struct HpkeSuiteInfo {
  const char* kem = "";  // as RFC 9180 has it, such as "DHKEM(P-256, HKDF-SHA256)"
  const char* kdf = "";
  const char* aead = "";
  Curve curve = Curve::kP256;
  std::size_t enc_size = 0;         // bytes of the encapsulated key: 65, 97, 133 or 32
  std::size_t public_key_size = 0;  // the same
  std::size_t tag_size = 0;         // 16; 0 for export-only
};

// kUnsupported for a number that is not in the enumerations above.
Result<HpkeSuiteInfo> DescribeHpkeSuite(const HpkeSuite& suite);

// DeriveKeyPair (RFC 9180 7.1.3): the private key that belongs to keying material, for keys that
// are made outside a token. `ikm` is as good as the key and has at least the key's length.
// kInvalidArgument, kUnsupported.
Result<SecretBytes> DeriveHpkePrivateKey(HpkeKem kem, ByteView ikm);

// A set of modes.
class HpkeModeSet {
 public:
  constexpr HpkeModeSet(std::initializer_list<HpkeMode> modes) {
    for (HpkeMode mode : modes) bits_ = static_cast<std::uint8_t>(bits_ | Bit(mode));
  }
  constexpr bool Has(HpkeMode mode) const { return (bits_ & Bit(mode)) != 0; }

 private:
  static constexpr std::uint8_t Bit(HpkeMode mode) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(mode));
  }
  std::uint8_t bits_ = 0;
};

// What a protocol uses. The mode of a call follows from what it is given, a PSK or a sender's key;
// one that is not among these is refused with kPermissionDenied, so that a forgotten key cannot
// turn an authenticated message into an anonymous one.
struct HpkeProfile {
  HpkeSuite suite;
  HpkeModeSet modes = {HpkeMode::kBase};
};

inline constexpr std::size_t kMaxHpkeInfo = 65536;          // bytes; also of a PSK's id
inline constexpr std::size_t kMaxHpkeExportContext = 512;   // bytes
inline constexpr std::size_t kMaxHpkeMessage = 16'000'000;  // bytes of plaintext or ciphertext
inline constexpr std::size_t kMaxHpkeAssociated = 1 << 20;  // bytes of associated data
inline constexpr std::size_t kMinHpkePsk = 32;              // bytes (RFC 9180 9.5)

// A pre-shared key: a generic secret of the session that derives, of 32 bytes or more, and its
// name, which is not secret. One without the other is refused (RFC 9180 5.1).
struct HpkePsk {
  hsm::KeyHandle key = {};
  ByteView id = {};
};

struct HpkeReceiverSetup {
  HpkeProfile profile;
  hsm::KeyHandle private_key = {};  // on the suite's curve, derives
  ByteView public_key = {};         // that belongs to it; empty: the session is asked
  ByteView info = {};
  HpkePsk psk = {};                 // modes kPsk, kAuthPsk
  ByteView sender_public_key = {};  // modes kAuth, kAuthPsk: whom the message must come from
};

struct HpkeSenderSetup {
  HpkeProfile profile;
  ByteView recipient_public_key = {};  // uncompressed point, or the 32 bytes of X25519
  ByteView info = {};
  HpkePsk psk = {};                 // modes kPsk, kAuthPsk
  hsm::KeyHandle sender_key = {};   // modes kAuth, kAuthPsk: the own private key, derives
  ByteView sender_public_key = {};  // that belongs to it; empty: the session is asked
};

// Both contexts: one thread at a time; must not outlive the session, which holds their keys until
// they end, nor the observer. Views of the setup are used by Create alone.
//
// Errors of Create: kInvalidArgument (a key or PSK of the wrong form, half a PSK), kLimitExceeded,
// kPermissionDenied (a mode or key that is not for it), kUnsupported (suite or session), those of
// the session. Errors of Export: kInvalidArgument, kLimitExceeded (context; length not 1 to 255
// digests), those of the session.

class HpkeReceiver {
 public:
  // `enc` is the encapsulated key that came with the message. kVerificationFailed, with one text,
  // for every reason that lies in the message, here and in Open; the observer ("payload.hpke")
  // hears the stage: "encapsulated key", "agreement", "open".
  static Result<HpkeReceiver> Create(hsm::Session& session, const HpkeReceiverSetup& setup,
                                     ByteView enc, Observer& observer = NullObserver());

  HpkeReceiver(HpkeReceiver&&) noexcept;
  HpkeReceiver& operator=(HpkeReceiver&&) noexcept;
  ~HpkeReceiver();

  // The next message of the stream. One that is refused does not count: the next try opens the
  // same number. kUnsupported for an export-only suite.
  Result<SecretBytes> Open(ByteView aad, ByteView ciphertext);
  // The same into `out`, ciphertext.size() - 16 bytes (kBufferTooSmall); returns how many.
  Result<std::size_t> Open(ByteView aad, ByteView ciphertext, MutableBytes out);

  // A secret that both sides can compute (RFC 9180 5.3), 1 to 255 digests long.
  Result<SecretBytes> Export(ByteView context, std::size_t length);
  // The same as a key of the session, which stays there; `key.rules.length` says how long.
  Result<hsm::KeyHandle> ExportKey(ByteView context, const hsm::KeyTemplate& key);

 private:
  friend struct HpkeAccess;
  class State;
  explicit HpkeReceiver(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class HpkeSender {
 public:
  // Draws an ephemeral pair in the session. kInvalidArgument also for a recipient's key that is
  // none of the curve.
  static Result<HpkeSender> Create(hsm::Session& session, const HpkeSenderSetup& setup);

  HpkeSender(HpkeSender&&) noexcept;
  HpkeSender& operator=(HpkeSender&&) noexcept;
  ~HpkeSender();

  // The encapsulated key, which goes with the first message.
  ByteView enc() const;

  // The next message of the stream: ciphertext and tag. kLimitExceeded after 2^64 - 1 messages;
  // kUnsupported for an export-only suite.
  Result<Bytes> Seal(ByteView aad, ByteView plaintext);

  Result<SecretBytes> Export(ByteView context, std::size_t length);
  Result<hsm::KeyHandle> ExportKey(ByteView context, const hsm::KeyTemplate& key);

 private:
  friend struct HpkeAccess;
  class State;
  explicit HpkeSender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct HpkeMessage {
  Bytes enc;
  Bytes ciphertext;
};

// Single-shot (RFC 9180 6.1): one message, then the context is forgotten.
Result<HpkeMessage> HpkeSeal(hsm::Session& session, const HpkeSenderSetup& setup, ByteView aad,
                             ByteView plaintext);
Result<SecretBytes> HpkeOpen(hsm::Session& session, const HpkeReceiverSetup& setup, ByteView enc,
                             ByteView aad, ByteView ciphertext,
                             Observer& observer = NullObserver());

}  // namespace florin::payload

#pragma GCC visibility pop
