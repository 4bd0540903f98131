// Fuzzes the decoding of PIN blocks: format, form of the PAN field, PAN length, PAN digits, block.
// What decodes is encoded again and decodes as the same PIN; formats 0 and 2 as the same block.
#include <algorithm>
#include <cstdint>
#include <string>

#include "crypto/card/pin_block.h"
#include "florin/base/result.h"

using florin::ByteView;
using florin::card::PinBlockFormat;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 23) return 0;
  florin::card::PinBlockProfile profile;
  profile.format = static_cast<PinBlockFormat>(data[0] % 5);
  profile.pan_field = static_cast<florin::card::Format4PanField>(data[1] % 2);
  profile.lengths = {static_cast<std::uint8_t>(4 + data[2] / 16 % 9),
                     static_cast<std::uint8_t>(4 + data[2] % 9)};
  std::string digits;
  for (std::size_t i = 0; i < 12 + data[3] % 8U; ++i) {
    digits += static_cast<char>('0' + data[4 + i] % 10);
  }
  const auto pan = florin::Pan::Parse(digits);
  FLORIN_INVARIANT(pan.ok());
  const ByteView block = ByteView(data, size).subspan(23);
  const auto pin = florin::card::DecodePinBlock(profile, block, *pan);
  if (!pin.ok()) return 0;
  FLORIN_INVARIANT(profile.lengths.min <= pin->size() && pin->size() <= profile.lengths.max);
  florin::Bytes buffer(florin::card::kMinRandomBatch);
  florin::card::RandomBatch random(florin::SystemRandom(), buffer);
  florin::Bytes again(florin::card::PinBlockSize(profile.format));
  FLORIN_INVARIANT(florin::card::EncodePinBlock(profile, *pin, *pan, random, again).ok());
  const auto same = florin::card::DecodePinBlock(profile, again, *pan);
  FLORIN_INVARIANT(same.ok() && same->EqualTo(*pin));
  if (profile.format == PinBlockFormat::kFormat0 || profile.format == PinBlockFormat::kFormat2) {
    FLORIN_INVARIANT(florin::SameBytes(again, block));
  }
  return 0;
}
