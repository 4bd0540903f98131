// Observer: the one way out for diagnosis, counters and audit events. A library does not print.
#pragma once

#include <cstdint>

#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// What happened, in names that are string literals. Carries no key, PIN, PAN or cryptogram.
struct Event {
  const char* component;          // "payload.apple_pay", "tokenizer.vault", "hsm.pool"
  const char* stage;              // "signature", "chain", "tokenize"
  Error outcome;                  // kOk on success; else what was wrong, precise, for operators
  std::uint64_t subject = 0;      // an opaque correlation number chosen by the caller, or 0
  std::uint64_t duration_ns = 0;  // 0 where it was not measured
};

// Implementations are safe to call from many threads, do not block, and do not throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnEvent(const Event& event) = 0;
};

// Drops every event. Lives as long as the process.
Observer& NullObserver();

}  // namespace florin

#pragma GCC visibility pop
