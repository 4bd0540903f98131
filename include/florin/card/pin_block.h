// PIN blocks of ISO 9564-1 as parameters: formats, peers' profiles, and what may become what.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/result.h"
#include "florin/card/pin.h"

#pragma GCC visibility push(default)

namespace florin::card {

enum class PinBlockFormat : std::uint8_t {
  kFormat0 = 0,  // PIN, F fill, xor PAN; TDES
  kFormat1 = 1,  // PIN, random fill, no PAN; TDES
  kFormat2 = 2,  // PIN, F fill, no PAN: for the card only, inside its own protection
  kFormat3 = 3,  // PIN, random fill of A..F, xor PAN; TDES
  kFormat4 = 4,  // PIN, A fill, random; bound to the PAN by two encryptions; AES
};

// What stands in the PAN field of format 4. A property of the peer; never tried in turn, because a
// block that opens under either would open under a PAN it was not made for.
enum class Format4PanField : std::uint8_t {
  kFullPan,  // all digits, as ISO 9564-1 has it
  kPan12,    // the twelve rightmost digits without the check digit, as one cloud service documents
};

// How one peer writes its blocks.
struct PinBlockProfile {
  PinBlockFormat format = PinBlockFormat::kFormat0;
  Format4PanField pan_field = Format4PanField::kFullPan;  // format 4 only
  PinLengths lengths = {};
};

// Bytes of a block: 16 for format 4, else 8.
constexpr std::size_t PinBlockSize(PinBlockFormat format) {
  return format == PinBlockFormat::kFormat4 ? 16 : 8;
}

// Formats 0, 3 and 4: those that bind a PIN to its PAN.
constexpr bool BindsPan(PinBlockFormat format) {
  return format == PinBlockFormat::kFormat0 || format == PinBlockFormat::kFormat3 ||
         format == PinBlockFormat::kFormat4;
}

enum class PinKeyAlgorithm : std::uint8_t { kSingleDes, kTwoKeyTdes, kThreeKeyTdes, kAes };

// What the translation rules ask of a PIN encryption key.
struct PinKeyProperties {
  PinKeyAlgorithm algorithm = PinKeyAlgorithm::kTwoKeyTdes;
  bool zone_key = false;            // shared with another institution, not with a terminal
  bool forbid_aes_to_tdes = false;  // as the outgoing key: takes no PIN that came under AES
};

// Why a block is made anew.
enum class PinBlockUse : std::uint8_t {
  kTransport,  // towards the next PIN encryption key
  kPinChange,  // towards the card, inside an issuer script
};

struct PinTranslation {
  PinBlockFormat from;
  PinBlockFormat to;
  bool same_pan;  // ignored where the incoming format has no PAN
  PinKeyProperties in_key;
  PinKeyProperties out_key;
  PinBlockUse use = PinBlockUse::kTransport;
};

// kPermissionDenied for a translation that would weaken or unbind a PIN:
//  - the table of formats: 0, 3 and 4 into 0, 3 and 4 of the same PAN; 1 into 0, 1, 3 and 4;
//    nothing else into 1; 2 only for a PIN change, and from 2 nothing;
//  - single DES on either side, and a format that its key's algorithm does not encrypt;
//  - AES to TDES, unless the outgoing key is a zone key of two or three keys that allows it. A PIN
//    change needs no zone key: it goes under the card's script key.
// A change of PAN within format 4 asks for a proof of the change and is not offered.
// IBM CCA "Enforce PIN-block restrictions"; PCI PIN requirement 3.
Status CheckTranslation(const PinTranslation& translation);

// kPermissionDenied unless Visa PVV may be computed from a PIN of this format: 0, 3 and 4.
Status CheckPvvSource(PinBlockFormat format);

}  // namespace florin::card

#pragma GCC visibility pop
