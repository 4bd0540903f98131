// EmvArqcTrace: answers "why does my ARQC not match" without showing a key.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "florin/base/result.h"
#include "florin/card/emv_arqc.h"

#pragma GCC visibility push(default)

namespace florin::card {

// Three bytes: for TDES of the encryption of zeros, for AES of the CMAC over a block of zeros
// (X9.24-1:2017 annex A).
using EmvKcv = std::array<std::uint8_t, 3>;

// What was computed on the way to a cryptogram. Holds check values, never keys, and not the right
// cryptogram: that would let a key that may only verify sign. Whoever may verify may see it.
struct EmvArqcTrace {
  EmvArqc request;
  EmvAlgorithm algorithm;
  EmvKcv issuer_key;   // IMK
  EmvKcv icc_key;      // MK of the card
  EmvKcv session_key;  // SK; the same as icc_key where the profile has none
  bool matches;
};

// One JSON object: profile, methods, input, padding, check values, the ARQC received, the verdict.
// Bytes are upper-case hex. No PAN. Errors: none in practice; kInvalidArgument for a name that is
// not UTF-8.
Result<std::string> ToJson(const EmvArqcTrace& trace);

}  // namespace florin::card

#pragma GCC visibility pop
