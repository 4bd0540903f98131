#include "florin/base/pan.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace florin {
namespace {

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The sum of ISO/IEC 7812-1 Annex B, with every second digit doubled, counted from the right;
// `double_last` tells whether the last digit is one of them. No table: the digits are secret.
unsigned LuhnSum(std::string_view digits, bool double_last) {
  unsigned sum = 0;
  bool doubled = double_last;
  for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    const auto digit = static_cast<unsigned>(digits[i] - '0');
    const unsigned twice = 2 * digit;
    const unsigned carry = (twice + 6) >> 4;  // 1 from 10 on
    sum += doubled ? twice - 9 * carry : digit;
  }
  return sum;
}

constexpr std::size_t kShownFirst = 6;
constexpr std::size_t kShownLast = 4;
constexpr std::size_t kLeastHidden = 4;

}  // namespace

bool LuhnValid(std::string_view digits) {
  return !digits.empty() && AllDigits(digits) && LuhnSum(digits, false) % 10 == 0;
}

Result<char> LuhnCheckDigit(std::string_view digits) {
  if (digits.empty() || !AllDigits(digits)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a check digit needs one or more decimal digits and nothing else");
  }
  return static_cast<char>('0' + (10 - LuhnSum(digits, true) % 10) % 10);
}

Result<Pan> Pan::Parse(std::string_view digits) {
  if (digits.size() < kMinPanDigits || digits.size() > kMaxPanDigits) {
    return Error(ErrorCode::kMalformed, "a PAN has 12 to 19 digits; send it whole");
  }
  if (!AllDigits(digits)) {
    return Error(ErrorCode::kMalformed,
                 "a PAN has decimal digits only; remove spaces and other characters");
  }
  Pan pan;
  std::memcpy(pan.digits_.Write(SecretAccess{}).data(), digits.data(), digits.size());
  pan.size_ = static_cast<std::uint8_t>(digits.size());
  return pan;
}

Pan::Pan(Pan&& other) noexcept
    : digits_(std::move(other.digits_)), size_(std::exchange(other.size_, std::uint8_t{0})) {}

Pan& Pan::operator=(Pan&& other) noexcept {
  if (this != &other) {
    digits_ = std::move(other.digits_);
    size_ = std::exchange(other.size_, std::uint8_t{0});
  }
  return *this;
}

Pan Pan::Clone() const {
  Pan copy;
  const auto from = digits_.Read(SecretAccess{});
  std::copy(from.begin(), from.end(), copy.digits_.Write(SecretAccess{}).begin());
  copy.size_ = size_;
  return copy;
}

bool Pan::IsLuhnValid() const { return LuhnValid(Read(SecretAccess{})); }

std::string_view Pan::Read(SecretAccess access) const {
  return AsText(ByteView(digits_.Read(access)).first(size_));
}

std::string Pan::Masked() const {
  if (empty()) return {};
  const std::string_view digits = Read(SecretAccess{});
  const std::size_t first = std::min(kShownFirst, digits.size() - kShownLast - kLeastHidden);
  std::string masked(digits.size(), '*');
  std::copy_n(digits.begin(), first, masked.begin());
  std::copy(digits.end() - kShownLast, digits.end(), masked.end() - kShownLast);
  return masked;
}

bool Pan::EqualTo(const Pan& other) const {
  return (size_ == other.size_) & digits_.EqualTo(other.digits_);
}

}  // namespace florin
