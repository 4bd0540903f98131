// ICC master keys from an issuer key whose schedule exists already: the hot path of mechanisms.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/primitives/cipher.h"
#include "florin/card/emv.h"

namespace florin::card {

// As DeriveIccMasterKey. `issuer_key` is a TDES cipher of a 16-byte key, or an AES cipher of a key
// of `key_size` bytes.
Result<EmvKey> DeriveIccMasterKeyWith(const primitives::KeyedCipher& issuer_key,
                                      EmvMasterKeyOption option, const Pan& pan, std::uint8_t psn,
                                      std::size_t key_size = kEmvTdesKeySize);

}  // namespace florin::card
