#include "crypto/primitives/p256_field.h"

#include <gtest/gtest.h>

#include <openssl/bn.h>

#include <memory>

#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

struct FreeBn {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
struct FreeCtx {
  void operator()(BN_CTX* ctx) const { BN_CTX_free(ctx); }
};
using Number = std::unique_ptr<BIGNUM, FreeBn>;

constexpr P256Element kPrimeMinus(std::uint64_t small) {
  return {0xffffffffffffffff - small, 0x00000000ffffffff, 0, 0xffffffff00000001};
}

Number ToNumber(const P256Element& a) {
  Bytes bytes(32);
  for (std::size_t i = 0; i < 32; ++i) {
    bytes[31 - i] = static_cast<std::uint8_t>(a[i / 8] >> (8 * (i % 8)));
  }
  return Number(BN_bin2bn(bytes.data(), 32, nullptr));
}

// OpenSSL's answer to x / z^2 mod p.
Number Expected(const P256Element& x, const P256Element& z, BN_CTX* ctx) {
  const Number p = ToNumber(kPrimeMinus(0));
  Number out(BN_new());
  EXPECT_NE(BN_mod_inverse(out.get(), ToNumber(z).get(), p.get(), ctx), nullptr);
  EXPECT_EQ(BN_mod_sqr(out.get(), out.get(), p.get(), ctx), 1);
  EXPECT_EQ(BN_mod_mul(out.get(), out.get(), ToNumber(x).get(), p.get(), ctx), 1);
  return out;
}

P256Element RandomElement(TestRandom& random) {
  // The top word below p's makes it a field element.
  return {random.Next(), random.Next(), random.Next(), random.Next() % 0xffffffff00000001};
}

TEST(P256FieldTest, AgreesWithOpensslOnRandomElements) {
  TestRandom random(80);
  const std::unique_ptr<BN_CTX, FreeCtx> ctx(BN_CTX_new());
  for (int i = 0; i < 20000; ++i) {
    const P256Element x = RandomElement(random);
    const P256Element z = RandomElement(random);
    ASSERT_EQ(BN_cmp(ToNumber(P256AffineX(x, z)).get(), Expected(x, z, ctx.get()).get()), 0)
        << "round " << i;
  }
}

TEST(P256FieldTest, AgreesWithOpensslAtTheEdges) {
  const std::unique_ptr<BN_CTX, FreeCtx> ctx(BN_CTX_new());
  std::vector<P256Element> edges = {{1, 0, 0, 0}, {2, 0, 0, 0}, {3, 0, 0, 0}};
  for (std::uint64_t i = 1; i < 10; ++i) edges.push_back(kPrimeMinus(i));
  for (unsigned bit = 0; bit < 256; ++bit) {
    P256Element power{};
    power[bit / 64] = std::uint64_t{1} << (bit % 64);
    edges.push_back(power);
    if (bit == 255) break;
    P256Element ones{};
    for (unsigned i = 0; i <= bit; ++i) ones[i / 64] |= std::uint64_t{1} << (i % 64);
    edges.push_back(ones);
  }
  for (const P256Element& z : edges) {
    for (const P256Element& x : {edges[0], edges[3], edges[100], z}) {
      ASSERT_EQ(BN_cmp(ToNumber(P256AffineX(x, z)).get(), Expected(x, z, ctx.get()).get()), 0);
    }
  }
}

TEST(P256FieldTest, InverseOfZeroIsZero) {
  EXPECT_EQ(P256Inverse({0, 0, 0, 0}), (P256Element{0, 0, 0, 0}));
  EXPECT_EQ(P256Inverse({1, 0, 0, 0}), (P256Element{1, 0, 0, 0}));
  EXPECT_EQ(P256Inverse(kPrimeMinus(1)), kPrimeMinus(1)) << "-1 is its own inverse";
}

}  // namespace
}  // namespace florin::primitives
