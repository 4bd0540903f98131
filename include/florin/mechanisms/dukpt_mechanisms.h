// Mechanisms under a base derivation key (BDK, usage B0). The working key of a transaction is
// derived inside one operation and never becomes a key that anyone could name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "florin/base/bytes.h"
#include "florin/card/dukpt_options.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

// Whose message a working key protects. The terminal sends the request and the host the response.
enum class DukptDirection : std::uint8_t {
  kRequest,
  kResponse,
  kBothWays,  // AES DUKPT only: one key for both
};

// One transaction of one terminal.
struct DukptTransaction {
  ByteView ksn = {};  // under a TDES BDK 10 bytes or 8 of them without FFFF; under an AES BDK 12,
                      // or 10 in compatibility mode
  DukptDirection direction = DukptDirection::kRequest;
  // What the working key is for: required under an AES BDK, absent under a TDES BDK, whose working
  // keys are all two-key TDES.
  std::optional<card::AesDukptKeyType> key_type = {};
};

enum class DukptMacMethod : std::uint8_t {
  kRetail,      // ISO 9797-1 algorithm 3, padding method 1 (X9.24-1, X9.19); two-key TDES
  kCmac,        // with the working key's cipher
  kHmacSha256,  // working keys of type HMAC
};

// MAC of a message. Input: the message.
struct DukptMac {
  DukptTransaction transaction;
  DukptMacMethod method = DukptMacMethod::kRetail;
  std::size_t mac_length = 4;  // bytes: 4 to the whole MAC; X9.24-1 has 4
};

// Encryption of data. Input: whole blocks of the working key's cipher.
struct DukptData {
  DukptTransaction transaction;
  // TDES BDK: the variant itself is the key. Not of the norm, which encrypts the variant under
  // itself once more, but what many readers of magnetic stripes do.
  bool variant_only = false;
  ByteView iv = {};  // one block: CBC. None: ECB
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
