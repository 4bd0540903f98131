#include "florin/card/decimalisation_table.h"

#include <algorithm>
#include <array>

#include "florin/card/digits.h"

namespace florin::card {

Result<DecimalisationTable> DecimalisationTable::Parse(std::string_view digits,
                                                       const DecimalisationPolicy& policy) {
  if (digits.size() != 16 || !AllDecimal(digits)) {
    return Error(ErrorCode::kMalformed, "a decimalisation table has 16 decimal digits");
  }
  DecimalisationTable parsed;
  const auto table = parsed.table_.Write(SecretAccess{});
  std::array<std::size_t, 10> uses{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint8_t>(digits[i] - '0');
    ++uses[table[i]];
  }
  const auto different = 10 - std::count(uses.begin(), uses.end(), std::size_t{0});
  if (different < policy.min_different_digits ||
      *std::max_element(uses.begin(), uses.end()) > policy.max_repeats) {
    return Error(ErrorCode::kPermissionDenied,
                 "the decimalisation table has too few different digits; use a more even one");
  }
  return parsed;
}

}  // namespace florin::card
