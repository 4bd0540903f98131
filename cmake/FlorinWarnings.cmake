# Compiler and linker flags of the house, carried by the interface target `florin_flags`.
add_library(florin_flags INTERFACE)

target_compile_options(florin_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(FLORIN_WERROR)
  target_compile_options(florin_flags INTERFACE -Werror)
endif()
target_compile_definitions(florin_flags INTERFACE _GLIBCXX_ASSERTIONS)

if(FLORIN_SANITIZE)
  set(florin_sanitize -fsanitize=${FLORIN_SANITIZE} -fno-omit-frame-pointer)
  target_compile_options(florin_flags INTERFACE ${florin_sanitize} -fno-sanitize-recover=all)
  target_link_options(florin_flags INTERFACE ${florin_sanitize})
endif()
if(FLORIN_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "FLORIN_FUZZ needs clang: configure with the preset `fuzz`")
  endif()
  target_compile_options(florin_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(FLORIN_COVERAGE)
  target_compile_options(florin_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(florin_flags INTERFACE --coverage)
endif()

# _FORTIFY_SOURCE needs optimisation and quarrels with the sanitizers, so it is for plain
# optimised builds. The GCC-only flags are unknown to clang 14.
if(FLORIN_HARDEN AND NOT FLORIN_SANITIZE AND CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo)$")
  target_compile_options(florin_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
    -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    target_compile_options(florin_flags INTERFACE -fcf-protection)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(florin_flags INTERFACE
      -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr)
  endif()
  target_link_options(florin_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
