// What tests of raw memory need to know about, and hide from, the sanitizers.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FLORIN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FLORIN_SANITIZED 1
#endif
#endif

namespace florin {

#if defined(FLORIN_SANITIZED)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Looks at memory that has been released but is still mapped.
__attribute__((no_sanitize("address"), noinline)) inline bool IsZeroMemory(const void* memory,
                                                                           std::size_t size) {
  const auto* bytes = static_cast<const volatile std::uint8_t*>(memory);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

// Writes where the program has no business to.
__attribute__((no_sanitize("address"), noinline)) inline void OverwriteByte(std::uint8_t* where) {
  *const_cast<volatile std::uint8_t*>(where) = static_cast<std::uint8_t>(~*where);
}

}  // namespace florin
