#include "florin/base/base64.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "crypto/base/constant_time.h"

namespace florin {
namespace {

constexpr std::uint32_t kNoValue = 0xff;

constexpr char kStandardAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::uint8_t, 256> MakeValues(const char* alphabet) {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNoValue;
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(alphabet[i])] = i;
  return values;
}

constexpr auto kStandardValues = MakeValues(kStandardAlphabet);
constexpr auto kUrlValues = MakeValues(kUrlAlphabet);

constexpr Error kBadLength(
    ErrorCode::kMalformed,
    "the base64 text is truncated or its padding is wrong; send it whole, in the agreed form");
constexpr Error kBadCharacter(
    ErrorCode::kMalformed,
    "the base64 text has a character outside its alphabet; remove white space and other signs");
constexpr Error kNotCanonical(
    ErrorCode::kMalformed,
    "the unused bits of the last base64 character are not zero; encode again (RFC 4648 3.5)");
constexpr Error kSpanTooSmall(ErrorCode::kBufferTooSmall,
                              "the span for the base64 result is too small; pass a larger one");

bool IsStandard(Base64Form form) { return form == Base64Form::kStandard; }
bool IsPadded(Base64Form form) { return form != Base64Form::kUrl; }

void EncodeTo(ByteView bytes, Base64Form form, char* out) {
  const char* alphabet = IsStandard(form) ? kStandardAlphabet : kUrlAlphabet;
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const std::uint32_t group =
        std::uint32_t{bytes[at]} << 16 | std::uint32_t{bytes[at + 1]} << 8 | bytes[at + 2];
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[group >> 12 & 63];
    *out++ = alphabet[group >> 6 & 63];
    *out++ = alphabet[group & 63];
  }
  const std::size_t rest = bytes.size() - at;
  if (rest == 0) return;
  const std::uint32_t group =
      std::uint32_t{bytes[at]} << 16 | (rest == 2 ? std::uint32_t{bytes[at + 1]} << 8 : 0);
  *out++ = alphabet[group >> 18];
  *out++ = alphabet[group >> 12 & 63];
  if (rest == 2) *out++ = alphabet[group >> 6 & 63];
  if (!IsPadded(form)) return;
  if (rest == 1) *out++ = '=';
  *out++ = '=';
}

// Takes the padding off; what is left has a length that whole bytes can have.
Result<std::string_view> WithoutPadding(std::string_view text, Base64Form form) {
  if (IsPadded(form)) {
    if (text.size() % 4 != 0) return kBadLength;
    if (text.ends_with('=')) text.remove_suffix(1);
    if (text.ends_with('=')) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return kBadLength;
  return text;
}

// `value` maps a character to 0..63, or to a number with bits above the low six.
template <class Value>
Status DecodeTo(std::string_view text, std::uint8_t* out, Value value) {
  const auto at = [&](std::size_t i) { return value(static_cast<std::uint8_t>(text[i])); };
  std::uint32_t seen = 0;
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const std::uint32_t a = at(i);
    const std::uint32_t b = at(i + 1);
    const std::uint32_t c = at(i + 2);
    const std::uint32_t d = at(i + 3);
    seen |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *out++ = static_cast<std::uint8_t>(group >> 16);
    *out++ = static_cast<std::uint8_t>(group >> 8);
    *out++ = static_cast<std::uint8_t>(group);
  }
  std::uint32_t unused = 0;
  if (i < text.size()) {
    const std::uint32_t a = at(i);
    const std::uint32_t b = at(i + 1);
    const std::uint32_t c = i + 2 < text.size() ? at(i + 2) : 0;
    seen |= a | b | c;
    *out++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    if (i + 2 < text.size()) *out++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
    unused = i + 2 < text.size() ? c & 0x03 : b & 0x0f;
  }
  if (seen > 63) return kBadCharacter;
  if (unused != 0) return kNotCanonical;
  return OkStatus();
}

// Each character of a group of four, shifted to its place; others have a bit above the 24.
using GroupValues = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr GroupValues MakeGroupValues(const std::array<std::uint8_t, 256>& values) {
  GroupValues groups{};
  for (std::size_t place = 0; place < groups.size(); ++place) {
    for (std::size_t c = 0; c < values.size(); ++c) {
      groups[place][c] = values[c] == kNoValue ? std::uint32_t{1} << 24
                                               : std::uint32_t{values[c]} << (18 - 6 * place);
    }
  }
  return groups;
}

