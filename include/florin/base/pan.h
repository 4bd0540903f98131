// Pan: a primary account number. Never printed whole or logged; wiped, not locked (SecretArray).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "florin/base/result.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin {

inline constexpr std::size_t kMinPanDigits = 12;
inline constexpr std::size_t kMaxPanDigits = 19;

// True when `digits` is not empty, has only decimal digits and its last one is the check digit
// that ISO/IEC 7812-1 Annex B asks for.
bool LuhnValid(std::string_view digits);

// Returns the check digit, '0'..'9', that makes `digits` followed by it valid.
// Errors: kInvalidArgument (empty, or a character that is no decimal digit).
Result<char> LuhnCheckDigit(std::string_view digits);

// 12 to 19 decimal digits. Move-only; thread-compatible. A moved-from Pan has no digits.
class Pan {
 public:
  // No digits: a place for a Pan to be moved into.
  Pan() = default;

  // The check digit is not tested: networks issue, and tests use, numbers without a valid one.
  // Errors: kMalformed. The caller still owns, and should wipe, the original.
  static Result<Pan> Parse(std::string_view digits);

  Pan(Pan&& other) noexcept;
  Pan& operator=(Pan&& other) noexcept;
  Pan(const Pan&) = delete;
  Pan& operator=(const Pan&) = delete;
  ~Pan() = default;

  // Returns a second copy: copying a secret is said aloud.
  Pan Clone() const;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool IsLuhnValid() const;

  // The digits as characters. Valid as long as this Pan stays where it is.
  std::string_view Read(SecretAccess access) const;

  // The first six and the last four digits with '*' between, such as "520424******1234"; what
  // PCI DSS 3.4.1 lets be shown. At least four digits stay hidden: 12 and 13 digits show fewer
  // of the first six.
  std::string Masked() const;

  // Constant time in the digits.
  bool EqualTo(const Pan& other) const;

 private:
  SecretArray<kMaxPanDigits> digits_;
  std::uint8_t size_ = 0;
};

}  // namespace florin

#pragma GCC visibility pop
