// One contract, every store: the same tests run over memory and over LMDB.
#include "tokenizer/store/store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "tests/tokenizer/vault_testing.h"
#include "tokenizer/store/memory_store.h"

namespace florin::tokenizer {
namespace {

using testing::CountStep;
using testing::RunInChild;
using testing::TestDirectory;

TokenKey KeyOf(std::uint64_t number) { return {kNoBucket, 16, number}; }

FingerprintKey FingerprintOf(std::uint64_t number) {
  FingerprintKey key{kNoBucket, {}, 1, 0};
  for (int i = 0; i < 8; ++i) {
    key.fingerprint[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return key;
}

Bytes RecordOf(std::uint64_t number) { return Bytes(72, static_cast<std::uint8_t>(number)); }

Status Put(Store& store, std::uint64_t number) {
  return store.Write([&](StoreTransaction& transaction) {
    return transaction.Insert(KeyOf(number), FingerprintOf(number), RecordOf(number));
  });
}

bool Has(Store& store, std::uint64_t number) {
  bool found = false;
  const Status status = store.Read([&](const StoreSnapshot& snapshot) -> Status {
    const auto record = snapshot.FindToken(KeyOf(number));
    const auto key = snapshot.FindFingerprint(FingerprintOf(number));
    EXPECT_EQ(record.ok(), key.ok());
    if (!record.ok()) {
      EXPECT_EQ(record.code(), ErrorCode::kNotFound);
      return OkStatus();
    }
    found = true;
    EXPECT_TRUE(SameBytes(*record, RecordOf(number)));
    EXPECT_EQ(*key, KeyOf(number));
    return OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status.error().message() << " " << status.error().detail();
  return found;
}

class StoreTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      auto opened = OpenLmdbStore({directory_.vault(), 1 << 24, nullptr});
      ASSERT_OK(opened);
      store_ = std::move(opened).value();
    } else {
      store_ = std::make_unique<MemoryStore>();
    }
  }

  TestDirectory directory_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreTest, ::testing::Bool(),
                         [](const auto& store) { return store.param ? "Lmdb" : "Memory"; });

TEST_P(StoreTest, FindsWhatWasPut) {
  EXPECT_FALSE(Has(*store_, 1));
  ASSERT_OK(Put(*store_, 1));
  EXPECT_TRUE(Has(*store_, 1));
  EXPECT_FALSE(Has(*store_, 2));
}

TEST_P(StoreTest, RefusesASecondTokenOrFingerprint) {
  ASSERT_OK(Put(*store_, 1));
  EXPECT_EQ(Put(*store_, 1).code(), ErrorCode::kAlreadyExists);
  const Status conflict = store_->Write([](StoreTransaction& transaction) {
    return transaction.Insert(KeyOf(2), FingerprintOf(1), RecordOf(2));
  });
  EXPECT_EQ(conflict.code(), ErrorCode::kConflict);
  EXPECT_TRUE(Has(*store_, 1));
  EXPECT_FALSE(Has(*store_, 2));
}

TEST_P(StoreTest, AnErrorUndoesTheWholeTransaction) {
  ASSERT_OK(Put(*store_, 1));
  const Bytes key = {'x'};
  const Status status = store_->Write([&](StoreTransaction& transaction) -> Status {
    for (std::uint64_t number = 2; number < 200; ++number) {
      FLORIN_CHECK_OK(transaction.Insert(KeyOf(number), FingerprintOf(number), RecordOf(number)));
    }
    FLORIN_CHECK_OK(transaction.PutMeta(key, RecordOf(1)));
    FLORIN_CHECK_OK(transaction.FindToken(KeyOf(150)));  // it sees what it wrote
    return Error(ErrorCode::kCancelled, "the test says so");
  });
  EXPECT_EQ(status.code(), ErrorCode::kCancelled);
  EXPECT_TRUE(Has(*store_, 1));
  for (std::uint64_t number = 2; number < 200; ++number) EXPECT_FALSE(Has(*store_, number));
  EXPECT_TRUE(store_
                  ->Read([&](const StoreSnapshot& snapshot) -> Status {
                    EXPECT_EQ(snapshot.FindMeta(key).code(), ErrorCode::kNotFound);
                    EXPECT_EQ(snapshot.CountTokens().value(), 1U);
                    return OkStatus();
                  })
                  .ok());
}

TEST_P(StoreTest, ScansByPrefixInOrder) {
  const Status written = store_->Write([](StoreTransaction& transaction) -> Status {
    for (const char* key : {"a", "k2", "k1", "k", "l"}) {
      FLORIN_CHECK_OK(transaction.PutMeta(AsBytes(key), AsBytes("value")));
    }
    return transaction.PutMeta(AsBytes("k1"), AsBytes("new"));
  });
  ASSERT_OK(written);
  std::string seen;
  ASSERT_OK(store_->Read([&](const StoreSnapshot& snapshot) {
    return snapshot.ScanMeta(AsBytes("k"), [&](ByteView key, ByteView value) {
      seen += std::string(AsText(key)) + "=" + std::string(AsText(value)) + " ";
      return OkStatus();
    });
  }));
  EXPECT_EQ(seen, "k=value k1=new k2=value ");
  int visits = 0;
  const Status stopped = store_->Read([&](const StoreSnapshot& snapshot) {
    return snapshot.ScanMeta(AsBytes("k"), [&](ByteView, ByteView) -> Status {
      ++visits;
      return Error(ErrorCode::kCancelled, "enough");
    });
  });
  EXPECT_EQ(stopped.code(), ErrorCode::kCancelled);
  EXPECT_EQ(visits, 1);
}

TEST_P(StoreTest, ScansOneBucket) {
  ASSERT_OK(store_->Write([](StoreTransaction& transaction) -> Status {
    for (std::uint16_t bucket : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{256}}) {
      TokenKey key = KeyOf(5);
      key.bucket = bucket;
      FingerprintKey fingerprint = FingerprintOf(5);
      fingerprint.bucket = bucket;
      const Status put = transaction.Insert(key, fingerprint, RecordOf(bucket));
      if (!put.ok()) return put;
    }
    return OkStatus();
  }));
  int visits = 0;
  ASSERT_OK(store_->Read([&](const StoreSnapshot& snapshot) {
    return snapshot.ScanTokens(1, [&](ByteView key, ByteView) {
      EXPECT_EQ(key.size(), kTokenKeyLength);
      ++visits;
      return OkStatus();
    });
  }));
  EXPECT_EQ(visits, 1);
}

TEST(LmdbStoreTest, TwoStoresOfOneProcessShareAnEnvironment) {
  TestDirectory directory;
  auto first = OpenLmdbStore({directory.vault(), 1 << 24, nullptr});
  ASSERT_OK(first);
  auto second = OpenLmdbStore({directory.vault() + "/../vault", 1 << 24, nullptr});
  ASSERT_OK(second);
  ASSERT_OK(Put(**first, 1));
  EXPECT_TRUE(Has(**second, 1));
  first = Error(ErrorCode::kCancelled, "closed");
  EXPECT_TRUE(Has(**second, 1));
  ASSERT_OK(Put(**second, 2));
  second = Error(ErrorCode::kCancelled, "closed");
  auto third = OpenLmdbStore({directory.vault(), 1 << 24, nullptr});
  ASSERT_OK(third);
  EXPECT_TRUE(Has(**third, 2));
}

TEST(LmdbStoreTest, RefusesToWorkInAForkedChild) {
  TestDirectory directory;
  auto store = OpenLmdbStore({directory.vault(), 1 << 24, nullptr});
  ASSERT_OK(store);
  ASSERT_OK(Put(**store, 1));
  const int status = RunInChild([&] {
    if (Put(**store, 2).code() != ErrorCode::kStorage) return 1;
    const Status read = (*store)->Read([](const StoreSnapshot&) { return OkStatus(); });
    if (read.code() != ErrorCode::kStorage) return 2;
    auto own = OpenLmdbStore({directory.vault(), 1 << 24, nullptr});
    if (!own.ok() || !Put(**own, 3).ok()) return 3;
    store = Error(ErrorCode::kCancelled, "closed");  // leaves the parent's locks alone
    return 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(Has(**store, 2));
  EXPECT_TRUE(Has(**store, 3));
  ASSERT_OK(Put(**store, 4));
}

TEST(LmdbStoreTest, FollowsAnotherProcessThatMadeTheFileLarger) {
  TestDirectory directory;
  auto store = OpenLmdbStore({directory.vault(), 256 * 1024, nullptr});
  ASSERT_OK(store);
  ASSERT_OK(Put(**store, 0));
  const int status = RunInChild([&] {
    auto larger = OpenLmdbStore({directory.vault(), 1 << 24, nullptr});
    if (!larger.ok()) return 1;
    const Status put = (*larger)->Write([](StoreTransaction& transaction) -> Status {
      for (std::uint64_t number = 1; number < 10000; ++number) {
        FLORIN_CHECK_OK(transaction.Insert(KeyOf(number), FingerprintOf(number), RecordOf(number)));
      }
      return OkStatus();
    });
    return put.ok() ? 0 : 2;
  });
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(Has(**store, 0));
  EXPECT_TRUE(Has(**store, 9999));
  ASSERT_OK(Put(**store, 10000));
}

TEST(LmdbStoreTest, EveryOpeningMakesTheNameOfTheDirectoryDurable) {
  TestDirectory directory;
  std::filesystem::create_directory(directory.vault());  // by one that was killed right after
  for (const bool create : {true, true, false}) {
    CountStep synced(steps::kDirectorySynced);
    ASSERT_OK(OpenLmdbStore({directory.vault(), 1 << 24, &synced, create}));
    EXPECT_EQ(synced.count(), 1);
  }
  CountStep synced(steps::kDirectorySynced);
  CountStep made(steps::kDirectoryMade);
  ASSERT_OK(OpenLmdbStore({directory.path() + "/a/b", 1 << 24, &synced}));
  ASSERT_OK(OpenLmdbStore({directory.path() + "/c/d", 1 << 24, &made}));
  EXPECT_EQ(synced.count(), 3);  // a, b, and the directory above, which another may have just made
  EXPECT_EQ(made.count(), 2);
}

TEST(LmdbStoreTest, AParentThatMayNotBeReadIsNoObstacle) {
  TestDirectory directory;
  const bool root = geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  if (root) {
    ASSERT_EQ(chown(directory.path().c_str(), kNobody, kNobody), 0);
  }
  ASSERT_EQ(chmod(directory.path().c_str(), 0300), 0);
  const int status = RunInChild([&] {
    if (root && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) return 1;
    if (open(directory.path().c_str(), O_RDONLY) >= 0) return 2;
    for (const bool create : {true, true, false}) {
      if (!OpenLmdbStore({directory.vault(), 1 << 24, nullptr, create}).ok()) return 3;
    }
    return 0;
  });
  EXPECT_EQ(status, 0);
  ASSERT_EQ(chmod(directory.path().c_str(), 0700), 0);
}

TEST(LmdbStoreTest, OpensWhatIsThereAndMakesNothing) {
  TestDirectory directory;
  const LmdbStoreOptions options{directory.vault(), 1 << 24, nullptr, false};
  EXPECT_EQ(OpenLmdbStore(options).code(), ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory.vault()));
  EXPECT_EQ(OpenLmdbStore({"", 1 << 24, nullptr, false}).code(), ErrorCode::kInvalidArgument);
  ASSERT_OK(OpenLmdbStore({directory.vault(), 1 << 24, nullptr}));
  ASSERT_OK(OpenLmdbStore(options));
}

TEST(LmdbStoreTest, SaysWhatIsWrongWithADirectory) {
  TestDirectory directory;
  EXPECT_EQ(OpenLmdbStore({"", 1 << 24, nullptr}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(OpenLmdbStore({directory.vault(), 1000, nullptr}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(OpenLmdbStore({"/proc/none/vault", 1 << 24, nullptr}).code(), ErrorCode::kStorage);
  EXPECT_EQ(OpenLmdbStore({directory.path() + "/a/b/c", 1 << 24, nullptr}).code(), ErrorCode::kOk);
}

}  // namespace
}  // namespace florin::tokenizer
