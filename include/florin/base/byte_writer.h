// ByteWriter: the one way formats write bytes. Never writes past the caller's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// Fills a caller's span from front to back; integers are big-endian. A write that does not fit
// returns kBufferTooSmall and writes nothing. Thread-compatible; the span must outlive it.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes out) : out_(out) {}

  std::size_t remaining() const { return out_.size() - position_; }
  std::size_t position() const { return position_; }
  ByteView written() const { return out_.first(position_); }

  // An integer that is too large for its width is kInvalidArgument where the type allows it.
  Status WriteU8(std::uint8_t value) { return WriteInteger<1>(value); }
  Status WriteU16(std::uint16_t value) { return WriteInteger<2>(value); }
  Status WriteU24(std::uint32_t value) {
    if (value > 0xffffff) {
      return Error(ErrorCode::kInvalidArgument, "the value needs more than 24 bits; shorten it");
    }
    return WriteInteger<3>(value);
  }
  Status WriteU32(std::uint32_t value) { return WriteInteger<4>(value); }
  Status WriteU64(std::uint64_t value) { return WriteInteger<8>(value); }

  Status Write(ByteView bytes) {
    if (bytes.size() > remaining()) return Full();
    if (!bytes.empty()) std::memcpy(out_.data() + position_, bytes.data(), bytes.size());
    position_ += bytes.size();
    return OkStatus();
  }

  Status WriteRepeated(std::uint8_t value, std::size_t count) {
    if (count > remaining()) return Full();
    if (count != 0) std::memset(out_.data() + position_, value, count);
    position_ += count;
    return OkStatus();
  }

  // Hands out the next `size` bytes for the caller to fill, and counts them as written.
  Result<MutableBytes> Reserve(std::size_t size) {
    if (size > remaining()) return Full();
    const MutableBytes reserved = out_.subspan(position_, size);
    position_ += size;
    return reserved;
  }

 private:
  static Error Full() {
    return Error(ErrorCode::kBufferTooSmall,
                 "the output span is too small for the result; pass a larger one");
  }

  template <std::size_t kSize>
  Status WriteInteger(std::uint64_t value) {
    if (kSize > remaining()) return Full();
    for (std::size_t i = 0; i < kSize; ++i) {
      out_[position_ + i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
    }
    position_ += kSize;
    return OkStatus();
  }

  MutableBytes out_;
  std::size_t position_ = 0;
};

}  // namespace florin

#pragma GCC visibility pop
