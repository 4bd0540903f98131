// Calls into a library of others that leaks and cannot be mended here.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace florin {

// While one lives, what its thread allocates is no leak in LeakSanitizer's eyes. Every use says
// whose leak it is.
class ForeignLeaks {
 public:
#if defined(__SANITIZE_ADDRESS__)
  ForeignLeaks() { __lsan_disable(); }
  ~ForeignLeaks() { __lsan_enable(); }
#else
  ForeignLeaks() {}
  ~ForeignLeaks() {}
#endif
  ForeignLeaks(const ForeignLeaks&) = delete;
  ForeignLeaks& operator=(const ForeignLeaks&) = delete;
};

}  // namespace florin
