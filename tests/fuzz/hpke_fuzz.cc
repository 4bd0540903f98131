// HPKE from outside: encapsulated keys and ciphertexts of any bytes, under keys that are fixed. And
// a right message with the input laid over it: it opens exactly where nothing changed.
//   byte 0: KEM, byte 1: AEAD, byte 2: mode, byte 3: how many bytes of the rest are `enc`
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "crypto/base/curve_table.h"
#include "crypto/primitives/curve_key.h"
#include "florin/base/result.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/hpke.h"

namespace florin::payload {
namespace {

constexpr std::array<HpkeKem, 4> kKems = {HpkeKem::kP256Sha256, HpkeKem::kP384Sha384,
                                          HpkeKem::kP521Sha512, HpkeKem::kX25519Sha256};
constexpr std::array<HpkeAead, 4> kAeads = {HpkeAead::kAes128Gcm, HpkeAead::kAes256Gcm,
                                            HpkeAead::kChaCha20Poly1305, HpkeAead::kExportOnly};

hsm::Session& SharedSession() {
  static const auto token = hsm::SoftToken::Create();
  static const auto session = token->OpenSession();
  FLORIN_INVARIANT(session.ok());
  return **session;
}

hsm::KeyHandle Import(mechanisms::KeyType type, Curve curve, ByteView key) {
  hsm::KeyTemplate shape;
  shape.rules.type = type;
  shape.rules.curve = curve;
  shape.rules.length = key.size();
  shape.rules.verbs = {mechanisms::Verb::kDerive};
  const auto handle = SharedSession().Import(shape, SecretBytes::CopyOf(key).value());
  FLORIN_INVARIANT(handle.ok());
  return *handle;
}

// The keys of both sides on one curve, made of keying material that never changes.
struct Keys {
  explicit Keys(HpkeKem kem)
      : recipient(kem, 1),
        sender(kem, 2),
        psk(Import(mechanisms::KeyType::kGenericSecret, Curve::kP256, Bytes(32, 9))) {}
  struct Pair {
    Pair(HpkeKem kem, std::uint8_t fill) {
      const Curve curve = DescribeHpkeSuite({kem, HpkeKdf::kSha256, kAeads[0]}).value().curve;
      const SecretBytes key = DeriveHpkePrivateKey(kem, Bytes(80, fill)).value();
      const ByteView bytes = key.Read(SecretAccess{});
      const auto own = primitives::CurvePrivateKey::FromBytes(curve, bytes);
      FLORIN_INVARIANT(own.ok());
      public_key.assign(own->public_key().begin(), own->public_key().end());
      handle = Import(mechanisms::KeyType::kEcPrivate, curve, bytes);
    }
    hsm::KeyHandle handle;
    Bytes public_key;
  };
  Pair recipient, sender;
  hsm::KeyHandle psk;
};

const Keys& KeysOf(std::size_t kem) {
  static const std::array<Keys, kKems.size()> keys = {Keys(kKems[0]), Keys(kKems[1]),
                                                      Keys(kKems[2]), Keys(kKems[3])};
  return keys[kem];
}

struct Setups {
  Setups(std::size_t kem, HpkeAead aead, HpkeMode mode) {
    const Keys& keys = KeysOf(kem);
    to.profile = from.profile = {{kKems[kem], HpkeKdf::kSha256, aead}, {mode}};
    to.private_key = keys.recipient.handle;
    to.public_key = from.recipient_public_key = keys.recipient.public_key;
    if (mode == HpkeMode::kPsk || mode == HpkeMode::kAuthPsk) {
      to.psk = from.psk = {keys.psk, AsBytes("id")};
    }
    if (mode == HpkeMode::kAuth || mode == HpkeMode::kAuthPsk) {
      from.sender_key = keys.sender.handle;
      from.sender_public_key = to.sender_public_key = keys.sender.public_key;
    }
  }
  HpkeReceiverSetup to;
  HpkeSenderSetup from;
};

// Nobody made this message.
void OpenAnything(const Setups& setups, ByteView enc, ByteView ciphertext) {
  auto receiver = HpkeReceiver::Create(SharedSession(), setups.to, enc);
  if (!receiver.ok()) {
    FLORIN_INVARIANT(receiver.code() == ErrorCode::kVerificationFailed);
    return;
  }
  const auto opened = receiver->Open({}, ciphertext);
  FLORIN_INVARIANT(opened.code() == ErrorCode::kVerificationFailed ||
                   opened.code() == ErrorCode::kUnsupported);
  FLORIN_INVARIANT(receiver
                       ->Export(ciphertext.first(std::min<std::size_t>(ciphertext.size(), 512)),
                                1 + ciphertext.size() % 8000)
                       .ok());
}

// The input is laid over enc || ciphertext.
void OpenAltered(const Setups& setups, ByteView change) {
  const Bytes plaintext(20, 0x5A);
  auto message = HpkeSeal(SharedSession(), setups.from, {}, plaintext);
  if (!message.ok()) {
    FLORIN_INVARIANT(message.code() == ErrorCode::kUnsupported);
    return;
  }
  bool changed = false;
  for (std::size_t i = 0; i < change.size(); ++i) {
    const bool in_enc = i < message->enc.size();
    const std::size_t at = in_enc ? i : i - message->enc.size();
    Bytes& part = in_enc ? message->enc : message->ciphertext;
    if (at >= part.size()) break;
    part[at] ^= change[i];
    changed = changed || change[i] != 0;
  }
  const auto opened = HpkeOpen(SharedSession(), setups.to, message->enc, {}, message->ciphertext);
  FLORIN_INVARIANT(opened.ok() != changed);
}

}  // namespace
}  // namespace florin::payload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace florin::payload;
  if (size < 4 || size > 4096) return 0;
  const std::size_t kem = data[0] % kKems.size();
  const Setups setups(kem, kAeads[data[1] % kAeads.size()], static_cast<HpkeMode>(data[2] % 4));
  const florin::ByteView rest(data + 4, size - 4);
  const std::size_t enc = std::min<std::size_t>(data[3], rest.size());
  OpenAnything(setups, rest.first(enc), rest.subspan(enc));
  OpenAltered(setups, rest);
  return 0;
}
