// What both families of EMV mechanisms ask of an issuer master key and of a card.
#pragma once

#include <cstdint>

#include "crypto/mechanisms/key.h"
#include "crypto/mechanisms/key_schedules.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/emv.h"

namespace florin::mechanisms {

inline Status CheckEmvCard(const Pan* pan, std::uint8_t psn) {
  if (pan == nullptr || pan->empty()) {
    return Error(ErrorCode::kInvalidArgument, "EMV: the PAN is missing");
  }
  if (psn > card::kMaxPsn) {
    return Error(ErrorCode::kInvalidArgument, "EMV: PSN must be 0 to 99");
  }
  return OkStatus();
}

// Makes the schedule of the key.
inline Status CheckIssuerKey(const Key& key) {
  const KeyRules& rules = key.rules();
  if (rules.type == KeyType::kDes3 && rules.length != card::kEmvTdesKeySize) {
    return Error(ErrorCode::kInvalidArgument, "EMV: a TDES issuer master key has 16 bytes");
  }
  FLORIN_CHECK_OK(key.schedules().Cipher());
  return OkStatus();
}

inline Status CheckProprietary(bool method2, ByteView proprietary) {
  if (proprietary.size() > card::kMaxProprietaryData) {
    return Error(ErrorCode::kInvalidArgument, "EMV: proprietary data has 0 to 8 bytes");
  }
  if (!method2 && !proprietary.empty()) {
    return Error(ErrorCode::kInvalidArgument, "EMV: proprietary data belongs to a CSU (method 2)");
  }
  return OkStatus();
}

}  // namespace florin::mechanisms
