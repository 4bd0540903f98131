// Ready templates for the keys of JWS: sensitive, persistent, may not leave, do the one job.
#pragma once

#include <cstddef>
#include <string_view>

#include "florin/base/result.h"
#include "florin/hsm/key_template.h"
#include "florin/payload/jose_algorithms.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// The pair that signs, on the curve of the algorithm; RS* and PS* have a modulus of `rsa_length`
// bytes, 256, 384 or 512. kInvalidArgument for HS*.
Result<hsm::KeyPairTemplate> JwsKeyPair(std::string_view label, JwsAlgorithm algorithm,
                                        std::size_t rsa_length = 256);

// The shared key of HS*, as long as its hash (RFC 7518 3.2), which signs and verifies.
// kInvalidArgument for algorithms of pairs.
Result<hsm::KeyTemplate> JwsSharedKey(std::string_view label, JwsAlgorithm algorithm);

}  // namespace florin::payload

#pragma GCC visibility pop
