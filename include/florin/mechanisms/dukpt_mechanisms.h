// Mechanisms under a base derivation key (BDK, usage B0). The working key of a transaction is
// derived inside one operation and never becomes a key that anyone could name; what a BDK gives are
// the keys that a device is loaded with.
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

// Which key of a device.
enum class DukptDeviceKeyKind : std::uint8_t {
  // The initial key, with which the device is loaded. It comes out with usage B1, mode of use X, of
  // the type and length of the BDK, and may be extractable though the BDK is not: it is made to
  // leave in a key block, and tells nothing of the BDK.
  kInitial,
  // AES DUKPT: the key under which the device's next initial key travels to it (X9.24-3:2017
  // 6.3.1, counter FFFFFFFF). It comes out as a KBPK that only wraps: usage K1, mode of use E.
  kUpdate,
};

// Derives a key of one device. The header of the result, which the template names, is that of the
// kind, for the same bytes must never come out for another use. A BDK that derives device keys
// serves no transactions: the verb kDerive excludes the others.
struct DukptDeviceKey {
  DukptDeviceKeyKind kind = DukptDeviceKeyKind::kInitial;
  ByteView device = {};  // TDES BDK: the initial KSN (counter 0), 10 bytes or 8 of them without
                         // FFFF; AES BDK: the initial key id, 8 bytes
  // kUpdate: AES, no stronger than the BDK. Absent for kInitial.
  std::optional<card::AesDukptKeyType> key_type = {};
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
