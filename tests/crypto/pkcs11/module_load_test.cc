// Module::Load before there is a module: what the process itself lacks is told first.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>

#include "florin/pkcs11/pkcs11_session.h"

namespace florin::pkcs11 {
namespace {

// In a process of its own: the kernel is chosen once. The text is for whoever set the variable.
TEST(ModuleLoadDeathTest, TellsOfAKernelThatThereIsNot) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::setenv("FLORIN_FORCE_KERNEL", "unknown", 1);
        const auto module = Module::Load("/nonexistent/module.so");
        std::fputs(module.error().message(), stderr);
        ::exit(module.code() == ErrorCode::kInvalidArgument ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "FLORIN_FORCE_KERNEL names no kernel");
}

}  // namespace
}  // namespace florin::pkcs11
