// Fuzzes the readers of track 2. A track written again is the one that was read.
#include <cstdint>

#include "florin/base/result.h"
#include "florin/card/track2.h"

using florin::ByteView;
using florin::card::Track2;

namespace {

void CheckRoundTrip(const Track2& track) {
  florin::Bytes packed(florin::card::kMaxTrack2Bytes);
  const auto size = track.WriteEquivalent(packed);
  FLORIN_INVARIANT(size.ok());
  const auto again = Track2::ParseEquivalent(ByteView(packed).first(*size));
  FLORIN_INVARIANT(again.ok() && again->pan.EqualTo(track.pan) && again->expiry == track.expiry &&
                   again->service_code == track.service_code &&
                   again->discretionary_data.EqualTo(track.discretionary_data));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto text = Track2::Parse(florin::AsText(input));
  if (text.ok()) CheckRoundTrip(*text);
  const auto packed = Track2::ParseEquivalent(input);
  if (packed.ok()) {
    CheckRoundTrip(*packed);
    florin::Bytes written(florin::card::kMaxTrack2Bytes);
    const auto written_size = packed->WriteEquivalent(written);
    FLORIN_INVARIANT(written_size.ok() &&
                     florin::SameBytes(ByteView(written).first(*written_size), input));
  }
  return 0;
}
