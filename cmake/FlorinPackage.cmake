# Debian packages: `cpack` in a build folder that was configured with -DCMAKE_INSTALL_PREFIX=/usr.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME florin)
set(CPACK_PACKAGE_VENDOR "Florin")
set(CPACK_PACKAGE_CONTACT "Florin maintainers <florin@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_STRIP_FILES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
# dpkg-shlibdeps finds libflorin.so of this build here.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}")

set(CPACK_COMPONENTS_ALL lib dev)
if(module)
  list(APPEND CPACK_COMPONENTS_ALL hsm_sim)
endif()
if(TARGET florin_cli)
  list(APPEND CPACK_COMPONENTS_ALL tools)
endif()

foreach(pair IN ITEMS lib:libflorin0 dev:libflorin-dev hsm_sim:florin-hsm-sim tools:florin-tools)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 component)
  list(GET pair 1 package)
  if(component IN_LIST CPACK_COMPONENTS_ALL)
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
      DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}" RENAME copyright
      COMPONENT ${component})
  endif()
endforeach()

set(CPACK_DEBIAN_LIB_PACKAGE_NAME libflorin0)
set(CPACK_DEBIAN_LIB_DESCRIPTION "Payment cryptography and tokenization engine, shared library")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libflorin-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libflorin0 (= ${PROJECT_VERSION}), libssl-dev, libsodium-dev, libsimdjson-dev")
if(FLORIN_WITH_LMDB)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", liblmdb-dev")
endif()
set(CPACK_DEBIAN_DEV_DESCRIPTION "Headers and static library of Florin")

set(CPACK_DEBIAN_HSM_SIM_PACKAGE_NAME florin-hsm-sim)
set(CPACK_DEBIAN_HSM_SIM_PACKAGE_SECTION utils)
# A module is dlopened: it has no SONAME to announce.
set(CPACK_DEBIAN_HSM_SIM_PACKAGE_GENERATE_SHLIBS OFF)
set(CPACK_DEBIAN_HSM_SIM_DESCRIPTION "HSM simulator as a PKCS#11 module: test equipment")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME florin-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "The florin command line tool")
include(CPack)
