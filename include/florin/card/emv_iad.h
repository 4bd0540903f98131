// EmvIad: the issuer application data (9F10), which says how a cryptogram was made.
// Sources: EMV Book 3 C7.2 (CCD); Visa's formats by the Thredd documentation of 9F10; M/Chip by
// jPOS; Interac by pyemv; the others are in doubt (see emv_profile.h).
#pragma once

#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::card {

// Whose rules a card follows. The same byte of 9F10 means different things to different schemes.
enum class EmvScheme : std::uint8_t {
  kVisa,
  kMastercard,
  kInterac,
  kCcd,  // EMV Common Core Definitions, the Common Payment Application (CPA)
  kAmex,
  kJcb,
  kUnionPay,
  kDiscover,
};

enum class EmvIadFormat : std::uint8_t {
  kVis013,   // 06, DKI, CVN, CVR of 4: Visa formats 0, 1 and 3, and what is modelled on them
  kVis24,    // 1F, CVN, DKI, CVR of 5, 24 more: Visa formats 2 and 4
  kCcd,      // 0F, CCI, DKI, CVR of 5, counters of 8, 0F, 15 more
  kMchip,    // DKI, CVN, CVR of 6, DAC of 2, counters of 8 or 16, perhaps the last online ATC
  kInterac,  // 15, DKI, CVN, CVR of 5, 14 more
  kPboc,     // 07, DKI, CVN, CVR of 4, algorithm, perhaps more
};

// Views into the bytes it was parsed from, which must outlive it. A value type.
struct EmvIad {
  EmvIadFormat format = EmvIadFormat::kVis013;
  std::uint8_t cvn = 0;    // cryptogram version number; CCD: common core identifier
  std::uint8_t dki = 0;    // derivation key index
  ByteView whole = {};     // 7..32 bytes
  ByteView cvr = {};       // card verification results, with their length byte where there is one
  ByteView counters = {};  // empty where the format has none

  // `scheme` chooses among the layouts; the data only says which of the scheme's it is.
  // kMalformed where it is none of them.
  static Result<EmvIad> Parse(EmvScheme scheme, ByteView iad);
};

}  // namespace florin::card

#pragma GCC visibility pop
