// Meta records, integers big-endian (docs/formats/replay_guard.md):
//   'c'                           number of live ids, u64
//   'i', id (32 bytes)            keep until, u64
//   'x', keep until u64, id       one byte: the ids in the order in which they expire
// The three change together, in one transaction.
#include "tokenizer/stored_replay_guard.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "florin/base/byte_reader.h"
#include "florin/tokenizer/replay_guard.h"
#include "tokenizer/store/lmdb_store.h"

namespace florin::tokenizer {
namespace {

constexpr std::size_t kIdSize = 32;
constexpr std::size_t kSweepIds = 64;  // forgotten by one claim at most
constexpr std::int64_t kSlackSeconds = 60;
constexpr std::uint64_t kMaxCapacity = std::uint64_t{1} << 28;
constexpr std::uint64_t kBytesPerId = 512;  // both records, in pages that are half full
constexpr std::uint64_t kBaseBytes = std::uint64_t{8} << 20;
constexpr std::uint8_t kCountKey[] = {'c'};

using Number = std::array<std::uint8_t, 8>;
using IdKey = std::array<std::uint8_t, 1 + kIdSize>;
using ExpiryKey = std::array<std::uint8_t, 1 + 8 + kIdSize>;

Number Encode(std::uint64_t value) {
  Number bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  }
  return bytes;
}

Result<std::uint64_t> Decode(ByteView bytes) {
  ByteReader reader(bytes);
  const auto value = reader.ReadU64();
  if (value.ok() && reader.empty()) return *value;
  return Error(ErrorCode::kCorrupted,
               "a record of the replay guard is damaged; restore the folder");
}

IdKey KeyOfId(ByteView id) {
  IdKey key;
  key[0] = 'i';
  std::copy(id.begin(), id.end(), key.begin() + 1);
  return key;
}

ExpiryKey KeyOfExpiry(std::uint64_t keep_until, ByteView id) {
  ExpiryKey key;
  key[0] = 'x';
  const Number number = Encode(keep_until);
  std::copy(id.begin(), id.end(), std::copy(number.begin(), number.end(), key.begin() + 1));
  return key;
}

// The first ids that expire before `now`, at most kSweepIds.
Result<std::vector<ExpiryKey>> Expired(const StoreSnapshot& store, std::int64_t now) {
  std::vector<ExpiryKey> expired;
  Status damaged = OkStatus();
  constexpr std::uint8_t kPrefix[] = {'x'};
  // The visitor ends the walk by an error, of which this one means that it is enough.
  const Error enough(ErrorCode::kLimitExceeded, "enough");
  const Status walked = store.ScanMeta(kPrefix, [&](ByteView key, ByteView) -> Status {
    ExpiryKey copy;
    if (key.size() != copy.size()) {
      damaged = Error(ErrorCode::kCorrupted, "a record of the replay guard is damaged");
      return enough;
    }
    std::copy(key.begin(), key.end(), copy.begin());
    FLORIN_TRY(const std::uint64_t keep_until, Decode(key.subspan(1, 8)));
    if (expired.size() == kSweepIds || keep_until >= static_cast<std::uint64_t>(now)) return enough;
    expired.push_back(copy);
    return OkStatus();
  });
  FLORIN_CHECK_OK(damaged);
  if (!walked.ok() && walked.code() != ErrorCode::kLimitExceeded) return walked.error();
  return expired;
}

class StoredReplayGuard final : public ReplayGuard {
 public:
  StoredReplayGuard(std::unique_ptr<Store> store, std::uint64_t capacity, const Clock& clock)
      : store_(std::move(store)), capacity_(capacity), clock_(clock) {}

  Status Claim(ByteView transaction_id, UnixSeconds not_after) override {
    if (transaction_id.size() != kIdSize) {
      return Error(ErrorCode::kInvalidArgument, "a transaction id has 32 bytes");
    }
    // The verdict is not the transaction's: an id that was claimed before is no reason to undo the
    // sweep.
    Status verdict = OkStatus();
    FLORIN_CHECK_OK(store_->Write([&](StoreTransaction& store) -> Status {
      verdict = OkStatus();
      return ClaimIn(store, transaction_id, not_after.value, verdict);
    }));
    return verdict;
  }

