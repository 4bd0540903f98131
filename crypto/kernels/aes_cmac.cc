#include <algorithm>

#include "crypto/kernels/aes.h"
#include "crypto/kernels/aes_checks.h"
#include "florin/base/secret.h"

namespace florin::kernels {
namespace {

Status CheckMacSize(std::size_t size) {
  if (size >= 1 && size <= primitives::kCmacSize) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "a CMAC with AES has 1..16 bytes");
}

// A message in parts: the last block waits, because it is treated differently.
class Chain {
 public:
  Chain(const AesInstructions& aes, const CmacSchedule& schedule)
      : aes_(&aes), schedule_(&schedule) {}

  void Add(ByteView data) {
    std::uint8_t* pending = pending_.Write(SecretAccess{}).data();
    while (!data.empty()) {
      if (pending_size_ == kAesBlock) {
        Encrypt(pending, 1);
        pending_size_ = 0;
      }
      if (pending_size_ == 0 && data.size() > kAesBlock) {
        const std::size_t blocks = (data.size() - 1) / kAesBlock;
        Encrypt(data.data(), blocks);
        data = data.subspan(blocks * kAesBlock);
      }
      const std::size_t taken = std::min(kAesBlock - pending_size_, data.size());
      std::copy_n(data.data(), taken, pending + pending_size_);
      pending_size_ += taken;
      data = data.subspan(taken);
    }
  }

  void Finish(std::uint8_t* mac) {
    aes_->cmac_last(schedule_, chain_.Read(SecretAccess{}).data(),
                    pending_.Read(SecretAccess{}).data(), pending_size_, mac);
  }

 private:
  void Encrypt(const std::uint8_t* blocks, std::size_t count) {
    aes_->cmac_chain(schedule_, blocks, count, chain_.Write(SecretAccess{}).data());
  }

  const AesInstructions* aes_;
  const CmacSchedule* schedule_;
  SecretArray<kAesBlock> chain_;
  SecretArray<kAesBlock> pending_;
  std::size_t pending_size_ = 0;
};

void CutTo(MutableBytes mac, const SecretArray<kAesBlock>& whole) {
  std::copy_n(whole.Read(SecretAccess{}).begin(), mac.size(), mac.begin());
}

}  // namespace

Status AesCmacOnce(const Kernel& kernel, ByteView key, const primitives::Parts& parts,
                   MutableBytes mac) {
  FLORIN_CHECK_OK(CheckMacSize(mac.size()));
  if (kernel.aes == nullptr) return primitives::AesCmacOnce(key, parts, mac);
  if (parts.end() - parts.begin() != 1) {
    FLORIN_TRY(const AesCmacKey scheduled, AesCmacKey::Create(kernel, key));
    return scheduled.Sign(parts, mac);
  }
  FLORIN_CHECK_OK(CheckKeySize(key));
  const ByteView message = *parts.begin();
  if (mac.size() == kAesBlock) {
    kernel.aes->cmac_once(key.data(), key.size(), message.data(), message.size(), mac.data());
    return OkStatus();
  }
  SecretArray<kAesBlock> whole;
  kernel.aes->cmac_once(key.data(), key.size(), message.data(), message.size(),
                        whole.Write(SecretAccess{}).data());
  CutTo(mac, whole);
  return OkStatus();
}

Status AesCmacOnce(ByteView key, const primitives::Parts& parts, MutableBytes mac) {
  FLORIN_TRY(const Kernel* kernel, ActiveKernel());
  return AesCmacOnce(*kernel, key, parts, mac);
}

Result<AesCmacKey> AesCmacKey::Create(const Kernel& kernel, ByteView key) {
  AesCmacKey made(kernel);
  if (kernel.aes == nullptr) {
    FLORIN_TRY(made.portable_, primitives::AesCmacKey::Create(key));
  } else {
    FLORIN_CHECK_OK(CheckKeySize(key));
    kernel.aes->cmac_expand(key.data(), key.size(), &made.schedule_.Write(SecretAccess{}));
  }
  return made;
}

Result<AesCmacKey> AesCmacKey::Create(ByteView key) {
  FLORIN_TRY(const Kernel* kernel, ActiveKernel());
  return Create(*kernel, key);
}

Status AesCmacKey::Sign(const primitives::Parts& parts, MutableBytes mac) const {
  if (portable_.has_value()) return portable_->Sign(parts, mac);
  FLORIN_CHECK_OK(CheckMacSize(mac.size()));
  Chain chain(*aes_, schedule_.Read(SecretAccess{}));
  for (const ByteView& part : parts) chain.Add(part);
  SecretArray<kAesBlock> whole;
  chain.Finish(whole.Write(SecretAccess{}).data());
  CutTo(mac, whole);
  return OkStatus();
}

}  // namespace florin::kernels
