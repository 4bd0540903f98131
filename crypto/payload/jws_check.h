// What JwsVerifier and JwsSigner ask of profiles and keys.
#pragma once

#include "crypto/payload/jose_tables.h"
#include "florin/base/result.h"
#include "florin/payload/jws.h"

namespace florin::payload {

// kInvalidArgument: no algorithm, unprotected headers without JSON.
Status CheckProfile(const JwsProfile& profile);

// Of an algorithm that signs on a curve: one curve for each (RFC 7518 3.4, RFC 8037 3.1).
Curve CurveOf(const JwsAlgorithmRow& row);

// Whether the key is of the type, and the curve, that the algorithm has (RFC 7518 3.1).
bool KeySuits(const JwsAlgorithmRow& row, const JwsKey& key);

}  // namespace florin::payload
