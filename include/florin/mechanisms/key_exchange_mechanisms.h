// The mechanisms of key exchange: keys in key blocks (TR-31, X9.143, ISO 20038), and the key block
// protection key (KBPK) that two parties agree on.
//
// In both forms the key's header is bound to it, so that keys which carry keys may travel, too.
#pragma once

#include <cstddef>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/card/key_agreement_options.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

// Wraps a key into a key block and unwraps it. The KBPK has usage K1 or K4: TDES keys for versions
// B (and A, C, which come in by KeyRules::key_block_import alone), AES keys for D and E.
//
// The header of the target goes into the block as it is, but for its version. The target must be
// extractable; its allowed mechanisms and EMV profiles would be lost, so a key that has them stays.
// In unwrapping, the header of the new key is the block's. A template may state it and, by verbs
// and profiles, narrow it; length and curve of 0 and P-256 are taken from the block. A key whose
// header says N (not exportable) must not be extractable.
//
// Errors of unwrapping: kVerificationFailed, wrong KBPK or changed block; kMalformed, no key block;
// kPermissionDenied, the policy of the KBPK or the template refuses; kUnsupported, an algorithm
// (DSA, single DES, the HMACs of ISO 20038 alone) of which no key is kept here.
struct KeyBlockWrap {
  char version = 0;  // 'B', 'D' or 'E'; 0 in unwrapping, where the block says it
  // Wrapping: whole optional blocks (X9.143 6.3.6), at most kMaxOptionalBlockText characters, and
  // how many. A block PB is added where needed. Must outlive the call.
  std::string_view optional_blocks = {};
  std::size_t optional_block_count = 0;
};

inline constexpr std::size_t kMaxOptionalBlockText = 4096;

// Agrees on a KBPK with the owner of `peer_point`: ECDH of usage K3, then the KDF. Unlike
// EcdhDerive the key that comes out carries a header, which the template names: usage K1, of the
// algorithm and length of `agreement.key`. Not another usage, as nothing in the agreement says
// which of two was meant: what one wraps, the other would decrypt. For the same reason the private
// key must name this mechanism as its only one. `agreement.weaker_curve` is refused.
//
// Nobody vouches here for the peer: whoever calls has verified its certificate.
struct EcdhKeyAgreement {
  ByteView peer_point = {};  // uncompressed, 65 bytes on P-256, 97 on P-384
  card::KeyAgreement agreement;
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
