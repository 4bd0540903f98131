// Poison: secret memory as valgrind's memcheck sees it. It calls poisoned bytes uninitialised, so
// that every branch and every address that depends on them is an error of the run.
#pragma once

#include <valgrind/memcheck.h>

#include "florin/base/bytes.h"

namespace florin::ct {

inline void Poison(ByteView bytes) { VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size()); }

// Says that a value may be looked at now: a verdict, or what it lets out.
inline void Reveal(ByteView bytes) { VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size()); }

template <class T>
T Revealed(T value) {
  VALGRIND_MAKE_MEM_DEFINED(&value, sizeof(value));
  return value;
}

// Whether the run can show anything at all.
inline bool UnderValgrind() { return RUNNING_ON_VALGRIND != 0; }

// Errors that memcheck has counted so far.
inline unsigned long ErrorCount() { return VALGRIND_COUNT_ERRORS; }

}  // namespace florin::ct
