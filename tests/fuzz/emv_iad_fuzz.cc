// Fuzzes the reader of issuer application data. What is read lies within what was given.
#include <cstdint>

#include "florin/card/emv_iad.h"

namespace {

void CheckWithin(florin::ByteView part, florin::ByteView whole) {
  if (part.empty()) return;
  FLORIN_INVARIANT(part.data() >= whole.data());
  FLORIN_INVARIANT(part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

// The first byte is the scheme.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using florin::card::EmvScheme;
  if (size == 0 || data[0] > static_cast<std::uint8_t>(EmvScheme::kDiscover)) return 0;
  const auto bytes = florin::ByteView(data, size).subspan(1);
  const auto iad = florin::card::EmvIad::Parse(static_cast<EmvScheme>(data[0]), bytes);
  if (!iad.ok()) return 0;
  FLORIN_INVARIANT(bytes.size() >= 7 && bytes.size() <= 32);
  FLORIN_INVARIANT(florin::SameBytes(iad->whole, bytes));
  FLORIN_INVARIANT(iad->cvr.size() >= 4);
  CheckWithin(iad->cvr, bytes);
  CheckWithin(iad->counters, bytes);
  return 0;
}
