// Parts: a message given in pieces, so that nobody has to join them in a buffer first.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>

#include "florin/base/bytes.h"

namespace florin::primitives {

// A borrowed list of views: a parameter type only, valid until the call returns. Never store one.
//   Digest(Hash::kSha256, {header, body}, out)
class Parts {
 public:
  Parts(std::initializer_list<ByteView> parts) : size_(parts.size()) { data_ = parts.begin(); }
  Parts(std::span<const ByteView> parts) : data_(parts.data()), size_(parts.size()) {}
  Parts(const ByteView& whole) : data_(&whole), size_(1) {}

  const ByteView* begin() const { return data_; }
  const ByteView* end() const { return data_ + size_; }

  // Bytes in all parts together.
  std::size_t TotalSize() const {
    std::size_t total = 0;
    for (const ByteView& part : *this) total += part.size();
    return total;
  }

 private:
  const ByteView* data_;
  std::size_t size_;
};

}  // namespace florin::primitives
