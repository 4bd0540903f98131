#include "crypto/primitives/hash.h"

#include <gtest/gtest.h>

#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

Bytes DigestOf(Hash hash, const Parts& parts) {
  Bytes out(HashSize(hash));
  EXPECT_TRUE(Digest(hash, parts, out).ok());
  return out;
}

struct HashVector {
  Hash hash;
  const char* digest;
};

// FIPS 180-4 example "abcdbcdecdef...nopq" (448 bits), from NIST's SHA example pages.
TEST(HashTest, PublishedTwoBlockMessage) {
  const HashVector vectors[] = {
      {Hash::kSha1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {Hash::kSha224, "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"},
      {Hash::kSha256, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  for (const HashVector& v : vectors) {
    EXPECT_EQ(ToHex(DigestOf(v.hash, AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnop"
                                             "nopq"))),
              v.digest);
  }
}

// FIPS 180-4: the empty message.
TEST(HashTest, EmptyMessage) {
  EXPECT_EQ(ToHex(DigestOf(Hash::kSha256, ByteView())),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(
      ToHex(DigestOf(Hash::kSha384, ByteView())),
      "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14"
      "898b95b");
}

TEST(HashTest, PartsEqualTheWhole) {
  TestRandom random(1);
  const Bytes message = random.Take(1000);
  const ByteView view(message);
  for (const Hash hash :
       {Hash::kSha1, Hash::kSha224, Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    const Bytes whole = DigestOf(hash, view);
    EXPECT_EQ(DigestOf(hash, {view.first(1), view.subspan(1, 0), view.subspan(1, 500),
                              view.subspan(501)}),
              whole);
  }
}

TEST(HashTest, CopiedMidstatesDiverge) {
  Hasher trunk(Hash::kSha256);
  trunk.Update(AsBytes("a"));
  Hasher branch = trunk;
  trunk.Update(AsBytes("bc"));
  branch.Update(AsBytes("xy"));
  Bytes a(32);
  Bytes b(32);
  ASSERT_TRUE(trunk.Finish(a).ok());
  ASSERT_TRUE(branch.Finish(b).ok());
  EXPECT_EQ(a, DigestOf(Hash::kSha256, AsBytes("abc")));
  EXPECT_EQ(b, DigestOf(Hash::kSha256, AsBytes("axy")));
  branch = Hasher(Hash::kSha512);
  branch.Update(AsBytes("abc"));
  Bytes c(64);
  ASSERT_TRUE(branch.Finish(c).ok());
  EXPECT_EQ(c, DigestOf(Hash::kSha512, AsBytes("abc")));
}

TEST(HashTest, FinishStartsOver) {
  Hasher hasher(Hash::kSha384);
  Bytes first(48);
  Bytes second(48);
  hasher.Update(AsBytes("abc"));
  ASSERT_TRUE(hasher.Finish(first).ok());
  hasher.Update(AsBytes("abc"));
  ASSERT_TRUE(hasher.Finish(second).ok());
  EXPECT_EQ(first, second);
}

TEST(HashTest, FinishTruncates) {
  Hasher hasher(Hash::kSha256);
  hasher.Update(AsBytes("abc"));
  Bytes out(4);
  ASSERT_TRUE(hasher.Finish(out).ok());
  EXPECT_EQ(ToHex(out), "ba7816bf");
}

TEST(HashTest, RefusesWrongBuffers) {
  Bytes out(31);
  EXPECT_EQ(Digest(Hash::kSha256, AsBytes("abc"), out).code(), ErrorCode::kInvalidArgument);
  Hasher hasher(Hash::kSha256);
  EXPECT_EQ(hasher.Finish({}).code(), ErrorCode::kInvalidArgument);
  Bytes big(33);
  EXPECT_EQ(hasher.Finish(big).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
