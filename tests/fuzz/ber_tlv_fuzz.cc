// Fuzzes the reader of EMV BER-TLV. Elements written again are read as the same.
#include <cstdint>

#include "florin/base/byte_writer.h"
#include "florin/base/result.h"
#include "florin/card/emv_tlv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using florin::card::EmvTlv;
  const auto tlv = EmvTlv::Parse(florin::ByteView(data, size));
  if (!tlv.ok()) return 0;
  florin::Bytes out(size);
  florin::ByteWriter writer(out);
  for (const EmvTlv::Element& element : tlv->elements()) {
    FLORIN_INVARIANT(florin::card::WriteEmvTlv(element.tag, element.value, writer).ok());
  }
  const auto again = EmvTlv::Parse(writer.written());
  FLORIN_INVARIANT(again.ok() && again->size() == tlv->size());
  for (const EmvTlv::Element& element : tlv->elements()) {
    const auto value = again->Find(element.tag);
    FLORIN_INVARIANT(value && florin::SameBytes(*value, element.value));
  }
  return 0;
}
