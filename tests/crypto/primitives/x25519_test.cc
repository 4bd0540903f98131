#include "crypto/primitives/x25519.h"

#include <gtest/gtest.h>

#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

// RFC 7748 6.1.
TEST(X25519Test, PublishedKeyPairs) {
  auto alice = X25519PrivateKey::FromBytes(
      Hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  auto bob = X25519PrivateKey::FromBytes(
      Hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  ASSERT_TRUE(alice.ok() && bob.ok());
  EXPECT_EQ(ToHex(alice->public_key()),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  Bytes a(32);
  Bytes b(32);
  ASSERT_TRUE(alice->Agree(bob->public_key(), a).ok());
  ASSERT_TRUE(bob->Agree(alice->public_key(), b).ok());
  EXPECT_EQ(ToHex(a), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  EXPECT_EQ(a, b);
}

TEST(X25519Test, SmallOrderPointsAreRefused) {
  TestRandom random(15);
  auto key = X25519PrivateKey::Generate(random);
  ASSERT_TRUE(key.ok());
  Bytes z(32, 0x55);
  // 0, 1, and p - 1, which has order 2 on the twist.
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_EQ(key->Agree(Hex(point), z).code(), ErrorCode::kMalformed) << point;
    EXPECT_EQ(z, Bytes(32));
  }
  EXPECT_EQ(key->Agree(Bytes(31), z).code(), ErrorCode::kMalformed);
  EXPECT_EQ(key->Agree(Bytes(32, 9), {}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(X25519PrivateKey::FromBytes(Bytes(33)).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
