#include "crypto/kernels/kernels.h"

#include <stdlib.h>

#include <array>

#include "crypto/kernels/aes_instructions.h"
#include "crypto/primitives/self_test.h"

namespace florin::kernels {
namespace {

#if defined(FLORIN_X86_KERNELS)

constexpr AesInstructions kAesni = {
    .cmac_once = AesniCmacOnce,
    .cmac_expand = AesniCmacExpand,
    .cmac_chain = AesniCmacChain,
    .cmac_last = AesniCmacLast,
    .derive = AesniDerive,
    .gcm_expand = AesniGcmExpand,
    .gcm_seal = AesniGcmSeal,
    .gcm_open = AesniGcmOpen,
};

// Blocks that wait for each other gain nothing by wider registers.
constexpr AesInstructions kVaes512 = {
    .cmac_once = AesniCmacOnce,
    .cmac_expand = AesniCmacExpand,
    .cmac_chain = AesniCmacChain,
    .cmac_last = AesniCmacLast,
    .derive = AesniDerive,
    .gcm_expand = AesniGcmExpand,
    .gcm_seal = Vaes512GcmSeal,
    .gcm_open = Vaes512GcmOpen,
};

bool RunsAesni(const CpuFeatures& cpu) { return cpu.avx && cpu.aes && cpu.pclmulqdq; }

bool RunsVaes512(const CpuFeatures& cpu) {
  return RunsAesni(cpu) && cpu.avx2 && cpu.bmi2 && cpu.vaes && cpu.vpclmulqdq && cpu.avx512f &&
         cpu.avx512bw && cpu.avx512dq && cpu.avx512vl;
}

#endif

bool RunsEverywhere(const CpuFeatures&) { return true; }

constexpr Kernel kKernels[] = {
#if defined(FLORIN_X86_KERNELS)
    {"vaes512", RunsVaes512, &kVaes512},
    {"aesni", RunsAesni, &kAesni},
#endif
    {"portable", RunsEverywhere, nullptr},
};

Error NoSuchKernel() {
  return {
    ErrorCode::kInvalidArgument,
#if defined(FLORIN_X86_KERNELS)
        "FLORIN_FORCE_KERNEL names no kernel: it may be portable, aesni or vaes512, or unset"
  };
#else
        "FLORIN_FORCE_KERNEL names no kernel of this build: it may be portable, or unset"
  };
#endif
}

Result<const Kernel*> ChooseAndTest() {
  FLORIN_CHECK_OK(primitives::PrimitivesReady());
  const char* forced = ::secure_getenv(kForceKernelVariable);
  FLORIN_TRY(const Kernel* kernel, ChooseKernel(forced == nullptr ? "" : forced, Cpu()));
  FLORIN_CHECK_OK(TestKernel(*kernel));
  return kernel;
}

}  // namespace

std::span<const Kernel> Kernels() { return kKernels; }

Result<const Kernel*> ChooseKernel(std::string_view forced, const CpuFeatures& cpu) {
  for (const Kernel& kernel : kKernels) {
    if (!forced.empty() && forced != kernel.name) continue;
    if (kernel.runs_on(cpu)) return &kernel;
    if (!forced.empty()) {
      return Error(ErrorCode::kUnsupported,
                   "FLORIN_FORCE_KERNEL names a kernel that this processor cannot run");
    }
  }
  return NoSuchKernel();
}

Result<const Kernel*> ActiveKernel() {
  static const Result<const Kernel*> kChosen = ChooseAndTest();
  FLORIN_CHECK_OK(primitives::PrimitivesReady());
  if (!kChosen.ok()) return kChosen.error();
  return *kChosen;
}

}  // namespace florin::kernels
