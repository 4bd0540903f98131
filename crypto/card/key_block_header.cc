#include "florin/card/key_block_header.h"

#include <algorithm>

#include "crypto/card/key_block_text.h"

namespace florin::card {
namespace {

// X9.143 table 2.
constexpr std::string_view kUsages =
    "B0B1B2B3C0D0D1D2D3E0E1E2E3E4E5E6E7I0K0K1K2K3K4M0M1M2M3M4M5M6M7M8P0P1S0S1S2V0V1V2V3V4V5";
constexpr std::string_view kVersions = "ABCDE";        // table 1
constexpr std::string_view kAlgorithms = "ADEHIJRST";  // table 3; I and J: ISO 20038 table A.4
constexpr std::string_view kModes = "BCDEGNSTVXY";     // table 4
constexpr std::string_view kExportabilities = "ENS";   // table 6
constexpr std::string_view kKeyContexts = "012";

constexpr std::string_view kAny = kExportabilities;
constexpr std::string_view kSymmetric = "AT";
constexpr std::string_view kCipher = "BDEN";
constexpr std::string_view kMac = "CGVN";
constexpr std::string_view kDerive = "XN";
constexpr std::string_view kSign = "STVN";

constexpr KeyBlockCombination kCombinations[] = {
    {"B0", kSymmetric, kDerive, kAny},
    {"B1", kSymmetric, kDerive, kAny},
    {"B2", "T", "XYN", kAny},
    {"B3", kSymmetric, kDerive, kAny},
    {"C0", kSymmetric, kMac, kAny},
    {"D0", kSymmetric, kCipher, kAny},
    {"D1", "ER", kCipher, kAny},
    {"D2", kSymmetric, kCipher, kAny},
    {"D3", kSymmetric, kCipher, kAny},
    // An issuer key derives card keys (X). Florin's rules split it into generating and verifying
    // cryptograms as well, which the norm's table 4 leaves open.
    {"E0", kSymmetric, "CGVXN", kAny},
    {"E1", kSymmetric, kDerive, kAny},
    {"E2", kSymmetric, kDerive, kAny},
    {"E3", kSymmetric, kDerive, kAny},
    {"E4", kSymmetric, kDerive, kAny},
    {"E5", kSymmetric, "BCDEGVXN", kAny},
    {"E6", kSymmetric, kDerive, kAny},
    {"E7", "ER", kCipher, kAny},
    {"I0", kSymmetric, "N", kAny},
    {"K0", kSymmetric, kCipher, kAny},
    {"K1", kSymmetric, kCipher, kAny},
    {"K2", "R", "BDESTVN", kAny},
    {"K3", "E", kDerive, kAny},
    {"K4", kSymmetric, kCipher, kAny},
    {"M0", "T", kMac, kAny},
    {"M1", kSymmetric, kMac, kAny},
    {"M2", "T", kMac, kAny},
    {"M3", "T", kMac, kAny},
    {"M4", "T", kMac, kAny},
    {"M5", kSymmetric, kMac, kAny},
    {"M6", kSymmetric, kMac, kAny},
    {"M7", "H", kMac, kAny},
    {"M8", kSymmetric, kMac, kAny},
    {"P0", kSymmetric, kCipher, kAny},
    {"P1", kSymmetric, kMac, kAny},
    {"S0", "ER", kSign, kAny},
    {"S1", "ER", kSign, kAny},
    {"S2", "ER", kSign, kAny},
    {"V0", kSymmetric, kMac, kAny},
    {"V1", kSymmetric, kMac, kAny},
    {"V2", kSymmetric, kMac, kAny},
    {"V3", kSymmetric, kMac, kAny},
    {"V4", kSymmetric, kMac, kAny},
    {"V5", kSymmetric, kMac, kAny},
};

bool OneOf(std::string_view set, char character) {
  return set.find(character) != std::string_view::npos;
}

bool IsUsage(std::string_view usage) {
  for (std::size_t i = 0; i < kUsages.size(); i += 2) {
    if (kUsages.substr(i, 2) == usage) return true;
  }
  return false;
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
  // A key component ('c' and its number) is no key.
  if (!IsUpperAlphanumeric(text[9]) || !IsUpperAlphanumeric(text[10])) {
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

Result<KeyBlockHeader> KeyBlockHeader::FromBlock(std::string_view text) {
  if (text.size() < kLength) {
    return Error(ErrorCode::kMalformed, "a key block begins with a header of 16 characters");
  }
  std::array<char, kLength> attributes{};
  std::copy_n(text.begin(), kLength, attributes.begin());
  for (const std::size_t i : {1, 2, 3, 4, 12, 13}) {
    if (!IsDigit(text[i])) {
      return Error(ErrorCode::kMalformed,
                   "the length or the number of optional blocks is not in digits");
    }
    attributes[i] = '0';
  }
  return Parse({attributes.data(), attributes.size()});
}

Result<KeyBlockHeader> KeyBlockHeader::WithVersion(char version) const {
  if (!OneOf(kVersions, version)) {
    return Error(ErrorCode::kInvalidArgument, "key block header: the version must be A to E");
  }
  KeyBlockHeader changed = *this;
  changed.text_[0] = version;
  return changed;
}

std::span<const KeyBlockCombination> KeyBlockCombinations() { return kCombinations; }

Status CheckKeyBlockCombination(const KeyBlockHeader& header) {
  for (const KeyBlockCombination& row : kCombinations) {
    if (row.usage == header.usage() && OneOf(row.algorithms, header.algorithm()) &&
        OneOf(row.modes_of_use, header.mode_of_use()) &&
        OneOf(row.exportabilities, header.exportability())) {
      return OkStatus();
    }
  }
  return Error(ErrorCode::kPermissionDenied,
               "key block header: usage, algorithm and mode of use do not belong together");
}

}  // namespace florin::card
