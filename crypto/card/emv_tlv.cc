#include "florin/card/emv_tlv.h"

#include <algorithm>

namespace florin::card {
namespace {

constexpr std::size_t kMaxTagBytes = 4;
constexpr std::size_t kMaxLengthBytes = 4;

struct LengthRule {
  EmvTag tag;
  std::size_t min;
  std::size_t max;
};

// EMV Book 3 Annex A.
constexpr LengthRule kLengthRules[] = {
    {emv_tags::kTrack2Equivalent, 0, 19},
    {emv_tags::kPan, 0, 10},
    {emv_tags::kTransactionCurrency, 2, 2},
    {emv_tags::kPanSequenceNumber, 1, 1},
    {emv_tags::kAip, 2, 2},
    {emv_tags::kDedicatedFileName, 5, 16},
    {emv_tags::kAuthorisationResponse, 2, 2},
    {emv_tags::kIssuerAuthentication, 8, 16},
    {emv_tags::kTvr, 5, 5},
    {emv_tags::kTransactionDate, 3, 3},
    {emv_tags::kTransactionType, 1, 1},
    {emv_tags::kAmountAuthorised, 6, 6},
    {emv_tags::kAmountOther, 6, 6},
    {emv_tags::kIssuerApplicationData, 0, 32},
    {emv_tags::kTerminalCountry, 2, 2},
    {emv_tags::kCryptogram, 8, 8},
    {emv_tags::kCryptogramInformation, 1, 1},
    {emv_tags::kTerminalCapabilities, 3, 3},
    {emv_tags::kCvmResults, 3, 3},
    {emv_tags::kTerminalType, 1, 1},
    {emv_tags::kAtc, 2, 2},
    {emv_tags::kUnpredictableNumber, 4, 4},
};

Error MalformedAt(const std::uint8_t* at, const std::uint8_t* base, const char* message) {
  return Error(ErrorCode::kMalformed, message, static_cast<std::uint32_t>(at - base));
}

bool IsConstructed(std::uint8_t first_tag_byte) { return (first_tag_byte & 0x20U) != 0; }

// Reads tag and length from the front of `bytes`, which is not empty. Returns what is wrong, or
// nullptr.
const char* ReadHeader(ByteView bytes, EmvTag& tag, std::size_t& header_size,
                       std::size_t& value_size) {
  std::size_t at = 0;
  tag = bytes[at++];
  if (tag == 0x00 || tag == 0xff) return "padding stands where a tag was expected";
  if ((tag & 0x1fU) == 0x1fU) {
    do {
      if (at == bytes.size()) return "the data ends inside a tag";
      if (at == kMaxTagBytes) return "a tag has more than 4 bytes";
      // X.690 8.1.2.4.2: the first subsequent byte is not 80.
      if (at == 1 && bytes[at] == 0x80) return "a tag begins with an empty number";
      tag = tag << 8 | bytes[at];
    } while ((bytes[at++] & 0x80U) != 0);
  }
  if (at == bytes.size()) return "the data ends before a length";
  const std::uint8_t first = bytes[at++];
  value_size = first;
  if (first >= 0x80) {
    const std::size_t count = first & 0x7fU;
    if (count == 0) return "EMV has no indefinite lengths";
    if (count > kMaxLengthBytes) return "a length has more than 4 bytes";
    if (count > bytes.size() - at) return "the data ends inside a length";
    value_size = 0;
    for (std::size_t i = 0; i < count; ++i) value_size = value_size << 8 | bytes[at++];
  }
  if (value_size > bytes.size() - at) return "an element is longer than the data";
  header_size = at;
  return nullptr;
}

// A tag that Write can write and Parse reads back: the bytes of `tag` are one BER identifier.
bool IsTag(EmvTag tag) {
  std::array<std::uint8_t, kMaxTagBytes + 1> bytes{};  // one more: a length of 0
  std::size_t size = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto byte = static_cast<std::uint8_t>(tag >> shift);
    if (size != 0 || byte != 0) bytes[size++] = byte;
  }
  EmvTag read = 0;
  std::size_t header_size = 0;
  std::size_t value_size = 0;
  return size != 0 &&
         ReadHeader(ByteView(bytes).first(size + 1), read, header_size, value_size) == nullptr &&
         read == tag;
}

void PutBigEndian(std::uint64_t value, std::size_t size, std::uint8_t* out) {
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
  }
}

