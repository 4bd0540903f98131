// MACs of card systems on clear keys, by published values.
#include "crypto/card/mac.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::card {
namespace {

using primitives::TestRandom;
using vectors::TestCase;

MacPadding PaddingOf(std::int64_t method) {
  if (method == 1) return MacPadding::kMethod1;
  return method == 2 ? MacPadding::kMethod2 : MacPadding::kMethod3;
}

Bytes MessageOf(const TestCase& test) {
  if (!test.Has("text")) return test.Hex("data");
  const std::string text = test.Text("text");
  return {text.begin(), text.end()};
}

void CheckMac(const TestCase& test, const MacMethod& method) {
  const auto key = MacKey::Create(method, test.Hex("key"));
  ASSERT_TRUE(key.ok()) << test.place();
  const Bytes message = MessageOf(test);
  const Bytes expected = test.Hex("mac");
  Bytes mac(expected.size());
  ASSERT_TRUE(key->Generate({message}, mac).ok()) << test.place();
  EXPECT_EQ(mac, expected) << test.place();
  EXPECT_TRUE(key->Verify({message}, mac).ok()) << test.place();
  Bytes once(expected.size());
  ASSERT_TRUE(MacOnce(method, test.Hex("key"), {message}, once).ok()) << test.place();
  EXPECT_EQ(once, expected) << test.place();
  mac.back() = static_cast<std::uint8_t>(mac.back() ^ 1);
  EXPECT_EQ(key->Verify({message}, mac).code(), ErrorCode::kVerificationFailed) << test.place();
}

TEST(MacVectors, EveryAlgorithm) {
  const auto file = LoadVectors("mac.json");
  for (const auto* group : file.GroupsOf("iso9797")) {
    for (const TestCase& test : group->tests) {
      const MacAlgorithm algorithm = test.Number("algorithm") == 1
                                         ? MacAlgorithm::kIso9797Algorithm1
                                         : MacAlgorithm::kIso9797Algorithm3;
      CheckMac(test, {algorithm, PaddingOf(test.Number("padding"))});
    }
  }
  for (const auto* group : file.GroupsOf("cmac")) {
    for (const TestCase& test : group->tests) {
      const bool aes = test.Text("cipher") == "AES";
      CheckMac(test, {aes ? MacAlgorithm::kCmacAes : MacAlgorithm::kCmacTdes});
    }
  }
  for (const auto* group : file.GroupsOf("hmac")) {
    for (const TestCase& test : group->tests) {
      ASSERT_EQ(test.Text("hash"), "sha256") << test.place();
      CheckMac(test, {MacAlgorithm::kHmac, MacPadding::kMethod1, Hash::kSha256});
    }
  }
  for (const auto* group : file.GroupsOf("padding")) {
    for (const TestCase& test : group->tests) {
      Bytes padded(64);
      const auto size = primitives::AddMacPadding(PaddingOf(test.Number("method")),
                                                  static_cast<std::size_t>(test.Number("block")),
                                                  test.Hex("data"), padded);
      ASSERT_TRUE(size.ok()) << test.place();
      padded.resize(*size);
      EXPECT_EQ(padded, test.Hex("padded")) << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(Mac, EveryLengthFromFourBytesOn) {
  TestRandom random(11);
  struct Case {
    MacMethod method;
    std::size_t key_size;
    std::size_t size;
  };
  const Case kCases[] = {
      {{MacAlgorithm::kIso9797Algorithm1, MacPadding::kMethod3}, 24, 8},
      {kX919Mac, 16, 8},
      {kX924Mac, 16, 8},
      {{MacAlgorithm::kAs2805Part41}, 16, 8},
      {{MacAlgorithm::kCmacTdes}, 16, 8},
      {{MacAlgorithm::kCmacAes}, 32, 16},
      {{MacAlgorithm::kHmac, MacPadding::kMethod1, Hash::kSha224}, 28, 28},
      {{MacAlgorithm::kHmac, MacPadding::kMethod1, Hash::kSha512}, 64, 64},
  };
  for (const Case& c : kCases) {
    const auto key = MacKey::Create(c.method, random.Take(c.key_size));
    ASSERT_TRUE(key.ok());
    ASSERT_EQ(key->size(), c.size);
    const Bytes message = random.Take(random.Below(50));
    Bytes whole(c.size);
    ASSERT_TRUE(key->Generate({message}, whole).ok());
    for (std::size_t size = 0; size <= c.size + 1; ++size) {
      Bytes mac(size);
      const bool fits = size >= kMinMacSize && size <= c.size;
      EXPECT_EQ(key->Generate({message}, mac).code(),
                fits ? ErrorCode::kOk : ErrorCode::kInvalidArgument)
          << size;
      EXPECT_EQ(key->Verify({message}, mac).code(),
                fits ? ErrorCode::kOk : ErrorCode::kInvalidArgument)
          << size;
      if (!fits) continue;
      EXPECT_TRUE(SameBytes(mac, ByteView(whole).first(size)));
      for (std::uint8_t& byte : mac) {
        byte = static_cast<std::uint8_t>(byte ^ 0x80);
        EXPECT_EQ(key->Verify({message}, mac).code(), ErrorCode::kVerificationFailed);
        byte = static_cast<std::uint8_t>(byte ^ 0x80);
      }
    }
  }
}

// No value of AS 2805.4.1 is published: this keeps what the variant is, not that it is right.
TEST(Mac, As2805IsTheRetailMac) {
  const Bytes key = Hex("0123456789ABCDEFFEDCBA9876543210");
  const auto as2805 = MacKey::Create({MacAlgorithm::kAs2805Part41}, key);
  const auto retail = MacKey::Create(kX919Mac, key);
  ASSERT_TRUE(as2805.ok() && retail.ok());
  Bytes a(8);
  Bytes b(8);
  ASSERT_TRUE(as2805->Generate(AsBytes("some message"), a).ok());
  ASSERT_TRUE(retail->Generate(AsBytes("some message"), b).ok());
  EXPECT_EQ(a, b);
}

TEST(Mac, Refusals) {
  const auto once = [](const MacMethod& method, std::size_t key_size, std::size_t mac_size) {
    Bytes mac(mac_size);
    return MacOnce(method, Bytes(key_size, 1), ByteView(), mac).code();
  };
  const auto code = [&](const MacMethod& method, std::size_t key_size) {
    const ErrorCode created = MacKey::Create(method, Bytes(key_size, 1)).code();
    EXPECT_EQ(once(method, key_size, 8), created);
    return created;
  };
  for (const MacAlgorithm algorithm : {MacAlgorithm::kCmacAes, MacAlgorithm::kCmacTdes}) {
    EXPECT_EQ(once({algorithm}, 16, 4), ErrorCode::kOk);
    EXPECT_EQ(once({algorithm}, 16, 3), ErrorCode::kInvalidArgument);
    EXPECT_EQ(once({algorithm}, 16, 17), ErrorCode::kInvalidArgument);
  }
  for (const std::size_t size : {0, 8, 15, 32}) {
    EXPECT_EQ(code({MacAlgorithm::kIso9797Algorithm1}, size), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code({MacAlgorithm::kIso9797Algorithm3}, size), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code({MacAlgorithm::kAs2805Part41}, size), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code({MacAlgorithm::kCmacTdes}, size), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(code({MacAlgorithm::kCmacAes}, 8), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({MacAlgorithm::kHmac}, 0), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({MacAlgorithm::kHmac, MacPadding::kMethod1, Hash::kSha1}, 16),
            ErrorCode::kUnsupported);
  for (const MacAlgorithm algorithm : {MacAlgorithm::kCmacTdes, MacAlgorithm::kCmacAes,
                                       MacAlgorithm::kHmac, MacAlgorithm::kAs2805Part41}) {
    EXPECT_EQ(code({algorithm, MacPadding::kMethod2}, 16), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace florin::card
