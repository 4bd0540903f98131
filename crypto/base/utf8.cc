#include "crypto/base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace florin {
namespace {

// What may follow a lead byte (RFC 3629 section 4).
struct Form {
  std::size_t size;         // bytes in all; 0: no lead byte
  std::uint8_t second_low;  // the range of the second byte; the rest is 80..BF
  std::uint8_t second_high;
};

Form FormOf(std::uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xc2) return {0, 0, 0};
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead < 0xf4) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Form form = FormOf(static_cast<std::uint8_t>(text[at]));
    if (form.size == 0 || form.size > text.size() - at) return false;
    for (std::size_t i = 1; i < form.size; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[at + i]);
      const std::uint8_t low = i == 1 ? form.second_low : 0x80;
      const std::uint8_t high = i == 1 ? form.second_high : 0xbf;
      if (byte < low || byte > high) return false;
    }
    at += form.size;
  }
  return true;
}

}  // namespace florin
