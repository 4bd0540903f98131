// DES and triple DES on blocks (SP 800-67): the rounds beneath KeyedCipher and the MACs. Private to
// this room.
//
// As OpenSSL's, this code indexes tables by secrets: 4 KB of S-boxes and 4 KB for key schedules,
// all of which lie in the first cache after a few blocks. It is here because OpenSSL offers single
// DES and schedules without a context in deprecated functions only, and because two independent
// blocks side by side take hardly longer than one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"

namespace florin::primitives {

// The subkeys of one DES key, a byte for each six bits, S1's in the highest.
using DesSubkeys = std::array<std::uint64_t, 16>;

// The schedules of a key: K1, K2, K3 of TDES, or one of DES. Plain, so that it fits a SecretBox.
struct DesSchedule {
  std::array<DesSubkeys, 3> keys;
  std::uint32_t third;   // which is K3: 0 for a key of 16 bytes
  std::uint32_t single;  // 1: DES with K1
};

// A schedule where its owner lies, for keys that are used once. Wiped at the end.
class TransientDesSchedule {
 public:
  // 8, 16 or 24 bytes.
  explicit TransientDesSchedule(ByteView key);
  ~TransientDesSchedule();
  TransientDesSchedule(const TransientDesSchedule&) = delete;
  TransientDesSchedule& operator=(const TransientDesSchedule&) = delete;

  const DesSchedule& operator*() const { return schedule_; }

 private:
  DesSchedule schedule_;
};

// `key` has 8, 16 or 24 bytes; parity bits are ignored.
void ExpandDesKey(ByteView key, DesSchedule& schedule);

// Whole blocks, as much room in `out`, which is `in` or does not overlap it.
void DesEncryptEcb(const DesSchedule& schedule, ByteView in, MutableBytes out);
void DesDecryptEcb(const DesSchedule& schedule, ByteView in, MutableBytes out);
// `chain` is the IV, and then the last block of ciphertext.
void DesEncryptCbc(const DesSchedule& schedule, MutableBytes chain, ByteView in, MutableBytes out);
void DesDecryptCbc(const DesSchedule& schedule, MutableBytes chain, ByteView in, MutableBytes out);

// chain = E(chain xor block) for each block. `with` says whether E is the whole key or DES with K1.
enum class DesChaining : std::uint8_t { kWholeKey, kFirstKey };
void DesChain(const DesSchedule& schedule, DesChaining with, ByteView blocks, MutableBytes chain);

// The same from zero over `blocks`, then over the block `last` with the whole key; writes 8 bytes.
void DesMac(const DesSchedule& schedule, DesChaining with, ByteView blocks, ByteView last,
            MutableBytes mac);

// Two blocks, each by DES under K1 of a schedule of its own.
void DesEncryptPair(const DesSubkeys& first, const DesSubkeys& second, MutableBytes blocks);

}  // namespace florin::primitives
