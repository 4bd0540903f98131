// EmvArqc: what verifying an ARQC needs, read from field 55 under the rules of the issuer key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/emv_profile.h"
#include "florin/card/emv_tlv.h"

#pragma GCC visibility push(default)

namespace florin::card {

// 33 bytes of terminal and card data and an IAD of 32.
inline constexpr std::size_t kMaxEmvInput = 65;

// Everything but the keys and the PAN. Holds no views: the chip data may go. A value type.
struct EmvArqc {
  EmvProfile profile;  // with master key option and session key method filled in
  EmvTree tree;        // for EmvSessionKeyMethod::kEmv2000
  std::array<std::uint8_t, kMaxEmvInput> input_bytes;
  std::size_t input_size;
  std::array<std::uint8_t, 8> arqc;  // 9F26
  std::array<std::uint8_t, 4> un;    // 9F37
  std::uint16_t atc;                 // 9F36
  std::uint8_t psn;                  // 0..99
  std::uint8_t dki;

  // The input of the cryptogram, not padded.
  ByteView input() const { return ByteView(input_bytes).first(input_size); }
};

// Reads field 55 of an authorisation request for the card `pan` and `psn` (0..99, 0 where the card
// has none). PAN and PSN come from the request's other fields; where field 55 has them too (5A,
// 5F34), they must be the same. Errors: kNotFound, a tag that the profile needs is missing
// (detail() is the tag); kMalformed, IAD or lengths, another card, or a cryptogram that is no ARQC
// (9F27); kInvalidArgument, no PAN or psn above 99; and those of SelectEmvProfile.
Result<EmvArqc> ReadEmvArqc(const EmvTlv& field55, const EmvAllowedProfiles& allowed,
                            const Pan& pan, std::uint8_t psn);

}  // namespace florin::card

#pragma GCC visibility pop
