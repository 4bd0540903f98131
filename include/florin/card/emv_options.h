// The choices EMV leaves to an issuer's profile, as types of their own.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin::card {

enum class EmvPadding : std::uint8_t {
  kMethod1,  // ISO 9797-1 padding method 1: zeros to a block boundary
  kMethod2,  // ISO 9797-1 padding method 2: 80, then zeros
};

// ICC master key derivation, EMV book 2 A1.4.
enum class EmvMasterKeyOption : std::uint8_t {
  kA,  // the rightmost 16 digits of PAN || PSN
  kB,  // for PANs of more than 16 digits: 16 digits of the decimalised SHA-1; else as A
};

}  // namespace florin::card

#pragma GCC visibility pop
