// The mechanisms of key exchange: keys in key blocks (TR-31, X9.143, ISO 20038), the key block
// protection key (KBPK) that two parties agree on, and keys in tokens of TR-34.
//
// In all forms the key's header is bound to it, so that keys which carry keys may travel, too.
#pragma once

#include <cstddef>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/card/key_agreement_options.h"
#include "florin/card/tr34_options.h"

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

// A key from a key distribution host (KDH) to a key receiving device (KRD): wrapping runs under the
// private RSA key of the KDH (usage K2, mode of use S), unwrapping under that of the KRD (usage K2,
// mode of use D); neither serves the other side. Whose certificates the peer may have is a rule of
// the key (KeyRules::tr34_peers) and no choice of the call. As with KeyBlockWrap the header of the
// target goes along, and that of the new key is the token's.
//
// Two passes: `random` is the number that the KRD sent. One pass: `random` is empty; the token has
// the time of the key's clock, and the KRD takes one that is later than `after`, at most a day old
// and at most five minutes ahead. Which random numbers are outstanding and which time came last is
// for the caller to remember, as is taking each once.
//
// Errors of unwrapping: kVerificationFailed, the token is not the peer's or not for this device;
// kExpired, a certificate, a list or the time; kReplayed, the time is not later; else as
// KeyBlockWrap.
struct Tr34KeyToken {
  ByteView certificate = {};     // DER, of the key that it runs under
  ByteView peer = {};            // DER: the certificate of the other side,
  ByteView peer_authority = {};  // and of the authority that issued it
  // Wrapping: the revocation list of the KRDs' authority. Unwrapping: empty, for the token has that
  // of the KDHs'.
  ByteView peer_list = {};
  ByteView list = {};    // wrapping: the list of the own authority, which goes into the token
  ByteView random = {};  // 8..16 bytes, or empty
  UnixSeconds after = {};
  card::Tr34Cipher cipher = card::Tr34Cipher::kAes256Cbc;  // wrapping
  // Wrapping: as KeyBlockWrap.
  std::string_view optional_blocks = {};
  std::size_t optional_block_count = 0;
};

// The KDH lets go of a KRD, or hands it over to the KDH of `next`. Signing makes the token, under
// the key of the KDH and of no input; verifying, under the key of the KRD and of no input, takes
// the token as the signature: then the device may act on it. Certificates, lists and random number,
// which is the KRD's and required, are as in Tr34KeyToken; lists are for rebinding only, where
// signing names both and verifying none. What the authority of the KRDs signs in a KDH's stead is
// not taken here.
struct Tr34Unbind {
  ByteView certificate = {};
  ByteView peer = {};
  ByteView peer_authority = {};
  ByteView peer_list = {};
  ByteView list = {};
  ByteView random = {};
  ByteView next = {};  // DER, the certificate of the KDH that follows; empty: nobody does
  // Rebinding, in signing: the authority that issued the own certificate and that of `next`.
  ByteView own_authority = {};
};

inline constexpr std::size_t kMaxTr34CertificateSize = 8192;
inline constexpr std::size_t kMaxTr34ListSize = 32 * 1024;

}  // namespace florin::mechanisms

#pragma GCC visibility pop
