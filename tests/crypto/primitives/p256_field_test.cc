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

std::vector<P256Element> Edges() {
  std::vector<P256Element> edges = {{1, 0, 0, 0}, {2, 0, 0, 0}, {3, 0, 0, 0}};
  for (unsigned bit = 0; bit < 256; ++bit) {
    P256Element power{};
    power[bit / 64] = std::uint64_t{1} << (bit % 64);
    edges.push_back(power);
    if (bit == 255) break;
    P256Element ones{};
    for (unsigned i = 0; i <= bit; ++i) ones[i / 64] |= std::uint64_t{1} << (i % 64);
    edges.push_back(ones);
  }
  return edges;
}

TEST(P256FieldTest, AgreesWithOpensslAtTheEdges) {
  const std::unique_ptr<BN_CTX, FreeCtx> ctx(BN_CTX_new());
  std::vector<P256Element> edges = Edges();
  for (std::uint64_t i = 1; i < 10; ++i) edges.push_back(kPrimeMinus(i));
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

// n of SP 800-186 3.2.1.3.
constexpr P256Element kOrder = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff,
                                0xffffffff00000000};

TEST(P256FieldTest, InversesModuloTheOrderAgreeWithOpenssl) {
  const std::unique_ptr<BN_CTX, FreeCtx> ctx(BN_CTX_new());
  const auto order = ToNumber(kOrder);
  std::vector<P256Element> values = Edges();
  for (std::uint64_t i = 1; i < 10; ++i) {
    values.push_back({kOrder[0] - i, kOrder[1], kOrder[2], kOrder[3]});
  }
  for (int i = 0; i < 2000; ++i) {
    P256Element random;
    ASSERT_TRUE(
        SystemRandom().Fill({reinterpret_cast<std::uint8_t*>(random.data()), sizeof(random)}).ok());
    random[3] >>= 1;  // below the order
    values.push_back(random);
  }
  for (const P256Element& value : values) {
    const auto number = ToNumber(value);
    const auto inverse = ToNumber(P256OrderInverse(value));
    ASSERT_NE(BN_mod_inverse(number.get(), number.get(), order.get(), ctx.get()), nullptr);
    ASSERT_EQ(BN_cmp(inverse.get(), number.get()), 0);
  }
  EXPECT_EQ(P256OrderInverse({0, 0, 0, 0}), (P256Element{0, 0, 0, 0}));
}

}  // namespace
}  // namespace florin::primitives
