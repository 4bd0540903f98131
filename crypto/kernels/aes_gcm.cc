#include <algorithm>
#include <cstdint>

#include "crypto/kernels/aes.h"
#include "florin/base/secret.h"

namespace florin::kernels {
namespace {

// The same memory or no byte in common. As integers: pointers into two objects have no order.
bool SameOrApart(ByteView in, ByteView out) {
  const auto a = reinterpret_cast<std::uintptr_t>(in.data());
  const auto b = reinterpret_cast<std::uintptr_t>(out.data());
  return a == b || a + in.size() <= b || b + out.size() <= a;
}

// What the record functions take. All else goes to the primitive, which does it or says why not.
bool IsRecord(ByteView iv, ByteView aad, ByteView in, ByteView out, std::size_t tag_size) {
  return !iv.empty() && iv.size() <= kMaxGcmRecordIv && aad.size() <= kMaxGcmRecordAad &&
         in.size() <= kMaxGcmRecord && out.size() == in.size() &&
         tag_size >= primitives::kGcmMinTagSize && tag_size <= primitives::kGcmMaxTagSize &&
         SameOrApart(in, out);
}

GcmRecord RecordOf(ByteView iv, ByteView aad, ByteView in, MutableBytes out) {
  return {iv.data(), iv.size(), aad.data(), aad.size(), in.data(), out.data(), in.size()};
}

}  // namespace

Result<AesGcmKey> AesGcmKey::Create(const Kernel& kernel, ByteView key) {
  FLORIN_TRY(primitives::AesGcmKey any_size, primitives::AesGcmKey::Create(key));
  AesGcmKey made(kernel, std::move(any_size));
  if (kernel.aes != nullptr) {
    FLORIN_TRY(made.records_, SecretBox<GcmSchedule>::Create());
    kernel.aes->gcm_expand(key.data(), key.size(), &made.records_->Write(SecretAccess{}));
  }
  return made;
}

Result<AesGcmKey> AesGcmKey::Create(ByteView key) {
  FLORIN_TRY(const Kernel* kernel, ActiveKernel());
  return Create(*kernel, key);
}

Status AesGcmKey::Seal(ByteView iv, ByteView aad, ByteView plaintext, MutableBytes ciphertext,
                       MutableBytes tag) const {
  if (aes_ == nullptr || !IsRecord(iv, aad, plaintext, ciphertext, tag.size())) {
    return any_size_.Seal(iv, aad, plaintext, ciphertext, tag);
  }
  const GcmRecord record = RecordOf(iv, aad, plaintext, ciphertext);
  std::array<std::uint8_t, kAesBlock> whole;
  aes_->gcm_seal(&records_->Read(SecretAccess{}), &record, whole.data());
  std::copy_n(whole.begin(), tag.size(), tag.begin());
  return OkStatus();
}

Status AesGcmKey::Open(ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
                       MutableBytes plaintext) const {
  if (aes_ == nullptr || !IsRecord(iv, aad, ciphertext, plaintext, tag.size())) {
    return any_size_.Open(iv, aad, ciphertext, tag, plaintext);
  }
  const GcmRecord record = RecordOf(iv, aad, ciphertext, plaintext);
  if (aes_->gcm_open(&records_->Read(SecretAccess{}), &record, tag.data(), tag.size())) {
    return OkStatus();
  }
  Wipe(plaintext);
  return Error(ErrorCode::kVerificationFailed, "the GCM tag does not match");
}

}  // namespace florin::kernels
