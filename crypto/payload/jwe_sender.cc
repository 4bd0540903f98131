#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/base/json_writer.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/payload/jwe_profile_check.h"
#include "crypto/payload/jwe_seal.h"
#include "crypto/payload/jwe_text.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/curve_key.h"
#include "crypto/primitives/kdf.h"
#include "florin/base/base64.h"
#include "florin/payload/jwe.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxPlaintext = std::size_t{2} << 20;

// What the recipient's key made of the CEK, and what the header says of it.
struct CarriedKey {
  Bytes encrypted_key;
  std::optional<JwkCurveKey> epk;
  Bytes wrap_iv;
  Bytes wrap_tag;
};

void WriteIssuedAt(IssuedAt form, UnixSeconds now, JsonWriter& writer) {
  switch (form) {
    case IssuedAt::kNone: break;
    case IssuedAt::kSecondsText: writer.String("iat", std::to_string(now.value)); break;
    case IssuedAt::kSecondsNumber: writer.Int("iat", now.value); break;
    case IssuedAt::kMillisecondsNumber: writer.Int("iat", now.value * 1000); break;
  }
}

std::string Compact(const std::string& protected_text, const CarriedKey& carried, ByteView iv,
                    const SealedJwe& sealed) {
  std::string text = protected_text;
  for (const ByteView part :
       {ByteView(carried.encrypted_key), iv, ByteView(sealed.ciphertext), ByteView(sealed.tag)}) {
    text += '.';
    text += Base64Encode(part, Base64Form::kUrl);
  }
  return text;
}

}  // namespace

struct JweSender::State {
  JweProfile profile;
  std::string kid;
  JweSenderOptions options;
  std::optional<JosePublicKey> public_key;  // else `shared_key`
  std::optional<hsm::KeyRef> shared_key;
  const JweAlgorithmRow* algorithm;
  const JweEncryptionRow* encryption;

  Result<Bytes> Random(std::size_t size) const {
    Bytes bytes(size);
    FLORIN_CHECK_OK(options.random->Fill(bytes));
    return bytes;
  }
  Result<SecretBytes> RandomKey() const {
    FLORIN_TRY(SecretBytes key, SecretBytes::Create(encryption->cek_length));
    FLORIN_CHECK_OK(options.random->Fill(key.Write(SecretAccess{})));
    return key;
  }

  Result<std::string> WriteHeader(const CarriedKey& carried) const;
  Result<Bytes> DrawIv() const {
    return Random(encryption->gcm ? profile.gcm_iv_lengths.front() : kCbcIv);
  }

  Result<CarriedKey> CarryForRsa(const SecretBytes& cek) const;
  // Sets or wraps `cek`.
  Result<CarriedKey> CarryAgreed(SecretBytes& cek) const;

  // Seals under a CEK of this process, or a session and its key.
  template <class... Cek>
  Result<std::string> Finish(const CarriedKey& carried, ByteView plaintext, Cek&... cek) const {
    FLORIN_TRY(const std::string header, WriteHeader(carried));
    FLORIN_TRY(const Bytes iv, DrawIv());
    FLORIN_TRY(const SealedJwe sealed,
               SealContent(cek..., *encryption, AsBytes(header), iv, plaintext));
    return Compact(header, carried, iv, sealed);
  }

  Result<std::string> SealToPublicKey(ByteView plaintext) const;
  Result<std::string> SealUnderWrapping(hsm::Session& session, hsm::KeyHandle key,
                                        ByteView plaintext) const;
  Result<std::string> SealUnderGcmWrapping(hsm::Session& session, hsm::KeyHandle key,
                                           ByteView plaintext) const;
  Result<std::string> SealDirectly(hsm::Session& session, hsm::KeyHandle key,
                                   ByteView plaintext) const;
};

// RFC 7516 5.1 steps 12 and 13: the text that is sent and authenticated.
Result<std::string> JweSender::State::WriteHeader(const CarriedKey& carried) const {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.String("alg", algorithm->name);
  writer.String("enc", encryption->name);
  if (!kid.empty()) writer.String("kid", kid);
  for (const auto& [name, value] : profile.sent_members) writer.String(name, value);
  WriteIssuedAt(profile.sent_issued_at, options.clock->Now(), writer);
  if (carried.epk.has_value()) {
    writer.Name("epk").BeginObject();
    carried.epk->WriteMembers(writer);
    writer.EndObject();
    if (!options.apu.empty()) writer.String("apu", Base64Encode(options.apu, Base64Form::kUrl));
    if (!options.apv.empty()) writer.String("apv", Base64Encode(options.apv, Base64Form::kUrl));
  }
  if (!carried.wrap_iv.empty()) {
    writer.String("iv", Base64Encode(carried.wrap_iv, Base64Form::kUrl));
    writer.String("tag", Base64Encode(carried.wrap_tag, Base64Form::kUrl));
  }
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return Base64Encode(AsBytes(json), Base64Form::kUrl);
}

