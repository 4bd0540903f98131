// What a JosePublicKey is made of, for those who compute with it.
#pragma once

#include <variant>

#include "crypto/base/json.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa.h"
#include "florin/payload/jose_public_key.h"

namespace florin::payload {

struct JosePublicKey::Parts {
  std::variant<primitives::EcPublicKey, primitives::RsaPublicKey> key;
  Bytes spki;
  std::string jwk;
};

// The point of a JWK of type "EC" (RFC 7518 6.2.1): coordinates as long as the curve's field.
// Which members may be there is for the caller to check.
Result<primitives::EcPublicKey> EcKeyOfJwk(const JsonObject& jwk);

// Null for another type of key.
const primitives::EcPublicKey* EcPartOf(const JosePublicKey& key);
const primitives::RsaPublicKey* RsaPartOf(const JosePublicKey& key);

// The "crv" of the registry.
std::string_view JwkCurveName(Curve curve);

}  // namespace florin::payload
