// Which CKM_ numbers the token offers, and what C_GetMechanismInfo says about each.
#pragma once

#include <optional>
#include <vector>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"
#include "hsm_sim/quirks.h"

namespace florin::hsm_sim {

// All of them, in the order of their tables.
std::vector<CK_MECHANISM_TYPE> OfferedMechanisms(const Quirks& quirks);

// CKR_MECHANISM_INVALID.
Result<CK_MECHANISM_INFO> InfoOf(CK_MECHANISM_TYPE type, const Quirks& quirks);

// Whether the token offers `verb` with this number. No allocation.
bool IsOffered(CK_MECHANISM_TYPE type, mechanisms::Verb verb, const Quirks& quirks);

// Whether the message functions take this number. No allocation.
bool HasMessages(CK_MECHANISM_TYPE type, const Quirks& quirks);

// The hash of a digest mechanism; nothing for other numbers.
std::optional<Hash> DigestHash(CK_MECHANISM_TYPE type);

// A mechanism that makes keys from nothing.
struct GenerationMechanism {
  CK_MECHANISM_TYPE type;
  CK_KEY_TYPE key_type;   // that it makes
  CK_ULONG fixed_length;  // bytes; 0: the template tells
  CK_MECHANISM_INFO info;
};
// Null for other numbers.
const GenerationMechanism* FindGeneration(CK_MECHANISM_TYPE type);

}  // namespace florin::hsm_sim