Result<CarriedKey> JweSender::State::CarryForRsa(const SecretBytes& cek) const {
  const primitives::RsaPublicKey& key = *RsaPartOf(*public_key);
  CarriedKey carried;
  carried.encrypted_key.resize(key.modulus_size());
  const ByteView material = cek.Read(SecretAccess{});
  if (algorithm->algorithm == JweAlgorithm::kRsa15) {
    FLORIN_CHECK_OK(key.EncryptPkcs1(material, carried.encrypted_key));
    return carried;
  }
  const bool sha1 = algorithm->algorithm == JweAlgorithm::kRsaOaep;
  FLORIN_CHECK_OK(
      key.EncryptOaep(sha1 ? Hash::kSha1 : Hash::kSha256, material, carried.encrypted_key));
  return carried;
}

Result<CarriedKey> JweSender::State::CarryAgreed(SecretBytes& cek) const {
  const JwkCurveKey& peer = *CurvePartOf(*public_key);
  FLORIN_TRY(const auto ephemeral,
             primitives::CurvePrivateKey::Generate(peer.curve(), *options.random));
  CarriedKey carried;
  FLORIN_TRY(carried.epk, JwkCurveKey::Create(peer.curve(), ephemeral.public_key()));
  SecretArray<kMaxCurvePrivateSize> storage;
  const auto z = storage.Write(SecretAccess{}).first(InfoOf(peer.curve()).private_size);
  FLORIN_CHECK_OK(ephemeral.Agree(peer.bytes(), z));
  const AgreedKey named = AgreedKeyOf(*algorithm, *encryption);
  std::array<std::uint8_t, kMaxAgreementInfo> info_storage;
  const ByteView info =
      WriteAgreementInfo(named.name, options.apu, options.apv, named.length, info_storage);
  FLORIN_TRY(SecretBytes agreed, SecretBytes::Create(named.length));
  FLORIN_CHECK_OK(primitives::OneStepKdf(Hash::kSha256, z, info, agreed.Write(SecretAccess{})));
  if (algorithm->management == KeyManagement::kAgreement) {
    cek = std::move(agreed);
    return carried;
  }
  FLORIN_TRY(const auto wrapping, primitives::AesCipher(agreed.Read(SecretAccess{})));
  carried.encrypted_key.resize(cek.size() + primitives::kKeyWrapOverhead);
  FLORIN_CHECK_OK(
      primitives::AesKeyWrap(wrapping, cek.Read(SecretAccess{}), carried.encrypted_key));
  return carried;
}

Result<std::string> JweSender::State::SealToPublicKey(ByteView plaintext) const {
  FLORIN_TRY(SecretBytes cek, RandomKey());
  FLORIN_TRY(const CarriedKey carried,
             algorithm->management == KeyManagement::kRsa ? CarryForRsa(cek) : CarryAgreed(cek));
  return Finish(carried, plaintext, cek);
}

Result<std::string> JweSender::State::SealUnderWrapping(hsm::Session& session, hsm::KeyHandle key,
                                                        ByteView plaintext) const {
  FLORIN_TRY(const hsm::KeyHandle cek, session.Generate(SealingKeyTemplate(*encryption)));
  const hsm::ScopedKey owned(session, cek);
  CarriedKey carried;
  carried.encrypted_key.resize(encryption->cek_length + primitives::kKeyWrapOverhead);
  FLORIN_TRY(const std::size_t wrapped,
             session.Wrap(mechanisms::AesKeyWrap{}, key, cek, carried.encrypted_key));
  carried.encrypted_key.resize(wrapped);
  return Finish(carried, plaintext, session, cek);
}

Result<std::string> JweSender::State::SealUnderGcmWrapping(hsm::Session& session,
                                                           hsm::KeyHandle key,
                                                           ByteView plaintext) const {
  FLORIN_TRY(const SecretBytes cek, RandomKey());
  CarriedKey carried;
  FLORIN_TRY(carried.wrap_iv, Random(kGcmKeyWrapIv));
  Bytes wrapped(cek.size() + kGcmTag);
  FLORIN_CHECK_OK(session.Encrypt(mechanisms::AesGcm{carried.wrap_iv, {}, kGcmTag}, key,
                                  cek.Read(SecretAccess{}), wrapped));
  carried.wrap_tag.assign(wrapped.end() - kGcmTag, wrapped.end());
  wrapped.resize(cek.size());
  carried.encrypted_key = std::move(wrapped);
  return Finish(carried, plaintext, cek);
}

Result<std::string> JweSender::State::SealDirectly(hsm::Session& session, hsm::KeyHandle key,
                                                   ByteView plaintext) const {
  const CarriedKey carried;
  return Finish(carried, plaintext, session, key);
}

