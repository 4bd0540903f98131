// What TR-34 (X9.139) leaves to its users: ciphers, freshness, revocation, and the state in which
// a receiving device remembers what it has seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::card {

// The key distribution host sends keys, the key receiving device takes them.
enum class Tr34Role : std::uint8_t { kKdh, kKrd };

// How the key is encrypted inside the envelope. The 2012 and 2019 samples use TDES.
enum class Tr34Cipher : std::uint8_t { kTdesCbc, kAes128Cbc, kAes192Cbc, kAes256Cbc };

// By which an authority is pinned: SHA-256 of its SubjectPublicKeyInfo.
using Tr34AuthorityId = std::array<std::uint8_t, 32>;
// Takes the authority's certificate, DER. kMalformed, kLimitExceeded.
Result<Tr34AuthorityId> Tr34AuthorityIdOf(ByteView certificate);

// The KRD's random number has 8..16 bytes.
inline constexpr std::size_t kMinTr34Random = 8;
inline constexpr std::size_t kMaxTr34Random = 16;

// Whether a certificate has been revoked. Implementations are safe to call from many threads.
class Tr34Revocation {
 public:
  virtual ~Tr34Revocation() = default;

  // Judges the holder of `serial` (the number's content octets) of the authority that `role` has,
  // at `now`. `crl` is the DER CertificateList of the token, empty where it carries none. Any error
  // refuses the token; kVerificationFailed for a revoked certificate.
  virtual Status Check(Tr34Role role, ByteView serial, ByteView crl, UnixSeconds now) = 0;
};

// What a KRD must remember, durably: a restart that forgets lets old tokens in again.
// Implementations are safe to call from many threads; each call is one atomic step.
class Tr34State {
 public:
  virtual ~Tr34State() = default;

  // Two passes: remembers a random number that is handed out for the KDH of this identity (DER
  // IssuerAndSerialNumber). Where too many are outstanding the oldest falls out. kAlreadyExists for
  // one that is outstanding already.
  virtual Status Remember(ByteView kdh, ByteView random) = 0;
  // Takes it back, once: kReplayed where it is not outstanding for this KDH.
  virtual Status Claim(ByteView kdh, ByteView random) = 0;
  // The device leaves this KDH: none of its random numbers is outstanding any more.
  virtual Status Forget(ByteView kdh) = 0;
  // One pass: remembers `time` for the sender of this identity, kReplayed unless it is later than
  // every time before; kResourceExhausted where there are too many senders.
  virtual Status Advance(ByteView sender, UnixSeconds time) = 0;
};

// A state for one process that forgets when it ends, for tests and simulators: at most `capacity`
// random numbers and senders each, one at least.
std::unique_ptr<Tr34State> MakeMemoryTr34State(std::size_t capacity);

}  // namespace florin::card

#pragma GCC visibility pop
