#include "crypto/base/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#endif

namespace florin {
namespace {

#if defined(__x86_64__)

bool Bit(std::uint32_t word, unsigned bit) { return (word >> bit & 1) != 0; }

// The register state that the operating system saves (Intel SDM vol. 1, 13.3: XCR0).
std::uint32_t SavedState() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

CpuFeatures Detect() {
  CpuFeatures cpu;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint32_t d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return cpu;
  cpu.pclmulqdq = Bit(c, 1);
  cpu.ssse3 = Bit(c, 9);
  cpu.sse41 = Bit(c, 19);
  cpu.aes = Bit(c, 25);
  cpu.rdrand = Bit(c, 30);
  const std::uint32_t saved = Bit(c, 27) ? SavedState() : 0;
  constexpr std::uint32_t kYmm = 0x06;  // SSE and AVX state
  constexpr std::uint32_t kZmm = 0xe6;  // and opmask, ZMM_Hi256, Hi16_ZMM
  const bool ymm = (saved & kYmm) == kYmm;
  const bool zmm = (saved & kZmm) == kZmm;
  cpu.avx = ymm && Bit(c, 28);

  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return cpu;
  cpu.bmi2 = Bit(b, 8);
  cpu.adx = Bit(b, 19);
  cpu.sha = Bit(b, 29);
  cpu.gfni = Bit(c, 8);
  cpu.avx2 = cpu.avx && Bit(b, 5);
  cpu.vaes = cpu.avx2 && Bit(c, 9);
  cpu.vpclmulqdq = cpu.avx2 && Bit(c, 10);
  cpu.avx512f = zmm && Bit(b, 16);
  cpu.avx512dq = cpu.avx512f && Bit(b, 17);
  cpu.avx512ifma = cpu.avx512f && Bit(b, 21);
  cpu.avx512bw = cpu.avx512f && Bit(b, 30);
  cpu.avx512vl = cpu.avx512f && Bit(b, 31);
  cpu.avx512vbmi = cpu.avx512f && Bit(c, 1);
  cpu.avx512vbmi2 = cpu.avx512f && Bit(c, 6);
  return cpu;
}

#else

CpuFeatures Detect() { return CpuFeatures{}; }

#endif

}  // namespace

const CpuFeatures& Cpu() {
  static const CpuFeatures features = Detect();
  return features;
}

}  // namespace florin
