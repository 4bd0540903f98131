#include "tokenizer/ring_session.h"

#include <algorithm>

#include "florin/base/secret.h"

namespace florin::tokenizer {
namespace {

using mechanisms::AesGcm;
using mechanisms::Hmac;
using mechanisms::Mechanism;
using mechanisms::Verb;

constexpr Hmac kFingerprintMac{Hash::kSha256, kFingerprintLength};

Error TagMismatch() {
  return Error(ErrorCode::kCorrupted, "a stored record fails its integrity check");
}

// A ring key is in this process and does what it is asked; only a tag may refuse.
Status FromOpen(const Status& status) {
  return status.code() == ErrorCode::kVerificationFailed ? TagMismatch() : status;
}

Status ExpectLength(const Result<std::size_t>& written, std::size_t expected) {
  if (!written.ok()) return written.error();
  if (*written == expected) return OkStatus();
  return Error(ErrorCode::kInternal, "a key of the ring gave a result of unexpected length");
}

}  // namespace

Status RingSession::Fingerprint(const Pan& pan, std::span<std::uint8_t, kFingerprintLength> out) {
  return ExpectLength(session_->Sign(kFingerprintMac, fingerprint_.front().handle,
                                     AsBytes(pan.Read(SecretAccess{})), out),
                      kFingerprintLength);
}

Status RingSession::Fingerprints(std::span<FingerprintItem> items) {
  FLORIN_INVARIANT(items.size() <= kRingBatch);
  std::array<hsm::BatchItem, kRingBatch> batch;
  for (std::size_t i = 0; i < items.size(); ++i) {
    batch[i].input = AsBytes(items[i].pan->Read(SecretAccess{}));
    batch[i].output = *items[i].out;
  }
  FLORIN_CHECK_OK(session_->RunBatch(Verb::kSign, kFingerprintMac, fingerprint_.front().handle,
                                     std::span(batch).first(items.size())));
  for (std::size_t i = 0; i < items.size(); ++i) items[i].status = batch[i].status;
  return OkStatus();
}

Status RingSession::Seal(const Nonce& nonce, ByteView aad, ByteView plaintext, MutableBytes out) {
  FLORIN_INVARIANT(out.size() == plaintext.size() + kTagLength);
  const Mechanism gcm = AesGcm{nonce, aad, kTagLength};
  return ExpectLength(session_->Encrypt(gcm, data_.front().handle, plaintext, out), out.size());
}

Status RingSession::Open(OpenItem& item) {
  const auto key = Find(KeyPurpose::kData, item.key_version);
  if (!key.has_value()) return item.status = TagMismatch();
  const Mechanism gcm = AesGcm{item.nonce, item.aad, kTagLength};
  item.status =
      FromOpen(ExpectLength(session_->Decrypt(gcm, *key, item.sealed, item.out), item.out.size()));
  return item.status;
}

Status RingSession::OpenBatch(std::span<OpenItem> items) {
  FLORIN_INVARIANT(items.size() <= kRingBatch);
  std::array<Mechanism, kRingBatch> gcm;
  std::array<hsm::BatchItem, kRingBatch> batch;
  std::array<OpenItem*, kRingBatch> batched{};
  std::size_t count = 0;
  for (OpenItem& item : items) {
    if (item.key_version != data_version()) {  // an older key: rare, one by one
      static_cast<void>(Open(item));
      continue;
    }
    gcm[count] = AesGcm{item.nonce, item.aad, kTagLength};
    batch[count].parameter = &gcm[count];
    batch[count].input = item.sealed;
    batch[count].output = item.out;
    batched[count++] = &item;
  }
  if (count == 0) return OkStatus();
  FLORIN_CHECK_OK(session_->RunBatch(Verb::kDecrypt, gcm[0], data_.front().handle,
                                     std::span(batch).first(count)));
  for (std::size_t i = 0; i < count; ++i) batched[i]->status = FromOpen(batch[i].status);
  return OkStatus();
}

std::optional<hsm::KeyHandle> RingSession::Find(KeyPurpose purpose, std::uint16_t version) const {
  for (const VersionedKey& key : purpose == KeyPurpose::kData ? data_ : fingerprint_) {
    if (key.version == version) return key.handle;
  }
  return std::nullopt;
}

// The check value of a data key is the tag of nothing; that of a fingerprint key a MAC over a text
// no PAN can be.
Status RingSession::MakeCheck(KeyPurpose purpose, std::uint16_t version, ByteView context,
                              const Nonce& nonce, std::span<std::uint8_t, kTagLength> out) {
  const auto key = Find(purpose, version);
  FLORIN_INVARIANT(key.has_value());
  if (purpose == KeyPurpose::kData) {
    const Mechanism gcm = AesGcm{nonce, context, kTagLength};
    return ExpectLength(session_->Encrypt(gcm, *key, {}, out), kTagLength);
  }
  Bytes message(context.begin(), context.end());
  message.insert(message.end(), nonce.begin(), nonce.end());
  const Mechanism mac = Hmac{Hash::kSha256, kTagLength};
  return ExpectLength(session_->Sign(mac, *key, message, out), kTagLength);
}

Status RingSession::VerifyCheck(KeyPurpose purpose, std::uint16_t version, ByteView context,
                                ByteView nonce, ByteView check) {
  Nonce fixed;
  FLORIN_INVARIANT(nonce.size() == fixed.size());
  std::copy(nonce.begin(), nonce.end(), fixed.begin());
  // The same nonce over the same nothing gives the same tag, so making it again tells no more.
  std::array<std::uint8_t, kTagLength> expected;
  FLORIN_CHECK_OK(MakeCheck(purpose, version, context, fixed, expected));
  if (ConstantTimeEqual(expected, check)) return OkStatus();
  return Error(ErrorCode::kCorrupted, "a key of the ring does not give its check value");
}

}  // namespace florin::tokenizer
