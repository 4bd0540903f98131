// Characters of key blocks. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace florin::card {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsUpperHexDigit(char c) { return IsDigit(c) || (c >= 'A' && c <= 'F'); }
inline bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7e; }
inline bool IsUpperAlphanumeric(char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z'); }

inline bool IsUpperHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), IsUpperHexDigit);
}

inline bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsPrintable(c); });
}

// The value of up to 8 digits; nothing for none or another character.
inline std::optional<std::size_t> ParseDecimal(std::string_view text) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  std::size_t value = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

// The same for hexadecimal digits of either case.
inline std::optional<std::size_t> ParseHexNumber(std::string_view text) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  std::size_t value = 0;
  for (const char c : text) {
    const char upper = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    if (!IsUpperHexDigit(upper)) return std::nullopt;
    value = value * 16 + static_cast<std::size_t>(IsDigit(upper) ? upper - '0' : upper - 'A' + 10);
  }
  return value;
}

// Writes the last out.size() digits of `value`.
template <unsigned kBase, class Out>
void WriteNumber(std::size_t value, Out out) {
  for (std::size_t i = out.size(); i-- > 0; value /= kBase) {
    out[i] = "0123456789ABCDEF"[value % kBase];
  }
}

}  // namespace florin::card
