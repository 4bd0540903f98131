// Sealing of the token key under a PIN.
#pragma once

#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "hsm_sim/storage/token_format.h"

namespace florin::hsm_sim {

// Seals `token_key` under `pin`, bound to `binding`, at `cost`. Slow by intent.
Result<Credential> SealTokenKey(ByteView pin, const SecretBytes& token_key, ByteView binding,
                                const primitives::PasswordCost& cost, RandomSource& random);

// kAuthenticationFailed for a wrong PIN (or a changed record: the two look the same).
Result<SecretBytes> OpenTokenKey(ByteView pin, const Credential& credential, ByteView binding);

}  // namespace florin::hsm_sim
