#include "florin/mechanisms/key_rules.h"

#include <algorithm>

namespace florin::mechanisms {
namespace {

// X9.143 table 2.
constexpr std::string_view kUsages =
    "B0B1B2B3C0D0D1D2D3E0E1E2E3E4E5E6E7I0K0K1K2K3K4M0M1M2M3M4M5M6M7M8P0P1S0S1S2V0V1V2V3V4V5";
constexpr std::string_view kVersions = "ABCDE";       // table 1
constexpr std::string_view kAlgorithms = "ADEHRST";   // table 3
constexpr std::string_view kModes = "BCDEGNSTVXY";    // table 4
constexpr std::string_view kExportabilities = "ENS";  // table 6
constexpr std::string_view kKeyContexts = "012";

bool OneOf(std::string_view set, char character) {
  return set.find(character) != std::string_view::npos;
}

bool IsUsage(std::string_view usage) {
  for (std::size_t i = 0; i < kUsages.size(); i += 2) {
    if (kUsages.substr(i, 2) == usage) return true;
  }
  return false;
}

// A key component ('c' and its number) is no key.
bool IsKeyVersion(std::string_view version) {
  return std::all_of(version.begin(), version.end(), [](char character) {
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z');
  });
}

}  // namespace

Result<KeyBlockHeader> KeyBlockHeader::Parse(std::string_view text) {
  if (text.size() != kLength) {
    return Error(ErrorCode::kMalformed, "key block header: must have 16 characters");
  }
  if (!OneOf(kVersions, text[0])) {
    return Error(ErrorCode::kMalformed, "key block header: unknown version");
  }
  if (text.substr(1, 4) != "0000" || text.substr(12, 2) != "00") {
    return Error(
        ErrorCode::kMalformed,
        "key block header: length and number of optional blocks must be 0 in an attribute");
  }
  if (!IsUsage(text.substr(5, 2))) {
    return Error(ErrorCode::kMalformed, "key block header: unknown key usage");
  }
  if (!OneOf(kAlgorithms, text[7])) {
    return Error(ErrorCode::kMalformed, "key block header: unknown algorithm");
  }
  if (!OneOf(kModes, text[8])) {
    return Error(ErrorCode::kMalformed, "key block header: unknown mode of use");
  }
  if (!IsKeyVersion(text.substr(9, 2))) {
    return Error(ErrorCode::kMalformed, "key block header: bad key version");
  }
  if (!OneOf(kExportabilities, text[11])) {
    return Error(ErrorCode::kMalformed, "key block header: unknown exportability");
  }
  if (!OneOf(kKeyContexts, text[14]) || text[15] != '0') {
    return Error(ErrorCode::kMalformed, "key block header: reserved characters must be 0");
  }
  std::array<char, kLength> header{};
  std::copy(text.begin(), text.end(), header.begin());
  return KeyBlockHeader(header);
}

}  // namespace florin::mechanisms
