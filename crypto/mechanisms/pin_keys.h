// The key of a PIN block for the mechanisms: a PIN encryption key, or the working key of a
// transaction under a BDK.
#pragma once

#include <optional>

#include "crypto/card/pin_block.h"
#include "crypto/mechanisms/key.h"
#include "crypto/primitives/cipher.h"
#include "crypto/primitives/once_cipher.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/pin_block.h"
#include "florin/mechanisms/pin_mechanisms.h"

namespace florin::mechanisms {

// Whether a block of this description can be under `key`, whose rules permit its role already, and
// has the PAN that its format needs. Makes the schedule of the key. kInvalidArgument.
Status CheckPinBlock(const PinBlock& block, const Key& key, const Pan* pan);

// What the rules of translation ask of the key that the block itself is under.
card::PinKeyProperties PinPropertiesOf(const PinBlock& block, const Key& key);

// `block` and `key` passed CheckPinBlock; the cipher lives as long as both objects.
class PinBlockCipher {
 public:
  static Result<PinBlockCipher> Create(const PinBlock& block, const Key& key);

  const primitives::BlockCipher& get() const {
    if (working_) return *working_;
    return *own_;
  }

 private:
  PinBlockCipher() = default;
  const primitives::KeyedCipher* own_ = nullptr;
  std::optional<primitives::OnceCipher> working_;
};

// `pan`, or one without digits.
const Pan& PanOrNone(const Pan* pan);

}  // namespace florin::mechanisms
