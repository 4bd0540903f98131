#include "crypto/primitives/cipher.h"

namespace florin::primitives {
namespace {

// All ones when a < b, else zero, for values below 2^31, without a branch.
std::uint32_t MaskLess(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(-static_cast<std::int32_t>((a - b) >> 31));
}

}  // namespace

Result<std::size_t> AddPkcs7Padding(MutableBytes buffer, std::size_t size, std::size_t block_size) {
  if (block_size == 0 || block_size > kMaxBlockSize || size > buffer.size()) {
    return Error(ErrorCode::kInvalidArgument, "padding: impossible block or message length");
  }
  const std::size_t padding = block_size - size % block_size;
  if (buffer.size() - size < padding) {
    return Error(ErrorCode::kBufferTooSmall, "padding: no room for the padded block");
  }
  for (std::uint8_t& byte : buffer.subspan(size, padding)) {
    byte = static_cast<std::uint8_t>(padding);
  }
  return size + padding;
}

Result<std::size_t> Pkcs7UnpaddedSize(ByteView padded, std::size_t block_size) {
  if (block_size == 0 || block_size > kMaxBlockSize || padded.empty() ||
      padded.size() % block_size != 0) {
    return Error(ErrorCode::kMalformed, "padded data must be one or more whole blocks");
  }
  const ByteView last = padded.last(block_size);
  const std::uint32_t block = static_cast<std::uint32_t>(block_size);
  const std::uint32_t padding = last[block_size - 1];
  std::uint32_t bad = MaskLess(padding, 1) | MaskLess(block, padding);
  for (std::uint32_t i = 0; i < block; ++i) {
    const std::uint32_t from_end = block - 1 - i;
    bad |= MaskLess(from_end, padding) & (last[i] ^ padding);
  }
  if (bad != 0) return Error(ErrorCode::kMalformed, "the padding is wrong");
  return padded.size() - padding;
}

}  // namespace florin::primitives
