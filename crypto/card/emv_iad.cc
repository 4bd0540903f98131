#include "florin/card/emv_iad.h"

#include <algorithm>
#include <cstddef>

namespace florin::card {
namespace {

struct Field {
  std::uint8_t offset;
  std::uint8_t size;
};

// One layout of one scheme. Sizes in bytes.
struct Layout {
  EmvScheme scheme;
  EmvIadFormat format;
  std::uint8_t min_size;
  std::uint8_t max_size;
  std::int16_t first;  // the first byte, which is a length, or -1 for any
  std::uint8_t cvn;    // offset
  std::uint8_t dki;    // offset
  Field cvr;
};

constexpr Layout Vis013(EmvScheme scheme) {
  return {scheme, EmvIadFormat::kVis013, 7, 32, 0x06, 2, 1, {3, 4}};
}

constexpr Layout kLayouts[] = {
    Vis013(EmvScheme::kVisa),
    {EmvScheme::kVisa, EmvIadFormat::kVis24, 32, 32, 0x1F, 1, 2, {3, 5}},
    {EmvScheme::kMastercard, EmvIadFormat::kMchip, 18, 28, -1, 1, 0, {2, 6}},
    {EmvScheme::kInterac, EmvIadFormat::kInterac, 22, 22, 0x15, 2, 1, {3, 5}},
    {EmvScheme::kCcd, EmvIadFormat::kCcd, 32, 32, 0x0F, 1, 2, {3, 5}},
    Vis013(EmvScheme::kAmex),
    Vis013(EmvScheme::kJcb),
    {EmvScheme::kUnionPay, EmvIadFormat::kPboc, 8, 32, 0x07, 2, 1, {3, 4}},
    Vis013(EmvScheme::kDiscover),
};

constexpr std::size_t kMchipSizes[] = {18, 20, 26, 28};
constexpr std::size_t kCcdSecondLength = 16;  // offset

// What a layout's sizes and first byte do not say.
bool Plausible(const Layout& layout, ByteView iad) {
  switch (layout.format) {
    case EmvIadFormat::kMchip:
      return std::ranges::find(kMchipSizes, iad.size()) != std::end(kMchipSizes);
    case EmvIadFormat::kCcd: return iad[kCcdSecondLength] == 0x0F;
    case EmvIadFormat::kVis013:
    case EmvIadFormat::kPboc: return iad[layout.cvr.offset] == 3;
    case EmvIadFormat::kInterac: return iad[layout.cvr.offset] == 4;
    case EmvIadFormat::kVis24: break;
  }
  return true;
}

ByteView CountersOf(EmvIadFormat format, ByteView iad) {
  if (format == EmvIadFormat::kCcd) return iad.subspan(8, 8);
  if (format != EmvIadFormat::kMchip) return {};
  return iad.subspan(10, iad.size() <= 20 ? 8 : 16);
}

}  // namespace

Result<EmvIad> EmvIad::Parse(EmvScheme scheme, ByteView iad) {
  for (const Layout& layout : kLayouts) {
    if (layout.scheme != scheme || iad.size() < layout.min_size || iad.size() > layout.max_size ||
        (layout.first >= 0 && iad[0] != layout.first) || !Plausible(layout, iad)) {
      continue;
    }
    return EmvIad{layout.format,
                  iad[layout.cvn],
                  iad[layout.dki],
                  iad,
                  iad.subspan(layout.cvr.offset, layout.cvr.size),
                  CountersOf(layout.format, iad)};
  }
  return Error(ErrorCode::kMalformed,
               "the issuer application data (9F10) has no layout of the issuer key's scheme");
}

}  // namespace florin::card
