// Cryptograms of this engine's own token domain on clear keys, in an EMV-like and a CVV-like form.
//
// docs/formats/token_cryptogram.md has the bytes. Not the networks' TAVV or DTVV.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/primitives/cipher.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/token_cryptogram.h"

namespace florin::card {

// The EMV-like form, 8 bytes. `master_key` is a TDES cipher of 16 bytes, `token` the number that
// stands for a PAN, `psn` 0..99. Errors: kInvalidArgument.
Status TokenCryptogram(const primitives::KeyedCipher& master_key, const Pan& token,
                       std::uint8_t psn, const TokenTransaction& transaction,
                       std::span<std::uint8_t, kTokenCryptogramSize> out);

// kVerificationFailed unless `cryptogram` is that of the transaction. Constant time.
Status VerifyTokenCryptogram(const primitives::KeyedCipher& master_key, const Pan& token,
                             std::uint8_t psn, const TokenTransaction& transaction,
                             std::span<const std::uint8_t, kTokenCryptogramSize> cryptogram);

// The CVV-like form, three digits, for fields that hold no more. Its master key is another one than
// the EMV-like form's. Compare with VerifyValue. Errors: kInvalidArgument.
Result<VerificationValue> TokenVerificationValue(const primitives::KeyedCipher& master_key,
                                                 const Pan& token, std::uint8_t psn,
                                                 const Expiry& expiry,
                                                 const TokenRequestor& requestor,
                                                 std::uint16_t counter);

}  // namespace florin::card