 private:
  Status ClaimIn(StoreTransaction& store, ByteView id, std::int64_t not_after,
                 Status& verdict) const {
    // Read as the only writer: no sweep can have come between with a later time.
    const std::int64_t now = clock_.Now().value;
    if (now < 0 || not_after < now) {
      verdict = Error(ErrorCode::kExpired,
                      "the time in which this transaction id may be claimed has passed");
      return OkStatus();
    }
    FLORIN_TRY(std::uint64_t count, Count(store));
    FLORIN_TRY(const auto expired, Expired(store, now));
    for (const ExpiryKey& key : expired) {
      FLORIN_CHECK_OK(store.DeleteMeta(key));
      FLORIN_CHECK_OK(store.DeleteMeta(KeyOfId(ByteView(key).last(kIdSize))));
    }
    count -= std::min<std::uint64_t>(count, expired.size());
    const auto known = store.FindMeta(KeyOfId(id));
    if (!known.ok() && known.code() != ErrorCode::kNotFound) return known.error();
    if (known.ok()) {
      verdict = Error(ErrorCode::kReplayed, "this transaction id was claimed before");
    } else if (count >= capacity_) {
      verdict = Error(ErrorCode::kResourceExhausted,
                      "the replay guard is full of live transaction ids; give it a larger "
                      "capacity");
    } else {
      FLORIN_CHECK_OK(Remember(store, id, not_after));
      ++count;
    }
    if (!verdict.ok() && expired.empty()) return OkStatus();
    return store.PutMeta(kCountKey, Encode(count));
  }

  static Result<std::uint64_t> Count(const StoreSnapshot& store) {
    const auto count = store.FindMeta(kCountKey);
    if (count.code() == ErrorCode::kNotFound) return std::uint64_t{0};
    if (!count.ok()) return count.error();
    return Decode(*count);
  }

  static Status Remember(StoreTransaction& store, ByteView id, std::int64_t not_after) {
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    const auto keep_until = static_cast<std::uint64_t>(
        not_after > kEnd - kSlackSeconds ? kEnd : not_after + kSlackSeconds);
    FLORIN_CHECK_OK(store.PutMeta(KeyOfId(id), Encode(keep_until)));
    constexpr std::uint8_t kThere[] = {1};
    return store.PutMeta(KeyOfExpiry(keep_until, id), kThere);
  }

  const std::unique_ptr<Store> store_;
  const std::uint64_t capacity_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<ReplayGuard> MakeStoredReplayGuard(std::unique_ptr<Store> store,
                                                   std::uint64_t capacity, const Clock& clock) {
  return std::make_unique<StoredReplayGuard>(std::move(store), capacity, clock);
}

Result<std::unique_ptr<ReplayGuard>> OpenStoredReplayGuard(
    const StoredReplayGuardOptions& options) {
  if (options.capacity == 0 || options.capacity > kMaxCapacity || options.clock == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "a replay guard has a clock and a capacity of 1 to 2^28 ids");
  }
  FLORIN_TRY(auto store, OpenLmdbStore({.directory = options.directory,
                                        .max_bytes = kBaseBytes + kBytesPerId * options.capacity}));
  // A vault here would take the records of the guard for its own, and grow with them.
  FLORIN_CHECK_OK(store->Read([](const StoreSnapshot& snapshot) -> Status {
    constexpr std::uint8_t kVaultKey[] = {'v'};
    const auto vault = snapshot.FindMeta(kVaultKey);
    if (vault.code() == ErrorCode::kNotFound) return OkStatus();
    if (!vault.ok()) return vault.error();
    return Error(ErrorCode::kInvalidArgument,
                 "this is the folder of a vault; a replay guard needs one of its own");
  }));
  return MakeStoredReplayGuard(std::move(store), options.capacity, *options.clock);
}

}  // namespace florin::tokenizer
