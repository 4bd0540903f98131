// BerReader: reads ASN.1 in BER or strict DER (ITU-T X.690) inside hard bounds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin {

// Identifier octets this room meets. Only tag numbers 0..30 (one octet) are read.
namespace asn1 {
inline constexpr std::uint8_t kBoolean = 0x01;
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kBitString = 0x03;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kNull = 0x05;
inline constexpr std::uint8_t kOid = 0x06;
inline constexpr std::uint8_t kUtf8String = 0x0c;
inline constexpr std::uint8_t kUtcTime = 0x17;
inline constexpr std::uint8_t kGeneralizedTime = 0x18;
inline constexpr std::uint8_t kConstructedOctetString = 0x24;
inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kSet = 0x31;
inline constexpr std::uint8_t kContext0 = 0xa0;  // [0], constructed
inline constexpr std::uint8_t kContext1 = 0xa1;
inline constexpr std::uint8_t kContext3 = 0xa3;
inline constexpr std::uint8_t kConstructedBit = 0x20;
}  // namespace asn1

// kDer also refuses what BER leaves to the writer's choice: indefinite lengths, lengths longer than
// needed, constructed strings.
enum class BerRules : std::uint8_t { kBer, kDer };

struct BerElement {
  std::uint8_t tag = 0;
  ByteView whole;  // identifier, length, content and, where indefinite, the end-of-contents octets
  ByteView content;  // the content octets alone
  bool indefinite = false;
};

// Reads the elements of one level from front to back; Enter opens a level below. A value type, no
// allocation: it is a view of bytes that must outlive it. Thread-compatible.
//
// Every error is kMalformed or kLimitExceeded; detail() is the offset in the outermost input at
// which reading stopped. An indefinite length is resolved by one linear scan per level, so the work
// is bounded by size times kMaxDepth.
class BerReader {
 public:
  static constexpr std::size_t kMaxDepth = 16;
  static constexpr std::size_t kMaxSize = std::size_t{1} << 20;

  explicit BerReader(ByteView bytes, BerRules rules = BerRules::kBer)
      : rest_(bytes), base_(bytes.data()), rules_(rules) {}

  bool empty() const { return rest_.empty(); }
  BerRules rules() const { return rules_; }

  // True when another element follows and has this tag.
  bool NextIs(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }

  // The next element, whatever it is, or of this tag.
  Result<BerElement> Read();
  Result<BerElement> Read(std::uint8_t tag);

  // A reader of the content of the next element, which must be constructed and have this tag.
  Result<BerReader> Enter(std::uint8_t tag);

  // The same for an element read before; `element` must come from this reader. Under other rules
  // where asked: signed attributes are DER inside a BER message.
  Result<BerReader> Open(const BerElement& element) const { return Open(element, rules_); }
  Result<BerReader> Open(const BerElement& element, BerRules rules) const;

  // kMalformed unless everything has been read.
  Status ExpectEnd() const;

  // The content octets of an INTEGER: at least one, minimal two's complement.
  Result<ByteView> ReadInteger();
  // An INTEGER of this small value, 0..127.
  Status ExpectInteger(std::uint8_t value);
  // The content octets of an OBJECT IDENTIFIER.
  Result<ByteView> ReadOid();
  // A primitive OCTET STRING's content.
  Result<ByteView> ReadOctets();
  // An OCTET STRING, primitive or constructed of segments, up to kMaxDepth deep. Returns a view of
  // the input where it is one piece, else of `scratch`, into which the segments are joined.
  // kLimitExceeded where they do not fit.
  Result<ByteView> ReadOctets(MutableBytes scratch);
  // UTCTime or GeneralizedTime in the only form DER and RFC 5280 4.1.2.5 allow: seconds present, Z.
  Result<UnixSeconds> ReadTime();

 private:
  BerReader(ByteView rest, const std::uint8_t* base, BerRules rules, std::size_t depth)
      : rest_(rest), base_(base), depth_(depth), rules_(rules) {}

  Error Fail(const char* message) const { return FailAt(rest_, message); }
  Error FailAt(ByteView at, const char* message) const;
  Error LimitAt(ByteView at, const char* message) const;
  std::uint32_t Offset(ByteView at) const;
  Status AppendSegments(const BerElement& element, MutableBytes out, std::size_t& written) const;

  ByteView rest_;
  const std::uint8_t* base_;
  std::size_t depth_ = 0;
  BerRules rules_;
};

}  // namespace florin
