#include "crypto/primitives/self_test.h"

#include <atomic>
#include <mutex>

#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/known_answers.h"

namespace florin::primitives {
namespace {

enum class Verdict : int { kUnknown, kPassed, kFailed };

std::atomic<Verdict> g_verdict{Verdict::kUnknown};
std::atomic<bool> g_forced{false};
std::atomic<const char*> g_failed{""};
std::once_flag g_once;
// The tests call the functions that ask for their verdict.
thread_local bool g_running_here = false;

const char* FirstWrong(std::span<const KnownAnswer> answers) {
  for (const KnownAnswer& answer : answers) {
    if (!answer.run(answer.expected)) return answer.name;
  }
  return "";
}

const char* FirstWrongOfAll() {
  if (Evp() == nullptr) return "openssl";
  for (const auto& answers : {KnownMacs(), KnownCiphers(), KnownPublicKeys()}) {
    const char* failed = FirstWrong(answers);
    if (failed[0] != '\0') return failed;
  }
  return "";
}

void Judge(const char* failed) {
  g_failed.store(failed, std::memory_order_release);
  g_verdict.store(failed[0] == '\0' ? Verdict::kPassed : Verdict::kFailed,
                  std::memory_order_release);
}

void RunAll() {
  g_running_here = true;
  Judge(FirstWrongOfAll());
  g_running_here = false;
}

}  // namespace

Status PrimitivesReady() {
  if (g_verdict.load(std::memory_order_acquire) == Verdict::kPassed) [[likely]]
    return OkStatus();
  if (g_running_here) return OkStatus();
  std::call_once(g_once, RunAll);
  if (g_verdict.load(std::memory_order_acquire) == Verdict::kPassed) return OkStatus();
  return Error(ErrorCode::kInternal, "a cryptographic self-test failed: nothing will be computed");
}

const char* FailedSelfTest() { return g_failed.load(std::memory_order_acquire); }

void JudgeByAnswers(std::span<const KnownAnswer> answers) {
  std::call_once(g_once, RunAll);
  g_running_here = true;
  Judge(FirstWrong(answers));
  g_running_here = false;
}

void ForceSelfTestFailure(bool failed) {
  std::call_once(g_once, RunAll);
  if (g_forced.exchange(failed) == failed) return;
  const bool passed = !failed && FailedSelfTest()[0] == '\0';
  g_verdict.store(passed ? Verdict::kPassed : Verdict::kFailed, std::memory_order_release);
}

}  // namespace florin::primitives
