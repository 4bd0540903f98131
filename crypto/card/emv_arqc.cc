#include "florin/card/emv_arqc.h"

#include <optional>

#include "florin/base/bcd.h"
#include "florin/base/byte_writer.h"
#include "florin/base/secret.h"
#include "florin/card/emv.h"

namespace florin::card {
namespace {

constexpr std::uint8_t kCryptogramType = 0xC0;  // EMV book 3 table 15
constexpr std::uint8_t kTypeArqc = 0x80;

Error AnotherCard() {
  return Error(ErrorCode::kMalformed,
               "PAN or sequence number of field 55 (5A, 5F34) are another card's");
}

Status CheckPan(const EmvTlv& field55, const Pan& pan) {
  const auto packed = field55.Find(emv_tags::kPan);
  if (!packed.has_value()) return OkStatus();
  SecretArray<20> digits;
  const auto bytes = digits.Write(SecretAccess{});
  const auto size = BcdUnpackLeftPadF(
      *packed, std::span<char>(reinterpret_cast<char*>(bytes.data()), bytes.size()));
  if (!size.ok() ||
      !ConstantTimeEqual(ByteView(bytes).first(*size), AsBytes(pan.Read(SecretAccess{})))) {
    return AnotherCard();
  }
  return OkStatus();
}

Status CheckCard(const EmvTlv& field55, const Pan& pan, std::uint8_t psn) {
  if (pan.empty()) return Error(ErrorCode::kInvalidArgument, "EMV: the PAN is missing");
  if (psn > kMaxPsn) return Error(ErrorCode::kInvalidArgument, "EMV: PSN must be 0 to 99");
  FLORIN_CHECK_OK(CheckPan(field55, pan));
  const auto sequence = field55.Find(emv_tags::kPanSequenceNumber);
  const auto packed_psn = static_cast<std::uint8_t>(psn / 10 << 4 | psn % 10);
  if (sequence.has_value() && (*sequence)[0] != packed_psn) return AnotherCard();
  const auto information = field55.Find(emv_tags::kCryptogramInformation);
  if (information.has_value() && ((*information)[0] & kCryptogramType) != kTypeArqc) {
    return Error(ErrorCode::kMalformed, "the cryptogram of field 55 (9F27) is no ARQC");
  }
  return OkStatus();
}

Status WriteCardPart(EmvCardPart part, const EmvIad& iad, ByteWriter& writer) {
  switch (part) {
    case EmvCardPart::kWholeIad: return writer.Write(iad.whole);
    case EmvCardPart::kCvr: return writer.Write(iad.cvr);
    case EmvCardPart::kCvrAndCounters:
      FLORIN_CHECK_OK(writer.Write(iad.cvr));
      return writer.Write(iad.counters);
    case EmvCardPart::kCvrByte2: return writer.WriteU8(iad.cvr[1]);
  }
  return Error(ErrorCode::kInvalidArgument, "EMV: no such part of the issuer application data");
}

}  // namespace

Result<EmvArqc> ReadEmvArqc(const EmvTlv& field55, const EmvAllowedProfiles& allowed,
                            const Pan& pan, std::uint8_t psn) {
  FLORIN_CHECK_OK(CheckCard(field55, pan, psn));
  FLORIN_TRY(const ByteView iad_bytes, field55.Get(emv_tags::kIssuerApplicationData));
  FLORIN_TRY(const EmvIad iad, EmvIad::Parse(allowed.scheme, iad_bytes));
  FLORIN_TRY(const EmvProfile profile, SelectEmvProfile(allowed, iad));

  EmvArqc arqc{.profile = profile,
               .tree = allowed.tree,
               .input_bytes = {},
               .input_size = 0,
               .arqc = {},
               .un = {},
               .atc = 0,
               .psn = psn,
               .dki = iad.dki};
  FLORIN_TRY(arqc.arqc, field55.GetArray<8>(emv_tags::kCryptogram));
  FLORIN_TRY(arqc.un, field55.GetArray<4>(emv_tags::kUnpredictableNumber));
  FLORIN_TRY(arqc.atc, field55.GetU16(emv_tags::kAtc));
  ByteWriter writer(arqc.input_bytes);
  for (const EmvTag tag : profile.input.tags) {
    FLORIN_TRY(const ByteView value, field55.Get(tag));
    FLORIN_CHECK_OK(writer.Write(value));
  }
  FLORIN_CHECK_OK(WriteCardPart(profile.input.card_part, iad, writer));
  arqc.input_size = writer.position();
  return arqc;
}

}  // namespace florin::card
