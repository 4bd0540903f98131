// The length that a signature of a mechanism has, checked before a module sees it.
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::pkcs11 {

// The length in bytes of every signature of this mechanism; 0 where it depends on the key. NSS cuts
// a MAC that does not fit its output and reports success; it is not asked then.
std::size_t SignatureLength(const mechanisms::Mechanism& mechanism);

// False where no signature of this mechanism has that length. NSS compares only as many bytes of a
// MAC as it is given, so that an empty one would verify; the module is not asked then.
bool MayBeSignature(const mechanisms::Mechanism& mechanism, ByteView signature);

}  // namespace florin::pkcs11