std::size_t BytesOf(std::uint64_t value) {
  std::size_t size = 1;
  while ((value >>= 8) != 0) ++size;
  return size;
}

}  // namespace

Result<EmvTlv> EmvTlv::Parse(ByteView bytes) {
  if (bytes.size() > kMaxBytes) {
    return Error(ErrorCode::kLimitExceeded, "chip data is longer than 4096 bytes");
  }
  EmvTlv tlv;
  FLORIN_CHECK_OK(tlv.Read(bytes, bytes.data(), 0));
  return tlv;
}

Status EmvTlv::Read(ByteView bytes, const std::uint8_t* base, std::size_t depth) {
  if (depth == kMaxDepth) {
    return Error(ErrorCode::kLimitExceeded, "templates are nested more than 4 deep",
                 static_cast<std::uint32_t>(bytes.data() - base));
  }
  while (!bytes.empty()) {
    EmvTag tag = 0;
    std::size_t header_size = 0;
    std::size_t value_size = 0;
    if (const char* wrong = ReadHeader(bytes, tag, header_size, value_size)) {
      return MalformedAt(bytes.data(), base, wrong);
    }
    const ByteView value = bytes.subspan(header_size, value_size);
    if (IsConstructed(bytes[0])) {
      FLORIN_CHECK_OK(Read(value, base, depth + 1));
    } else {
      FLORIN_CHECK_OK(Add(tag, value, base));
    }
    bytes = bytes.subspan(header_size + value_size);
  }
  return OkStatus();
}

Status EmvTlv::Add(EmvTag tag, ByteView value, const std::uint8_t* base) {
  const auto* rule = std::find_if(std::begin(kLengthRules), std::end(kLengthRules),
                                  [tag](const LengthRule& r) { return r.tag == tag; });
  if (rule != std::end(kLengthRules) && (value.size() < rule->min || value.size() > rule->max)) {
    return MalformedAt(value.data(), base, "an element has not the length EMV Book 3 gives it");
  }
  if (Find(tag)) return MalformedAt(value.data(), base, "a tag occurs twice");
  if (size_ == kMaxElements) {
    return Error(ErrorCode::kLimitExceeded, "chip data has more than 64 elements",
                 static_cast<std::uint32_t>(value.data() - base));
  }
  elements_[size_++] = {tag, value};
  return OkStatus();
}

std::optional<ByteView> EmvTlv::Find(EmvTag tag) const {
  for (std::size_t i = 0; i < size_; ++i) {
    if (elements_[i].tag == tag) return elements_[i].value;
  }
  return std::nullopt;
}

Result<ByteView> EmvTlv::Get(EmvTag tag) const {
  if (const auto value = Find(tag)) return *value;
  return Error(ErrorCode::kNotFound, "the chip data lacks this tag; its number is the detail", tag);
}

Status EmvTlv::CopyTo(EmvTag tag, MutableBytes out) const {
  FLORIN_TRY(const ByteView value, Get(tag));
  if (value.size() != out.size()) {
    return Error(ErrorCode::kMalformed,
                 "a tag of the chip data has another length than asked for; its number is the "
                 "detail",
                 tag);
  }
  std::copy(value.begin(), value.end(), out.begin());
  return OkStatus();
}

Result<std::uint16_t> EmvTlv::GetU16(EmvTag tag) const {
  FLORIN_TRY(const auto bytes, GetArray<2>(tag));
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

Status WriteEmvTlv(EmvTag tag, ByteView value, ByteWriter& writer) {
  if (!IsTag(tag) || value.size() > EmvTlv::kMaxBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 "an element needs a BER tag of 1 to 4 bytes and at most 4096 bytes of value");
  }
  const std::size_t tag_size = BytesOf(tag);
  const std::size_t long_form = value.size() < 0x80 ? 0 : BytesOf(value.size());
  const std::size_t header = tag_size + 1 + long_form;
  FLORIN_TRY(const MutableBytes out, writer.Reserve(header + value.size()));
  PutBigEndian(tag, tag_size, out.data());
  if (long_form == 0) {
    out[tag_size] = static_cast<std::uint8_t>(value.size());
  } else {
    out[tag_size] = static_cast<std::uint8_t>(0x80U | long_form);
    PutBigEndian(value.size(), long_form, out.data() + tag_size + 1);
  }
  std::copy(value.begin(), value.end(), out.begin() + static_cast<std::ptrdiff_t>(header));
  return OkStatus();
}

}  // namespace florin::card
