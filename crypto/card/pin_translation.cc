#include <array>

#include "florin/card/pin_block.h"

namespace florin::card {
namespace {

enum class Allowed : std::uint8_t { kNo, kYes, kSamePan, kForTheCard };

using enum Allowed;

// Rows: from format 0 to 4; columns: to format 0 to 4.
constexpr std::array<std::array<Allowed, 5>, 5> kTranslations = {{
    {kSamePan, kNo, kForTheCard, kSamePan, kSamePan},
    {kYes, kYes, kForTheCard, kYes, kYes},
    {kNo, kNo, kNo, kNo, kNo},
    {kSamePan, kNo, kForTheCard, kSamePan, kSamePan},
    {kSamePan, kNo, kForTheCard, kSamePan, kSamePan},
}};

Error Refused(const char* why) { return Error(ErrorCode::kPermissionDenied, why); }

bool FitsKey(PinBlockFormat format, PinKeyAlgorithm algorithm) {
  return (format == PinBlockFormat::kFormat4) == (algorithm == PinKeyAlgorithm::kAes);
}

Status CheckKeys(const PinTranslation& t) {
  if (t.in_key.algorithm == PinKeyAlgorithm::kSingleDes ||
      t.out_key.algorithm == PinKeyAlgorithm::kSingleDes) {
    return Refused("no PIN goes under a single DES key");
  }
  if (!FitsKey(t.from, t.in_key.algorithm) || !FitsKey(t.to, t.out_key.algorithm)) {
    return Refused("PIN block format 4 goes under AES keys only, formats 0 to 3 under TDES keys");
  }
  const bool aes_to_tdes =
      t.in_key.algorithm == PinKeyAlgorithm::kAes && t.out_key.algorithm != PinKeyAlgorithm::kAes;
  if (aes_to_tdes && t.out_key.forbid_aes_to_tdes) {
    return Refused("the outgoing key takes no PIN that came under AES");
  }
  if (aes_to_tdes && t.use == PinBlockUse::kTransport && !t.out_key.zone_key) {
    return Refused("a PIN goes from AES to TDES under a zone key only");
  }
  return OkStatus();
}

}  // namespace

Status CheckTranslation(const PinTranslation& t) {
  if (t.from > PinBlockFormat::kFormat4 || t.to > PinBlockFormat::kFormat4) {
    return Refused("PIN block formats are 0 to 4");
  }
  switch (kTranslations[static_cast<std::size_t>(t.from)][static_cast<std::size_t>(t.to)]) {
    case kYes: break;
    case kNo: return Refused("this PIN block format must not become that one");
    case kSamePan:
      if (!t.same_pan) return Refused("a translation must keep the PAN of the PIN block");
      break;
    case kForTheCard:
      if (t.use != PinBlockUse::kPinChange) {
        return Refused("PIN block format 2 is made only for a PIN change in the card");
      }
  }
  if (t.use == PinBlockUse::kPinChange && t.to != PinBlockFormat::kFormat2) {
    return Refused("a PIN change in the card takes PIN block format 2");
  }
  return CheckKeys(t);
}

Status CheckPvvSource(PinBlockFormat format) {
  if (BindsPan(format)) return OkStatus();
  return Refused("a PVV is computed only from PIN block formats 0, 3 and 4");
}

}  // namespace florin::card
