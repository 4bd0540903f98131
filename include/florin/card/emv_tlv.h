// EmvTlv: chip data as BER-TLV, as wallets carry it in emvData and terminals in field 55.
// Source: EMV Book 3 Annex A (data elements) and Annex B (BER-TLV rules).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "florin/base/byte_writer.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::card {

// A tag as its bytes read big-endian: 0x82, 0x9f26.
using EmvTag = std::uint32_t;

// The elements of an authorisation request and its answer, with their length in bytes.
namespace emv_tags {
inline constexpr EmvTag kTrack2Equivalent = 0x57;         // up to 19
inline constexpr EmvTag kPan = 0x5a;                      // up to 10
inline constexpr EmvTag kTransactionCurrency = 0x5f2a;    // 2
inline constexpr EmvTag kPanSequenceNumber = 0x5f34;      // 1
inline constexpr EmvTag kAip = 0x82;                      // 2
inline constexpr EmvTag kDedicatedFileName = 0x84;        // 5..16
inline constexpr EmvTag kAuthorisationResponse = 0x8a;    // 2, to the card
inline constexpr EmvTag kIssuerAuthentication = 0x91;     // 8..16, to the card
inline constexpr EmvTag kTvr = 0x95;                      // 5
inline constexpr EmvTag kTransactionDate = 0x9a;          // 3, YYMMDD
inline constexpr EmvTag kTransactionType = 0x9c;          // 1
inline constexpr EmvTag kAmountAuthorised = 0x9f02;       // 6
inline constexpr EmvTag kAmountOther = 0x9f03;            // 6
inline constexpr EmvTag kIssuerApplicationData = 0x9f10;  // up to 32
inline constexpr EmvTag kTerminalCountry = 0x9f1a;        // 2
inline constexpr EmvTag kCryptogram = 0x9f26;             // 8
inline constexpr EmvTag kCryptogramInformation = 0x9f27;  // 1
inline constexpr EmvTag kTerminalCapabilities = 0x9f33;   // 3
inline constexpr EmvTag kCvmResults = 0x9f34;             // 3
inline constexpr EmvTag kTerminalType = 0x9f35;           // 1
inline constexpr EmvTag kAtc = 0x9f36;                    // 2
inline constexpr EmvTag kUnpredictableNumber = 0x9f37;    // 4
}  // namespace emv_tags

// The elements of one run of TLV data, found by tag. Holds views, no copies: the bytes must outlive
// it, and they are secret where they come from a wallet. A value type; thread-compatible.
//
// Strict: definite lengths only, no padding between elements, no tag twice, elements named above
// have the length the norm gives them. A template (a constructed element, such as 70 or 77) is read
// through: its elements are found as if they stood outside.
class EmvTlv {
 public:
  static constexpr std::size_t kMaxElements = 64;
  static constexpr std::size_t kMaxBytes = 4096;
  static constexpr std::size_t kMaxDepth = 4;

  // kMalformed or kLimitExceeded; detail() is the offset at which reading stopped. Tags have 1 to 4
  // bytes, lengths 1 to 4.
  static Result<EmvTlv> Parse(ByteView bytes);

  // A primitive element.
  struct Element {
    EmvTag tag = 0;
    ByteView value;
  };

  // All of them, in the order of the data.
  std::span<const Element> elements() const { return {elements_.data(), size_}; }
  std::size_t size() const { return size_; }

  // The value of a primitive element.
  std::optional<ByteView> Find(EmvTag tag) const;

  // The same where it must be there: kNotFound.
  Result<ByteView> Get(EmvTag tag) const;

  // An element of N bytes. kNotFound; kMalformed where it has another length.
  template <std::size_t N>
  Result<std::array<std::uint8_t, N>> GetArray(EmvTag tag) const {
    std::array<std::uint8_t, N> out{};
    FLORIN_CHECK_OK(CopyTo(tag, out));
    return out;
  }

  // Two bytes, big-endian: 9F36. Errors: as GetArray.
  Result<std::uint16_t> GetU16(EmvTag tag) const;

 private:
  EmvTlv() = default;
  Status Read(ByteView bytes, const std::uint8_t* base, std::size_t depth);
  Status Add(EmvTag tag, ByteView value, const std::uint8_t* base);
  Status CopyTo(EmvTag tag, MutableBytes out) const;

  std::array<Element, kMaxElements> elements_;
  std::size_t size_ = 0;
};

// Writes one element, with the shortest length. kInvalidArgument (not a tag, or a value of more
// than EmvTlv::kMaxBytes), kBufferTooSmall.
Status WriteEmvTlv(EmvTag tag, ByteView value, ByteWriter& writer);

}  // namespace florin::card

#pragma GCC visibility pop
