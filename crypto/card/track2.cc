#include "florin/card/track2.h"

#include <algorithm>

#include "crypto/card/digit_block.h"

namespace florin::card {
namespace {

constexpr std::size_t kExpiryDigits = 4;
constexpr std::size_t kServiceCodeDigits = 3;
constexpr std::size_t kMaxTextCharacters = kMaxTrack2Characters + 2;  // with sentinels

Error Malformed() {
  return Error(ErrorCode::kMalformed,
               "track 2 is PAN, separator, expiry, service code and discretionary digits");
}

// `text` without sentinels and filling.
Result<Track2> ParseFields(std::string_view text, std::string_view separators) {
  if (text.size() > kMaxTrack2Characters) return Malformed();
  const std::size_t at = text.find_first_of(separators);
  if (at == std::string_view::npos) return Malformed();
  const std::string_view rest = text.substr(at + 1);
  if (rest.size() < kExpiryDigits + kServiceCodeDigits) return Malformed();
  auto pan = Pan::Parse(text.substr(0, at));
  auto expiry = Expiry::Parse(rest.substr(0, kExpiryDigits));
  auto service_code = ServiceCode::Parse(rest.substr(kExpiryDigits, kServiceCodeDigits));
  auto data = DiscretionaryData::Parse(rest.substr(kExpiryDigits + kServiceCodeDigits));
  if (!pan.ok() || !expiry.ok() || !service_code.ok() || !data.ok()) return Malformed();
  return Track2{std::move(pan).value(), *expiry, *service_code, std::move(data).value()};
}

}  // namespace

Result<Track2> Track2::Parse(std::string_view text) {
  if (text.size() > kMaxTextCharacters) return Malformed();
  const bool starts = !text.empty() && text.front() == ';';
  const bool ends = !text.empty() && text.back() == '?';
  if (starts != ends) return Malformed();
  if (starts) text = text.substr(1, text.size() - 2);
  return ParseFields(text, "=D");
}

Result<Track2> Track2::ParseEquivalent(ByteView packed) {
  if (packed.empty() || packed.size() > kMaxTrack2Bytes) return Malformed();
  SecretArray<2 * kMaxTrack2Bytes> storage;
  const MutableBytes characters = storage.Write(SecretAccess{}).first(2 * packed.size());
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const unsigned nibble = i % 2 == 0 ? packed[i / 2] >> 4U : packed[i / 2] & 15U;
    characters[i] = static_cast<std::uint8_t>(nibble + (nibble < 10 ? '0' : 'A' - 10));
  }
  std::string_view text = AsText(characters);
  if (text.back() == 'F') text.remove_suffix(1);
  return ParseFields(text, "D");
}

Result<std::size_t> Track2::WriteEquivalent(MutableBytes out) const {
  const std::size_t characters =
      pan.size() + 1 + kExpiryDigits + kServiceCodeDigits + discretionary_data.size();
  if (pan.empty() || characters > kMaxTrack2Characters) {
    return Error(ErrorCode::kInvalidArgument, "track 2 has a PAN and at most 37 characters");
  }
  const std::size_t size = (characters + 1) / 2;
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "track 2 equivalent data has up to 19 bytes");
  }
  DigitBlock<kMaxTrack2Bytes> block;
  block.Append(pan.Read(SecretAccess{}));
  block.AppendNibble(0xD);
  block.Append(expiry.digits());
  block.Append(service_code.digits());
  block.Append(discretionary_data.Read(SecretAccess{}));
  if (characters % 2 != 0) block.AppendNibble(0xF);
  std::copy_n(block.Read(SecretAccess{}).begin(), size, out.begin());
  return size;
}

}  // namespace florin::card
