// Key serial numbers of DUKPT: which device, which of its keys. They are no secret.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::card {

// The KSN of TDES DUKPT (X9.24-1:2009 A.2): 59 bits that name the key set and the device, and a
// transaction counter of 21 bits, of which at most 10 are set. Invariant: the counter obeys that;
// 0 marks a KSN that no transaction has yet (an initial KSN). A value type.
class TdesKsn {
 public:
  static constexpr std::size_t kSize = 10;
  static constexpr std::size_t kShortSize = 8;  // without the two bytes FF in front
  static constexpr std::size_t kCounterBits = 21;
  static constexpr int kMaxSetBits = 10;
  static constexpr std::uint32_t kMaxTransactions = 1'048'575;  // then the device needs a new key

  // The KSN of a transaction, 10 or 8 bytes. kMalformed: another length, a counter of 0 or one with
  // more than 10 bits set.
  static Result<TdesKsn> Parse(ByteView ksn);
  static Result<TdesKsn> ParseHex(std::string_view digits);  // 20 or 16 of them

  // The KSN that comes with an initial key: its counter must be 0, else kMalformed.
  static Result<TdesKsn> ParseInitial(ByteView ksn);

  std::span<const std::uint8_t, kSize> bytes() const { return bytes_; }
  std::uint32_t counter() const;
  static constexpr std::size_t counter_bits() { return kCounterBits; }

  // The same device's KSN at another counter, which obeys the invariant.
  TdesKsn At(std::uint32_t counter) const;

  // The KSN of the next transaction. kExpired after the last one.
  Result<TdesKsn> Next() const;

  std::string ToHex() const;  // 20 digits, upper case

  friend bool operator==(const TdesKsn&, const TdesKsn&) = default;

 private:
  explicit TdesKsn(ByteView bytes) { std::copy(bytes.begin(), bytes.end(), bytes_.begin()); }
  static Result<TdesKsn> Read(ByteView ksn);

  std::array<std::uint8_t, kSize> bytes_;
};

inline constexpr std::size_t kInitialKeyIdSize = 8;
using InitialKeyId = std::array<std::uint8_t, kInitialKeyIdSize>;

// The KSN of AES DUKPT (X9.24-3:2017 6.3): the initial key id, which is the BDK's id (4 bytes) and
// the derivation id (4 bytes), and a transaction counter of 32 bits, of which at most 16 are set.
// Invariant: the counter obeys that; 0 as for TdesKsn. A value type.
class AesKsn {
 public:
  static constexpr std::size_t kSize = 12;
  static constexpr std::size_t kCompatibleSize = 10;
  static constexpr std::size_t kCounterBits = 32;
  static constexpr std::size_t kCompatibleCounterBits = 21;
  static constexpr int kMaxSetBits = 16;

  // The KSN of a transaction, 12 bytes. kMalformed: another length, a counter of 0 or one with more
  // than 16 bits set (so also FFFFFFFF, which derives the update key).
  static Result<AesKsn> Parse(ByteView ksn);
  static Result<AesKsn> ParseHex(std::string_view digits);  // 24 of them

  // KSN compatibility mode: 10 bytes for messages that have no room for 12. The last 21 bits are
  // the counter; the 59 bits in front of them are the initial key id, between four zero bits and
  // one, as in the one public value there is (joyner-perez/aes_dukpt_x9.24-3-2017). Errors: as
  // Parse.
  static Result<AesKsn> ParseCompatible(ByteView ksn);

  // The KSN that comes with an initial key, counter 0.
  static AesKsn Initial(const InitialKeyId& id) { return AesKsn(id); }
  // The same for compatibility mode. kInvalidArgument where the id does not fit it.
  static Result<AesKsn> InitialCompatible(const InitialKeyId& id);

  const InitialKeyId& initial_key_id() const { return initial_key_id_; }
  std::uint32_t counter() const { return counter_; }
  std::size_t counter_bits() const { return compatible_ ? kCompatibleCounterBits : kCounterBits; }

  // The KSN of the next transaction. kExpired after the last one.
  Result<AesKsn> Next() const;

  // Writes the form that was parsed to the start of `out`, 12 bytes or 10, and returns the length.
  // kBufferTooSmall.
  Result<std::size_t> Write(MutableBytes out) const;
  std::string ToHex() const;  // the same as 24 or 20 digits, upper case

  friend bool operator==(const AesKsn&, const AesKsn&) = default;

 private:
  explicit AesKsn(const InitialKeyId& id) : initial_key_id_(id) {}

  InitialKeyId initial_key_id_;
  std::uint32_t counter_ = 0;
  bool compatible_ = false;
};

}  // namespace florin::card

#pragma GCC visibility pop
