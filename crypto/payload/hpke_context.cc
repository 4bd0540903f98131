#include "crypto/payload/hpke_context.h"
#include "crypto/payload/session_keys.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace florin::payload {
namespace {

using hsm::KeyTemplate;
using hsm::ScopedKey;
using mechanisms::AesGcm;
using mechanisms::ChaCha20Poly1305;
using mechanisms::HkdfDerive;
using mechanisms::Hmac;
using mechanisms::KeyType;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::Verb;

constexpr std::uint64_t kLastNumber = std::numeric_limits<std::uint64_t>::max();

bool Authenticates(HpkeMode mode) { return mode == HpkeMode::kAuth || mode == HpkeMode::kAuthPsk; }

KeyTemplate SigningSecret(std::size_t length) {
  KeyTemplate key = DerivingSecret(length);
  key.rules.type = KeyType::kHmac;
  key.rules.verbs = {Verb::kSign};
  return key;
}

Mechanism CipherOf(const HpkeAeadRow& aead, ByteView nonce, ByteView aad) {
  if (aead.mechanism == MechanismType::kChaCha20Poly1305) return ChaCha20Poly1305{nonce, aad};
  return AesGcm{nonce, aad, aead.tag_size};
}

Error BadMac() { return {ErrorCode::kDeviceError, "HPKE: the token gave a MAC of another length"}; }

// The key of a PSK must carry enough, where its owner tells (RFC 9180 9.5).
Status CheckPsk(hsm::Session& session, const HpkePsk& psk) {
  const auto described = session.Describe(psk.key);
  if (!described.ok()) {
    return described.code() == ErrorCode::kUnsupported ? OkStatus() : Status(described.error());
  }
  if (!described->length.has_value() || *described->length >= kMinHpkePsk) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "HPKE: a PSK has at least 32 bytes");
}

}  // namespace

Result<HpkeMode> ChooseHpkeMode(hsm::Session& session, const HpkeProfile& profile,
                                const HpkePsk& psk, ByteView info, bool authenticated) {
  if (info.size() > kMaxHpkeInfo || psk.id.size() > kMaxHpkeInfo) {
    return Error(ErrorCode::kLimitExceeded, "HPKE: info and psk_id have at most 65536 bytes");
  }
  const bool has_psk = !(psk.key == hsm::KeyHandle{});
  if (has_psk == psk.id.empty()) {
    return Error(ErrorCode::kInvalidArgument, "HPKE: a PSK needs its psk_id, and a psk_id its PSK");
  }
  const auto mode = static_cast<HpkeMode>((has_psk ? 1 : 0) + (authenticated ? 2 : 0));
  if (!profile.modes.Has(mode)) {
    return Error(
        ErrorCode::kPermissionDenied,
        "HPKE: the profile does not have the mode that the PSK and the sender's key, given "
        "or not, stand for");
  }
  if (has_psk) FLORIN_CHECK_OK(CheckPsk(session, psk));
  return mode;
}

Status CheckHpkeSession(const hsm::Session& session, const HpkeRows& rows, HpkeMode mode,
                        Verb verb) {
  const struct {
    MechanismType type;
    Verb verb;
    bool needed;
    const char* message;
  } needs[] = {
      {MechanismType::kHkdfDerive, Verb::kDerive, true,
       "HPKE needs HKDF (CKM_HKDF_DERIVE), which the token does not offer"},
      {MechanismType::kEcdhDerive, Verb::kDerive, true,
       "HPKE needs ECDH (CKM_ECDH1_DERIVE), which the token does not offer"},
      {MechanismType::kConcatenateDataAndBase, Verb::kDerive, true,
       "HPKE needs CKM_CONCATENATE_DATA_AND_BASE, which the token does not offer"},
      {MechanismType::kConcatenateBaseAndKey, Verb::kDerive, Authenticates(mode),
       "the Auth modes of HPKE need CKM_CONCATENATE_BASE_AND_KEY, which the token does not offer"},
      {MechanismType::kHmac, Verb::kSign, true,
       "HPKE needs HMAC (CKM_SHA*_HMAC), which the token does not offer"},
      {rows.aead().mechanism, verb, !rows.export_only(),
       "the token does not offer the AEAD of the HPKE suite (CKM_AES_GCM, CKM_CHACHA20_POLY1305)"},
  };
  for (const auto& need : needs) {
    if (need.needed && !session.Supports(need.type, need.verb)) {
      return Error(ErrorCode::kUnsupported, need.message);
    }
  }
  return OkStatus();
}

