// GoogleRootKeys: what a list may look like, when it is to be fetched, and readers beside writers.
#include "florin/payload/google_root_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "crypto/payload/google_root_key_set.h"
#include "tests/crypto/payload/google_forge.h"

namespace florin::payload {
namespace {

constexpr std::int64_t kNow = 1700000000;

class GoogleRootKeysTest : public testing::Test {
 protected:
  std::string List(const std::string& expiration = "2000000000000") const {
    return GoogleKeysJson({{&pki_.root, "ECv2", expiration}});
  }
  Result<std::unique_ptr<GoogleRootKeys>> Fetched(const char* cache_control, const char* age = "",
                                                  std::int64_t stale = 1000) const {
    const std::string list = List();
    return GoogleRootKeys::Create({AsBytes(list), UnixSeconds{kNow}, cache_control, age}, stale);
  }
  void ExpectTimes(const char* cache_control, const char* age, std::int64_t refresh_after,
                   std::int64_t trusted_for) const {
    const auto keys = Fetched(cache_control, age);
    ASSERT_TRUE(keys.ok());
    EXPECT_EQ((*keys)->refresh_at().value - kNow, refresh_after) << cache_control << age;
    EXPECT_EQ((*keys)->trusted_until().value - kNow, trusted_for) << cache_control << age;
  }

