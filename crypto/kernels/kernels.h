// The kernels: every way in which this room can compute, and which of them this process uses.
//
//   vaes512   VAES, VPCLMULQDQ and AVX-512 for GCM; AES-NI for what has no parallel blocks
//   aesni     AES-NI, PCLMULQDQ and AVX
//   portable  OpenSSL through crypto/primitives; the only one of other architectures
//
// The first one that the processor and its operating system run is used, from the first call to the
// end of the process. FLORIN_FORCE_KERNEL=<name> in the environment decides otherwise: for tests,
// for measurements, and for operators who distrust an instruction. A name that there is not, or one
// that this processor does not run, is an error of every call that would need a kernel; nothing is
// used in its place. An empty value counts as none. A program with other rights than its caller
// does not read it (secure_getenv).
#pragma once

#include <span>
#include <string_view>

#include "crypto/base/cpu_features.h"
#include "florin/base/result.h"

namespace florin::kernels {

inline constexpr char kForceKernelVariable[] = "FLORIN_FORCE_KERNEL";

struct AesInstructions;

// One of them. Immutable; lives as long as the process.
struct Kernel {
  const char* name;
  bool (*runs_on)(const CpuFeatures& cpu);
  const AesInstructions* aes;  // nullptr: crypto/primitives computes
};

// All kernels of this build, the fastest first, `portable` last.
std::span<const Kernel> Kernels();

// The kernel that `forced` names, or the fastest that `cpu` runs where `forced` is empty.
// kInvalidArgument: no kernel of this name; kUnsupported: not on this processor.
Result<const Kernel*> ChooseKernel(std::string_view forced, const CpuFeatures& cpu);

// Compares the kernel with published values; kInternal where they differ. Any thread.
Status TestKernel(const Kernel& kernel);

// The kernel of this process: chosen and tested on the first call, an atomic load afterwards.
// Errors: as ChooseKernel and TestKernel, and kInternal when the primitives failed their own tests.
// They stay for the life of the process. Any thread.
Result<const Kernel*> ActiveKernel();

}  // namespace florin::kernels
