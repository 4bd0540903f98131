// KeyLife <-> CKA_FLORIN_KEY_STATE, CKA_START_DATE and CKA_END_DATE. PKCS#11 counts in days of UTC.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_life.h"

namespace florin::cryptoki {

// The values of the attributes; a view of `dates` where a date is set.
struct EncodedLife {
  CK_ULONG state = 0;
  std::array<CK_DATE, 2> dates{};  // start, end
  bool has_start = false;
  bool has_end = false;
};

// kInvalidArgument where a date is not the first, or last, second of a day.
Result<EncodedLife> EncodeLife(const mechanisms::KeyLife& life);

// CKR_ATTRIBUTE_VALUE_INVALID for numbers that name nothing.
CK_ULONG StateNumber(mechanisms::KeyState state);
Result<mechanisms::KeyState> StateFromNumber(CK_ULONG number);
CK_ULONG OriginNumber(mechanisms::KeyOrigin origin);
Result<mechanisms::KeyOrigin> OriginFromNumber(CK_ULONG number);

// The value of CKA_START_DATE or CKA_END_DATE; empty: none. CKR_ATTRIBUTE_VALUE_INVALID.
Result<std::optional<UnixSeconds>> NotBeforeFromDate(ByteView value);
Result<std::optional<UnixSeconds>> NotAfterFromDate(ByteView value);

}  // namespace florin::cryptoki
