// KeyBlock: a TR-31 / X9.143 / ISO 20038 key block as text, for everyone who looks at one without
// the key. Reading proves nothing: only unwrapping checks the MAC.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "florin/base/result.h"
#include "florin/card/key_block_header.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kMaxKeyBlockSize = 9999;  // the length field has four digits
inline constexpr std::size_t kMaxOptionalBlocks = 99;

// One optional block (X9.143 6.3.6): an identifier of two characters and its data, printable ASCII.
// key_block_optional.h reads the data of those that the norm defines.
struct OptionalBlock {
  std::string_view id;
  std::string_view data;
};

// A view of optional blocks as they stand in a header; the text must outlive it. Order and unknown
// identifiers are kept. Invariant: `text()` holds exactly `count()` whole blocks.
class OptionalBlocks {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = OptionalBlock;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = OptionalBlock;

    OptionalBlock operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.rest_.size() == b.rest_.size();
    }

   private:
    friend class OptionalBlocks;
    explicit Iterator(std::string_view rest) : rest_(rest) {}
    std::string_view rest_;
  };

  OptionalBlocks() = default;

  // Reads `count` blocks from the start of `text`; what follows them is not looked at. Lengths are
  // two hexadecimal digits, or 00, the number of length characters (1 to 4) in two digits, and the
  // length, of either case. A padding block PB stands last or not at all. kMalformed,
  // kLimitExceeded above 99 blocks.
  static Result<OptionalBlocks> Parse(std::string_view text, std::size_t count);

  std::size_t count() const { return count_; }
  std::string_view text() const { return text_; }
  Iterator begin() const { return Iterator(text_); }
  Iterator end() const { return Iterator(text_.substr(text_.size())); }

  // The data of the first block of this identifier.
  std::optional<std::string_view> Find(std::string_view id) const;

 private:
  OptionalBlocks(std::string_view text, std::size_t count) : text_(text), count_(count) {}
  std::string_view text_;
  std::size_t count_ = 0;
};

// A whole key block, taken apart but not verified. A view: the text must outlive it.
class KeyBlock {
 public:
  // Takes a block of 16..9999 characters whose length field is its length. Ciphertext and MAC are
  // upper-case hexadecimal, the ciphertext in whole cipher blocks. kMalformed, kLimitExceeded.
  static Result<KeyBlock> Parse(std::string_view text);

  // The attributes: length and number of optional blocks are zero in it.
  const KeyBlockHeader& header() const { return header_; }
  const OptionalBlocks& optional_blocks() const { return optional_blocks_; }

  std::string_view text() const { return text_; }
  // The 16 characters and the optional blocks: what the MAC binds to the key.
  std::string_view bound_text() const { return text_.substr(0, bound_size_); }
  std::string_view ciphertext_hex() const;
  std::string_view mac_hex() const;

 private:
  KeyBlock(std::string_view text, const KeyBlockHeader& header, const OptionalBlocks& blocks)
      : text_(text),
        header_(header),
        optional_blocks_(blocks),
        bound_size_(KeyBlockHeader::kLength + blocks.text().size()) {}

  std::string_view text_;
  KeyBlockHeader header_;
  OptionalBlocks optional_blocks_;
  std::size_t bound_size_;
};

// Length of the MAC in bytes: 4 in versions A and C, 8 in B, 16 in D and E.
std::size_t KeyBlockMacSize(char version);
// Ciphertext comes in multiples of this many bytes: 8 in A, B and C, 16 in D, 1 in E.
std::size_t KeyBlockCipherUnit(char version);

// Writes the header and `blocks` to the start of `out`, followed by a padding block PB of zeros
// where the whole would not end on 8 (A, B, C) or 16 (D, E) characters, and returns its length.
// The length field becomes that length plus `rest`, the characters that ciphertext and MAC will
// take. A PB among `blocks` is kInvalidArgument, as is an identifier used twice or data that is not
// printable. kLimitExceeded above 99 blocks or 9999 characters, kBufferTooSmall.
Result<std::size_t> WriteKeyBlockHeader(const KeyBlockHeader& header,
                                        std::span<const OptionalBlock> blocks, std::size_t rest,
                                        std::span<char> out);

// What an importer puts up with. Everything not set is refused with kPermissionDenied.
struct KeyBlockImportPolicy {
  // Versions A and C: variant binding with a MAC of four bytes. PCI permits no new use.
  bool legacy_versions = false;
  // A KBPK, or a cipher of a TR-34 envelope, weaker than the key it wraps (X9.24-1).
  bool weaker_kbpk = false;
  // Keys of 8 bytes, under the algorithms D and T, and TDES keys that amount to one: parts that are
  // weak or equal their neighbours. For old networks and tests.
  bool single_des = false;
  // Usage, algorithm and mode of use that KeyBlockCombinations() does not join.
  bool any_combination = false;
  // An RSA key of a TR-34 envelope weaker than the key in it: RSA-2048 has 112 bits.
  bool weaker_rsa = false;
  friend bool operator==(const KeyBlockImportPolicy&, const KeyBlockImportPolicy&) = default;
};

// What an exporter may do beyond the norm. Versions B, D and E only, whatever is set.
struct KeyBlockExportPolicy {
  // A KBPK, or a cipher of a TR-34 envelope, weaker than the key.
  bool weaker_kbpk = false;
  // An RSA key of a TR-34 envelope weaker than the key.
  bool weaker_rsa = false;
  friend bool operator==(const KeyBlockExportPolicy&, const KeyBlockExportPolicy&) = default;
};

}  // namespace florin::card

#pragma GCC visibility pop
