#include "crypto/primitives/chacha20_poly1305.h"

#include <gtest/gtest.h>

#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

constexpr std::string_view kPlain =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";

// RFC 8439 2.8.2.
TEST(ChaCha20Poly1305Test, PublishedMessage) {
  const Bytes key = Hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const Bytes nonce = Hex("070000004041424344454647");
  const Bytes aad = Hex("50515253c0c1c2c3c4c5c6c7");
  Bytes sealed(kPlain.size() + 16);
  ASSERT_TRUE(ChaCha20Poly1305Seal(key, nonce, aad, AsBytes(kPlain), sealed).ok());
  EXPECT_EQ(ToHex(sealed),
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fa"
            "fb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4"
            "fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecb"
            "d0600691");
  Bytes opened(kPlain.size());
  ASSERT_TRUE(ChaCha20Poly1305Open(key, nonce, aad, sealed, opened).ok());
  EXPECT_EQ(AsText(opened), kPlain);
  for (std::size_t at = 0; at < sealed.size(); at += 5) {
    Bytes forged = sealed;
    forged[at] ^= 0x20;
    Bytes out(kPlain.size(), 0xEE);
    EXPECT_EQ(ChaCha20Poly1305Open(key, nonce, aad, forged, out).code(),
              ErrorCode::kVerificationFailed);
  }
  EXPECT_EQ(ChaCha20Poly1305Open(key, nonce, {}, sealed, opened).code(),
            ErrorCode::kVerificationFailed);
}

TEST(ChaCha20Poly1305Test, EveryShortLengthAndInPlace) {
  TestRandom random(9);
  const Bytes key = random.Take(32), nonce = random.Take(12);
  for (std::size_t length = 0; length < 70; ++length) {
    const Bytes plain = random.Take(length);
    Bytes apart(length + 16);
    ASSERT_TRUE(ChaCha20Poly1305Seal(key, nonce, {}, plain, apart).ok());
    Bytes together = plain;
    together.resize(length + 16);
    ASSERT_TRUE(
        ChaCha20Poly1305Seal(key, nonce, {}, ByteView(together).first(length), together).ok());
    EXPECT_EQ(apart, together);
    ASSERT_TRUE(ChaCha20Poly1305Open(key, nonce, {}, together, together).ok());
    together.resize(length);
    EXPECT_EQ(together, plain);
  }
}

TEST(ChaCha20Poly1305Test, Refusals) {
  Bytes out(64);
  const Bytes key(32), nonce(12);
  EXPECT_EQ(ChaCha20Poly1305Seal(Bytes(31), nonce, {}, {}, out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ChaCha20Poly1305Seal(key, Bytes(8), {}, {}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ChaCha20Poly1305Seal(key, nonce, {}, Bytes(49), out).code(),
            ErrorCode::kBufferTooSmall);
  EXPECT_EQ(ChaCha20Poly1305Open(key, nonce, {}, Bytes(15), out).code(), ErrorCode::kMalformed);
  EXPECT_EQ(ChaCha20Poly1305Open(key, nonce, {}, Bytes(81), out).code(),
            ErrorCode::kBufferTooSmall);
}

}  // namespace
}  // namespace florin::primitives
