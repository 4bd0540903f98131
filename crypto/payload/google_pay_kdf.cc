#include "crypto/payload/google_pay_kdf.h"

#include <algorithm>

#include "crypto/payload/session_keys.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

constexpr std::size_t kPointSize = 65;
constexpr std::size_t kSecretSize = 32;

// What each step needs. Asked where a step was refused: a session may answer with an error of its
// own where it lacks one.
Error WhatIsMissing(const hsm::Session& session, const Error& error) {
  if (error.code() == ErrorCode::kSessionLost || error.code() == ErrorCode::kResourceExhausted) {
    return error;
  }
  struct Need {
    MechanismType type;
    Verb verb;
    const char* message;
  };
  constexpr Need kNeeds[] = {
      {MechanismType::kEcdhDerive, Verb::kDerive,
       "this token has no CKM_ECDH1_DERIVE; Google Pay needs it"},
      {MechanismType::kConcatenateDataAndBase, Verb::kDerive,
       "this token has no CKM_CONCATENATE_DATA_AND_BASE; Google Pay needs it"},
      {MechanismType::kHkdfDerive, Verb::kDerive,
       "this token has no CKM_HKDF_DERIVE; Google Pay needs it"},
      {MechanismType::kExtractKeyFromKey, Verb::kDerive,
       "this token has no CKM_EXTRACT_KEY_FROM_KEY; Google Pay needs it"},
      {MechanismType::kHmac, Verb::kVerify,
       "this token has no CKM_SHA256_HMAC; Google Pay needs it"},
      {MechanismType::kAesCtr, Verb::kDecrypt,
       "this token has no CKM_AES_CTR; Google Pay needs it"},
  };
  for (const Need& need : kNeeds) {
    if (!session.Supports(need.type, need.verb)) {
      return {ErrorCode::kUnsupported, need.message, error.detail()};
    }
  }
  return error;
}

Result<hsm::ScopedKey> DeriveStep(hsm::Session& session, const mechanisms::Mechanism& mechanism,
                                  hsm::KeyHandle base, const hsm::KeyTemplate& derived) {
  auto key = DeriveScoped(session, mechanism, base, derived);
  if (!key.ok()) return WhatIsMissing(session, key.error());
  return key;
}

}  // namespace

GooglePayOpener::Templates GooglePayOpener::TemplatesFor(std::size_t key_size) {
  Templates templates = {DerivingSecret(2 * key_size),
                         SessionKey(KeyType::kHmac, key_size, Verb::kVerify),
                         SessionKey(KeyType::kAes, key_size, Verb::kDecrypt)};
  templates.both_keys.rules.allowed_mechanisms = {MechanismType::kExtractKeyFromKey};
  return templates;
}

GooglePayOpener::GooglePayOpener()
    : shared_secret_(DerivingSecret(kSecretSize)),
      point_and_secret_(DerivingSecret(kPointSize + kSecretSize)),
      by_protocol_{TemplatesFor(GooglePayKeySize(GoogleProtocol::kEcV1)),
                   TemplatesFor(GooglePayKeySize(GoogleProtocol::kEcV2))} {}

Result<hsm::ScopedKey> GooglePayOpener::DeriveBoth(hsm::Session& session,
                                                   hsm::KeyHandle private_key,
                                                   ByteView ephemeral_point,
                                                   const hsm::KeyTemplate& both) const {
  const mechanisms::EcdhDerive ecdh{ephemeral_point, mechanisms::EcdhKdf::kNull, {}};
  FLORIN_TRY(const hsm::ScopedKey z, DeriveStep(session, ecdh, private_key, shared_secret_));
  FLORIN_TRY(const hsm::ScopedKey point_and_z,
             DeriveStep(session, mechanisms::ConcatenateDataAndBase{ephemeral_point}, z.handle(),
                        point_and_secret_));
  mechanisms::HkdfDerive hkdf;
  hkdf.info = AsBytes(kGooglePayInfo);
  return DeriveStep(session, hkdf, point_and_z.handle(), both);
}

Result<SecretBytes> GooglePayOpener::Open(hsm::Session& session, hsm::KeyHandle private_key,
                                          const GoogleSealed& sealed, GoogleProtocol protocol,
                                          GooglePayStep& step) const {
  step = GooglePayStep::kKeyAgreement;
  const std::size_t key_size = GooglePayKeySize(protocol);
  const Templates& templates = by_protocol_[protocol == GoogleProtocol::kEcV1 ? 0 : 1];
  FLORIN_TRY(const hsm::ScopedKey both,
             DeriveBoth(session, private_key, sealed.ephemeral_point, templates.both_keys));
  FLORIN_TRY(const hsm::ScopedKey mac_key,
             DeriveStep(session, mechanisms::ExtractKeyFromKey{8 * key_size}, both.handle(),
                        templates.mac_key));
  step = GooglePayStep::kTag;
  const Status verified = session.Verify(mechanisms::Hmac{Hash::kSha256}, mac_key.handle(),
                                         sealed.encrypted_message, sealed.tag);
  if (verified.code() == ErrorCode::kUnsupported) return WhatIsMissing(session, verified.error());
  FLORIN_CHECK_OK(verified);
  step = GooglePayStep::kDecrypt;
  FLORIN_TRY(const hsm::ScopedKey cipher_key, DeriveStep(session, mechanisms::ExtractKeyFromKey{0},
                                                         both.handle(), templates.cipher_key));
  FLORIN_TRY(SecretBytes plaintext, SecretBytes::Create(sealed.encrypted_message.size()));
  const auto size = session.Decrypt(mechanisms::AesCtr{kGooglePayCounter}, cipher_key.handle(),
                                    sealed.encrypted_message, plaintext.Write(SecretAccess{}));
  if (!size.ok()) return WhatIsMissing(session, size.error());
  plaintext.Truncate(*size);
  return plaintext;
}

Result<GoogleSealedBytes> SealGooglePayMessage(ByteView plaintext,
                                               const primitives::EcPrivateKey& ephemeral,
                                               ByteView public_point, GoogleProtocol protocol) {
  GoogleSealedBytes sealed;
  const ByteView point = ephemeral.public_key().point();
  std::copy(point.begin(), point.end(), sealed.ephemeral_point.begin());
  SecretArray<kSecretSize> z;
  FLORIN_CHECK_OK(primitives::Ecdh(ephemeral, public_point, z.Write(SecretAccess{})));
  const std::size_t key_size = GooglePayKeySize(protocol);
  SecretArray<64> keys;
  const MutableBytes both = MutableBytes(keys.Write(SecretAccess{})).first(2 * key_size);
  FLORIN_CHECK_OK(primitives::Hkdf(Hash::kSha256, {}, {point, z.Read(SecretAccess{})},
                                   AsBytes(kGooglePayInfo), both));
  sealed.encrypted_message.resize(plaintext.size());
  FLORIN_TRY(const auto cipher, primitives::AesCipher(both.first(key_size)));
  FLORIN_CHECK_OK(cipher.Crypt(primitives::CipherMode::kCtr, primitives::Direction::kEncrypt,
                               kGooglePayCounter, plaintext, sealed.encrypted_message));
  FLORIN_TRY(const auto mac, primitives::HmacKey::Create(Hash::kSha256, both.last(key_size)));
  FLORIN_CHECK_OK(mac.Sign(ByteView(sealed.encrypted_message), sealed.tag));
  return sealed;
}

}  // namespace florin::payload
