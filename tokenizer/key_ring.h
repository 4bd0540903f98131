// KeyRing: the keys of one vault. They are stored sealed under a key of the HSM and live, once
// opened, in a private SoftToken: nobody above holds more than a session on it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/hsm/soft_session.h"
#include "tokenizer/record.h"
#include "tokenizer/ring_session.h"
#include "tokenizer/slot_pool.h"

namespace florin::tokenizer {

inline constexpr std::size_t kRingKeyLength = 32;
inline constexpr std::size_t kRingRecordKeyLength = 4;
inline constexpr std::size_t kSealedKeyLength =
    4 + kNonceLength + kRingKeyLength + kTagLength + kNonceLength + kTagLength;
inline constexpr std::array<std::uint8_t, 1> kRingRecordPrefix = {'k'};

// A key as it is stored: a meta record whose name and content say the same purpose and version.
struct SealedKey {
  std::array<std::uint8_t, kRingRecordKeyLength> name{};
  std::array<std::uint8_t, kSealedKeyLength> record{};
};

// Safe for many threads. Invariant: at least one key of each purpose, every check value verified.
class KeyRing {
 public:
  // Makes version 1 of every key out of the token's random bytes, and seals it under `ring_key` by
  // AES-GCM with purpose, version and vault as additional data; nonces come from `random`. What it
  // returns was opened again and compared: kDeviceError where the HSM did not give a key back.
  // Other errors: those of the session and of `random`.
  static Result<std::vector<SealedKey>> Generate(hsm::Session& session, const hsm::KeyRef& ring_key,
                                                 const VaultId& vault, RandomSource& random);

  // Opens stored keys through the session, which is not kept. kVerificationFailed where they were
  // sealed under another key or for another vault, kCorrupted where they or their check values
  // are damaged or missing, and the errors of the session.
  static Result<std::unique_ptr<KeyRing>> Open(hsm::Session& session, const hsm::KeyRef& ring_key,
                                               const VaultId& vault,
                                               std::span<const SealedKey> keys);

  using Lease = SlotPool<RingSession>::Lease;

  // A session of the ring for the life of the lease.
  Result<Lease> Acquire() { return sessions_.Acquire(); }

 private:
  struct ClearKey;
  struct Name {
    KeyPurpose purpose;
    std::uint16_t version;
    hsm::KeyRef ref;
  };

  explicit KeyRing(hsm::SoftToken token)
      : token_(std::move(token)), sessions_([this] { return NewSession(); }) {}

  static Result<std::unique_ptr<KeyRing>> FromClear(std::span<const ClearKey> keys);
  Result<std::unique_ptr<RingSession>> NewSession();

  hsm::SoftToken token_;
  std::vector<Name> names_;  // the newest version first
  SlotPool<RingSession> sessions_;
};

}  // namespace florin::tokenizer
