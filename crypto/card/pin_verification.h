// Visa PVV and IBM 3624 on clear keys: natural PIN, offset, verification, PIN change.
//
// Decimal digits come out of cryptograms, and are compared, in constant time. The DES beneath is
// OpenSSL's, whose tables are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/card/pin_block.h"
#include "crypto/primitives/cipher.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/decimalisation_table.h"
#include "florin/card/pin.h"

namespace florin::card {

inline constexpr std::uint8_t kMaxPvki = 6;

// Which card, and which of the issuer's PVKs: what a PVV is bound to. `pvk` is a TDES cipher.
struct PvvContext {
  const primitives::KeyedCipher& pvk;
  const Pan& pan;
  std::uint8_t pvki;  // 0..6
};

// The PVV of the first four digits of `pin`. Errors: kInvalidArgument.
Result<Pvv> MakePvv(const PvvContext& card, const Pin& pin);

// kVerificationFailed unless `pvv` is that of `pin`. Errors: kInvalidArgument.
Status VerifyPvv(const PvvContext& card, const Pin& pin, const Pvv& pvv);

// The same of an enciphered block of format 0, 3 or 4 over the same PAN. A wrong block and a wrong
// PIN are one error, kVerificationFailed, in the same time. Errors: also kPermissionDenied
// (another format), kInvalidArgument.
Status VerifyPinBlockPvv(const PvvContext& card, const primitives::BlockCipher& pin_key,
                         const PinBlockProfile& profile, ByteView block, const Pvv& pvv);

// Makes the PVV of a new PIN once the old PIN is proven. `excluded` is an issuer's list as
// CheckPinStrength takes it.
// Errors: kVerificationFailed, kInvalidArgument (a weak PIN too).
Result<Pvv> ChangePinPvv(const PvvContext& card, const Pin& old_pin, const Pvv& old_pvv,
                         const Pin& new_pin, std::span<const Pin> excluded = {});

// The sixteen nibbles IBM 3624 encrypts: digits of the PAN and a filling. Bound to the card's
// record; never a caller's choice in a verification. Move-only. Thread-compatible.
class ValidationData {
 public:
  // Sixteen characters '0'..'9', 'A'..'F'. Errors: kMalformed.
  static Result<ValidationData> Parse(std::string_view nibbles);

  // `count` digits of the PAN from `first` on, counted from its left, 1..16 of them, filled on the
  // right with the nibble `fill`. Errors: kInvalidArgument.
  static Result<ValidationData> FromPan(const Pan& pan, std::size_t first, std::size_t count,
                                        std::uint8_t fill);

  std::span<const std::uint8_t, 8> Read(SecretAccess access) const { return block_.Read(access); }

 private:
  ValidationData() = default;
  SecretArray<8> block_;
};

// What IBM 3624 computes a card's natural PIN from. `pvk` is a TDES or, of old, a DES cipher.
struct Ibm3624Context {
  const primitives::KeyedCipher& pvk;
  const DecimalisationTable& table;
  const ValidationData& validation_data;
};

// The natural PIN of `length` digits, 4..12. Errors: kInvalidArgument.
Result<Pin> NaturalPin(const Ibm3624Context& card, std::size_t length);

// The offset that makes `pin` the card's, as many digits as it has. Errors: kInvalidArgument.
Result<PinOffset> MakeOffset(const Ibm3624Context& card, const Pin& pin);

// The PIN that belongs to an offset. Errors: kInvalidArgument.
Result<Pin> PinFromOffset(const Ibm3624Context& card, const PinOffset& offset);

// kVerificationFailed unless `pin` has as many digits as `offset` and is the PIN of it.
Status VerifyOffset(const Ibm3624Context& card, const Pin& pin, const PinOffset& offset);

// The same of an enciphered block: as VerifyPinBlockPvv, but format 1 is taken too. `pan` is that
// of the block, empty for format 1.
Status VerifyPinBlockOffset(const Ibm3624Context& card, const primitives::BlockCipher& pin_key,
                            const PinBlockProfile& profile, ByteView block, const Pan& pan,
                            const PinOffset& offset);

// Makes the offset of a new PIN once the old PIN is proven. Errors: as ChangePinPvv.
Result<PinOffset> ChangePinOffset(const Ibm3624Context& card, const Pin& old_pin,
                                  const PinOffset& old_offset, const Pin& new_pin,
                                  std::span<const Pin> excluded = {});

}  // namespace florin::card
