#include "florin/card/key_block.h"

#include <algorithm>

#include "crypto/card/key_block_text.h"

namespace florin::card {
namespace {

constexpr std::size_t kMinPayload = 3;   // the length of the key and one byte of it
constexpr std::size_t kPaddingHead = 4;  // "PB" and two digits
constexpr std::size_t kMaxShortBlock = 255;
constexpr std::size_t kLongHead = 10;  // identifier, "00", "04" and four digits

// Optional blocks end on this many characters (X9.143 6.3.6).
std::size_t HeaderUnit(char version) { return version == 'D' || version == 'E' ? 16 : 8; }

std::size_t WrittenSize(const OptionalBlock& block) {
  const std::size_t size = kPaddingHead + block.data.size();
  return size <= kMaxShortBlock ? size : kLongHead + block.data.size();
}

// Length of the padding block behind `size` characters: 0 where none is needed.
std::size_t PaddingSize(char version, std::size_t size) {
  const std::size_t unit = HeaderUnit(version);
  if (size % unit == 0) return 0;
  return kPaddingHead + (unit - (size + kPaddingHead) % unit) % unit;
}

Status CheckBlocks(std::span<const OptionalBlock> blocks) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const OptionalBlock& block = blocks[i];
    if (block.id.size() != 2 || !IsUpperAlphanumeric(block.id[0]) ||
        !IsUpperAlphanumeric(block.id[1]) || !IsPrintable(block.data)) {
      return Error(ErrorCode::kInvalidArgument,
                   "an optional block needs an identifier of two characters and printable data");
    }
    const auto same = [&block](const OptionalBlock& other) { return other.id == block.id; };
    if (block.id == "PB" ||
        std::any_of(blocks.begin(), blocks.begin() + static_cast<long>(i), same)) {
      return Error(ErrorCode::kInvalidArgument,
                   "an optional block is given twice, or is the padding block that is added here");
    }
  }
  return OkStatus();
}

// Fills a span from front to back; the caller has made sure of the room.
class TextWriter {
 public:
  explicit TextWriter(std::span<char> out) : out_(out) {}
  void Write(std::string_view text) {
    std::copy(text.begin(), text.end(), Take(text.size()).begin());
  }
  void Fill(std::size_t count) { std::ranges::fill(Take(count), '0'); }
  std::span<char> Take(std::size_t count) {
    const std::span<char> taken = out_.first(count);
    out_ = out_.subspan(count);
    return taken;
  }

 private:
  std::span<char> out_;
};

void WriteBlock(const OptionalBlock& block, TextWriter& writer) {
  const std::size_t size = WrittenSize(block);
  writer.Write(block.id);
  if (size <= kMaxShortBlock) {
    WriteNumber<16>(size, writer.Take(2));
  } else {
    writer.Write("0004");
    WriteNumber<16>(size, writer.Take(4));
  }
  writer.Write(block.data);
}

}  // namespace

std::size_t KeyBlockMacSize(char version) {
  switch (version) {
    case 'D':
    case 'E': return 16;
    case 'B': return 8;
    default: return 4;
  }
}

std::size_t KeyBlockCipherUnit(char version) {
  switch (version) {
    case 'D': return 16;
    case 'E': return 1;
    default: return 8;
  }
}

Result<KeyBlock> KeyBlock::Parse(std::string_view text) {
  if (text.size() > kMaxKeyBlockSize) {
    return Error(ErrorCode::kLimitExceeded, "a key block has at most 9999 characters");
  }
  FLORIN_TRY(const KeyBlockHeader header, KeyBlockHeader::FromBlock(text));
  if (ParseDecimal(text.substr(1, 4)) != text.size()) {
    return Error(ErrorCode::kMalformed, "the length field is not the length of the key block");
  }
  const auto count = ParseDecimal(text.substr(12, 2));
  FLORIN_INVARIANT(count.has_value());
  FLORIN_TRY(const OptionalBlocks blocks,
             OptionalBlocks::Parse(text.substr(KeyBlockHeader::kLength), *count));
  const KeyBlock block(text, header, blocks);
  const std::string_view rest = text.substr(block.bound_size_);
  const std::size_t mac = 2 * KeyBlockMacSize(header.version());
  const std::size_t unit = 2 * KeyBlockCipherUnit(header.version());
  if (rest.size() < mac + std::max(unit, 2 * kMinPayload) || (rest.size() - mac) % unit != 0 ||
      !IsUpperHex(rest)) {
    return Error(ErrorCode::kMalformed,
                 "ciphertext and MAC are not upper-case hexadecimal in whole cipher blocks");
  }
  return block;
}

std::string_view KeyBlock::mac_hex() const {
  return text_.substr(text_.size() - 2 * KeyBlockMacSize(header_.version()));
}

std::string_view KeyBlock::ciphertext_hex() const {
  return text_.substr(bound_size_, text_.size() - bound_size_ - mac_hex().size());
}

Result<std::size_t> WriteKeyBlockHeader(const KeyBlockHeader& header,
                                        std::span<const OptionalBlock> blocks, std::size_t rest,
                                        std::span<char> out) {
  FLORIN_CHECK_OK(CheckBlocks(blocks));
  std::size_t size = KeyBlockHeader::kLength;
  for (const OptionalBlock& block : blocks) size += WrittenSize(block);
  const std::size_t padding = PaddingSize(header.version(), size);
  size += padding;
  const std::size_t count = blocks.size() + (padding != 0 ? 1 : 0);
  if (count > kMaxOptionalBlocks || rest > kMaxKeyBlockSize || size > kMaxKeyBlockSize - rest) {
    return Error(ErrorCode::kLimitExceeded,
                 "a key block has at most 99 optional blocks and 9999 characters");
  }
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "the output is too small for the key block header");
  }
  TextWriter writer(out);
  writer.Write(header.text());
  WriteNumber<10>(size + rest, out.subspan(1, 4));
  WriteNumber<10>(count, out.subspan(12, 2));
  for (const OptionalBlock& block : blocks) WriteBlock(block, writer);
  if (padding != 0) {
    writer.Write("PB");
    WriteNumber<16>(padding, writer.Take(2));
    writer.Fill(padding - kPaddingHead);
  }
  return size;
}

}  // namespace florin::card
