// Known-answer self-tests: every primitive proves itself once before it is first used.
#pragma once

#include <span>

#include "florin/base/result.h"

namespace florin::primitives {

struct KnownAnswer;

// Runs the known-answer tests on the first call of the process and returns their verdict from then
// on; later calls cost one atomic load. Every factory and every one-shot function of this room asks
// it first, so after a failure everything refuses with kInternal. Any thread.
Status PrimitivesReady();

// The name of the first test that failed ("aes-gcm"), or "" when all passed or none has run.
const char* FailedSelfTest();

// For tests: the verdict, from now on, is what `answers` alone come to. Not while others compute.
void JudgeByAnswers(std::span<const KnownAnswer> answers);

// For tests: makes the verdict a failure from now on, or takes that back.
void ForceSelfTestFailure(bool failed);

}  // namespace florin::primitives
