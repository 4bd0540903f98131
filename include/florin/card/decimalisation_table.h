// DecimalisationTable: the sixteen digits by which IBM 3624 turns hexadecimal into decimal.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/digits.h"

#pragma GCC visibility push(default)

namespace florin::card {

// The digits that stand for 0..F, as they are stored.
using DecimalisationDigits = FixedDigits<struct DecimalisationTag, 16>;

// What a table must look like, against tables that are made to search for a PIN (Bond and
// Zielinski, UCAM-CL-TR-560). The defaults are those remembered of common host modules; no public
// standard sets them.
struct DecimalisationPolicy {
  std::uint8_t min_different_digits = 8;
  std::uint8_t max_repeats = 4;  // of one digit
};

// A table that satisfied a policy. Keep tables with the keys: a caller who may choose one finds a
// PIN in about fifteen tries. Move-only; a moved-from table must not be used. Thread-compatible.
class DecimalisationTable {
 public:
  // `digits` are the sixteen digits that stand for 0..F. Errors: kMalformed for another length or
  // a character that is no digit, kPermissionDenied for a table that the policy forbids.
  static Result<DecimalisationTable> Parse(std::string_view digits,
                                           const DecimalisationPolicy& policy = {});

  // The sixteen digits as numbers 0..9.
  std::span<const std::uint8_t, 16> Read(SecretAccess access) const { return table_.Read(access); }

 private:
  DecimalisationTable() = default;
  SecretArray<16> table_;
};

}  // namespace florin::card

#pragma GCC visibility pop
