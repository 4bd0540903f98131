// Fuzzes the fields of 3-D Secure and of token cryptograms: what is read is written as it was.
#include <array>
#include <cstdint>

#include "florin/base/result.h"
#include "florin/card/three_ds.h"
#include "florin/card/token_cryptogram.h"

namespace {

template <class Field, std::size_t kSize>
void CheckRoundTrip(florin::ByteView input) {
  const auto field = Field::Parse(input);
  if (!field.ok()) return;
  std::array<std::uint8_t, kSize> written;
  FLORIN_INVARIANT(field->Write(written).ok() && florin::SameBytes(written, input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView input(data, size);
  CheckRoundTrip<florin::card::VisaCavv, florin::card::kVisaCavvSize>(input);
  CheckRoundTrip<florin::card::SpaAav, florin::card::kSpaAavSize>(input);
  CheckRoundTrip<florin::card::TokenCryptogramField, florin::card::kTokenCryptogramFieldSize>(
      input);
  return 0;
}
