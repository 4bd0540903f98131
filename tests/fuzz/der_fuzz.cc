// Fuzzes the ASN.1 reader. Whatever strict DER accepts, BER accepts as the same elements, and
// writing those elements again gives the same bytes.
#include <cstdint>

#include "crypto/base/asn1_time.h"
#include "crypto/base/ber_reader.h"
#include "crypto/base/ber_writer.h"
#include "florin/base/result.h"

namespace florin {
namespace {

// Calls the typed readers; what they return does not matter here.
void ReadTyped(ByteView whole, BerRules rules) {
  std::array<std::uint8_t, 64> scratch;
  (void)BerReader(whole, rules).ReadInteger().ok();
  (void)BerReader(whole, rules).ReadOid().ok();
  (void)BerReader(whole, rules).ReadOctets(scratch).ok();
  const auto time = BerReader(whole, rules).ReadTime();
  if (!time.ok()) return;
  std::array<std::uint8_t, 15> text;
  std::uint8_t tag = 0;
  const auto size = FormatAsn1Time(*time, tag, text);
  FLORIN_INVARIANT(size.ok());
  const auto again = ParseAsn1Time(tag, ByteView(text).first(*size));
  FLORIN_INVARIANT(again.ok() && *again == *time);
}

Status Walk(BerReader reader) {
  while (!reader.empty()) {
    FLORIN_TRY(const BerElement element, reader.Read());
    FLORIN_INVARIANT(element.content.data() >= element.whole.data() &&
                     element.content.data() + element.content.size() <=
                         element.whole.data() + element.whole.size());
    ReadTyped(element.whole, reader.rules());
    if ((element.tag & asn1::kConstructedBit) == 0) continue;
    FLORIN_TRY(const BerReader inner, reader.Open(element));
    FLORIN_CHECK_OK(Walk(inner));
  }
  return OkStatus();
}

// Only for what Walk accepted under DER.
void Rewrite(BerReader reader, BerWriter& writer) {
  while (!reader.empty()) {
    const BerElement element = reader.Read().value();
    if ((element.tag & asn1::kConstructedBit) == 0) {
      writer.Put(element.tag, element.content);
      continue;
    }
    writer.Begin(element.tag);
    Rewrite(reader.Open(element).value(), writer);
    writer.End();
  }
}

}  // namespace
}  // namespace florin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using florin::BerReader;
  using florin::BerRules;
  const florin::ByteView input(data, size);
  const bool ber = florin::Walk(BerReader(input, BerRules::kBer)).ok();
  const bool der = florin::Walk(BerReader(input, BerRules::kDer)).ok();
  FLORIN_INVARIANT(ber || !der);
  if (!der) return 0;
  florin::Bytes out(size);
  florin::BerWriter writer(out);
  florin::Rewrite(BerReader(input, BerRules::kDer), writer);
  const auto written = writer.Finish();
  FLORIN_INVARIANT(written.ok() && *written == size && florin::SameBytes(out, input));
  return 0;
}
