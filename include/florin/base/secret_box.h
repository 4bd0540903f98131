// SecretBox<T>: one plain struct (a key schedule, a set of subkeys) in secret memory.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "florin/base/result.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin {

// Owns a T inside the secret arena, 64-byte aligned at most, wiped when released. Move-only.
// Thread-compatible. Invariant: a box that was not moved from holds a T.
template <class T>
class SecretBox {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>,
                "the arena wipes bytes; it runs no destructor");
  static_assert(alignof(T) <= kSecretAlignment);

 public:
  // Returns a value-initialized T. Errors: as SecretBytes::Create.
  static Result<SecretBox> Create() {
    FLORIN_TRY(SecretBytes memory, SecretBytes::Create(sizeof(T)));
    T* object = new (memory.Write(SecretAccess{}).data()) T();
    return SecretBox(std::move(memory), object);
  }

  SecretBox(SecretBox&& other) noexcept
      : memory_(std::move(other.memory_)), object_(std::exchange(other.object_, nullptr)) {}
  SecretBox& operator=(SecretBox&& other) noexcept {
    if (this != &other) {
      memory_ = std::move(other.memory_);
      object_ = std::exchange(other.object_, nullptr);
    }
    return *this;
  }
  SecretBox(const SecretBox&) = delete;
  SecretBox& operator=(const SecretBox&) = delete;
  ~SecretBox() = default;

  const T& Read(SecretAccess) const {
    FLORIN_INVARIANT(object_ != nullptr);
    return *object_;
  }
  T& Write(SecretAccess) {
    FLORIN_INVARIANT(object_ != nullptr);
    return *object_;
  }

 private:
  SecretBox(SecretBytes memory, T* object) : memory_(std::move(memory)), object_(object) {}

  SecretBytes memory_;
  T* object_;
};

}  // namespace florin

#pragma GCC visibility pop
