// Key check values, components, variants and parity, by published values.
#include "florin/card/key_parts.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "crypto/primitives/tdes.h"
#include "florin/card/kcv.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::card {
namespace {

using primitives::TestRandom;
using vectors::TestCase;

const std::map<std::string, KcvMethod> kMethods = {
    {"legacy-tdes", KcvMethod::kLegacyTdes},       {"legacy-aes", KcvMethod::kLegacyAes},
    {"cmac-tdes", KcvMethod::kCmacTdes},           {"cmac-aes", KcvMethod::kCmacAes},
    {"hmac-sha256-empty", KcvMethod::kHmacSha256},
};

TEST(KcvVectors, EveryMethod) {
  const auto file = LoadVectors("kcv.json");
  for (const auto* group : file.GroupsOf("kcv")) {
    for (const TestCase& test : group->tests) {
      const KcvMethod method = kMethods.at(test.Text("method"));
      const Bytes key = test.Hex("key");
      const Bytes expected = test.Hex("kcv");
      Bytes kcv(expected.size());
      ASSERT_TRUE(KeyCheckValue(method, key, kcv).ok()) << test.place();
      EXPECT_EQ(kcv, expected) << test.place();
      EXPECT_TRUE(VerifyKeyCheckValue(method, key, expected).ok()) << test.place();
      kcv.front() = static_cast<std::uint8_t>(kcv.front() ^ 1);
      EXPECT_EQ(VerifyKeyCheckValue(method, key, kcv).code(), ErrorCode::kVerificationFailed)
          << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(Kcv, LengthsEndWhereTheMethodDoes) {
  for (const auto& [name, method] : kMethods) {
    const Bytes key(16, 7);
    const bool cmac = method == KcvMethod::kCmacTdes || method == KcvMethod::kCmacAes;
    EXPECT_EQ(MaxKcvSize(method), cmac ? 5U : 3U) << name;
    for (std::size_t size = 0; size <= 17; ++size) {
      Bytes kcv(size);
      const ErrorCode expected =
          size >= 2 && size <= MaxKcvSize(method) ? ErrorCode::kOk : ErrorCode::kInvalidArgument;
      EXPECT_EQ(KeyCheckValue(method, key, kcv).code(), expected) << name << " " << size;
      EXPECT_EQ(VerifyKeyCheckValue(method, key, kcv).code(), expected) << name << " " << size;
    }
    Bytes kcv(3);
    EXPECT_EQ(KeyCheckValue(method, Bytes(), kcv).code(), ErrorCode::kInvalidArgument) << name;
  }
}

// NIST AESAVS, ECBVarKey128, count 0: zeros encrypted.
TEST(Kcv, LegacyAes) {
  Bytes kcv(3);
  ASSERT_TRUE(
      KeyCheckValue(KcvMethod::kLegacyAes, Hex("80000000000000000000000000000000"), kcv).ok());
  EXPECT_EQ(kcv, Hex("0EDD33"));
}

Bytes KcvOf(const Bytes& key) {
  Bytes kcv(3);
  EXPECT_TRUE(KeyCheckValue(KcvMethod::kLegacyTdes, key, kcv).ok());
  return kcv;
}

TEST(KeyPartsVectors, ComponentsVariantsParity) {
  const auto file = LoadVectors("key_parts.json");
  for (const auto* group : file.GroupsOf("components")) {
    for (const TestCase& test : group->tests) {
      std::vector<Bytes> bytes;
      for (const std::string& digits : test.List("components")) {
        bytes.push_back(Hex(digits));
        bytes.push_back(KcvOf(bytes.back()));
      }
      std::vector<KeyComponent> components;
      for (std::size_t i = 0; i < bytes.size(); i += 2) {
        components.push_back({bytes[i], bytes[i + 1]});
      }
      const auto key = CombineComponents(components, KcvMethod::kLegacyTdes);
      ASSERT_TRUE(key.ok()) << test.place();
      EXPECT_EQ(Clear(*key), test.Hex("key")) << test.place();
    }
  }
  for (const auto* group : file.GroupsOf("variant")) {
    for (const TestCase& test : group->tests) {
      Bytes key = test.Hex("key");
      const auto number = static_cast<std::uint8_t>(test.Number("number"));
      ASSERT_TRUE(ApplyVariant(number, key).ok()) << test.place();
      EXPECT_EQ(key, test.Hex("variant")) << test.place();
    }
  }
  for (const auto* group : file.GroupsOf("parity")) {
    for (const TestCase& test : group->tests) {
      Bytes key = test.Hex("key");
      EXPECT_FALSE(primitives::HasOddParity(key)) << test.place();
      primitives::SetOddParity(key);
      EXPECT_EQ(key, test.Hex("odd")) << test.place();
      EXPECT_TRUE(primitives::HasOddParity(key)) << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(KeyParts, AnyOrderOfAnyNumberOfComponents) {
  TestRandom random(12);
  for (std::size_t count = kMinKeyComponents; count <= kMaxKeyComponents; ++count) {
    std::vector<Bytes> parts;
    std::vector<Bytes> kcvs;
    Bytes expected(16);
    for (std::size_t i = 0; i < count; ++i) {
      parts.push_back(random.Take(16));
      kcvs.push_back(KcvOf(parts.back()));
      for (std::size_t j = 0; j < 16; ++j) expected[j] ^= parts[i][j];
    }
    std::vector<KeyComponent> components;
    for (std::size_t i = count; i-- > 0;) components.push_back({parts[i], kcvs[i]});
    const auto key = CombineComponents(components, KcvMethod::kLegacyTdes);
    ASSERT_TRUE(key.ok()) << count;
    EXPECT_EQ(Clear(*key), expected) << count;
    kcvs[count / 2][1] ^= 1;
    EXPECT_EQ(CombineComponents(components, KcvMethod::kLegacyTdes).code(),
              ErrorCode::kVerificationFailed)
        << count;
  }
}

TEST(KeyParts, Refusals) {
  const Bytes part(16, 0x5A);
  const Bytes shorter(8, 0x5A);
  const Bytes longer(65, 0x5A);
  const Bytes kcv = KcvOf(part);
  const Bytes shorter_kcv = KcvOf(shorter);
  const KeyComponent component{part, kcv};
  const auto code = [](const std::vector<KeyComponent>& components) {
    return CombineComponents(components, KcvMethod::kLegacyTdes).code();
  };
  EXPECT_EQ(code({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({component}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(std::vector<KeyComponent>(10, component)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({component, component}), ErrorCode::kInvalidArgument);  // zeros
  EXPECT_EQ(code({component, {shorter, shorter_kcv}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{longer, kcv}, {longer, kcv}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({component, {part, {}}}), ErrorCode::kInvalidArgument);
  // Equal halves, and a half that is a weak key, of components that look well.
  const Bytes random = TestRandom(13).Take(16);
  const Bytes random_kcv = KcvOf(random);
  for (const auto& [left, right] : {std::pair{0x46, 0x46}, std::pair{0x46, 0x01}}) {
    Bytes other = random;
    for (std::size_t i = 0; i < 16; ++i) {
      other[i] = static_cast<std::uint8_t>(other[i] ^ (i < 8 ? left : right));
    }
    const Bytes other_kcv = KcvOf(other);
    EXPECT_EQ(code({{random, random_kcv}, {other, other_kcv}}), ErrorCode::kInvalidArgument);
  }
  Bytes key(16);
  EXPECT_EQ(ApplyVariant(32, key).code(), ErrorCode::kInvalidArgument);
  for (const std::size_t size : {0, 7, 12, 32}) {
    Bytes other(size);
    EXPECT_EQ(ApplyVariant(1, other).code(), ErrorCode::kInvalidArgument) << size;
  }
}

}  // namespace
}  // namespace florin::card
