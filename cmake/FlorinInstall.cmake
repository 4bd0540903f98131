# Install rules, the CMake package, the pkg-config file and the Debian packages.
# Components: lib (shared library), dev (headers, static library, packages), hsm_sim, tools.
include_guard(GLOBAL)
if(NOT TARGET florin)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

file(STRINGS "${PROJECT_SOURCE_DIR}/include/florin/version.h" version_line
  REGEX "define FLORIN_VERSION \"${PROJECT_VERSION}\"")
if(NOT version_line)
  message(FATAL_ERROR "include/florin/version.h does not say ${PROJECT_VERSION}")
endif()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/florin")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/florin"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)

# Two export sets, so that a user of the shared library need not have what the static one needs.
install(TARGETS florin EXPORT florin-static
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
install(TARGETS florin_shared EXPORT florin-shared
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT lib NAMELINK_COMPONENT dev)
foreach(kind IN ITEMS static shared)
  install(EXPORT florin-${kind} NAMESPACE florin:: FILE florin-${kind}-targets.cmake
    DESTINATION "${package_dir}" COMPONENT dev)
endforeach()

set(FLORIN_NEEDS_LMDB 0)
# Named as libraries, not as packages: libcrypto.pc would ask for what a static libcrypto needs.
set(FLORIN_PC_LIBS "-lcrypto -lsodium -lsimdjson")
if(FLORIN_WITH_LMDB)
  set(FLORIN_NEEDS_LMDB 1)
  string(APPEND FLORIN_PC_LIBS " -llmdb")
endif()
configure_package_config_file(cmake/package/florin-config.cmake.in
  "${PROJECT_BINARY_DIR}/package/florin-config.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/florin-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/package/florin-config.cmake"
  "${PROJECT_BINARY_DIR}/package/florin-config-version.cmake"
  DESTINATION "${package_dir}" COMPONENT dev)

# From the folder of florin.pc, so that an install to any prefix finds itself.
file(RELATIVE_PATH FLORIN_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/package/florin.pc.in "${PROJECT_BINARY_DIR}/package/florin.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/florin.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)

get_property(module GLOBAL PROPERTY FLORIN_PKCS11_MODULE)
if(module)
  # Where p11-kit looks for modules. No .module file: test equipment is not switched on for a whole
  # system by installing it.
  install(TARGETS ${module}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkcs11" COMPONENT hsm_sim)
endif()
if(TARGET florin_cli)
  install(TARGETS florin_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)
endif()

include(FlorinPackage)
