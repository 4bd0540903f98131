#include <algorithm>

#include "crypto/kernels/aes.h"
#include "crypto/kernels/aes_checks.h"
#include "florin/base/secret.h"

namespace florin::kernels {
namespace {

// One step by OpenSSL: `next` may be the memory of `key`.
Status PortableStep(ByteView key, const DerivationBlock& block, MutableBytes next) {
  std::array<std::uint8_t, kMaxDerivedKey> numbered;
  std::copy(block.begin(), block.end(), numbered.begin());
  std::copy(block.begin(), block.end(), numbered.begin() + kAesBlock);
  numbered[1] = 1;
  numbered[kAesBlock + 1] = 2;
  const std::size_t size = next.size() <= kAesBlock ? kAesBlock : 2 * kAesBlock;
  SecretArray<kMaxDerivedKey> encrypted;
  const MutableBytes bytes = encrypted.Write(SecretAccess{}).first(size);
  FLORIN_CHECK_OK(primitives::AesEncryptOnce(key, ByteView(numbered).first(size), bytes));
  std::copy_n(bytes.begin(), next.size(), next.begin());
  return OkStatus();
}

Status PortableDerive(ByteView key, std::span<const DerivationBlock> path, MutableBytes out) {
  SecretArray<kMaxDerivedKey> current;
  const MutableBytes bytes = current.Write(SecretAccess{}).first(key.size());
  std::copy(key.begin(), key.end(), bytes.begin());
  for (const DerivationBlock& block : path.first(path.size() - 1)) {
    FLORIN_CHECK_OK(PortableStep(bytes, block, bytes));
  }
  return PortableStep(bytes, path.back(), out);
}

}  // namespace

Status AesDerive(const Kernel& kernel, ByteView key, std::span<const DerivationBlock> path,
                 MutableBytes out) {
  FLORIN_CHECK_OK(CheckKeySize(key));
  if (path.empty() || out.empty() || out.size() > kMaxDerivedKey) {
    return Error(ErrorCode::kInvalidArgument, "a derivation has a step or more and 1..32 bytes");
  }
  if (kernel.aes == nullptr) return PortableDerive(key, path, out);
  kernel.aes->derive(key.data(), key.size(), path.front().data(), path.size(), out.data(),
                     out.size());
  return OkStatus();
}

Status AesDerive(ByteView key, std::span<const DerivationBlock> path, MutableBytes out) {
  FLORIN_TRY(const Kernel* kernel, ActiveKernel());
  return AesDerive(*kernel, key, path, out);
}

}  // namespace florin::kernels
