#include "florin/base/secret.h"

#include <sodium.h>

#include <cstring>

#include "crypto/base/secret_arena.h"

namespace florin {

bool ConstantTimeEqual(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Wipe(MutableBytes bytes) {
  if (bytes.empty()) return;
  std::memset(bytes.data(), 0, bytes.size());
  // Somebody may read them, as far as the compiler knows.
  __asm__ __volatile__("" : : "r"(bytes.data()) : "memory");
}

Result<SecretBytes> SecretBytes::Create(std::size_t size) {
  if (size == 0) return SecretBytes();
  if (size > kMaxSecretBytes) {
    return Error(ErrorCode::kLimitExceeded, "a secret of more than 16 MiB; split it");
  }
  FLORIN_TRY(const SecretArena::Block block, SecretArena::Allocate(size));
  return SecretBytes(block.data, size, block.capacity);
}

Result<SecretBytes> SecretBytes::CopyOf(ByteView bytes) {
  FLORIN_TRY(SecretBytes copy, Create(bytes.size()));
  if (!bytes.empty()) std::memcpy(copy.data_, bytes.data(), bytes.size());
  return copy;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { Release(); }

Result<SecretBytes> SecretBytes::Clone() const { return CopyOf(Read(SecretAccess{})); }

void SecretBytes::Truncate(std::size_t size) {
  FLORIN_INVARIANT(size <= size_);
  Wipe({data_ + size, size_ - size});
  size_ = size;
}

bool SecretBytes::EqualTo(const SecretBytes& other) const {
  return ConstantTimeEqual(Read(SecretAccess{}), other.Read(SecretAccess{}));
}

void SecretBytes::Release() {
  if (data_ != nullptr) SecretArena::Release(data_, capacity_);
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

}  // namespace florin
