#include "florin/base/secret.h"

#include <sodium.h>

#include <array>
#include <cstring>

#include "crypto/base/secret_arena.h"

namespace florin {

bool ConstantTimeEqual(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

namespace {

// Wipes kWord..8 * kWord bytes; the last word may overlap the one before it. As far as the compiler
// knows, somebody reads each, and so it makes no call of it.
template <std::size_t kWord>
void WipeWords(MutableBytes bytes) {
  constexpr std::array<std::uint8_t, kWord> kZeros{};
  for (std::size_t i = 0; i + kWord < bytes.size(); i += kWord) {
    std::memcpy(bytes.data() + i, kZeros.data(), kWord);
    __asm__ __volatile__("" : : "r"(bytes.data()) : "memory");
  }
  std::memcpy(bytes.data() + bytes.size() - kWord, kZeros.data(), kWord);
}

}  // namespace

// Most secrets are a few words long, and a call of memset costs more than they do.
void Wipe(MutableBytes bytes) {
  const std::size_t size = bytes.size();
  if (size >= 16 && size <= 128) {
    WipeWords<16>(bytes);
  } else if (size >= 8 && size < 16) {
    WipeWords<8>(bytes);
  } else if (size >= 4 && size < 8) {
    WipeWords<4>(bytes);
  } else if (size != 0) {
    std::memset(bytes.data(), 0, size);
  }
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
