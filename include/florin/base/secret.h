// SecretBytes and SecretArray<N>: the only types a key, a PIN, a PAN or a shared secret may have.
//
// Both are wiped when released, and never printed, copied implicitly or compared with ==. Pages of
// SecretBytes are guarded, outside core dumps, locked where possible (a forked child locks anew);
// a SecretArray lies with its owner. `grep SecretAccess` lists all places that see clear bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// The token that names a reader of secrets. Construct it where the bytes are consumed, and only
// there: `key.Read(SecretAccess{})`.
struct SecretAccess {
  explicit constexpr SecretAccess() = default;
};

// Compares in time that depends on the lengths only. Different lengths compare unequal.
[[nodiscard]] bool ConstantTimeEqual(ByteView a, ByteView b);

// Overwrites `bytes` in a way the compiler may not remove.
void Wipe(MutableBytes bytes);

// Every SecretBytes starts at a multiple of this.
inline constexpr std::size_t kSecretAlignment = 64;

// The most a single SecretBytes holds.
inline constexpr std::size_t kMaxSecretBytes = std::size_t{16} << 20;

// A run of secret bytes whose length is known at run time. Move-only. Thread-compatible.
class SecretBytes {
 public:
  // Empty.
  SecretBytes() = default;

  // Returns `size` zero bytes. Errors: kResourceExhausted when secret memory has run out (see
  // secret_memory.h), kLimitExceeded above kMaxSecretBytes. Up to 16,368 bytes come from a slab
  // at the cost of a malloc; more cost several system calls.
  static Result<SecretBytes> Create(std::size_t size);

  // Returns a copy of `bytes`. Errors: as Create. The caller still owns, and should wipe, the
  // original.
  static Result<SecretBytes> CopyOf(ByteView bytes);

  SecretBytes(SecretBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  // Returns a second copy: copying a secret is said aloud.
  Result<SecretBytes> Clone() const;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Shortens to `size` bytes (at most size()) and wipes the rest.
  void Truncate(std::size_t size);

  ByteView Read(SecretAccess) const { return {data_, size_}; }
  MutableBytes Write(SecretAccess) { return {data_, size_}; }

  // Constant time in the contents.
  bool EqualTo(const SecretBytes& other) const;

 private:
  SecretBytes(std::uint8_t* data, std::size_t size, std::size_t capacity)
      : data_(data), size_(size), capacity_(capacity) {}
  void Release();

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// N short-lived secret bytes where the owner lies (stack, heap): wiped on destruction, but neither
// locked nor kept out of core dumps. Move-only: a moved-from array is wiped.
template <std::size_t N>
class SecretArray {
 public:
  SecretArray() : bytes_{} {}
  SecretArray(SecretArray&& other) noexcept : bytes_(other.bytes_) { Wipe(other.bytes_); }
  SecretArray& operator=(SecretArray&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      Wipe(other.bytes_);
    }
    return *this;
  }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
  ~SecretArray() { Wipe(bytes_); }

  static constexpr std::size_t size() { return N; }
  std::span<const std::uint8_t, N> Read(SecretAccess) const {
    return std::span<const std::uint8_t, N>(bytes_);
  }
  std::span<std::uint8_t, N> Write(SecretAccess) { return std::span<std::uint8_t, N>(bytes_); }
  bool EqualTo(const SecretArray& other) const { return ConstantTimeEqual(bytes_, other.bytes_); }

 private:
  std::array<std::uint8_t, N> bytes_;
};

}  // namespace florin

#pragma GCC visibility pop
