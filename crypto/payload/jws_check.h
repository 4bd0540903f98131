// What JwsVerifier and JwsSigner ask of profiles and keys.
#pragma once

#include "crypto/payload/jose_tables.h"
#include "florin/base/result.h"
#include "florin/payload/jws.h"

namespace florin::payload {

// kInvalidArgument: no algorithm, unprotected headers without JSON.
Status CheckProfile(const JwsProfile& profile);

// Whether the key is of the type, and the curve, that the algorithm has (RFC 7518 3.1).
bool KeySuits(const JwsAlgorithmRow& row, const JwsKey& key);

}  // namespace florin::payload
