// RingSession: the keys of a vault's ring at work, for one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "tokenizer/record.h"

namespace florin::tokenizer {

enum class KeyPurpose : std::uint8_t {
  kData = 1,         // AES-256, seals records with GCM
  kFingerprint = 2,  // HMAC-SHA-256, names a PAN without telling it
};

// The most items one batch call takes.
inline constexpr std::size_t kRingBatch = 32;

struct FingerprintItem {
  const Pan* pan = nullptr;
  std::array<std::uint8_t, kFingerprintLength>* out = nullptr;
  Status status;
};

struct OpenItem {
  std::uint16_t key_version = 0;
  ByteView nonce;
  ByteView aad;
  ByteView sealed;
  MutableBytes out;  // the length of `sealed` without the tag
  Status status;
};

// Never loses its session: the keys are in this process. Not safe for two threads at once.
class RingSession {
 public:
  struct VersionedKey {
    std::uint16_t version;
    hsm::KeyHandle handle;
  };

  // Not empty, the newest version first.
  using Keys = std::vector<VersionedKey>;

  RingSession(std::unique_ptr<hsm::Session> session, Keys data, Keys fingerprint)
      : session_(std::move(session)),
        data_(std::move(data)),
        fingerprint_(std::move(fingerprint)) {}

  std::uint16_t data_version() const { return data_.front().version; }

  // The leftmost 16 bytes of HMAC-SHA-256 over the digits, under the newest fingerprint key.
  Status Fingerprint(const Pan& pan, std::span<std::uint8_t, kFingerprintLength> out);
  // At most kRingBatch items; each has its own status.
  Status Fingerprints(std::span<FingerprintItem> items);

  // AES-256-GCM under the newest data key. `out` is the plaintext's length plus the tag's.
  Status Seal(const Nonce& nonce, ByteView aad, ByteView plaintext, MutableBytes out);
  // kCorrupted where the tag does not match or the ring has no such version; `out` is wiped then.
  Status Open(OpenItem& item);
  // At most kRingBatch items; each has its own status.
  Status OpenBatch(std::span<OpenItem> items);

 private:
  friend class KeyRing;
  Status MakeCheck(KeyPurpose purpose, std::uint16_t version, ByteView context, const Nonce& nonce,
                   std::span<std::uint8_t, kTagLength> out);
  Status VerifyCheck(KeyPurpose purpose, std::uint16_t version, ByteView context, ByteView nonce,
                     ByteView check);
  std::optional<hsm::KeyHandle> Find(KeyPurpose purpose, std::uint16_t version) const;

  std::unique_ptr<hsm::Session> session_;
  Keys data_;
  Keys fingerprint_;
};

}  // namespace florin::tokenizer
