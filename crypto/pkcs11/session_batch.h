// Pkcs11Session::Batch: the C structs of one call of "Vendor Florin", kept by the session.
#pragma once

#include <array>
#include <cstddef>

#include "crypto/cryptoki/mechanism_codec.h"
#include "crypto/cryptoki/pkcs11.h"
#include "crypto/pkcs11/session.h"

namespace florin::pkcs11 {

struct Pkcs11Session::Batch {
  // Enough to fill the widest kernel several times; about 150 KB.
  static constexpr std::size_t kItems = 1024;

  std::array<CK_FLORIN_BATCH_ITEM, kItems> items;
  std::array<cryptoki::EncodedMechanism, kItems> parameters;
};

}  // namespace florin::pkcs11
