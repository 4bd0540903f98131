// American Express card security codes (CSC) on clear keys.
//
// Amex does not publish them. Version 1 agrees with a value of a widely used card calculator; its
// digits that come from letters, and all of version 2, follow the public simulator
// nickntg/thalessimulatorlibrary and no published value. AEVV is said to use version 2 with inputs
// that are not public.
#pragma once

#include <cstddef>

#include "crypto/primitives/cipher.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/card_data.h"

namespace florin::card {

// Version 1: `csck` is a TDES cipher of 16 bytes, `pan` has 15 digits and begins with 34 or 37,
// `digits` is 3 (printed on the back), 4 (on the front) or 5 (on the stripe): three different parts
// of the calculation. Compare with VerifyValue. Errors: kInvalidArgument.
Result<VerificationValue> AmexCscVersion1(const primitives::KeyedCipher& csck, const Pan& pan,
                                          const Expiry& expiry, std::size_t digits);

// Version 2 covers the service code too, which tells uses of the code apart.
Result<VerificationValue> AmexCscVersion2(const primitives::KeyedCipher& csck, const Pan& pan,
                                          const Expiry& expiry, const ServiceCode& service_code,
                                          std::size_t digits);

}  // namespace florin::card
