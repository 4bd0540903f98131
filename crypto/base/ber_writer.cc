#include "crypto/base/ber_writer.h"

#include <cstring>

namespace florin {
namespace {

// Octets of the shortest definite length.
std::size_t LengthSize(std::size_t length) {
  if (length < 0x80) return 1;
  std::size_t octets = 1;
  for (std::size_t rest = length; rest != 0; rest >>= 8) ++octets;
  return octets;
}

void EncodeLength(std::size_t length, std::uint8_t* out) {
  const std::size_t size = LengthSize(length);
  if (size == 1) {
    out[0] = static_cast<std::uint8_t>(length);
    return;
  }
  out[0] = static_cast<std::uint8_t>(0x80U | (size - 1));
  for (std::size_t i = size - 1; i > 0; --i, length >>= 8) {
    out[i] = static_cast<std::uint8_t>(length);
  }
}

}  // namespace

bool BerWriter::Fits(std::size_t size) {
  if (!full_ && size > out_.size() - size_) full_ = true;
  return !full_;
}

void BerWriter::Byte(std::uint8_t value) {
  if (Fits(1)) out_[size_++] = value;
}

BerWriter& BerWriter::Begin(std::uint8_t tag) {
  FLORIN_INVARIANT(depth_ < kMaxDepth);
  Byte(tag);
  Byte(0);  // End sets the length
  open_[depth_++] = {size_, false};
  return *this;
}

BerWriter& BerWriter::BeginIndefinite(std::uint8_t tag) {
  FLORIN_INVARIANT(depth_ < kMaxDepth);
  Byte(tag);
  Byte(0x80);
  open_[depth_++] = {size_, true};
  return *this;
}

BerWriter& BerWriter::End() {
  FLORIN_INVARIANT(depth_ > 0);
  const Open open = open_[--depth_];
  if (open.indefinite) {
    Byte(0);
    Byte(0);
    return *this;
  }
  if (full_) return *this;
  const std::size_t length = size_ - open.content;
  const std::size_t more = LengthSize(length) - 1;
  if (!Fits(more)) return *this;
  if (more != 0) {
    std::memmove(out_.data() + open.content + more, out_.data() + open.content, length);
  }
  EncodeLength(length, out_.data() + open.content - 1);
  size_ += more;
  return *this;
}

BerWriter& BerWriter::Put(std::uint8_t tag, ByteView content) {
  Byte(tag);
  const std::size_t length_size = LengthSize(content.size());
  if (Fits(length_size)) {
    EncodeLength(content.size(), out_.data() + size_);
    size_ += length_size;
  }
  return PutRaw(content);
}

BerWriter& BerWriter::PutRaw(ByteView elements) {
  if (!elements.empty() && Fits(elements.size())) {
    std::memcpy(out_.data() + size_, elements.data(), elements.size());
    size_ += elements.size();
  }
  return *this;
}

Result<std::size_t> BerWriter::Finish() const {
  FLORIN_INVARIANT(depth_ == 0);
  if (full_) {
    return Error(ErrorCode::kBufferTooSmall, "the output span is too small for the ASN.1 value");
  }
  return size_;
}

}  // namespace florin
