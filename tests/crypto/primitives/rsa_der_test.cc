#include "crypto/primitives/rsa_der.h"

#include <gtest/gtest.h>

#include <array>

#include "crypto/primitives/rsa.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

using Field = ByteView RsaPrivateNumbers::*;
constexpr Field kFields[] = {
    &RsaPrivateNumbers::modulus,          &RsaPrivateNumbers::public_exponent,
    &RsaPrivateNumbers::private_exponent, &RsaPrivateNumbers::prime1,
    &RsaPrivateNumbers::prime2,           &RsaPrivateNumbers::exponent1,
    &RsaPrivateNumbers::exponent2,        &RsaPrivateNumbers::coefficient};

// One key for all: making one takes longer than the tests.
const Bytes& Der() {
  static const auto* const kDer = [] {
    const auto key = RsaPrivateKey::Generate(2048).value();
    const auto der = key.ToDer().value();
    const ByteView bytes = der.Read(SecretAccess{});
    return new Bytes(bytes.begin(), bytes.end());
  }();
  return *kDer;
}

Bytes Copy(ByteView view) { return {view.begin(), view.end()}; }

TEST(RsaDerTest, ReadsWhatItWrites) {
  const auto numbers = ParseRsaPrivateKey(Der());
  ASSERT_TRUE(numbers.ok());
  EXPECT_EQ(numbers->modulus.size(), 256U);
  EXPECT_TRUE(CheckRsaNumbers(*numbers).ok());
  const auto again = WriteRsaPrivateKey(*numbers);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Copy(again->Read(SecretAccess{})), Der());

  // OpenSSL writes the same SubjectPublicKeyInfo and reads ours.
  const auto key = RsaPrivateKey::FromDer(Der());
  ASSERT_TRUE(key.ok());
  const Bytes theirs = key->PublicKey()->ToSpki().value();
  Bytes ours(kMaxRsaSpkiSize);
  const auto size = WriteRsaSpki({numbers->modulus, numbers->public_exponent}, ours);
  ASSERT_TRUE(size.ok());
  ours.resize(*size);
  EXPECT_EQ(ours, theirs);
  const auto spki = ParseRsaSpki(theirs);
  ASSERT_TRUE(spki.ok());
  EXPECT_EQ(Copy(spki->modulus), Copy(numbers->modulus));
  EXPECT_EQ(Copy(spki->exponent), Copy(numbers->public_exponent));
  Bytes small(ours.size() - 1);
  EXPECT_EQ(WriteRsaSpki(*spki, small).code(), ErrorCode::kBufferTooSmall);
}

TEST(RsaDerTest, TheLongestInfoFits) {
  Bytes modulus(512, 0xff);
  const Bytes exponent(4, 0xff);
  Bytes out(kMaxRsaSpkiSize);
  const auto size = WriteRsaSpki({modulus, exponent}, out);
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, kMaxRsaSpkiSize);
  EXPECT_TRUE(ParseRsaSpki(out).ok());
}

TEST(RsaDerTest, NumbersOfTwoKeysAreRefused) {
  const auto numbers = ParseRsaPrivateKey(Der()).value();
  const auto other_der = RsaPrivateKey::Generate(2048)->ToDer().value();
  const auto other = ParseRsaPrivateKey(other_der.Read(SecretAccess{})).value();
  for (const Field field : kFields) {
    if (field == &RsaPrivateNumbers::public_exponent) continue;  // both have the same
    auto mixed = numbers;
    mixed.*field = other.*field;
    EXPECT_EQ(CheckRsaNumbers(mixed).code(), ErrorCode::kMalformed);
    Bytes changed = Copy(numbers.*field);
    changed[changed.size() / 2] = static_cast<std::uint8_t>(changed[changed.size() / 2] ^ 1);
    mixed.*field = changed;
    EXPECT_EQ(CheckRsaNumbers(mixed).code(), ErrorCode::kMalformed);
  }
  auto swapped = numbers;
  std::swap(swapped.prime1, swapped.prime2);
  EXPECT_EQ(CheckRsaNumbers(swapped).code(), ErrorCode::kMalformed);
}

TEST(RsaDerTest, OtherModuliAndExponentsAreRefused) {
  const auto numbers = ParseRsaPrivateKey(Der()).value();
  Bytes out(1024);
  const auto code = [&out](ByteView modulus, ByteView exponent) {
    return WriteRsaSpki({modulus, exponent}, out).code();
  };
  const Bytes f4 = {1, 0, 1};
  for (const std::size_t size : {0U, 128U, 255U, 257U, 511U, 513U, 1024U}) {
    Bytes modulus(size, 0xff);
    EXPECT_EQ(code(modulus, f4), ErrorCode::kUnsupported) << size;
  }
  Bytes short_by_a_bit = Copy(numbers.modulus);
  short_by_a_bit[0] = 0x7f;
  EXPECT_EQ(code(short_by_a_bit, f4), ErrorCode::kUnsupported);
  Bytes even = Copy(numbers.modulus);
  even.back() = static_cast<std::uint8_t>(even.back() & 0xfe);
  EXPECT_EQ(code(even, f4), ErrorCode::kMalformed);
  EXPECT_EQ(code(numbers.modulus, Bytes{3}), ErrorCode::kUnsupported);
  EXPECT_EQ(code(numbers.modulus, Bytes{17}), ErrorCode::kUnsupported);
  EXPECT_EQ(code(numbers.modulus, Bytes{0xff, 0xff}), ErrorCode::kUnsupported);
  EXPECT_EQ(code(numbers.modulus, Bytes{1, 0, 2}), ErrorCode::kMalformed);
  EXPECT_EQ(code(numbers.modulus, Bytes{1, 0, 0, 0, 1}), ErrorCode::kUnsupported);
  EXPECT_EQ(code(numbers.modulus, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(numbers.modulus, f4), ErrorCode::kOk);
}

TEST(RsaDerTest, EveryTruncationAndTrailingByteIsRefused) {
  for (std::size_t size = 0; size < Der().size(); ++size) {
    EXPECT_FALSE(ParseRsaPrivateKey(ByteView(Der()).first(size)).ok());
  }
  Bytes longer = Der();
  longer.push_back(0);
  EXPECT_EQ(ParseRsaPrivateKey(longer).code(), ErrorCode::kMalformed);
  const Bytes spki = RsaPrivateKey::FromDer(Der())->PublicKey()->ToSpki().value();
  for (std::size_t size = 0; size < spki.size(); ++size) {
    EXPECT_FALSE(ParseRsaSpki(ByteView(spki).first(size)).ok());
  }
  // A key of more than two primes has version 1 (RFC 8017 A.1.2).
  Bytes version = Der();
  ASSERT_EQ(version[6], 0);
  version[6] = 1;
  EXPECT_EQ(ParseRsaPrivateKey(version).code(), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace florin::primitives
