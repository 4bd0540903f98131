// What the tests of the parameter codecs share: a struct with one field changed, decoded.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "crypto/cryptoki/mechanism_codec.h"

namespace florin::cryptoki {

// What decoding says to the struct of `mechanism` after `change`. Refusals carry
// CKR_MECHANISM_PARAM_INVALID.
template <class Params, class Change>
ErrorCode DecodeChanged(const mechanisms::Mechanism& mechanism, const Change& change) {
  EncodedMechanism encoded;
  EXPECT_TRUE(encoded.Encode(mechanism).ok());
  Params params{};
  EXPECT_EQ(encoded.get()->ulParameterLen, sizeof(params));
  std::memcpy(&params, encoded.get()->pParameter, sizeof(params));
  change(params);
  CK_MECHANISM changed = {encoded.number(), &params, sizeof(params)};
  DecodedMechanism decoded;
  const Status status = decoded.Decode(&changed);
  if (!status.ok()) {
    EXPECT_EQ(status.error().detail(), CKR_MECHANISM_PARAM_INVALID);
  }
  return status.code();
}

}  // namespace florin::cryptoki
