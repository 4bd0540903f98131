// Fuzzes the readers of key serial numbers. What was read is written again as it was, and the next
// one can be read as well.
#include <cstdint>
#include <string_view>

#include "florin/base/hex.h"
#include "florin/base/result.h"
#include "florin/card/ksn.h"

namespace {

using florin::ByteView;
using florin::card::AesKsn;
using florin::card::TdesKsn;

void CheckTdes(const TdesKsn& ksn, ByteView read) {
  FLORIN_INVARIANT(florin::SameBytes(ByteView(ksn.bytes()).last(read.size()), read));
  FLORIN_INVARIANT(TdesKsn::ParseHex(ksn.ToHex()).value() == ksn);
  const auto next = ksn.Next();
  FLORIN_INVARIANT(!next.ok() || (next->counter() > ksn.counter() &&
                                  TdesKsn::Parse(next->bytes()).value() == *next));
}

void CheckAes(const AesKsn& ksn, ByteView read) {
  florin::Bytes written(AesKsn::kSize);
  written.resize(ksn.Write(written).value());
  FLORIN_INVARIANT(florin::SameBytes(written, read));
  const auto next = ksn.Next();
  if (!next.ok()) return;
  FLORIN_INVARIANT(next->counter() > ksn.counter());
  written.resize(AesKsn::kSize);
  written.resize(next->Write(written).value());
  const auto again =
      read.size() == AesKsn::kSize ? AesKsn::Parse(written) : AesKsn::ParseCompatible(written);
  FLORIN_INVARIANT(again.value() == *next);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  if (const auto ksn = TdesKsn::Parse(input); ksn.ok()) CheckTdes(*ksn, input);
  if (const auto ksn = TdesKsn::ParseInitial(input); ksn.ok()) {
    FLORIN_INVARIANT(ksn->Next().value().counter() == 1);
  }
  if (const auto ksn = AesKsn::Parse(input); ksn.ok()) CheckAes(*ksn, input);
  if (const auto ksn = AesKsn::ParseCompatible(input); ksn.ok()) CheckAes(*ksn, input);
  const std::string_view text = florin::AsText(input);
  if (const auto ksn = TdesKsn::ParseHex(text); ksn.ok()) {
    CheckTdes(*ksn, florin::HexDecode(text).value());
  }
  if (const auto ksn = AesKsn::ParseHex(text); ksn.ok()) {
    CheckAes(*ksn, florin::HexDecode(text).value());
  }
  return 0;
}
