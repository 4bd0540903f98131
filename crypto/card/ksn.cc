#include "florin/card/ksn.h"

#include <bit>

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/base/hex.h"

namespace florin::card {
namespace {

constexpr std::uint32_t kTdesCounterMask = (std::uint32_t{1} << TdesKsn::kCounterBits) - 1;
// The counter's part of the byte that it shares with the device's number.
constexpr std::uint8_t kSharedByteMask = kTdesCounterMask >> 16U;

template <std::size_t kSize>
Result<std::size_t> ReadDigits(std::string_view digits, std::array<std::uint8_t, kSize>& bytes) {
  if (digits.size() > HexEncodedSize(kSize)) {
    return Error(ErrorCode::kMalformed, "KSN: 16 or 20 digits for TDES DUKPT, 24 for AES DUKPT");
  }
  return HexDecode(digits, bytes);
}

Status CheckCounter(std::uint32_t counter, int max_set_bits) {
  if (counter == 0) {
    return Error(ErrorCode::kMalformed, "KSN: the counter of a transaction is not 0");
  }
  if (std::popcount(counter) > max_set_bits) {
    return Error(ErrorCode::kMalformed, "KSN: the counter has more bits set than the norm allows");
  }
  return OkStatus();
}

// X9.24-1:2009 A.3 "New Key" and X9.24-3:2017 6.3.1: counters with too many bits are left out.
Result<std::uint32_t> NextCounter(std::uint32_t counter, int max_set_bits, std::size_t bits) {
  const std::uint64_t step = std::popcount(counter) < max_set_bits ? 1 : counter & (~counter + 1);
  const std::uint64_t next = counter + step;
  if (next >> bits != 0) {
    return Error(ErrorCode::kExpired, "DUKPT: all keys of the device are used; load a new one");
  }
  return static_cast<std::uint32_t>(next);
}

}  // namespace

Result<TdesKsn> TdesKsn::Read(ByteView ksn) {
  std::array<std::uint8_t, kSize> bytes = {0xFF, 0xFF};
  if (ksn.size() != kSize && ksn.size() != kShortSize) {
    return Error(ErrorCode::kMalformed, "KSN: TDES DUKPT has 10 bytes, or 8 without FFFF");
  }
  std::copy(ksn.rbegin(), ksn.rend(), bytes.rbegin());
  return TdesKsn(bytes);
}

Result<TdesKsn> TdesKsn::Parse(ByteView ksn) {
  FLORIN_TRY(TdesKsn read, Read(ksn));
  FLORIN_CHECK_OK(CheckCounter(read.counter(), kMaxSetBits));
  return read;
}

Result<TdesKsn> TdesKsn::ParseHex(std::string_view digits) {
  std::array<std::uint8_t, kSize> bytes;
  FLORIN_TRY(const std::size_t size, ReadDigits(digits, bytes));
  return Parse(ByteView(bytes).first(size));
}

Result<TdesKsn> TdesKsn::ParseInitial(ByteView ksn) {
  FLORIN_TRY(TdesKsn read, Read(ksn));
  if (read.counter() != 0) {
    return Error(ErrorCode::kMalformed, "KSN: the counter of an initial KSN is 0");
  }
  return read;
}

std::uint32_t TdesKsn::counter() const {
  return (std::uint32_t{bytes_[7]} << 16U | std::uint32_t{bytes_[8]} << 8U | bytes_[9]) &
         kTdesCounterMask;
}

TdesKsn TdesKsn::At(std::uint32_t counter) const {
  FLORIN_INVARIANT(counter <= kTdesCounterMask && std::popcount(counter) <= kMaxSetBits);
  TdesKsn ksn = *this;
  ksn.bytes_[7] = static_cast<std::uint8_t>((bytes_[7] & ~kSharedByteMask) | counter >> 16U);
  ksn.bytes_[8] = static_cast<std::uint8_t>(counter >> 8U);
  ksn.bytes_[9] = static_cast<std::uint8_t>(counter);
  return ksn;
}

Result<TdesKsn> TdesKsn::Next() const {
  FLORIN_TRY(const std::uint32_t next, NextCounter(counter(), kMaxSetBits, kCounterBits));
  return At(next);
}

std::string TdesKsn::ToHex() const { return HexEncode(bytes_, HexCase::kUpper); }

Result<AesKsn> AesKsn::Parse(ByteView ksn) {
  if (ksn.size() != kSize) return Error(ErrorCode::kMalformed, "KSN: AES DUKPT has 12 bytes");
  ByteReader reader(ksn);
  InitialKeyId id;
  FLORIN_CHECK_OK(reader.ReadInto(id));
  FLORIN_TRY(const std::uint32_t counter, reader.ReadU32());
  FLORIN_CHECK_OK(CheckCounter(counter, kMaxSetBits));
  AesKsn parsed(id);
  parsed.counter_ = counter;
  return parsed;
}

Result<AesKsn> AesKsn::ParseHex(std::string_view digits) {
  std::array<std::uint8_t, kSize> bytes;
  FLORIN_TRY(const std::size_t size, ReadDigits(digits, bytes));
  return Parse(ByteView(bytes).first(size));
}

Result<AesKsn> AesKsn::ParseCompatible(ByteView ksn) {
  if (ksn.size() != kCompatibleSize) {
    return Error(ErrorCode::kMalformed, "KSN: compatibility mode has 10 bytes");
  }
  ByteReader reader(ksn);
  FLORIN_TRY(const std::uint64_t front, reader.ReadU64());
  FLORIN_TRY(const std::uint16_t back, reader.ReadU16());
  const auto counter = static_cast<std::uint32_t>((front & kSharedByteMask) << 16U | back);
  FLORIN_CHECK_OK(CheckCounter(counter, kMaxSetBits));
  InitialKeyId id;
  FLORIN_CHECK_OK(ByteWriter(id).WriteU64((front & ~std::uint64_t{kSharedByteMask}) >> 4U));
  AesKsn parsed(id);
  parsed.counter_ = counter;
  parsed.compatible_ = true;
  return parsed;
}

Result<AesKsn> AesKsn::InitialCompatible(const InitialKeyId& id) {
  AesKsn initial(id);
  initial.compatible_ = true;
  if (id.front() >> 4U != 0 || id.back() % 2 != 0) {
    return Error(
        ErrorCode::kInvalidArgument,
        "KSN: an initial key id of compatibility mode has 4 zero bits, 59 bits, 1 zero bit");
  }
  return initial;
}

Result<AesKsn> AesKsn::Next() const {
  FLORIN_TRY(const std::uint32_t next, NextCounter(counter_, kMaxSetBits, counter_bits()));
  AesKsn ksn = *this;
  ksn.counter_ = next;
  return ksn;
}

Result<std::size_t> AesKsn::Write(MutableBytes out) const {
  if (out.size() < (compatible_ ? kCompatibleSize : kSize)) {
    return Error(ErrorCode::kBufferTooSmall, "KSN: 12 bytes, or 10 in compatibility mode");
  }
  ByteWriter writer(out);
  if (compatible_) {
    FLORIN_TRY(const std::uint64_t id, ByteReader(initial_key_id_).ReadU64());
    FLORIN_CHECK_OK(writer.WriteU64(id << 4U | counter_ >> 16U));
    FLORIN_CHECK_OK(writer.WriteU16(static_cast<std::uint16_t>(counter_)));
  } else {
    FLORIN_CHECK_OK(writer.Write(initial_key_id_));
    FLORIN_CHECK_OK(writer.WriteU32(counter_));
  }
  return writer.position();
}

std::string AesKsn::ToHex() const {
  std::array<std::uint8_t, kSize> bytes;
  const auto size = Write(bytes);
  FLORIN_INVARIANT(size.ok());
  return HexEncode(ByteView(bytes).first(*size), HexCase::kUpper);
}

}  // namespace florin::card
