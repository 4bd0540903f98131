#include "tokenizer/key_ring.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/base/secret.h"

namespace florin::tokenizer {

using mechanisms::AesGcm;
using mechanisms::KeyRules;
using mechanisms::KeyType;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::Verb;

struct KeyRing::ClearKey {
  KeyPurpose purpose;
  std::uint16_t version;
  SecretBytes material;
};

namespace {

constexpr std::uint8_t kSealedKeyVersion = 1;
constexpr std::uint16_t kFirstVersion = 1;
constexpr std::size_t kSealedLength = kRingKeyLength + kTagLength;
constexpr std::string_view kSealContext = "florin.vault.ring/1";
constexpr std::string_view kCheckContext = "florin.vault.check/1";

// What a tag over a ring key binds: what it is for, which one it is, and whose.
Bytes Context(std::string_view label, KeyPurpose purpose, std::uint16_t version,
              const VaultId& vault) {
  Bytes context(label.size() + 3 + vault.size());
  ByteWriter writer(context);
  FLORIN_INVARIANT(writer.Write(AsBytes(label)).ok() &&
                   writer.WriteU8(static_cast<std::uint8_t>(purpose)).ok() &&
                   writer.WriteU16(version).ok() && writer.Write(vault).ok());
  return context;
}

struct SealedKeyView {
  KeyPurpose purpose;
  std::uint16_t version;
  ByteView nonce;
  ByteView sealed;
  ByteView check_nonce;
  ByteView check;
};

Result<SealedKeyView> ParseSealedKey(const SealedKey& key) {
  const ByteView record = key.record;
  // Version, purpose and key version stand in the name as well.
  if (record[0] != kSealedKeyVersion ||
      !SameBytes(record.subspan(1, 3), ByteView(key.name).subspan(1)) ||
      (record[1] != static_cast<std::uint8_t>(KeyPurpose::kData) &&
       record[1] != static_cast<std::uint8_t>(KeyPurpose::kFingerprint))) {
    return Error(ErrorCode::kCorrupted, "a record of the key ring has an unknown form");
  }
  SealedKeyView view;
  view.purpose = static_cast<KeyPurpose>(record[1]);
  ByteReader reader(record.subspan(2));
  FLORIN_TRY(view.version, reader.ReadU16());
  FLORIN_TRY(view.nonce, reader.ReadBytes(kNonceLength));
  FLORIN_TRY(view.sealed, reader.ReadBytes(kSealedLength));
  FLORIN_TRY(view.check_nonce, reader.ReadBytes(kNonceLength));
  FLORIN_TRY(view.check, reader.ReadBytes(kTagLength));
  return view;
}

SealedKey WriteSealedKey(const SealedKeyView& view) {
  SealedKey key;
  ByteWriter writer(key.record);
  FLORIN_INVARIANT(writer.WriteU8(kSealedKeyVersion).ok());
  FLORIN_INVARIANT(writer.WriteU8(static_cast<std::uint8_t>(view.purpose)).ok());
  FLORIN_INVARIANT(writer.WriteU16(view.version).ok());
  for (const ByteView part : {view.nonce, view.sealed, view.check_nonce, view.check}) {
    FLORIN_INVARIANT(writer.Write(part).ok());
  }
  FLORIN_INVARIANT(writer.remaining() == 0);
  key.name[0] = kRingRecordPrefix[0];
  std::copy_n(key.record.begin() + 1, 3, key.name.begin() + 1);
  return key;
}

KeyRules RulesOf(KeyPurpose purpose) {
  KeyRules rules;
  rules.length = kRingKeyLength;
  if (purpose == KeyPurpose::kData) {
    rules.type = KeyType::kAes;
    rules.verbs = {Verb::kEncrypt, Verb::kDecrypt};
    rules.allowed_mechanisms = {MechanismType::kAesGcm};
  } else {
    rules.type = KeyType::kHmac;
    rules.verbs = {Verb::kSign};
    rules.allowed_mechanisms = {MechanismType::kHmac};
  }
  return rules;
}

Result<hsm::KeyRef> RefOf(KeyPurpose purpose, std::uint16_t version) {
  const std::array<std::uint8_t, 2> id = {static_cast<std::uint8_t>(version >> 8),
                                          static_cast<std::uint8_t>(version)};
  return hsm::KeyRef::Create(hsm::KeyClass::kSecret,
                             purpose == KeyPurpose::kData ? "vault data" : "vault fingerprint", id);
}

// kVerificationFailed where another key, vault, purpose or version sealed it.
Result<SecretBytes> Unseal(hsm::Session& session, hsm::KeyHandle ring_key,
                           const SealedKeyView& view, const VaultId& vault) {
  const Bytes context = Context(kSealContext, view.purpose, view.version, vault);
  const Mechanism gcm = AesGcm{view.nonce, context, kTagLength};
  // Some modules want room for the tag as well.
  FLORIN_TRY(SecretBytes material, SecretBytes::Create(kSealedLength));
  const auto written = session.Decrypt(gcm, ring_key, view.sealed, material.Write(SecretAccess{}));
  if (written.code() == ErrorCode::kVerificationFailed) {
    return Error(ErrorCode::kVerificationFailed,
                 "the key ring of this vault was sealed under another key, or is damaged",
                 written.error().detail());
  }
  if (!written.ok()) return written.error();
  if (*written != kRingKeyLength) {
    return Error(ErrorCode::kCorrupted, "a record of the key ring holds no key of this length");
  }
  material.Truncate(kRingKeyLength);
  return material;
}

// A ring that was sealed but cannot be opened would be a vault lost at its next start.
Status ExpectOpens(hsm::Session& session, hsm::KeyHandle ring_key, const SealedKeyView& view,
                   const VaultId& vault, const SecretBytes& material) {
  const auto opened = Unseal(session, ring_key, view, vault);
  const ErrorCode code = opened.code();
  if (code == ErrorCode::kVerificationFailed || code == ErrorCode::kCorrupted ||
      (opened.ok() &&
       !ConstantTimeEqual(opened->Read(SecretAccess{}), material.Read(SecretAccess{})))) {
    return Error(ErrorCode::kDeviceError, "the HSM does not give back a key that it sealed");
  }
  return opened.ok() ? OkStatus() : Status(opened.error());
}

}  // namespace

Result<std::unique_ptr<KeyRing>> KeyRing::FromClear(std::span<const ClearKey> keys) {
  FLORIN_TRY(hsm::SoftToken token, hsm::SoftToken::Create());
  FLORIN_TRY(const std::unique_ptr<hsm::Session> session, token.OpenSession());
  std::unique_ptr<KeyRing> ring(new KeyRing(std::move(token)));
  for (const ClearKey& key : keys) {
    hsm::KeyTemplate form;
    form.rules = RulesOf(key.purpose);
    FLORIN_TRY(const hsm::KeyRef ref, RefOf(key.purpose, key.version));
    form.name = ref;
    form.persistent = true;  // seen by every session of this token; gone with it
    FLORIN_CHECK_OK(session->Import(form, key.material));
    ring->names_.push_back({key.purpose, key.version, ref});
  }
  std::sort(ring->names_.begin(), ring->names_.end(),
            [](const Name& a, const Name& b) { return a.version > b.version; });
  return ring;
}

Result<std::unique_ptr<RingSession>> KeyRing::NewSession() {
  FLORIN_TRY(auto session, token_.OpenSession());
  RingSession::Keys data;
  RingSession::Keys fingerprint;
  for (const Name& name : names_) {
    FLORIN_TRY(const hsm::KeyHandle handle, session->Resolve(name.ref));
    (name.purpose == KeyPurpose::kData ? data : fingerprint).push_back({name.version, handle});
  }
  if (data.empty() || fingerprint.empty()) {
    return Error(ErrorCode::kCorrupted, "the key ring lacks a key; restore it from a backup");
  }
  return std::make_unique<RingSession>(std::move(session), std::move(data), std::move(fingerprint));
}

Result<std::vector<SealedKey>> KeyRing::Generate(hsm::Session& session, const hsm::KeyRef& ring_key,
                                                 const VaultId& vault, RandomSource& random) {
  FLORIN_TRY(const hsm::KeyHandle ring_key_handle, session.Resolve(ring_key));
  std::vector<ClearKey> clear;
  for (const KeyPurpose purpose : {KeyPurpose::kData, KeyPurpose::kFingerprint}) {
    FLORIN_TRY(SecretBytes material, SecretBytes::Create(kRingKeyLength));
    FLORIN_CHECK_OK(session.Random(material.Write(SecretAccess{})));
    clear.push_back({purpose, kFirstVersion, std::move(material)});
  }
  FLORIN_TRY(const auto ring, FromClear(clear));
  FLORIN_TRY(const auto lease, ring->Acquire());

  std::vector<SealedKey> sealed_keys;
  for (const ClearKey& key : clear) {
    Nonce nonce;
    Nonce check_nonce;
    std::array<std::uint8_t, kSealedLength> sealed;
    std::array<std::uint8_t, kTagLength> check;
    FLORIN_CHECK_OK(random.Fill(nonce));
    FLORIN_CHECK_OK(random.Fill(check_nonce));
    FLORIN_CHECK_OK(lease->MakeCheck(key.purpose, key.version,
                                     Context(kCheckContext, key.purpose, key.version, vault),
                                     check_nonce, check));
    const Bytes context = Context(kSealContext, key.purpose, key.version, vault);
    const Mechanism gcm = AesGcm{nonce, context, kTagLength};
    FLORIN_TRY(const std::size_t written,
               session.Encrypt(gcm, ring_key_handle, key.material.Read(SecretAccess{}), sealed));
    if (written != sealed.size()) {
      return Error(ErrorCode::kDeviceError, "the HSM sealed a key to an unexpected length");
    }
    const SealedKeyView view{key.purpose, key.version, nonce, sealed, check_nonce, check};
    FLORIN_CHECK_OK(ExpectOpens(session, ring_key_handle, view, vault, key.material));
    sealed_keys.push_back(WriteSealedKey(view));
  }
  return sealed_keys;
}

Result<std::unique_ptr<KeyRing>> KeyRing::Open(hsm::Session& session, const hsm::KeyRef& ring_key,
                                               const VaultId& vault,
                                               std::span<const SealedKey> keys) {
  FLORIN_TRY(const hsm::KeyHandle ring_key_handle, session.Resolve(ring_key));
  std::vector<ClearKey> clear;
  for (const SealedKey& key : keys) {
    FLORIN_TRY(const SealedKeyView view, ParseSealedKey(key));
    FLORIN_TRY(SecretBytes material, Unseal(session, ring_key_handle, view, vault));
    clear.push_back({view.purpose, view.version, std::move(material)});
  }
  FLORIN_TRY(auto ring, FromClear(clear));
  FLORIN_TRY(const auto lease, ring->Acquire());
  for (const SealedKey& key : keys) {
    FLORIN_TRY(const SealedKeyView view, ParseSealedKey(key));
    FLORIN_CHECK_OK(lease->VerifyCheck(view.purpose, view.version,
                                       Context(kCheckContext, view.purpose, view.version, vault),
                                       view.check_nonce, view.check));
  }
  return ring;
}

}  // namespace florin::tokenizer
