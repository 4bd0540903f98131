// KeyBlockHeader: the 16 characters that say what a key is for (X9.143 table 1), and the
// combinations of usage, algorithm and mode of use that may be written.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::card {

// The X9.143 key block header that every payment key carries. In a key attribute the length and
// optional-block fields are zero. Invariant: every field holds a value of the norm.
class KeyBlockHeader {
 public:
  static constexpr std::size_t kLength = 16;

  // Parses 16 characters such as "D0000E0TV00N0000". kMalformed where a field is not of the norm.
  static Result<KeyBlockHeader> Parse(std::string_view text);

  // The attributes of a header as it stands in a block, which may go on behind it: the length and
  // the number of optional blocks are four and two digits of any value. kMalformed.
  static Result<KeyBlockHeader> FromBlock(std::string_view text);

  std::string_view text() const { return {text_.data(), text_.size()}; }
  char version() const { return text_[0]; }                       // 'A'..'E'
  std::string_view usage() const { return text().substr(5, 2); }  // X9.143 table 2: "E0", "D0"
  // 'A' AES, 'D' DES, 'E' EC, 'H' HMAC, 'R' RSA, 'S' DSA, 'T' TDES; ISO 20038 has 'I' HMAC with
  // SHA-2 and 'J' HMAC with SHA-3.
  char algorithm() const { return text_[7]; }
  char mode_of_use() const { return text_[8]; }  // table 4: 'G','V','C','E',...
  std::string_view key_version() const { return text().substr(9, 2); }
  char exportability() const { return text_[11]; }  // 'E','N','S'

  // The same header for a block of another version, 'A'..'E'. kInvalidArgument else.
  Result<KeyBlockHeader> WithVersion(char version) const;

  friend bool operator==(const KeyBlockHeader&, const KeyBlockHeader&) = default;

 private:
  explicit KeyBlockHeader(std::array<char, kLength> text) : text_(text) {}
  std::array<char, kLength> text_;
};

// One row of what may be written: every algorithm of the row goes with every mode of use and every
// exportability of it.
struct KeyBlockCombination {
  std::string_view usage;
  std::string_view algorithms;
  std::string_view modes_of_use;
  std::string_view exportabilities;
};

// The rows for export. X9.143 tables 2 to 4 say which usage goes with which mode; single DES, DSA
// and the algorithms of ISO 20038 alone are not written at all. A usage may have several rows.
std::span<const KeyBlockCombination> KeyBlockCombinations();

// kPermissionDenied unless one row holds the header's usage, algorithm, mode and exportability.
Status CheckKeyBlockCombination(const KeyBlockHeader& header);

}  // namespace florin::card

#pragma GCC visibility pop
