#include "crypto/primitives/der.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace florin::primitives {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::uint8_t kConstructed = 0x20;
constexpr std::uint8_t kClassMask = 0xc0;
constexpr std::uint8_t kNumberMask = 0x1f;  // all ones: the number follows

struct Element {
  std::uint8_t tag;  // the first byte; no certificate has tag numbers above 30
  ByteView whole;
  ByteView content;
};

// Takes the first element off `rest`. False where its head is not in DER.
bool Take(ByteView& rest, Element& out) {
  if (rest.size() < 2 || (rest[0] & kNumberMask) == kNumberMask) return false;
  std::size_t head = 2;
  std::size_t length = rest[1];
  if (length > 0x7f) {
    const std::size_t octets = length & 0x7f;
    if (octets == 0 || octets > 4 || rest.size() < 2 + octets || rest[2] == 0) return false;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8 | rest[2 + i];
    if (length <= 0x7f) return false;
    head += octets;
  }
  if (length > rest.size() - head) return false;
  out = {rest[0], rest.first(head + length), rest.subspan(head, length)};
  rest = rest.subspan(head + length);
  return true;
}

// X.690 8.3.2: the first nine bits are not all alike.
bool IsMinimalInteger(ByteView content) {
  if (content.empty()) return false;
  if (content.size() == 1) return true;
  const bool negative = (content[1] & 0x80) != 0;
  return content[0] != (negative ? 0xff : 0x00);
}

// X.690 8.19.2: no arc begins with a byte 80, the last one ends.
bool IsOid(ByteView content) {
  bool first_of_arc = true;
  for (const std::uint8_t byte : content) {
    if (first_of_arc && byte == 0x80) return false;
    first_of_arc = (byte & 0x80) == 0;
  }
  return !content.empty() && first_of_arc;
}

// X.690 11.2.1.
bool IsBitString(ByteView content) {
  if (content.empty() || content[0] > 7) return false;
  if (content.size() == 1) return content[0] == 0;
  return (content.back() & ((1U << content[0]) - 1)) == 0;
}

// A universal type in primitive form.
bool IsPrimitive(std::uint8_t number, ByteView content) {
  switch (number) {
    case 1: return content.size() == 1 && (content[0] == 0x00 || content[0] == 0xff);
    case 2:
    case 10: return IsMinimalInteger(content);
    case 3: return IsBitString(content);
    case 5: return content.empty();
    case 6: return IsOid(content);
    case 0:                 // end of contents
    case 8:                 // EXTERNAL
    case 11:                // EMBEDDED PDV
    case 16:                // SEQUENCE
    case 17: return false;  // SET
    default: return true;   // strings and times
  }
}

// X.690 11.6: the elements of a set stand in the order of their encodings, none above the next.
bool IsInOrder(ByteView before, ByteView after) {
  return !std::lexicographical_compare(after.begin(), after.end(), before.begin(), before.end());
}

bool AreDer(ByteView elements, bool sorted, int depth);

bool IsDerElement(const Element& element, int depth) {
  const bool universal = (element.tag & kClassMask) == 0;
  const std::uint8_t number = element.tag & kNumberMask;
  if ((element.tag & kConstructed) == 0) {
    return !universal || IsPrimitive(number, element.content);
  }
  // Strings are primitive (X.690 10.2).
  if (universal && number != 16 && number != 17) return false;
  return depth < kMaxDepth && AreDer(element.content, universal && number == 17, depth + 1);
}

bool AreDer(ByteView elements, bool sorted, int depth) {
  ByteView before;
  while (!elements.empty()) {
    Element element{};
    if (!Take(elements, element) || !IsDerElement(element, depth)) return false;
    if (sorted && !IsInOrder(before, element.whole)) return false;
    before = element.whole;
  }
  return true;
}

}  // namespace

bool IsDer(ByteView bytes) {
  Element element{};
  return Take(bytes, element) && bytes.empty() && IsDerElement(element, 0);
}

}  // namespace florin::primitives
