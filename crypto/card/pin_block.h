// ISO 9564-1 PIN blocks on clear keys: encode, decode, encipher, translate.
//
// Decoding is constant time in the block, and every block that is not right (control, length,
// digit, fill, PAN, number of bytes) is one error with one text: differences tell digits. For
// formats 0 and 3 a wrong PAN breaks digits or fill usually, not always: it is no authentication.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/card/digit_block.h"
#include "crypto/card/random_batch.h"
#include "crypto/primitives/cipher.h"
#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/pin.h"
#include "florin/card/pin_block.h"

namespace florin::card {

inline constexpr std::size_t kPinFieldSize = 8;
inline constexpr std::size_t kPinNibbles = 14;  // behind control and length
inline constexpr std::size_t kMaxPinBlockSize = 16;

// What a block says, right or not. The digits are always decimal, so that a calculation can go on
// over them and a wrong block takes the time of a right one.
struct DecodedPin {
  DecodedPin() {
    for (std::uint8_t& digit : digits.Write(SecretAccess{})) digit = '0';
  }

  SecretArray<kMaxPinDigits> digits;  // characters, '0' behind the PIN
  std::uint32_t length = kMinPinDigits;
  std::uint32_t good = 0;  // all ones for a right block, else zero
};

// Reads the eight bytes of a PIN field without its PAN, without a branch on their values.
DecodedPin DecodePinField(PinBlockFormat format, const PinLengths& lengths,
                          std::span<const std::uint8_t, kPinFieldSize> field);

// The eight bytes of a PIN field: control nibble, length, PIN, and out of `fill`, one nibble to a
// byte, what stands behind it.
DigitBlock<kPinFieldSize> PinField(std::uint32_t control, const Pin& pin,
                                   std::span<const std::uint8_t, kPinNibbles> fill);

// A clear block: formats 0 to 3 with the PAN combined, 8 bytes; format 4 the PIN field with its
// random, 16 bytes. `pan` may be empty for formats 1 and 2, `out` has PinBlockSize(format) bytes.
// Errors: kInvalidArgument (PIN length against the profile, no PAN, size of `out`).
Status EncodePinBlock(const PinBlockProfile& profile, const Pin& pin, const Pan& pan,
                      RandomBatch& random, MutableBytes out);

// Errors: kInvalidArgument (no PAN), else kVerificationFailed.
Result<Pin> DecodePinBlock(const PinBlockProfile& profile, ByteView block, const Pan& pan);

// The PAN field of format 4.
Status EncodePanField(const Pan& pan, Format4PanField form, std::span<std::uint8_t, 16> out);

// The same of enciphered blocks: TDES for formats 0 to 3, AES for format 4 in two encryptions with
// the PAN field between them. Errors: also kInvalidArgument for a key of the other algorithm.
Status EncryptPinBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                       const Pin& pin, const Pan& pan, RandomBatch& random, MutableBytes out);
Result<Pin> DecryptPinBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                            ByteView block, const Pan& pan);

// As DecryptPinBlock, but answers a wrong block with good == 0, for verifications that must not
// tell a wrong block from a wrong PIN. Errors: kInvalidArgument.
Result<DecodedPin> OpenPinBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                                ByteView block, const Pan& pan);

// One side of a translation.
struct PinBlockEnd {
  const primitives::BlockCipher& key;
  PinKeyProperties properties;  // as the rules of the key say
  const PinBlockProfile& profile;
  const Pan& pan;  // empty where the format has none
};

// Makes the block of `from` into one of `to`; the PIN appears nowhere outside. `out` has
// PinBlockSize(to.profile.format) bytes. A PIN that either side's lengths forbid is a wrong block.
// Errors: kPermissionDenied (CheckTranslation), kVerificationFailed (any wrong block),
// kInvalidArgument.
Status TranslatePinBlock(const PinBlockEnd& from, ByteView block, const PinBlockEnd& to,
                         PinBlockUse use, RandomBatch& random, MutableBytes out);

}  // namespace florin::card
