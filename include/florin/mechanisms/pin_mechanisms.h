// The mechanisms of PINs. A PIN goes in and comes out as an enciphered block only, and every block
// that is not right is one error, kVerificationFailed, in the same time: differences tell digits.
//
// A block is under a PIN encryption key (usage P0), or under the working key of one transaction of
// a terminal, whose BDK (usage B0) is named then. The key under which a block came needs the verb
// kDecrypt and the one under which it goes kEncrypt, though neither ever serves for data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "florin/base/bytes.h"
#include "florin/card/pin_block.h"
#include "florin/mechanisms/dukpt_mechanisms.h"
#include "florin/mechanisms/other_key.h"

#pragma GCC visibility push(default)

namespace florin {
class Pan;
}

namespace florin::mechanisms {

// How a block looks, and under which key of its key it is. DUKPT's PIN keys have no direction:
// `dukpt->direction` is kRequest.
struct PinBlock {
  card::PinBlockProfile profile = {};
  std::optional<DukptTransaction> dukpt = {};  // present exactly where the key is a BDK
};

// Makes the block of one key into one of another (kEncrypt), under the key that the PIN goes to.
// Input: the incoming block, 8 or 16 bytes; output: the outgoing one. Which formats and keys may
// follow which, card::CheckTranslation says (kPermissionDenied). The PAN never changes.
struct PinTranslation {
  PinBlock from = {};
  OtherKey from_key = {};
  PinBlock to = {};
  const Pan* pan = nullptr;  // absent where neither format binds one
};

enum class PinReferenceKind : std::uint8_t {
  kVisaPvv,  // four digits; usage V2
  kIbm3624,  // the offset, as many digits as the PIN has; usage V1, with a decimalisation table
};

// What an issuer keeps to verify a PIN by, and of what it is computed. Under a PVK, TDES of 16
// bytes. The PAN is that of the call.
struct PinReference {
  PinReferenceKind kind = PinReferenceKind::kVisaPvv;
  std::uint8_t pvki = 1;  // PVV: 0..6
  // IBM 3624: the validation data is `pan_digits` digits of the PAN from `pan_start` on, counted
  // from its left, 1..16 of them, filled on the right with the nibble `fill`.
  std::uint8_t pan_start = 0;
  std::uint8_t pan_digits = 16;
  std::uint8_t fill = 0;
};

// Verifies the PIN in a block (kVerify), or makes the reference of it (kSign): PVV or offset in
// ASCII digits. Input: the block. PVVs take formats 0, 3 and 4; offsets format 1 too.
struct PinVerification {
  PinReference reference = {};
  PinBlock block = {};
  OtherKey block_key = {};
  const Pan* pan = nullptr;
};

// The reference of a new PIN, once the current one is proven (kSign). Input: the block of the
// current PIN, then that of the new one, both as `block` says. Weak new PINs are kInvalidArgument.
struct PinChange {
  PinReference reference = {};
  ByteView current = {};  // the current PVV or offset, ASCII digits
  PinBlock block = {};
  OtherKey block_key = {};
  const Pan* pan = nullptr;
};

// A PIN for a card (kSign): output is its block under `block_key`, then its reference, PVV or
// offset. Without `offset` the PIN is drawn at random, and never a weak one; with it the PIN is the
// one that belongs to this offset (IBM 3624), zeros for the natural PIN. Input: none.
struct PinGeneration {
  PinReference reference = {};
  std::uint8_t pin_length = 4;  // digits
  ByteView offset = {};         // ASCII digits, pin_length of them
  PinBlock block = {};
  OtherKey block_key = {};
  const Pan* pan = nullptr;
};

inline constexpr std::size_t kMaxPinReference = 12;  // digits

}  // namespace florin::mechanisms

#pragma GCC visibility pop
