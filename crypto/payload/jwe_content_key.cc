#include "crypto/payload/jwe_content_key.h"

#include <algorithm>

#include "crypto/payload/agreed_key.h"
#include "crypto/payload/session_keys.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

// The longest wrapped key: an RSA ciphertext.
constexpr std::size_t kMaxWrappedKey = 512;

mechanisms::Mechanism RsaMechanismOf(JweAlgorithm algorithm) {
  if (algorithm == JweAlgorithm::kRsa15) return mechanisms::RsaPkcs1{};
  return mechanisms::RsaOaep{algorithm == JweAlgorithm::kRsaOaep ? Hash::kSha1 : Hash::kSha256};
}

// Two byte strings as one.
class Joined {
 public:
  Result<ByteView> Of(ByteView first, ByteView second) {
    if (first.size() + second.size() > bytes_.size()) {
      return Error(ErrorCode::kMalformed, "JWE: the encrypted key is too long");
    }
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), bytes_.begin()));
    return ByteView(bytes_).first(first.size() + second.size());
  }

 private:
  std::array<std::uint8_t, kMaxWrappedKey + kMaxCurvePublicSize> bytes_{};
};

Result<hsm::KeyHandle> Agree(hsm::Session& session, hsm::KeyHandle key, const JweHeader& header,
                             const hsm::KeyTemplate& agreed) {
  const AgreedKey named = AgreedKeyOf(*header.algorithm, *header.encryption);
  std::array<std::uint8_t, kMaxAgreementInfo> storage;
  const ByteView info =
      WriteAgreementInfo(named.name, header.apu, header.apv, named.length, storage);
  return DeriveAgreedKey(session, key, header.epk->bytes(),
                         InfoOf(header.epk->curve()).private_size, info, agreed);
}

// Whether it was the token's rules that refused a key which unwraps, or what the sender sent: then
// no other key comes of it either.
Error WhyNotAgreed(hsm::Session& session, hsm::KeyHandle key, const JweHeader& header,
                   std::size_t length, const Error& error) {
  const bool may_be_rules =
      error.code() == ErrorCode::kPermissionDenied || error.code() == ErrorCode::kInvalidArgument;
  if (!may_be_rules) return error;
  const auto other = Agree(session, key, header, DerivingSecret(length));
  if (!other.ok()) return error;
  const hsm::ScopedKey owned(session, *other);
  return {ErrorCode::kUnsupported,
          "the token has no CKM_FLORIN_ECDH_AES_KEY_WRAP, and its rules do not let a derived key "
          "unwrap (CKA_UNWRAP); ECDH-ES with key wrap needs one of them",
          error.detail()};
}

// In one call, where the session has it: the wrapping key is nobody's then. Other modules let a
// derived key unwrap.
Result<hsm::KeyHandle> UnwrapAgreed(hsm::Session& session, hsm::KeyHandle key,
                                    const JweHeader& header, ByteView encrypted_key,
                                    const hsm::KeyTemplate& cek) {
  const AgreedKey named = AgreedKeyOf(*header.algorithm, *header.encryption);
  if (session.Supports(MechanismType::kEcdhAesKeyWrap, Verb::kUnwrap)) {
    std::array<std::uint8_t, kMaxAgreementInfo> storage;
    const ByteView info =
        WriteAgreementInfo(named.name, header.apu, header.apv, named.length, storage);
    Joined joined;
    FLORIN_TRY(const ByteView wrapped, joined.Of(header.epk->bytes(), encrypted_key));
    return session.Unwrap(mechanisms::EcdhAesKeyWrap{named.length, info}, key, wrapped, cek);
  }
  if (!session.Supports(MechanismType::kAesKeyWrap, Verb::kUnwrap)) {
    return Error(ErrorCode::kUnsupported,
                 "the token offers neither CKM_FLORIN_ECDH_AES_KEY_WRAP nor CKM_AES_KEY_WRAP; "
                 "ECDH-ES with key wrap needs one of them");
  }
  const auto wrapping =
      Agree(session, key, header, SessionKey(KeyType::kAes, named.length, Verb::kUnwrap));
  if (!wrapping.ok()) return WhyNotAgreed(session, key, header, named.length, wrapping.error());
  const hsm::ScopedKey owned(session, *wrapping);
  return session.Unwrap(mechanisms::AesKeyWrap{}, *wrapping, encrypted_key, cek);
}