  GooglePki pki_ = MakeGooglePki();
};

TEST_F(GoogleRootKeysTest, TimesFollowTheCacheHeaders) {
  ExpectTimes("public, max-age=3600", "", 1800, 4600);
  ExpectTimes("Max-Age=3600 , must-revalidate", "600", 1500, 4000);
  ExpectTimes("max-age=3600", "4000", 60, 1000);
  ExpectTimes("", "", 60, 1000);
  ExpectTimes("max-age=3600, no-store", "", 60, 1000);
  ExpectTimes("no-cache", "", 60, 1000);
  ExpectTimes("max-age=", "", 60, 1000);
  ExpectTimes("max-age=-5", "", 60, 1000);
  ExpectTimes("max-age=36x", "", 60, 1000);
  ExpectTimes("s-maxage=3600", "", 60, 1000);
  ExpectTimes("max-age=99999999999999999999", "", 15 * 86400, 30 * 86400 + 1000);
  ExpectTimes(",,max-age=10,", "", 60, 1010);
}

TEST_F(GoogleRootKeysTest, RefreshesBeforeAKeyExpires) {
  const std::string list = List("1700090000000");  // 90000 seconds from now
  const auto keys = GoogleRootKeys::Create({AsBytes(list), UnixSeconds{kNow}, "max-age=864000"}, 0);
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ((*keys)->refresh_at().value - kNow, 90000 - 86400);
  EXPECT_FALSE((*keys)->RefreshIsDue(UnixSeconds{kNow + 3599}));
  EXPECT_TRUE((*keys)->RefreshIsDue(UnixSeconds{kNow + 3600}));
}

TEST_F(GoogleRootKeysTest, RefusesBadCalls) {
  EXPECT_EQ(Fetched("", "", -1).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Fetched("", "", 31 * 86400).code(), ErrorCode::kInvalidArgument);
  const std::string list = List();
  EXPECT_EQ(GoogleRootKeys::Create({AsBytes(list), UnixSeconds{-1}}).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(GoogleRootKeysTest, ListsAreReadWholeOrRefused) {
  const auto refuses = [](const std::string& list, ErrorCode code) {
    EXPECT_EQ(GoogleRootKeys::Pinned(AsBytes(list)).code(), code) << list;
  };
  const std::string good = List();
  EXPECT_TRUE(GoogleRootKeys::Pinned(AsBytes(good)).ok());
  refuses("", ErrorCode::kMalformed);
  refuses("{}", ErrorCode::kMalformed);
  refuses("{\"keys\":[]}", ErrorCode::kMalformed);
  refuses("{\"keys\":{}}", ErrorCode::kMalformed);
  refuses(Replaced(good, "keyValue", "keyvalue"), ErrorCode::kMalformed);
  refuses(Replaced(good, "\"2000000000000\"", "2000000000000"), ErrorCode::kMalformed);
  refuses(Replaced(good, "2000000000000", "20000000000000000"), ErrorCode::kMalformed);
  refuses(Replaced(good, "MFkw", "MFkx"), ErrorCode::kMalformed);
  refuses(Replaced(good, "ECv2", "ECv9"), ErrorCode::kMalformed);
  std::vector<GoogleKeyEntry> many(17, {&pki_.root, "ECv2", "2000000000000"});
  refuses(GoogleKeysJson(many), ErrorCode::kLimitExceeded);
  many.assign(65, {&pki_.root, "ECv9", ""});
  refuses(GoogleKeysJson(many), ErrorCode::kLimitExceeded);
  const std::string mixed = GoogleKeysJson({{&pki_.root, "ECv9", ""}, {&pki_.root, "ECv1", ""}});
  EXPECT_TRUE(GoogleRootKeys::Pinned(AsBytes(mixed)).ok()) << "unknown versions are passed over";
}

TEST_F(GoogleRootKeysTest, ARefusedListChangesNothing) {
  auto keys = Fetched("max-age=3600");
  ASSERT_TRUE(keys.ok());
  GoogleRootKeySets reader;
  const std::uint64_t serial = reader.Current(**keys).serial;
  EXPECT_FALSE((*keys)->Replace({AsBytes(std::string_view("{}")), UnixSeconds{kNow + 1}}).ok());
  EXPECT_EQ(reader.Current(**keys).serial, serial);
  EXPECT_EQ((*keys)->trusted_until().value, kNow + 4600);
}

TEST_F(GoogleRootKeysTest, PinnedListsStay) {
  const std::string list = List();
  auto keys = GoogleRootKeys::Pinned(AsBytes(list));
  ASSERT_TRUE(keys.ok());
  EXPECT_FALSE((*keys)->RefreshIsDue(UnixSeconds{1'000'000'000'000}));
  EXPECT_EQ((*keys)->Replace({AsBytes(list), UnixSeconds{kNow}}).code(),
            ErrorCode::kInvalidArgument);
}

// More lists than a reader remembers, in turns: each reader sees the one it asked for.
TEST_F(GoogleRootKeysTest, ReadersTellListsApart) {
  std::vector<std::unique_ptr<GoogleRootKeys>> all;
  std::vector<std::uint64_t> serials;
  GoogleRootKeySets reader;
  for (int i = 0; i < 6; ++i) {
    all.push_back(std::move(Fetched("max-age=60")).value());
    serials.push_back(reader.Current(*all.back()).serial);
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(reader.Current(*all[i]).serial, serials[i]);
    }
  }
}

TEST_F(GoogleRootKeysTest, ThreadsReadWhileOneReplaces) {
  const std::string lists[] = {
      GoogleKeysJson({{&pki_.root, "ECv2", "2000000000000"}}),
      GoogleKeysJson({{&pki_.ecv1_root, "ECv1", ""}, {&pki_.root, "ECv2", "2000000000000"}})};
  auto keys = GoogleRootKeys::Create({AsBytes(lists[0]), UnixSeconds{kNow}, "max-age=60"});
  ASSERT_TRUE(keys.ok());
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      GoogleRootKeySets reader;
      std::uint64_t last = 0;
      while (!done) {
        const GoogleRootKeySet& set = reader.Current(**keys);
        if (set.serial < last || set.keys.empty() || set.keys.size() > 2) ++wrong;
        last = set.serial;
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    const GoogleKeysResponse response{AsBytes(lists[i % 2]), UnixSeconds{kNow + i}, "max-age=60"};
    EXPECT_TRUE((*keys)->Replace(response).ok());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace florin::payload
