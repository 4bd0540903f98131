// BerWriter: writes ASN.1 in DER, and BER's indefinite lengths where asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin {

// Fills a caller's span. Output that does not fit is remembered and returned by Finish, so calls
// chain. An End without a Begin, or more than kMaxDepth open elements, is a broken invariant.
// Thread-compatible; the span must outlive it.
class BerWriter {
 public:
  static constexpr std::size_t kMaxDepth = 16;

  explicit BerWriter(MutableBytes out) : out_(out) {}

  // Opens a constructed element; its length becomes the shortest definite one at End.
  BerWriter& Begin(std::uint8_t tag);
  // Opens a constructed element of indefinite length; End writes the end-of-contents octets.
  BerWriter& BeginIndefinite(std::uint8_t tag);
  BerWriter& End();

  // A whole primitive element.
  BerWriter& Put(std::uint8_t tag, ByteView content);
  // Octets that are elements already.
  BerWriter& PutRaw(ByteView elements);

  // Bytes written so far; stable only for elements that are closed.
  std::size_t size() const { return size_; }

  // Returns the length of everything. kBufferTooSmall. Open elements are a broken invariant.
  Result<std::size_t> Finish() const;

 private:
  struct Open {
    std::size_t content;  // where the content begins
    bool indefinite;
  };
  bool Fits(std::size_t size);
  void Byte(std::uint8_t value);

  MutableBytes out_;
  std::size_t size_ = 0;
  std::array<Open, kMaxDepth> open_{};
  std::size_t depth_ = 0;
  bool full_ = false;
};

}  // namespace florin
