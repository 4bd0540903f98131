// What this processor and its operating system can run; kernels choose by it.
#pragma once

namespace florin {

// True only where both the processor and the operating system (saved register state) allow it.
// Plain data, filled once.
struct CpuFeatures {
  bool ssse3 = false;
  bool sse41 = false;
  bool pclmulqdq = false;
  bool aes = false;
  bool rdrand = false;
  bool bmi2 = false;
  bool adx = false;
  bool sha = false;
  bool avx = false;
  bool avx2 = false;
  bool vaes = false;
  bool vpclmulqdq = false;
  bool gfni = false;
  bool avx512f = false;
  bool avx512bw = false;
  bool avx512dq = false;
  bool avx512vl = false;
  bool avx512ifma = false;
  bool avx512vbmi = false;
  bool avx512vbmi2 = false;
};

// Detected on the first call; the same object ever after. Safe to call from any thread.
const CpuFeatures& Cpu();

}  // namespace florin