HpkeContext::HpkeContext(hsm::Session& session, const HpkeRows& rows, ScopedKey shared_secret,
                         ScopedKey input)
    : session_(&session),
      rows_(rows),
      shared_secret_(std::move(shared_secret)),
      input_(std::move(input)) {}

Result<HpkeContext> HpkeContext::Create(hsm::Session& session, const HpkeRows& rows,
                                        ScopedKey shared_secret, const HpkeScheduleInputs& inputs) {
  // IKM of `secret`: the label and the PSK. Without one it is public, but has to be a key.
  const LabelledBytes prefix = LabelledBytes::Prefix(rows.suite_id(), "secret");
  KeyTemplate shape = DerivingSecret(prefix.view().size());
  hsm::KeyHandle input;
  if (inputs.psk.key == hsm::KeyHandle{}) {
    FLORIN_TRY(const SecretBytes material, SecretBytes::CopyOf(prefix.view()));
    FLORIN_TRY(input, session.Import(shape, material));
  } else {
    shape.rules.length = 0;  // as long as the two are
    FLORIN_TRY(input, session.Derive(mechanisms::ConcatenateDataAndBase{prefix.view()},
                                     inputs.psk.key, shape));
  }
  HpkeContext context(session, rows, std::move(shared_secret), ScopedKey(session, input));
  const Hash hash = rows.kdf().hash;
  const std::size_t digest = HashSize(hash);
  const MutableBytes schedule(context.schedule_);
  schedule[0] = static_cast<std::uint8_t>(inputs.mode);
  FLORIN_CHECK_OK(LabelledExtract(hash, rows.suite_id(), "psk_id_hash", inputs.psk.id,
                                  schedule.subspan(1, digest)));
  FLORIN_CHECK_OK(LabelledExtract(hash, rows.suite_id(), "info_hash", inputs.info,
                                  schedule.subspan(1 + digest, digest)));
  context.schedule_size_ = 1 + 2 * digest;
  if (!rows.export_only()) FLORIN_CHECK_OK(context.MakeCipher(inputs.verb));
  return context;
}

Result<ScopedKey> HpkeContext::ExpandSecret(std::string_view label, ByteView input,
                                            const KeyTemplate& shape) {
  FLORIN_TRY(const LabelledBytes info,
             LabelledBytes::Info(rows_.suite_id(), label, input, shape.rules.length));
  return DeriveScoped(
      *session_,
      HkdfDerive{rows_.kdf().hash, true, true, {}, info.view(), {shared_secret_.handle(), nullptr}},
      input_.handle(), shape);
}

Status HpkeContext::MakeCipher(Verb verb) {
  const ByteView schedule = ByteView(schedule_).first(schedule_size_);
  KeyTemplate shape;
  shape.rules.type = rows_.aead().key_type;
  shape.rules.length = rows_.aead().key_size;
  shape.rules.verbs = {verb};
  FLORIN_TRY(cipher_, ExpandSecret("key", schedule, shape));

  // The nonce has to be known here. Expand of up to a digest is HMAC(secret, info || 01).
  const Hash hash = rows_.kdf().hash;
  FLORIN_TRY(const ScopedKey signer,
             DeriveScoped(*session_,
                          HkdfDerive{hash, true, false, {}, {}, {shared_secret_.handle(), nullptr}},
                          input_.handle(), SigningSecret(HashSize(hash))));
  FLORIN_TRY(LabelledBytes info,
             LabelledBytes::Info(rows_.suite_id(), "base_nonce", schedule, kHpkeNonceSize));
  const std::array<std::uint8_t, 1> first = {1};
  FLORIN_CHECK_OK(info.Append(first));
  // Whole: NSS makes no MAC of this length.
  SecretArray<kMaxHpkeDigest> mac;
  const MutableBytes block = mac.Write(SecretAccess{}).first(HashSize(hash));
  FLORIN_TRY(const std::size_t written,
             session_->Sign(Hmac{hash, 0}, signer.handle(), info.view(), block));
  if (written != block.size()) return BadMac();
  std::copy_n(block.begin(), kHpkeNonceSize, base_nonce_.Write(SecretAccess{}).begin());
  return OkStatus();
}

HpkeContext::Nonce HpkeContext::NextNonce() const {
  Nonce nonce{};
  const auto base = base_nonce_.Read(SecretAccess{});
  std::copy(base.begin(), base.end(), nonce.begin());
  for (std::size_t i = 0; i < sizeof(number_); ++i) {
    std::uint8_t& byte = nonce[kHpkeNonceSize - 1 - i];
    byte = static_cast<std::uint8_t>(byte ^ (number_ >> (8 * i)));
  }
  return nonce;
}

