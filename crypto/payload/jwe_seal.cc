#include "crypto/payload/jwe_seal.h"

#include <algorithm>

#include "crypto/payload/jwe_text.h"
#include "crypto/payload/session_keys.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

constexpr std::size_t kBlock = 16;

// RFC 7518 5.2.2.1: what the MAC covers.
Bytes MacInput(ByteView aad, ByteView iv, ByteView ciphertext) {
  Bytes input;
  input.reserve(aad.size() + iv.size() + ciphertext.size() + 8);
  for (const ByteView part : {aad, iv, ciphertext}) {
    input.insert(input.end(), part.begin(), part.end());
  }
  const auto length = BitLength(aad.size());
  input.insert(input.end(), length.begin(), length.end());
  return input;
}

std::size_t PaddedSize(std::size_t size) { return size / kBlock * kBlock + kBlock; }

Result<SealedJwe> SealComposite(ByteView cek, const JweEncryptionRow& row, ByteView aad,
                                ByteView iv, ByteView plaintext) {
  const std::size_t half = row.cek_length / 2;
  FLORIN_TRY(const auto cipher, primitives::AesCipher(cek.subspan(half)));
  SealedJwe sealed;
  sealed.ciphertext.resize(PaddedSize(plaintext.size()));
  FLORIN_CHECK_OK(cipher.Crypt(primitives::CipherMode::kCbcPad, primitives::Direction::kEncrypt, iv,
                               plaintext, sealed.ciphertext));
  FLORIN_TRY(const auto mac, primitives::HmacKey::Create(row.hash, cek.first(half)));
  sealed.tag.resize(row.tag_length);
  FLORIN_CHECK_OK(mac.Sign({ByteView(MacInput(aad, iv, sealed.ciphertext))}, sealed.tag));
  return sealed;
}

Result<SealedJwe> SealComposite(hsm::Session& session, hsm::KeyHandle cek,
                                const JweEncryptionRow& row, ByteView aad, ByteView iv,
                                ByteView plaintext) {
  const std::size_t half = row.cek_length / 2;
  FLORIN_TRY(const hsm::ScopedKey cipher_key,
             DeriveScoped(session, mechanisms::ExtractKeyFromKey{half * 8}, cek,
                          SessionKey(KeyType::kAes, half, Verb::kEncrypt)));
  SealedJwe sealed;
  sealed.ciphertext.resize(PaddedSize(plaintext.size()));
  FLORIN_CHECK_OK(session.Encrypt(mechanisms::AesCbcPad{iv}, cipher_key.handle(), plaintext,
                                  sealed.ciphertext));
  FLORIN_TRY(const hsm::ScopedKey mac_key,
             DeriveScoped(session, mechanisms::ExtractKeyFromKey{0}, cek,
                          SessionKey(KeyType::kHmac, half, Verb::kSign)));
  sealed.tag.resize(row.tag_length);
  FLORIN_CHECK_OK(session.Sign(mechanisms::Hmac{row.hash, row.tag_length}, mac_key.handle(),
                               MacInput(aad, iv, sealed.ciphertext), sealed.tag));
  return sealed;
}

}  // namespace

Result<SealedJwe> SealContent(const SecretBytes& cek, const JweEncryptionRow& encryption,
                              ByteView aad, ByteView iv, ByteView plaintext) {
  const ByteView key = cek.Read(SecretAccess{});
  if (!encryption.gcm) return SealComposite(key, encryption, aad, iv, plaintext);
  SealedJwe sealed;
  sealed.ciphertext.resize(plaintext.size());
  sealed.tag.resize(encryption.tag_length);
  FLORIN_CHECK_OK(
      primitives::AesGcmSealOnce(key, iv, aad, plaintext, sealed.ciphertext, sealed.tag));
  return sealed;
}

hsm::KeyTemplate SealingKeyTemplate(const JweEncryptionRow& encryption) {
  hsm::KeyTemplate key = encryption.gcm
                             ? SessionKey(KeyType::kAes, encryption.cek_length, Verb::kEncrypt)
                             : DerivingSecret(encryption.cek_length);
  if (!encryption.gcm) key.rules.allowed_mechanisms = {MechanismType::kExtractKeyFromKey};
  key.rules.extractable = true;
  return key;
}

Result<SealedJwe> SealContent(hsm::Session& session, hsm::KeyHandle cek,
                              const JweEncryptionRow& encryption, ByteView aad, ByteView iv,
                              ByteView plaintext) {
  if (!encryption.gcm) return SealComposite(session, cek, encryption, aad, iv, plaintext);
  SealedJwe sealed;
  sealed.ciphertext.resize(plaintext.size() + encryption.tag_length);
  FLORIN_TRY(const std::size_t size,
             session.Encrypt(mechanisms::AesGcm{iv, aad, encryption.tag_length}, cek, plaintext,
                             sealed.ciphertext));
  if (size != sealed.ciphertext.size()) {
    return Error(ErrorCode::kDeviceError, "JWE: the token's AES-GCM wrote no whole tag");
  }
  sealed.tag.assign(sealed.ciphertext.end() - static_cast<std::ptrdiff_t>(encryption.tag_length),
                    sealed.ciphertext.end());
  sealed.ciphertext.resize(plaintext.size());
  return sealed;
}

}  // namespace florin::payload
