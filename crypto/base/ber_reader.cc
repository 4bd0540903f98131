#include "crypto/base/ber_reader.h"

#include <cstring>
#include <optional>

namespace florin {
namespace {

// What stands in front of an element's content.
struct Header {
  std::uint8_t tag = 0;
  std::size_t size = 0;     // octets of identifier and length
  std::size_t content = 0;  // octets of content; 0 where indefinite
  bool indefinite = false;
};

constexpr std::size_t kMaxLengthOctets = 4;

// Returns the reason why the header cannot be read, or nullptr.
const char* ReadLength(ByteView bytes, BerRules rules, Header& header) {
  const std::uint8_t first = bytes[1];
  header.size = 2;
  if (first < 0x80) {
    header.content = first;
    return nullptr;
  }
  if (first == 0x80) {
    if (rules == BerRules::kDer) return "DER has no indefinite lengths";
    // X.690 8.1.3.2: a primitive encoding has the definite form.
    if ((header.tag & asn1::kConstructedBit) == 0) return "a primitive element has no length";
    header.indefinite = true;
    return nullptr;
  }
  const std::size_t octets = first & 0x7fU;
  if (octets > kMaxLengthOctets) return "a length has more than 4 octets";
  if (bytes.size() < 2 + octets) return "the input ends inside a length";
  std::size_t length = 0;
  for (std::size_t i = 0; i < octets; ++i) length = length << 8 | bytes[2 + i];
  if (rules == BerRules::kDer && (length < 0x80 || bytes[2] == 0)) {
    return "a DER length is not the shortest form";
  }
  header.size += octets;
  header.content = length;
  return nullptr;
}

const char* ReadHeader(ByteView bytes, BerRules rules, Header& header) {
  if (bytes.size() < 2) return "the input ends inside an element header";
  header = Header{};
  header.tag = bytes[0];
  if ((header.tag & 0x1fU) == 0x1fU) return "tag numbers above 30 are not expected here";
  if (const char* wrong = ReadLength(bytes, rules, header)) return wrong;
  if (header.content > bytes.size() - header.size) {
    return "an element is longer than what holds it";
  }
  return nullptr;
}

bool IsEndOfContents(const Header& header) { return header.tag == 0x00; }

// Finds where the content of an indefinite element ends. `content` begins behind its header.
// Definite elements inside are stepped over, not looked into.
const char* ScanIndefinite(ByteView content, std::size_t max_nesting, std::size_t& size) {
  std::size_t position = 0;
  std::size_t open = 1;
  while (true) {
    Header header;
    if (const char* wrong = ReadHeader(content.subspan(position), BerRules::kBer, header)) {
      return wrong;
    }
    if (IsEndOfContents(header)) {
      // X.690 8.1.5: exactly two zero octets.
      if (header.size != 2 || header.content != 0) return "end-of-contents is not 00 00";
      if (--open == 0) {
        size = position;
        return nullptr;
      }
    } else if (header.indefinite && ++open > max_nesting) {
      return "elements are nested too deeply";
    }
    position += header.size + header.content;
  }
}

}  // namespace

std::uint32_t BerReader::Offset(ByteView at) const {
  return at.data() == nullptr ? 0 : static_cast<std::uint32_t>(at.data() - base_);
}

Error BerReader::FailAt(ByteView at, const char* message) const {
  return Error(ErrorCode::kMalformed, message, Offset(at));
}

Error BerReader::LimitAt(ByteView at, const char* message) const {
  return Error(ErrorCode::kLimitExceeded, message, Offset(at));
}

Result<BerElement> BerReader::Read() {
  if (rest_.size() > kMaxSize) return LimitAt(rest_, "an ASN.1 input is larger than 1 MiB");
  if (rest_.empty()) return Fail("an element is missing");
  Header header;
  if (const char* wrong = ReadHeader(rest_, rules_, header)) return Fail(wrong);
  if (IsEndOfContents(header)) return Fail("end-of-contents octets where nothing was open");

  BerElement element;
  element.tag = header.tag;
  element.indefinite = header.indefinite;
  const ByteView behind = rest_.subspan(header.size);
  if (header.indefinite) {
    std::size_t size = 0;
    if (const char* wrong = ScanIndefinite(behind, kMaxDepth - depth_, size)) return Fail(wrong);
    element.content = behind.first(size);
    element.whole = rest_.first(header.size + size + 2);
  } else {
    element.content = behind.first(header.content);
    element.whole = rest_.first(header.size + header.content);
  }
  rest_ = rest_.subspan(element.whole.size());
  return element;
}

Result<BerElement> BerReader::Read(std::uint8_t tag) {
  if (!rest_.empty() && rest_[0] != tag) return Fail("an element has another type than expected");
  return Read();
}

Result<BerReader> BerReader::Enter(std::uint8_t tag) {
  FLORIN_TRY(const BerElement element, Read(tag));
  return Open(element);
}

Result<BerReader> BerReader::Open(const BerElement& element, BerRules rules) const {
  if ((element.tag & asn1::kConstructedBit) == 0) {
    return FailAt(element.whole, "a primitive element was expected to be constructed");
  }
  if (rules == BerRules::kDer && rules_ != BerRules::kDer) {
    Header header;
    if (const char* wrong = ReadHeader(element.whole, rules, header)) {
      return FailAt(element.whole, wrong);
    }
  }
  if (depth_ + 1 >= kMaxDepth) return LimitAt(element.whole, "elements are nested too deeply");
  return BerReader(element.content, base_, rules, depth_ + 1);
}

Status BerReader::ExpectEnd() const {
  if (rest_.empty()) return OkStatus();
  return Fail("there is more in this element than expected");
}

Result<ByteView> BerReader::ReadInteger() {
  FLORIN_TRY(const BerElement element, Read(asn1::kInteger));
  const ByteView content = element.content;
  if (content.empty()) return FailAt(element.whole, "an INTEGER has no octets");
  // X.690 8.3.2: the first nine bits are not all equal, in BER too.
  if (content.size() > 1 && ((content[0] == 0x00 && (content[1] & 0x80U) == 0) ||
                             (content[0] == 0xff && (content[1] & 0x80U) != 0))) {
    return FailAt(element.whole, "an INTEGER is not the shortest form");
  }
  return content;
}

Status BerReader::ExpectInteger(std::uint8_t value) {
  const ByteView before = rest_;
  FLORIN_TRY(const ByteView content, ReadInteger());
  if (content.size() == 1 && content[0] == value) return OkStatus();
  return FailAt(before, "an INTEGER has another value than expected");
}

Result<ByteView> BerReader::ReadOid() {
  FLORIN_TRY(const BerElement element, Read(asn1::kOid));
  const ByteView content = element.content;
  if (content.empty() || (content.back() & 0x80U) != 0) {
    return FailAt(element.whole, "an OBJECT IDENTIFIER ends inside a number");
  }
  // X.690 8.19.2: a number does not begin with 80.
  bool first = true;
  for (const std::uint8_t octet : content) {
    if (first && octet == 0x80) return FailAt(element.whole, "an OBJECT IDENTIFIER is padded");
    first = (octet & 0x80U) == 0;
  }
  return content;
}

Result<ByteView> BerReader::ReadOctets() {
  FLORIN_TRY(const BerElement element, Read(asn1::kOctetString));
  return element.content;
}

Result<ByteView> BerReader::ReadOctets(MutableBytes scratch) {
  if (!NextIs(asn1::kConstructedOctetString)) return ReadOctets();
  if (rules_ == BerRules::kDer) return Fail("DER has no constructed strings");
  FLORIN_TRY(const BerElement element, Read());
  std::size_t written = 0;
  FLORIN_CHECK_OK(AppendSegments(element, scratch, written));
  return ByteView(scratch.first(written));
}

Status BerReader::AppendSegments(const BerElement& element, MutableBytes out,
                                 std::size_t& written) const {
  FLORIN_TRY(BerReader segments, Open(element));
  while (!segments.empty()) {
    FLORIN_TRY(const BerElement segment, segments.Read());
    if (segment.tag == asn1::kConstructedOctetString) {
      FLORIN_CHECK_OK(segments.AppendSegments(segment, out, written));
      continue;
    }
    if (segment.tag != asn1::kOctetString) {
      return FailAt(segment.whole, "a segment of an OCTET STRING is no OCTET STRING");
    }
    if (segment.content.size() > out.size() - written) {
      return LimitAt(segment.whole, "an OCTET STRING is longer than expected");
    }
    if (!segment.content.empty()) {
      std::memcpy(out.data() + written, segment.content.data(), segment.content.size());
    }
    written += segment.content.size();
  }
  return OkStatus();
}

}  // namespace florin
