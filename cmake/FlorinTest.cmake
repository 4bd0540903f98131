# florin_test and florin_fuzzer: one call per test executable.
include_guard(GLOBAL)

# Everything with the label `concurrent`, for the ThreadSanitizer run.
add_custom_target(florin_concurrent_tests)

# What is tested is built as it ships; the test around it only has to compile soon.
# UndefinedBehaviorSanitizer in the tests themselves would cost a third of their compile time.
function(florin_test_flags target)
  target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
  if(FLORIN_SANITIZE MATCHES "undefined")
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined)
  endif()
  target_link_libraries(${target} PRIVATE florin_flags GTest::gtest)
endfunction()

# The headers that every test includes are parsed once: that is a quarter of a test's compile time.
# Flags as in florin_test: a compiler refuses headers made with others.
if(FLORIN_BUILD_TESTS)
  add_library(florin_test_headers OBJECT "${PROJECT_SOURCE_DIR}/tests/support/common_headers.cc")
  florin_test_flags(florin_test_headers)
  set_target_properties(florin_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(florin_test_headers PRIVATE -fPIE)  # as what is linked into an executable
  target_precompile_headers(florin_test_headers PRIVATE
    <gtest/gtest.h> <algorithm> <array> <atomic> <cstring> <functional> <map> <memory> <set>
    <string> <thread> <utility> <vector>)
endif()

# florin_test(<name> SOURCES <files> ROOMS <rooms>
#   [ALLOWS <families>]   third-party families whose headers the test includes
#   [LIBS <targets>]      further link targets
#   [LABELS <labels>]     ctest labels; `slow` keeps it out of the short run, `concurrent` puts it
#                         into the ThreadSanitizer run
#   [TIMEOUT <seconds>]   per test case, 120 unless given
#   [WHOLE])              one ctest entry for the whole executable instead of one per case; so it is
#                         for every test under AddressSanitizer, where starting takes a third of a
#                         second
# The executable runs with the source root in FLORIN_SOURCE_DIR (a macro), so that it finds
# tests/vectors.
function(florin_test name)
  cmake_parse_arguments(arg "WHOLE" "TIMEOUT" "SOURCES;ROOMS;ALLOWS;LIBS;LABELS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "florin_test(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(FLORIN_SANITIZE MATCHES "address" AND NOT arg_WHOLE)
    set(arg_WHOLE ON)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 4")
  endif()
  add_executable(${name} ${arg_SOURCES})
  florin_test_flags(${name})
  target_precompile_headers(${name} REUSE_FROM florin_test_headers)
  target_link_libraries(${name} PRIVATE GTest::gtest_main ${arg_LIBS})
  foreach(family IN LISTS arg_ALLOWS)
    florin_third_party(${family} family_libs)
    target_link_libraries(${name} PRIVATE ${family_libs})
  endforeach()
  florin_link_rooms(${name} ${arg_ROOMS})
  target_compile_definitions(${name} PRIVATE FLORIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if("concurrent" IN_LIST arg_LABELS)
    add_dependencies(florin_concurrent_tests ${name})
  endif()
  if(arg_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  else()
    gtest_discover_tests(${name}
      TEST_PREFIX "${name}."
      TEST_LIST ${name}_cases
      DISCOVERY_MODE PRE_TEST
      DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT ${arg_TIMEOUT})
    if(arg_LABELS)
      # gtest_discover_tests loses all but the first of several labels, so they are set by a file
      # that ctest reads after its list.
      set(file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
      file(WRITE "${file}"
        "if(${name}_cases)\n"
        "  set_tests_properties(\${${name}_cases} PROPERTIES LABELS \"${arg_LABELS}\")\n"
        "endif()\n")
      set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${file}")
    endif()
  endif()
endfunction()

# florin_fuzzer(<name> SOURCES <files> ROOMS <rooms> CORPUS <folder> [ALLOWS ..] [LIBS ..])
# With FLORIN_FUZZ a libFuzzer executable fuzz_<name>. Without it fuzz_<name> runs every file of the
# corpus once, and ctest knows it as fuzz_replay_<name>.
function(florin_fuzzer name)
  cmake_parse_arguments(arg "" "CORPUS" "SOURCES;ROOMS;ALLOWS;LIBS" ${ARGN})
  set(target fuzz_${name})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE florin_flags ${arg_LIBS})
  foreach(family IN LISTS arg_ALLOWS)
    florin_third_party(${family} family_libs)
    target_link_libraries(${target} PRIVATE ${family_libs})
  endforeach()
  florin_link_rooms(${target} ${arg_ROOMS})
  get_filename_component(corpus "${arg_CORPUS}" ABSOLUTE)
  if(FLORIN_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz_replay_${name} COMMAND ${target} -runs=0 "${corpus}")
  else()
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc")
    add_test(NAME fuzz_replay_${name} COMMAND ${target} "${corpus}")
  endif()
  set_tests_properties(fuzz_replay_${name} PROPERTIES LABELS fuzz_replay TIMEOUT 120)
endfunction()
