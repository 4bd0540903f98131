// GCM for records with VAES, VPCLMULQDQ and AVX-512: four blocks in a vector.
#include "crypto/kernels/x86_blocks.inc"

namespace florin::kernels {
namespace {

inline __mmask64 FirstMask(std::size_t size) {
  return _bzhi_u64(~0ULL, static_cast<unsigned>(size));
}

struct Lanes {
  using Vector = __m512i;
  static constexpr std::size_t kBlocks = 4;

  static Vector Spread(Block block) { return _mm512_broadcast_i32x4(block); }
  static Vector LoadFirst(const std::uint8_t* bytes, std::size_t size) {
    return size == 64 ? _mm512_loadu_si512(bytes) : _mm512_maskz_loadu_epi8(FirstMask(size), bytes);
  }
  static void StoreFirst(std::uint8_t* bytes, Vector v, std::size_t size) {
    if (size == 64) {
      _mm512_storeu_si512(bytes, v);
    } else {
      _mm512_mask_storeu_epi8(bytes, FirstMask(size), v);
    }
  }
  static Vector First(Vector v, std::size_t size) {
    return _mm512_maskz_mov_epi8(FirstMask(size), v);
  }
  static Vector Powers(const std::uint8_t* bytes) { return _mm512_loadu_si512(bytes); }
  static Vector Xor(Vector a, Vector b) { return _mm512_xor_si512(a, b); }
  static Vector Round(Vector v, Vector key) { return _mm512_aesenc_epi128(v, key); }
  static Vector LastRound(Vector v, Vector key) { return _mm512_aesenclast_epi128(v, key); }
  static Vector Reverse(Vector v) {
    return _mm512_shuffle_epi8(
        v, Spread(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
  }
  static Vector AddWords(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
  static Vector Counters(std::uint32_t first) {
    const Vector lane = _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0);
    return _mm512_add_epi32(lane, _mm512_maskz_set1_epi32(0x1111, static_cast<int>(first)));
  }

  struct Sum {
    Vector low = _mm512_setzero_si512();
    Vector middle = _mm512_setzero_si512();
    Vector high = _mm512_setzero_si512();
  };
  static void AddProduct(Sum& sum, Vector x, Vector powers) {
    sum.low = Xor(sum.low, _mm512_clmulepi64_epi128(x, powers, 0x00));
    sum.high = Xor(sum.high, _mm512_clmulepi64_epi128(x, powers, 0x11));
    sum.middle = _mm512_ternarylogic_epi64(sum.middle, _mm512_clmulepi64_epi128(x, powers, 0x01),
                                           _mm512_clmulepi64_epi128(x, powers, 0x10), 0x96);
  }
  static Block Total(Vector v) {
    const __m256i half =
        _mm256_xor_si256(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  }
  static Products Total(const Sum& sum) {
    return {Total(sum.low), Total(sum.middle), Total(sum.high)};
  }
};

}  // namespace
}  // namespace florin::kernels

#include "crypto/kernels/x86_gcm.inc"

namespace florin::kernels {

void Vaes512GcmSeal(const GcmSchedule* schedule, const GcmRecord* record, std::uint8_t* tag) {
  SealRecord(*schedule, *record, tag);
  _mm256_zeroupper();
}

bool Vaes512GcmOpen(const GcmSchedule* schedule, const GcmRecord* record, const std::uint8_t* tag,
                    std::size_t tag_size) {
  const bool good = OpenRecord(*schedule, *record, tag, tag_size);
  _mm256_zeroupper();
  return good;
}

}  // namespace florin::kernels
