// SecretStruct<T>: one plain struct (a key schedule) where its owner lies, as a SecretArray.
#pragma once

#include <cstdint>
#include <type_traits>

#include "florin/base/secret.h"

namespace florin::kernels {

// Zeros at first; wiped on destruction, but neither locked nor kept out of core dumps. For what
// lives as long as a call; SecretBox is for what lives longer. Move-only: what was moved from is
// wiped. Thread-compatible.
template <class T>
class SecretStruct {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  SecretStruct() : value_{} {}
  SecretStruct(SecretStruct&& other) noexcept : value_(other.value_) { other.Clear(); }
  SecretStruct& operator=(SecretStruct&& other) noexcept {
    if (this != &other) {
      value_ = other.value_;
      other.Clear();
    }
    return *this;
  }
  SecretStruct(const SecretStruct&) = delete;
  SecretStruct& operator=(const SecretStruct&) = delete;
  ~SecretStruct() { Clear(); }

  const T& Read(SecretAccess) const { return value_; }
  T& Write(SecretAccess) { return value_; }

 private:
  void Clear() { Wipe({reinterpret_cast<std::uint8_t*>(&value_), sizeof(value_)}); }

  T value_;
};

}  // namespace florin::kernels
