// Fuzzes the reader of card numbers. What it takes is digits, passes on unchanged, and is masked.
#include <algorithm>
#include <cstdint>
#include <string>

#include "florin/base/pan.h"
#include "florin/base/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView input(data, size);
  const auto pan = florin::Pan::Parse(florin::AsText(input));
  if (!pan.ok()) return 0;
  const std::string_view digits = pan->Read(florin::SecretAccess{});
  FLORIN_INVARIANT(digits == florin::AsText(input));
  FLORIN_INVARIANT(digits.size() >= florin::kMinPanDigits &&
                   digits.size() <= florin::kMaxPanDigits);
  FLORIN_INVARIANT(
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }));
  const std::string masked = pan->Masked();
  FLORIN_INVARIANT(masked.size() == digits.size() && masked != digits);
  FLORIN_INVARIANT(pan->EqualTo(pan->Clone()));
  return 0;
}
