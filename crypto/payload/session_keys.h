// Keys of a session that last as long as the opening of one payload.
#pragma once

#include <cstddef>

#include "florin/base/result.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// A key that does `verb` and nothing else, `length` bytes long.
hsm::KeyTemplate SessionKey(mechanisms::KeyType type, std::size_t length, mechanisms::Verb verb);

// A generic secret that derives.
hsm::KeyTemplate DerivingSecret(std::size_t length);

// Derives a key that ends with the scope.
Result<hsm::ScopedKey> DeriveScoped(hsm::Session& session, const mechanisms::Mechanism& mechanism,
                                    hsm::KeyHandle base, const hsm::KeyTemplate& key);

}  // namespace florin::payload
