// OptionalBlocks: identifiers, lengths and data as they stand in a key block header.
#include "crypto/card/key_block_text.h"
#include "florin/card/key_block.h"

namespace florin::card {
namespace {

// Identifier and length; behind them stands the data.
struct BlockShape {
  std::size_t data = 0;   // where the data begins
  std::size_t whole = 0;  // length of the whole block
};

// Nothing where the text does not begin with a whole block. X9.143 6.3.6: an extended length gives
// the number of its own characters, not of bytes (examples 8.5 and 8.6).
std::optional<BlockShape> ReadShape(std::string_view text) {
  constexpr std::size_t kShortHead = 4;
  constexpr std::size_t kMaxLengthDigits = 4;
  if (text.size() < kShortHead) return std::nullopt;
  if (!IsUpperAlphanumeric(text[0]) || !IsUpperAlphanumeric(text[1])) return std::nullopt;
  BlockShape shape{kShortHead, 0};
  auto length = ParseHexNumber(text.substr(2, 2));
  if (!length) return std::nullopt;
  if (*length == 0) {
    if (text.size() < 6) return std::nullopt;
    const auto digits = ParseHexNumber(text.substr(4, 2));
    if (!digits || *digits == 0 || *digits > kMaxLengthDigits || text.size() < 6 + *digits) {
      return std::nullopt;
    }
    length = ParseHexNumber(text.substr(6, *digits));
    shape.data = 6 + *digits;
  }
  if (!length || *length < shape.data || *length > text.size()) return std::nullopt;
  shape.whole = *length;
  if (!IsPrintable(text.substr(shape.data, shape.whole - shape.data))) return std::nullopt;
  return shape;
}

}  // namespace

Result<OptionalBlocks> OptionalBlocks::Parse(std::string_view text, std::size_t count) {
  if (count > kMaxOptionalBlocks) {
    return Error(ErrorCode::kLimitExceeded, "a key block has at most 99 optional blocks");
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto shape = ReadShape(text.substr(size));
    if (!shape) {
      return Error(ErrorCode::kMalformed,
                   "an optional block is not an identifier, its length and printable data");
    }
    if (text.substr(size, 2) == "PB" && i + 1 != count) {
      return Error(ErrorCode::kMalformed, "the padding block is not the last optional block");
    }
    size += shape->whole;
  }
  return OptionalBlocks(text.substr(0, size), count);
}

OptionalBlock OptionalBlocks::Iterator::operator*() const {
  const auto shape = ReadShape(rest_);
  FLORIN_INVARIANT(shape.has_value());
  return {rest_.substr(0, 2), rest_.substr(shape->data, shape->whole - shape->data)};
}

OptionalBlocks::Iterator& OptionalBlocks::Iterator::operator++() {
  const auto shape = ReadShape(rest_);
  FLORIN_INVARIANT(shape.has_value());
  rest_ = rest_.substr(shape->whole);
  return *this;
}

std::optional<std::string_view> OptionalBlocks::Find(std::string_view id) const {
  for (const OptionalBlock block : *this) {
    if (block.id == id) return block.data;
  }
  return std::nullopt;
}

}  // namespace florin::card