Status HpkeContext::CheckMessage(ByteView aad, std::size_t size) const {
  if (!cipher_.has_value()) {
    return Error(ErrorCode::kUnsupported, "HPKE: an export-only suite encrypts nothing");
  }
  if (aad.size() > kMaxHpkeAssociated || size > kMaxHpkeMessage) {
    return Error(ErrorCode::kLimitExceeded,
                 "HPKE: a message has at most 16,000,000 bytes, its associated data 1 MiB");
  }
  if (number_ == kLastNumber) {
    return Error(ErrorCode::kLimitExceeded, "HPKE: the context has no message number left");
  }
  return OkStatus();
}

Result<std::size_t> HpkeContext::Seal(ByteView aad, ByteView plaintext, MutableBytes out) {
  FLORIN_CHECK_OK(CheckMessage(aad, plaintext.size()));
  const Nonce nonce = NextNonce();
  FLORIN_TRY(const std::size_t written, session_->Encrypt(CipherOf(rows_.aead(), nonce, aad),
                                                          cipher_->handle(), plaintext, out));
  ++number_;
  return written;
}

Result<std::size_t> HpkeContext::Open(ByteView aad, ByteView ciphertext, MutableBytes out) {
  FLORIN_CHECK_OK(CheckMessage(aad, ciphertext.size()));
  const Nonce nonce = NextNonce();
  FLORIN_TRY(const std::size_t written, session_->Decrypt(CipherOf(rows_.aead(), nonce, aad),
                                                          cipher_->handle(), ciphertext, out));
  ++number_;
  return written;
}

// exporter_secret, as a key that signs or one that derives: no key does both.
Result<hsm::KeyHandle> HpkeContext::Exporter(bool for_keys) {
  auto& exporter = for_keys ? exporter_of_keys_ : exporter_of_bytes_;
  if (!exporter.has_value()) {
    const std::size_t digest = HashSize(rows_.kdf().hash);
    const KeyTemplate shape = for_keys ? DerivingSecret(digest) : SigningSecret(digest);
    FLORIN_TRY(exporter, ExpandSecret("exp", ByteView(schedule_).first(schedule_size_), shape));
  }
  return exporter->handle();
}

Result<SecretBytes> HpkeContext::Export(ByteView context, std::size_t length) {
  const Hash hash = rows_.kdf().hash;
  const std::size_t digest = HashSize(hash);
  if (length == 0 || length > 255 * digest || context.size() > kMaxHpkeExportContext) {
    return Error(ErrorCode::kLimitExceeded,
                 "HPKE: an export has 1 byte up to 255 digests, its context at most 512 bytes");
  }
  FLORIN_TRY(const hsm::KeyHandle exporter, Exporter(false));
  FLORIN_TRY(const LabelledBytes info,
             LabelledBytes::Info(rows_.suite_id(), "sec", context, length));
  // RFC 5869 2.3: T(i) = HMAC(PRK, T(i - 1) || info || i).
  FLORIN_TRY(SecretBytes blocks, SecretBytes::Create((length + digest - 1) / digest * digest));
  FLORIN_TRY(SecretBytes input, SecretBytes::Create(digest + info.view().size() + 1));
  const MutableBytes all = blocks.Write(SecretAccess{});
  const MutableBytes whole = input.Write(SecretAccess{});
  std::copy(info.view().begin(), info.view().end(), whole.subspan(digest).begin());
  for (std::size_t at = 0; at < all.size(); at += digest) {
    whole.back() = static_cast<std::uint8_t>(at / digest + 1);
    FLORIN_TRY(const std::size_t written,
               session_->Sign(Hmac{hash, 0}, exporter, at == 0 ? whole.subspan(digest) : whole,
                              all.subspan(at, digest)));
    if (written != digest) return BadMac();
    std::copy_n(all.subspan(at).begin(), digest, whole.begin());
  }
  blocks.Truncate(length);
  return blocks;
}

Result<hsm::KeyHandle> HpkeContext::ExportKey(ByteView context, const KeyTemplate& key) {
  const std::size_t length = key.rules.length;
  if (length == 0 || context.size() > kMaxHpkeExportContext) {
    return Error(ErrorCode::kInvalidArgument,
                 "HPKE: a key to export has a length, and a context of at most 512 bytes");
  }
  FLORIN_TRY(const hsm::KeyHandle exporter, Exporter(true));
  FLORIN_TRY(const LabelledBytes info,
             LabelledBytes::Info(rows_.suite_id(), "sec", context, length));
  return session_->Derive(HkdfDerive{rows_.kdf().hash, false, true, {}, info.view()}, exporter,
                          key);
}

}  // namespace florin::payload
