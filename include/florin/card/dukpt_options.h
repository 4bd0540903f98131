// What a DUKPT working key is for, as types of their own.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin::card {

// Working keys of TDES DUKPT, X9.24-1:2009 A.4.1. Request and response as the terminal sees them:
// it sends the request.
enum class TdesDukptUsage : std::uint8_t {
  kPin,
  kMacRequest,
  kMacResponse,
  kDataRequest,   // the variant, encrypted under itself
  kDataResponse,  // the same
  // Data keys without the encryption: not of the norm, but what older terminals and readers use.
  kDataRequestVariantOnly,
  kDataResponseVariantOnly,
};

// Working keys of AES DUKPT with their numbers, X9.24-3:2017 6.2. Directions as the terminal sees
// them: it generates the request's MAC and verifies the response's.
enum class AesDukptUsage : std::uint16_t {
  kKeyEncryption = 0x0002,
  kPin = 0x1000,
  kMacGeneration = 0x2000,
  kMacVerification = 0x2001,
  kMacBothWays = 0x2002,
  kDataEncryption = 0x3000,
  kDataDecryption = 0x3001,
  kDataBothWays = 0x3002,
  kKeyDerivation = 0x8000,
  kInitialKeyDerivation = 0x8001,  // derives initial keys from the BDK, never a working key
};

// The algorithm that a working key of AES DUKPT is for.
enum class AesDukptKeyType : std::uint8_t {
  kTdes2,  // two-key TDES, 16 bytes
  kTdes3,  // three-key TDES, 24 bytes
  kAes128,
  kAes192,
  kAes256,
  kHmac128,
  kHmac192,
  kHmac256,
};

}  // namespace florin::card

#pragma GCC visibility pop