constexpr GroupValues kStandardGroups = MakeGroupValues(kStandardValues);
constexpr GroupValues kUrlGroups = MakeGroupValues(kUrlValues);

Status DecodePublic(std::string_view text, Base64Form form, std::uint8_t* out) {
  const GroupValues& groups = IsStandard(form) ? kStandardGroups : kUrlGroups;
  const auto at = [&](std::size_t place, std::size_t i) {
    return groups[place][static_cast<std::uint8_t>(text[i])];
  };
  std::uint32_t seen = 0;
  std::size_t i = 0;
  // Three bytes by one store of four; the next group, which is there, overwrites the fourth.
  for (; i + 8 <= text.size(); i += 4, out += 3) {
    const std::uint32_t group = at(0, i) | at(1, i + 1) | at(2, i + 2) | at(3, i + 3);
    seen |= group;
    const std::array<std::uint8_t, 4> bytes = {static_cast<std::uint8_t>(group >> 16),
                                               static_cast<std::uint8_t>(group >> 8),
                                               static_cast<std::uint8_t>(group), 0};
    std::memcpy(out, bytes.data(), bytes.size());
  }
  if (seen >> 24 != 0) return kBadCharacter;
  const auto& values = IsStandard(form) ? kStandardValues : kUrlValues;
  return DecodeTo(text.substr(i), out,
                  [&values](std::uint8_t c) { return std::uint32_t{values[c]}; });
}

Status DecodeByMasks(std::string_view text, Base64Form form, std::uint8_t* out) {
  const std::uint32_t sign62 = IsStandard(form) ? '+' : '-';
  const std::uint32_t sign63 = IsStandard(form) ? '/' : '_';
  return DecodeTo(text, out, [sign62, sign63](std::uint8_t character) {
    const std::uint32_t x = character;
    const std::uint32_t upper = RangeMask(x, 'A', 'Z');
    const std::uint32_t lower = RangeMask(x, 'a', 'z');
    const std::uint32_t digit = RangeMask(x, '0', '9');
    const std::uint32_t is62 = RangeMask(x, sign62, sign62);
    const std::uint32_t is63 = RangeMask(x, sign63, sign63);
    return (upper & (x - 'A')) | (lower & (x - 'a' + 26)) | (digit & (x - '0' + 52)) | (is62 & 62) |
           (is63 & 63) | (~(upper | lower | digit | is62 | is63) & kNoValue);
  });
}

}  // namespace

std::size_t Base64EncodedSize(std::size_t bytes, Base64Form form) {
  const std::size_t groups = bytes / 3;
  const std::size_t rest = bytes % 3;
  if (rest == 0) return groups * 4;
  return groups * 4 + (IsPadded(form) ? 4 : rest + 1);
}

Result<std::size_t> Base64Encode(ByteView bytes, Base64Form form, std::span<char> out) {
  const std::size_t size = Base64EncodedSize(bytes.size(), form);
  if (size > out.size()) return kSpanTooSmall;
  EncodeTo(bytes, form, out.data());
  return size;
}

std::string Base64Encode(ByteView bytes, Base64Form form) {
  std::string text(Base64EncodedSize(bytes.size(), form), '\0');
  EncodeTo(bytes, form, text.data());
  return text;
}

Result<std::size_t> Base64Decode(std::string_view text, Base64Form form, MutableBytes out) {
  FLORIN_TRY(const std::string_view body, WithoutPadding(text, form));
  const std::size_t size = Base64DecodedSizeBound(body.size());
  if (size > out.size()) return kSpanTooSmall;
  FLORIN_CHECK_OK(DecodePublic(body, form, out.data()));
  return size;
}

Result<Bytes> Base64Decode(std::string_view text, Base64Form form) {
  FLORIN_TRY(const std::string_view body, WithoutPadding(text, form));
  Bytes bytes(Base64DecodedSizeBound(body.size()));
  FLORIN_CHECK_OK(DecodePublic(body, form, bytes.data()));
  return bytes;
}

Result<SecretBytes> Base64DecodeSecret(std::string_view text, Base64Form form) {
  FLORIN_TRY(const std::string_view body, WithoutPadding(text, form));
  FLORIN_TRY(SecretBytes bytes, SecretBytes::Create(Base64DecodedSizeBound(body.size())));
  FLORIN_CHECK_OK(DecodeByMasks(body, form, bytes.Write(SecretAccess{}).data()));
  return bytes;
}

}  // namespace florin
