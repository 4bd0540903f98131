// A key that ECDH and the one-step KDF of SP 800-56A with SHA-256 give, inside a session.
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// In one call where the session has that KDF; else step by step, for keys of at most two digests:
// Z, counter || Z || info by concatenation, the hash of it, and the two hashes by concatenation. Z
// never leaves the session. `z_length`: bytes of a coordinate of the curve. kUnsupported where the
// session can do neither; the message names what is missing.
Result<hsm::KeyHandle> DeriveAgreedKey(hsm::Session& session, hsm::KeyHandle private_key,
                                       ByteView peer_public, std::size_t z_length, ByteView info,
                                       const hsm::KeyTemplate& agreed);

// Where a token has no CKD_SHA256_KDF_SP800, the same hash is put together from CKD_NULL,
// CONCATENATE_DATA_AND_BASE, CONCATENATE_BASE_AND_DATA and SHA256_KEY_DERIVATION, and, for keys of
// more than 32 bytes and at most 64, CONCATENATE_BASE_AND_KEY. Z never leaves the session.
Result<hsm::KeyHandle> DeriveAgreedKeyInSteps(hsm::Session& session, hsm::KeyHandle private_key,
                                              ByteView peer_public, std::size_t z_length,
                                              ByteView info, const hsm::KeyTemplate& agreed);

}  // namespace florin::payload
