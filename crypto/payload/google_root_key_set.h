// What GoogleRootKeys holds, and how a thread reads it without a shared lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "crypto/primitives/ec.h"
#include "florin/base/clock.h"
#include "florin/payload/google_root_keys.h"

namespace florin::payload {

// Milliseconds since 1970 as Google writes them, a string of digits. kMalformed beyond 15 digits:
// the year 33658 is far enough.
Result<std::int64_t> ParseGoogleTime(std::string_view text);

// The first whole second in which something with this expiration is refused: a clock of seconds
// stands for their beginnings, and "expiration <= now" refuses.
UnixSeconds FirstSecondRefused(std::int64_t expiration_ms);

struct GoogleRootKey {
  GoogleProtocol protocol;
  primitives::EcPublicKey key;
  UnixSeconds refused_from;

  bool Serves(GoogleProtocol wanted, UnixSeconds now) const {
    return protocol == wanted && now < refused_from;
  }
};

// One list, immutable.
struct GoogleRootKeySet {
  std::array<std::uint8_t, 32>
      id{};  // of the contents: what was verified by other keys is not kept
  std::vector<GoogleRootKey> keys;
  UnixSeconds refresh_at;
  UnixSeconds trusted_until;
  std::uint64_t serial = 0;  // of this list among all of the process, never reused
};

// Keeps the lists that a thread read last, so that it asks for each once only. One thread at a
// time.
class GoogleRootKeySets {
 public:
  // Valid until the next call.
  const GoogleRootKeySet& Current(const GoogleRootKeys& keys);

 private:
  std::array<std::shared_ptr<const GoogleRootKeySet>, 4> seen_;
  std::size_t next_ = 0;
};

struct GoogleRootKeys::State {
  std::int64_t max_stale_seconds = 0;
  bool pinned = false;
  std::atomic<std::uint64_t> serial{0};
  mutable std::mutex mutex;
  std::shared_ptr<const GoogleRootKeySet> set;  // guarded by mutex
};

}  // namespace florin::payload