Result<hsm::KeyHandle> Bring(hsm::Session& session, hsm::KeyHandle key, const JweHeader& header,
                             ByteView encrypted_key, const hsm::KeyTemplate& cek) {
  switch (header.algorithm->management) {
    case KeyManagement::kRsa:
      return session.Unwrap(RsaMechanismOf(header.algorithm->algorithm), key, encrypted_key, cek);
    case KeyManagement::kAgreement: return Agree(session, key, header, cek);
    case KeyManagement::kAgreedKeyWrap:
      return UnwrapAgreed(session, key, header, encrypted_key, cek);
    case KeyManagement::kKeyWrap:
      return session.Unwrap(mechanisms::AesKeyWrap{}, key, encrypted_key, cek);
    case KeyManagement::kGcmKeyWrap: {
      Joined joined;
      FLORIN_TRY(const ByteView wrapped, joined.Of(encrypted_key, header.wrap_tag));
      return session.Unwrap(mechanisms::AesGcm{header.wrap_iv, {}, kGcmTag}, key, wrapped, cek);
    }
    case KeyManagement::kDirect: break;
  }
  return key;
}

// A piece of a content key. Its length is that of "enc" by now, so a refusal is the token's way to
// say that it cuts no key for this, as NSS cuts none for HMAC.
Result<hsm::ScopedKey> Cut(hsm::Session& session, hsm::KeyHandle key, std::size_t offset,
                           const hsm::KeyTemplate& piece) {
  auto made = DeriveScoped(session, mechanisms::ExtractKeyFromKey{offset * 8}, key, piece);
  const ErrorCode code = made.code();
  if (code != ErrorCode::kInvalidArgument && code != ErrorCode::kPermissionDenied) return made;
  return Error(ErrorCode::kUnsupported,
               "the token's CKM_EXTRACT_KEY_FROM_KEY does not cut keys for HMAC and AES out of a "
               "secret; A*CBC-HS* needs that",
               made.error().detail());
}

// RFC 7518 5.2.2.2: the tag first; what it does not cover is not decrypted.
Result<SecretBytes> OpenComposite(hsm::Session& session, hsm::KeyHandle key,
                                  const JweEncryptionRow& row, const SealedContent& content) {
  const std::size_t half = row.cek_length / 2;
  FLORIN_TRY(const hsm::ScopedKey mac_key,
             Cut(session, key, 0, SessionKey(KeyType::kHmac, half, Verb::kVerify)));
  FLORIN_CHECK_OK(session.Verify(mechanisms::Hmac{row.hash, row.tag_length}, mac_key.handle(),
                                 content.bytes, content.tag));
  FLORIN_TRY(const hsm::ScopedKey cipher_key,
             Cut(session, key, half, SessionKey(KeyType::kAes, half, Verb::kDecrypt)));
  FLORIN_TRY(SecretBytes plaintext, SecretBytes::Create(content.ciphertext.size()));
  FLORIN_TRY(const std::size_t size,
             session.Decrypt(mechanisms::AesCbcPad{content.iv}, cipher_key.handle(),
                             content.ciphertext, plaintext.Write(SecretAccess{})));
  plaintext.Truncate(size);
  return plaintext;
}

}  // namespace

bool OffersRsa(const hsm::Session& session, const JweAlgorithmRow& algorithm) {
  return session.Supports(TypeOf(RsaMechanismOf(algorithm.algorithm)), Verb::kUnwrap);
}

hsm::KeyTemplate OpeningKeyTemplate(const JweEncryptionRow& encryption) {
  if (encryption.gcm) return SessionKey(KeyType::kAes, encryption.cek_length, Verb::kDecrypt);
  hsm::KeyTemplate key = DerivingSecret(encryption.cek_length);
  key.rules.allowed_mechanisms = {MechanismType::kExtractKeyFromKey};
  return key;
}

Result<ContentKey> BringContentKey(hsm::Session& session, hsm::KeyHandle key,
                                   const JweHeader& header, ByteView encrypted_key) {
  if (header.algorithm->management == KeyManagement::kDirect) return ContentKey::Shared(key);
  FLORIN_TRY(const hsm::KeyHandle cek,
             Bring(session, key, header, encrypted_key, OpeningKeyTemplate(*header.encryption)));
  return ContentKey::Owned(session, cek);
}

Result<SecretBytes> OpenContent(hsm::Session& session, hsm::KeyHandle key,
                                const JweEncryptionRow& encryption, const SealedContent& content) {
  if (!encryption.gcm) return OpenComposite(session, key, encryption, content);
  FLORIN_TRY(SecretBytes plaintext, SecretBytes::Create(content.ciphertext.size()));
  const ByteView sealed =
      content.bytes.subspan(content.aad.size() + content.iv.size());  // ciphertext and tag
  FLORIN_TRY(const std::size_t size,
             session.Decrypt(mechanisms::AesGcm{content.iv, content.aad, encryption.tag_length},
                             key, sealed, plaintext.Write(SecretAccess{})));
  plaintext.Truncate(size);
  return plaintext;
}

}  // namespace florin::payload
