// The choice of a kernel, and its self-test.
#include "crypto/kernels/kernels.h"

#include <stdlib.h>

#include <cstring>
#include <set>
#include <string>

#include "tests/crypto/kernels/kernel_testing.h"

namespace florin::kernels {
namespace {

TEST(KernelList, EndsWithPortableAndNamesNoneTwice) {
  std::set<std::string> names;
  for (const Kernel& kernel : Kernels()) EXPECT_TRUE(names.insert(kernel.name).second);
  const Kernel& last = Kernels().back();
  EXPECT_STREQ(last.name, "portable");
  EXPECT_EQ(last.aes, nullptr);
  EXPECT_TRUE(last.runs_on(CpuFeatures{}));
}

TEST(ChooseKernel, TakesTheFirstThatRuns) {
  EXPECT_EQ(ChooseKernel("", Cpu()).value(), SupportedKernels().front());
  EXPECT_STREQ(ChooseKernel("", CpuFeatures{}).value()->name, "portable");
}

TEST(ChooseKernel, TakesTheOneThatIsNamed) {
  for (const Kernel* kernel : SupportedKernels()) {
    EXPECT_EQ(ChooseKernel(kernel->name, Cpu()).value(), kernel);
  }
}

TEST(ChooseKernel, RefusesWhatThisProcessorCannotRun) {
  for (const Kernel& kernel : Kernels()) {
    if (kernel.aes == nullptr) continue;
    const auto chosen = ChooseKernel(kernel.name, CpuFeatures{});
    EXPECT_EQ(chosen.code(), ErrorCode::kUnsupported) << kernel.name;
  }
}

TEST(ChooseKernel, RefusesNamesThatThereAreNot) {
  for (const char* name : {"avx1024", "AESNI", "aesni ", " aesni", "aes", "portable,aesni", "0"}) {
    const auto chosen = ChooseKernel(name, Cpu());
    EXPECT_EQ(chosen.code(), ErrorCode::kInvalidArgument) << name;
    EXPECT_NE(std::strstr(chosen.error().message(), kForceKernelVariable), nullptr);
  }
}

// One feature less, and the kernel is not for this processor.
TEST(ChooseKernel, AsksForEveryFeatureThatAKernelUses) {
  if (Kernels().size() == 1) GTEST_SKIP() << "this build has only the portable kernel";
  CpuFeatures all;
  all.aes = all.avx = all.pclmulqdq = all.avx2 = all.bmi2 = all.vaes = all.vpclmulqdq = true;
  all.avx512f = all.avx512bw = all.avx512dq = all.avx512vl = true;
  EXPECT_STREQ(ChooseKernel("", all).value()->name, "vaes512");
  for (bool CpuFeatures::*feature :
       {&CpuFeatures::avx2, &CpuFeatures::bmi2, &CpuFeatures::vaes, &CpuFeatures::vpclmulqdq,
        &CpuFeatures::avx512f, &CpuFeatures::avx512bw, &CpuFeatures::avx512dq,
        &CpuFeatures::avx512vl}) {
    CpuFeatures less = all;
    less.*feature = false;
    EXPECT_STREQ(ChooseKernel("", less).value()->name, "aesni");
  }
  for (bool CpuFeatures::*feature :
       {&CpuFeatures::aes, &CpuFeatures::avx, &CpuFeatures::pclmulqdq}) {
    CpuFeatures less = all;
    less.*feature = false;
    EXPECT_STREQ(ChooseKernel("", less).value()->name, "portable");
  }
}

// ctest runs it with several values of the variable.
TEST(ForcedKernel, IsUsedOrRefusedByEveryCall) {
  const char* forced = ::getenv(kForceKernelVariable);
  const auto expected = ChooseKernel(forced == nullptr ? "" : forced, Cpu());
  const Bytes key(16);
  Bytes mac(16);
  const DerivationBlock path[1] = {};
  const auto active = ActiveKernel();
  EXPECT_EQ(active.code(), expected.code());
  if (expected.ok()) {
    EXPECT_EQ(*active, *expected);
  } else {
    EXPECT_STREQ(active.error().message(), expected.error().message());
  }
  EXPECT_EQ(AesCmacOnce(key, ByteView(), mac).code(), expected.code());
  EXPECT_EQ(AesCmacKey::Create(key).code(), expected.code());
  EXPECT_EQ(AesDerive(key, path, mac).code(), expected.code());
  EXPECT_EQ(AesGcmKey::Create(key).code(), expected.code());
}

TEST_P(KernelTest, PassesItsSelfTest) { EXPECT_TRUE(TestKernel(kernel()).ok()); }

INSTANTIATE_TEST_SUITE_P(Kernels, KernelTest, ::testing::ValuesIn(SupportedKernels()), KernelName);

// --- kernels with one fault ---

const AesInstructions* right = nullptr;

void WrongCmac(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* message,
               std::size_t size, std::uint8_t* mac) {
  right->cmac_once(key, key_size, message, size, mac);
  mac[15] ^= 1;
}

void WrongDerive(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* path,
                 std::size_t steps, std::uint8_t* out, std::size_t out_size) {
  right->derive(key, key_size, path, steps, out, out_size);
  if (out_size > 16) out[16] ^= 1;
}

void WrongSeal(const GcmSchedule* schedule, const GcmRecord* record, std::uint8_t* tag) {
  right->gcm_seal(schedule, record, tag);
  record->out[record->size - 1] ^= 1;
}

bool OpensAnything(const GcmSchedule* schedule, const GcmRecord* record, const std::uint8_t*,
                   std::size_t) {
  std::uint8_t tag[16];
  right->gcm_seal(schedule, record, tag);
  return true;
}

TEST(SelfTest, FindsAKernelThatIsWrong) {
  right = SupportedKernels().front()->aes;
  if (right == nullptr) GTEST_SKIP() << "only the portable kernel runs here";
  const auto verdict = [](auto change) {
    AesInstructions wrong = *right;
    change(wrong);
    return TestKernel({"wrong", SupportedKernels().front()->runs_on, &wrong}).code();
  };
  EXPECT_EQ(verdict([](AesInstructions&) {}), ErrorCode::kOk);
  EXPECT_EQ(verdict([](AesInstructions& a) { a.cmac_once = WrongCmac; }), ErrorCode::kInternal);
  EXPECT_EQ(verdict([](AesInstructions& a) { a.derive = WrongDerive; }), ErrorCode::kInternal);
  EXPECT_EQ(verdict([](AesInstructions& a) { a.gcm_seal = WrongSeal; }), ErrorCode::kInternal);
  EXPECT_EQ(verdict([](AesInstructions& a) { a.gcm_open = OpensAnything; }), ErrorCode::kInternal);
}

}  // namespace
}  // namespace florin::kernels
