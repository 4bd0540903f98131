// ByteReader: the one way formats read bytes. Never reads past its view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// Reads a view from front to back; integers are big-endian. A read that does not fit returns
// kMalformed and consumes nothing. Views it hands out live as long as the memory it was given.
// A value type; thread-compatible.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  std::size_t remaining() const { return bytes_.size() - position_; }
  bool empty() const { return remaining() == 0; }
  std::size_t position() const { return position_; }

  // Everything not yet read; consumes nothing.
  ByteView Rest() const { return bytes_.subspan(position_); }

  Result<std::uint8_t> PeekU8() const {
    if (empty()) return Truncated();
    return bytes_[position_];
  }
  Result<std::uint8_t> ReadU8() { return ReadInteger<std::uint8_t, 1>(); }
  Result<std::uint16_t> ReadU16() { return ReadInteger<std::uint16_t, 2>(); }
  Result<std::uint32_t> ReadU24() { return ReadInteger<std::uint32_t, 3>(); }
  Result<std::uint32_t> ReadU32() { return ReadInteger<std::uint32_t, 4>(); }
  Result<std::uint64_t> ReadU64() { return ReadInteger<std::uint64_t, 8>(); }

  Result<ByteView> ReadBytes(std::size_t size) {
    if (size > remaining()) return Truncated();
    const ByteView taken = bytes_.subspan(position_, size);
    position_ += size;
    return taken;
  }

  // Fills all of `out`.
  Status ReadInto(MutableBytes out) {
    if (out.size() > remaining()) return Truncated();
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + position_, out.size());
    position_ += out.size();
    return OkStatus();
  }

  Status Skip(std::size_t size) {
    if (size > remaining()) return Truncated();
    position_ += size;
    return OkStatus();
  }

  // A reader over the next `size` bytes, which this one has then consumed.
  Result<ByteReader> SubReader(std::size_t size) {
    if (size > remaining()) return Truncated();
    ByteReader sub(bytes_.subspan(position_, size));
    position_ += size;
    return sub;
  }

  // kMalformed unless everything has been read.
  Status ExpectEnd() const {
    if (empty()) return OkStatus();
    return Error(ErrorCode::kMalformed, "bytes are left over after the last field; remove them");
  }

 private:
  static Error Truncated() {
    return Error(ErrorCode::kMalformed,
                 "the input ends inside a field; send all bytes that its length promises");
  }

  template <class Integer, std::size_t kSize>
  Result<Integer> ReadInteger() {
    if (kSize > remaining()) return Truncated();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kSize; ++i) value = value << 8 | bytes_[position_ + i];
    position_ += kSize;
    return static_cast<Integer>(value);
  }

  ByteView bytes_;
  std::size_t position_ = 0;
};

}  // namespace florin

#pragma GCC visibility pop
