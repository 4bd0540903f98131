# libflorin, static and shared, joined from the library rooms.
include_guard(GLOBAL)

get_property(florin_library_rooms GLOBAL PROPERTY FLORIN_LIBRARY_ROOMS)
if(NOT florin_library_rooms)
  return()
endif()

# Everything a user of the static library must link besides it.
set(florin_library_libs "")
foreach(name IN LISTS florin_library_rooms)
  get_property(libs GLOBAL PROPERTY FLORIN_ROOM_LIBS_${name})
  list(APPEND florin_library_libs ${libs})
endforeach()
list(REMOVE_DUPLICATES florin_library_libs)

foreach(kind IN ITEMS static shared)
  if(kind STREQUAL "static")
    set(target florin)
    add_library(${target} STATIC)
  else()
    set(target florin_shared)
    add_library(${target} SHARED)
  endif()
  add_library(florin::${target} ALIAS ${target})
  foreach(name IN LISTS florin_library_rooms)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:florin_room_${name}>)
  endforeach()
  target_link_libraries(${target} PRIVATE
    ${florin_library_libs} Threads::Threads $<BUILD_INTERFACE:florin_flags>)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME florin
    LINKER_LANGUAGE CXX)
endforeach()

# Public headers open the visibility of what they declare; the script keeps out what templates of
# the standard library would add.
set(florin_script "${PROJECT_SOURCE_DIR}/cmake/libflorin.map")
target_link_options(florin_shared PRIVATE "-Wl,--version-script=${florin_script}")
set_target_properties(florin_shared PROPERTIES
  VERSION ${PROJECT_VERSION}
  SOVERSION 0
  LINK_DEPENDS "${florin_script}")
