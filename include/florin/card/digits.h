// Runs of decimal digits: SecretDigits for what nobody may print, FixedDigits for card data.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin::card {

// True when all of `text` are '0'..'9'. Looks at every character, so that the time tells only the
// length of secret digits.
inline bool AllDecimal(std::string_view text) {
  std::uint32_t bad = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint32_t>(static_cast<unsigned char>(c)) - '0';
    bad |= digit | (9 - digit);
  }
  return bad >> 31 == 0;
}

// kMin..kMax secret decimal digits; Tag tells one kind of value from another. Move-only; a
// moved-from value has no digits. Wiped, not locked (SecretArray). Thread-compatible.
template <class Tag, std::size_t kMin, std::size_t kMax>
class SecretDigits {
  static_assert(kMin <= kMax && kMax <= 255);

 public:
  static constexpr std::size_t kMinDigits = kMin;
  static constexpr std::size_t kMaxDigits = kMax;

  // No digits: a place for a value to be moved into.
  SecretDigits() = default;

  // Errors: kMalformed. The caller still owns, and should wipe, the original.
  static Result<SecretDigits> Parse(std::string_view digits) {
    if (digits.size() < kMin || digits.size() > kMax) {
      return Error(ErrorCode::kMalformed, "the number of digits is wrong; send all of them");
    }
    if (!AllDecimal(digits)) {
      return Error(ErrorCode::kMalformed, "only the decimal digits 0 to 9 may stand here");
    }
    SecretDigits parsed;
    std::copy(digits.begin(), digits.end(), parsed.digits_.Write(SecretAccess{}).begin());
    parsed.size_ = static_cast<std::uint8_t>(digits.size());
    return parsed;
  }

  SecretDigits(SecretDigits&& other) noexcept
      : digits_(std::move(other.digits_)), size_(std::exchange(other.size_, std::uint8_t{0})) {}
  SecretDigits& operator=(SecretDigits&& other) noexcept {
    if (this != &other) {
      digits_ = std::move(other.digits_);
      size_ = std::exchange(other.size_, std::uint8_t{0});
    }
    return *this;
  }
  SecretDigits(const SecretDigits&) = delete;
  SecretDigits& operator=(const SecretDigits&) = delete;
  ~SecretDigits() = default;

  // Returns a second copy: copying a secret is said aloud.
  SecretDigits Clone() const {
    SecretDigits copy;
    const auto from = digits_.Read(SecretAccess{});
    std::copy(from.begin(), from.end(), copy.digits_.Write(SecretAccess{}).begin());
    copy.size_ = size_;
    return copy;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The digits as characters. Valid as long as this value stays where it is.
  std::string_view Read(SecretAccess access) const {
    return AsText(ByteView(digits_.Read(access)).first(size_));
  }

  // Constant time in the digits.
  bool EqualTo(const SecretDigits& other) const {
    return (size_ == other.size_) & digits_.EqualTo(other.digits_);
  }

 private:
  SecretArray<kMax> digits_;
  std::uint8_t size_ = 0;
};

// Exactly kSize decimal digits that are no secret by themselves. A value type.
template <class Tag, std::size_t kSize>
class FixedDigits {
 public:
  // Errors: kMalformed.
  static Result<FixedDigits> Parse(std::string_view digits) {
    if (digits.size() != kSize || !AllDecimal(digits)) {
      return Error(ErrorCode::kMalformed,
                   "this field has a fixed number of decimal digits; send exactly those");
    }
    return FixedDigits(digits);
  }

  // From a literal: anything but kSize digits fails to compile.
  template <std::size_t kLength>
  static consteval FixedDigits Of(const char (&digits)[kLength]) {
    static_assert(kLength == kSize + 1);
    for (std::size_t i = 0; i < kSize; ++i) {
      if (digits[i] < '0' || digits[i] > '9') NotADigit();
    }
    return FixedDigits(std::string_view(digits, kSize));
  }

  std::string_view digits() const { return {digits_.data(), kSize}; }

  friend bool operator==(const FixedDigits&, const FixedDigits&) = default;

 private:
  static void NotADigit();  // not constexpr: what calls it is no constant expression
  constexpr explicit FixedDigits(std::string_view digits) : digits_{} {
    for (std::size_t i = 0; i < kSize; ++i) digits_[i] = digits[i];
  }

  std::array<char, kSize> digits_;
};

}  // namespace florin::card

#pragma GCC visibility pop