namespace {

Status CheckSender(const JweProfile& profile, const std::string& kid,
                   const JweSenderOptions& options) {
  FLORIN_CHECK_OK(CheckProfile(profile));
  if (options.clock == nullptr || options.random == nullptr) {
    return Error(ErrorCode::kInvalidArgument, "a JWE sender needs a clock and random bytes");
  }
  if (options.apu.size() > kMaxPartyInfo || options.apv.size() > kMaxPartyInfo) {
    return Error(ErrorCode::kInvalidArgument, "party info has at most 256 bytes");
  }
  const auto& required = profile.required_members;
  if (kid.empty() && std::find(required.begin(), required.end(), "kid") != required.end()) {
    return Error(ErrorCode::kInvalidArgument, "the profile requires a key id");
  }
  if (kid.size() > kMaxKid) {
    return Error(ErrorCode::kInvalidArgument, "a key id has at most 512 characters");
  }
  return OkStatus();
}

bool Suits(KeyManagement management, const JosePublicKey& key) {
  switch (management) {
    case KeyManagement::kRsa: return RsaPartOf(key) != nullptr;
    case KeyManagement::kAgreement:
    case KeyManagement::kAgreedKeyWrap: {
      const JwkCurveKey* curve_key = CurvePartOf(key);
      return curve_key != nullptr && FormOf(curve_key->curve()) != CurveForm::kEdwards;
    }
    default: return false;
  }
}

}  // namespace

Result<JweSender> JweSender::ToPublicKey(JweProfile profile, JosePublicKey key, std::string kid,
                                         JweSenderOptions options) {
  FLORIN_CHECK_OK(CheckSender(profile, kid, options));
  const JweAlgorithmRow& algorithm = RowOf(profile.algorithms.front());
  const JweEncryptionRow& encryption = RowOf(profile.encryptions.front());
  if (!Suits(algorithm.management, key)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the profile's first algorithm does not take a public key of this type");
  }
  return JweSender(
      std::make_unique<State>(State{std::move(profile), std::move(kid), std::move(options),
                                    std::move(key), std::nullopt, &algorithm, &encryption}));
}

Result<JweSender> JweSender::UnderSharedKey(JweProfile profile, hsm::KeyRef key, std::string kid,
                                            JweSenderOptions options) {
  FLORIN_CHECK_OK(CheckSender(profile, kid, options));
  const JweAlgorithmRow& algorithm = RowOf(profile.algorithms.front());
  const JweEncryptionRow& encryption = RowOf(profile.encryptions.front());
  // Tokens refuse it (SP 800-57 part 1 5.6.1.5): the key of AES-CBC and HMAC counts whole.
  if (algorithm.management == KeyManagement::kKeyWrap &&
      algorithm.wrapping_key_length < std::min<std::size_t>(encryption.cek_length, 32)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the profile's first algorithm wraps under a key weaker than that of its content");
  }
  if (OpeningKeyClass(algorithm.management) != hsm::KeyClass::kSecret ||
      key.key_class() != hsm::KeyClass::kSecret) {
    return Error(ErrorCode::kInvalidArgument,
                 "the profile's first algorithm does not take a shared key, or the key is none");
  }
  return JweSender(
      std::make_unique<State>(State{std::move(profile), std::move(kid), std::move(options),
                                    std::nullopt, std::move(key), &algorithm, &encryption}));
}

JweSender::JweSender(std::unique_ptr<State> state) : state_(std::move(state)) {}
JweSender::JweSender(JweSender&&) noexcept = default;
JweSender& JweSender::operator=(JweSender&&) noexcept = default;
JweSender::~JweSender() = default;

Result<std::string> JweSender::Seal(hsm::Session& session, ByteView plaintext) const {
  FLORIN_INVARIANT(state_ != nullptr);
  if (state_->public_key.has_value()) return Seal(plaintext);
  if (plaintext.size() > kMaxPlaintext) {
    return Error(ErrorCode::kLimitExceeded, "JWE: the plaintext has at most 2 MiB");
  }
  FLORIN_TRY(const hsm::KeyHandle key, session.Resolve(*state_->shared_key));
  switch (state_->algorithm->management) {
    case KeyManagement::kKeyWrap: return state_->SealUnderWrapping(session, key, plaintext);
    case KeyManagement::kGcmKeyWrap: return state_->SealUnderGcmWrapping(session, key, plaintext);
    default: return state_->SealDirectly(session, key, plaintext);
  }
}

Result<std::string> JweSender::Seal(ByteView plaintext) const {
  FLORIN_INVARIANT(state_ != nullptr);
  if (!state_->public_key.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "a shared key is in a session: pass it");
  }
  if (plaintext.size() > kMaxPlaintext) {
    return Error(ErrorCode::kLimitExceeded, "JWE: the plaintext has at most 2 MiB");
  }
  return state_->SealToPublicKey(plaintext);
}

}  // namespace florin::payload
