#include <algorithm>
#include <cstring>

#include "crypto/primitives/mac.h"
#include "crypto/primitives/mac_check.h"

namespace florin::primitives {

Status WriteBitLength(std::uint64_t size, MutableBytes block) {
  constexpr std::uint64_t kMaxBytes = ~std::uint64_t{0} / 8;
  const std::size_t width = std::min(block.size(), sizeof(std::uint64_t));
  const std::uint64_t bits = 8 * size;
  if (size > kMaxBytes || (width < sizeof bits && bits >> (8 * width) != 0)) {
    return Error(ErrorCode::kInvalidArgument, "MAC padding: a block cannot hold that length");
  }
  std::fill(block.begin(), block.end(), std::uint8_t{0});
  for (std::size_t i = 0; i < width; ++i) {
    block[block.size() - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
  }
  return OkStatus();
}

std::size_t MacPaddedSize(MacPadding padding, std::size_t block_size, std::size_t size) {
  if (padding == MacPadding::kMethod2) return (size / block_size + 1) * block_size;
  const std::size_t blocks = size == 0 ? 1 : (size - 1) / block_size + 1;
  return (padding == MacPadding::kMethod3 ? blocks + 1 : blocks) * block_size;
}

Result<std::size_t> AddMacPadding(MacPadding padding, std::size_t block_size, ByteView data,
                                  MutableBytes out) {
  if (block_size == 0 || block_size > kMaxBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "MAC padding: a block has 1..16 bytes");
  }
  const std::size_t size = MacPaddedSize(padding, block_size, data.size());
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "MAC padding: no room for the padded message");
  }
  out = out.first(size);
  if (padding == MacPadding::kMethod3) {
    FLORIN_CHECK_OK(WriteBitLength(data.size(), out.first(block_size)));
    out = out.subspan(block_size);
  }
  if (!data.empty()) std::memcpy(out.data(), data.data(), data.size());
  const MutableBytes filler = out.subspan(data.size());
  std::fill(filler.begin(), filler.end(), std::uint8_t{0});
  if (padding == MacPadding::kMethod2) filler.front() = 0x80;
  return size;
}

}  // namespace florin::primitives
