#include "crypto/primitives/p256_field.h"

#include <cstddef>

#include "florin/base/secret.h"

namespace florin::primitives {
namespace {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

constexpr std::size_t kLimbs = 5;
constexpr int kLimbBits = 62;
constexpr std::uint64_t kLimbMask = (std::uint64_t{1} << kLimbBits) - 1;
constexpr int kBatches = 10;
constexpr int kStepsPerBatch = 59;

// p = 2^256 - 2^224 + 2^192 + 2^96 - 1 (SP 800-186 3.2.1.3).
constexpr P256Element kPrime = {0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001};
// 2^768 mod p: three Montgomery factors at once.
constexpr P256Element kR3 = {0xfffffffd0000000a, 0xffffffedfffffff7, 0x00000005fffffffc,
                             0x0000001800000001};

// A signed number of up to 309 bits: five limbs of 62 bits, the top one signed.
using Signed62 = std::array<std::int64_t, kLimbs>;

constexpr Signed62 ToSigned62(const P256Element& a) {
  const auto limb = [](std::uint64_t value) {
    return static_cast<std::int64_t>(value & kLimbMask);
  };
  return {limb(a[0]), limb((a[0] >> 62) | (a[1] << 2)), limb((a[1] >> 60) | (a[2] << 4)),
          limb((a[2] >> 58) | (a[3] << 6)), limb(a[3] >> 56)};
}

P256Element FromSigned62(const Signed62& a) {
  const auto word = [&a](std::size_t i) { return static_cast<std::uint64_t>(a[i]); };
  return {word(0) | (word(1) << 62), (word(1) >> 2) | (word(2) << 60),
          (word(2) >> 4) | (word(3) << 58), (word(3) >> 6) | (word(4) << 56)};
}

// A modulus of 256 bits, and its inverse mod 2^62.
struct Modulus {
  Signed62 value;
  std::uint64_t inverse;
};

constexpr Modulus kField = {ToSigned62(kPrime), kLimbMask};  // p = -1 mod 2^62
// SP 800-186 3.2.1.3, n.
constexpr Modulus kOrder = {
    ToSigned62({0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000}),
    0x332e375511ff43b1};
static_assert(((static_cast<std::uint64_t>(kOrder.value[0]) * kOrder.inverse) & kLimbMask) == 1);

// What a batch of steps does to (f, g) and (d, e), scaled by 2^62.
struct Matrix {
  std::int64_t u, v, q, r;
};

// 59 division steps on the low words. `zeta` is -(delta + 1/2). Every choice is a mask.
Matrix DivSteps(std::int64_t& zeta, std::uint64_t f, std::uint64_t g) {
  std::uint64_t u = 8;  // 2^3, so that 59 doublings end at 2^62
  std::uint64_t v = 0;
  std::uint64_t q = 0;
  std::uint64_t r = 8;
  for (int i = 0; i < kStepsPerBatch; ++i) {
    std::uint64_t swap = static_cast<std::uint64_t>(zeta >> 63);
    const std::uint64_t odd = 0 - (g & 1);
    // g += +-f when g is odd, with the sign that zeta asks for.
    g += ((f ^ swap) - swap) & odd;
    q += ((u ^ swap) - swap) & odd;
    r += ((v ^ swap) - swap) & odd;
    swap &= odd;
    zeta = static_cast<std::int64_t>(static_cast<std::uint64_t>(zeta) ^ swap) - 1;
    // Adding the new g to f makes f the old g.
    f += g & swap;
    u += q & swap;
    v += r & swap;
    g >>= 1;
    u <<= 1;
    v <<= 1;
  }
  return {static_cast<std::int64_t>(u), static_cast<std::int64_t>(v), static_cast<std::int64_t>(q),
          static_cast<std::int64_t>(r)};
}

Int128 Product(std::int64_t a, std::int64_t b) { return Int128{a} * b; }

// (f, g) = matrix (f, g) / 2^62, an exact division.
void UpdateFg(const Matrix& m, Signed62& f, Signed62& g) {
  Int128 carry_f = Product(m.u, f[0]) + Product(m.v, g[0]);
  Int128 carry_g = Product(m.q, f[0]) + Product(m.r, g[0]);
  for (std::size_t i = 1; i < kLimbs; ++i) {
    carry_f = (carry_f >> kLimbBits) + Product(m.u, f[i]) + Product(m.v, g[i]);
    carry_g = (carry_g >> kLimbBits) + Product(m.q, f[i]) + Product(m.r, g[i]);
    f[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(carry_f) & kLimbMask);
    g[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(carry_g) & kLimbMask);
  }
  f[kLimbs - 1] = static_cast<std::int64_t>(carry_f >> kLimbBits);
  g[kLimbs - 1] = static_cast<std::int64_t>(carry_g >> kLimbBits);
}

// The multiple of p that makes `low` + p * multiple divisible by 2^62, corrected by `start`.
std::int64_t Multiple(const Modulus& p, Int128 low, std::int64_t start) {
  const std::uint64_t inverse_times_low = p.inverse * static_cast<std::uint64_t>(low);
  const std::uint64_t excess = (inverse_times_low + static_cast<std::uint64_t>(start)) & kLimbMask;
  return start - static_cast<std::int64_t>(excess);
}

// (d, e) = matrix (d, e) / 2^62 mod p, both kept in (-2p, p).
void UpdateDe(const Modulus& p, const Matrix& m, Signed62& d, Signed62& e) {
  const std::int64_t sign_d = d[kLimbs - 1] >> 63;
  const std::int64_t sign_e = e[kLimbs - 1] >> 63;
  Int128 carry_d = Product(m.u, d[0]) + Product(m.v, e[0]);
  Int128 carry_e = Product(m.q, d[0]) + Product(m.r, e[0]);
  // Negative inputs count as themselves plus p.
  const std::int64_t times_d = Multiple(p, carry_d, (m.u & sign_d) + (m.v & sign_e));
  const std::int64_t times_e = Multiple(p, carry_e, (m.q & sign_d) + (m.r & sign_e));
  carry_d += Product(p.value[0], times_d);
  carry_e += Product(p.value[0], times_e);
  for (std::size_t i = 1; i < kLimbs; ++i) {
    carry_d = (carry_d >> kLimbBits) + Product(m.u, d[i]) + Product(m.v, e[i]) +
              Product(p.value[i], times_d);
    carry_e = (carry_e >> kLimbBits) + Product(m.q, d[i]) + Product(m.r, e[i]) +
              Product(p.value[i], times_e);
    d[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(carry_d) & kLimbMask);
    e[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(carry_e) & kLimbMask);
  }
  d[kLimbs - 1] = static_cast<std::int64_t>(carry_d >> kLimbBits);
  e[kLimbs - 1] = static_cast<std::int64_t>(carry_e >> kLimbBits);
}

// Carries so that all limbs but the top one lie in 0..2^62-1.
void Carry(Signed62& a) {
  for (std::size_t i = 0; i + 1 < kLimbs; ++i) {
    a[i + 1] += a[i] >> kLimbBits;
    a[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(a[i]) & kLimbMask);
  }
}

void AddIfNegative(const Modulus& p, Signed62& a) {
  const std::int64_t mask = a[kLimbs - 1] >> 63;
  for (std::size_t i = 0; i < kLimbs; ++i) a[i] += p.value[i] & mask;
  Carry(a);
}

// `a` in (-2p, p), times the sign of `sign`, as the residue in 0..p-1.
void Normalize(const Modulus& p, Signed62& a, std::int64_t sign) {
  AddIfNegative(p, a);
  const std::int64_t mask = sign >> 63;
  for (std::int64_t& limb : a) limb = (limb ^ mask) - mask;
  Carry(a);
  AddIfNegative(p, a);
  AddIfNegative(p, a);
}

// a * b / 2^256 mod p. p = -1 mod 2^64, so each Montgomery factor is the lowest word itself.
P256Element MontgomeryProduct(const P256Element& a, const P256Element& b) {
  std::array<std::uint64_t, 6> t{};
  for (std::size_t i = 0; i < 4; ++i) {
    Uint128 carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      carry += Uint128{a[j]} * b[i] + t[j];
      t[j] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    carry += t[4];
    t[4] = static_cast<std::uint64_t>(carry);
    t[5] = static_cast<std::uint64_t>(carry >> 64);
    const std::uint64_t factor = t[0];
    carry = (Uint128{factor} * kPrime[0] + t[0]) >> 64;
    for (std::size_t j = 1; j < 4; ++j) {
      carry += Uint128{factor} * kPrime[j] + t[j];
      t[j - 1] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    carry += t[4];
    t[3] = static_cast<std::uint64_t>(carry);
    t[4] = t[5] + static_cast<std::uint64_t>(carry >> 64);
  }
  // t is below 2p: subtract p once unless that borrows.
  P256Element reduced{};
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Uint128 difference = Uint128{t[i]} - kPrime[i] - borrow;
    reduced[i] = static_cast<std::uint64_t>(difference);
    borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
  }
  const std::uint64_t keep = 0 - (borrow & (t[4] ^ 1));
  for (std::size_t i = 0; i < 4; ++i) reduced[i] = (t[i] & keep) | (reduced[i] & ~keep);
  return reduced;
}

template <class T, std::size_t N>
void WipeArray(std::array<T, N>& array) {
  Wipe({reinterpret_cast<std::uint8_t*>(array.data()), sizeof(array)});
}

P256Element Inverse(const Modulus& p, const P256Element& a) {
  Signed62 f = p.value;
  Signed62 g = ToSigned62(a);
  Signed62 d{};
  Signed62 e{1, 0, 0, 0, 0};
  std::int64_t zeta = -1;
  for (int i = 0; i < kBatches; ++i) {
    const Matrix m =
        DivSteps(zeta, static_cast<std::uint64_t>(f[0]), static_cast<std::uint64_t>(g[0]));
    UpdateDe(p, m, d, e);
    UpdateFg(m, f, g);
  }
  // Now g = 0 and f = +-1, so d = +-1/a.
  Normalize(p, d, f[kLimbs - 1]);
  const P256Element inverse = FromSigned62(d);
  WipeArray(d);
  WipeArray(e);
  return inverse;
}

}  // namespace

P256Element P256Inverse(const P256Element& a) { return Inverse(kField, a); }

P256Element P256OrderInverse(const P256Element& a) { return Inverse(kOrder, a); }

P256Element P256AffineX(const P256Element& x, const P256Element& z) {
  P256Element inverse = P256Inverse(z);
  P256Element square = MontgomeryProduct(inverse, inverse);
  P256Element product = MontgomeryProduct(square, x);
  const P256Element result = MontgomeryProduct(product, kR3);
  WipeArray(inverse);
  WipeArray(square);
  WipeArray(product);
  return result;
}

}  // namespace florin::primitives
