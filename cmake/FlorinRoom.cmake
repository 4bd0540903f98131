# florin_room: one call per room. It names what the room may include; the ctest `layers` reads the
# same names, so a room cannot include what it did not declare.
include_guard(GLOBAL)

# Adds a folder if it has been laid yet.
function(florin_add_directory dir)
  if(EXISTS "${PROJECT_SOURCE_DIR}/${dir}/CMakeLists.txt")
    add_subdirectory("${PROJECT_SOURCE_DIR}/${dir}" "${PROJECT_BINARY_DIR}/${dir}")
  endif()
endfunction()

# florin_room(<name> [MODULE_ROOM]
#   SOURCES <files>      relative to the room's folder
#   DEPS <rooms>         every room this one may include, not only the nearest
#   ALLOWS <families>    third-party header families it may include; they are linked too
#   LIBS <targets>       further link targets, without headers of their own
#   HEADERS <files>)     public headers it owns outside include/florin/<name>/, from the root
# Makes the OBJECT library florin_room_<name>. A MODULE_ROOM stays out of libflorin.
function(florin_room name)
  cmake_parse_arguments(arg "MODULE_ROOM" "" "SOURCES;DEPS;ALLOWS;LIBS;HEADERS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "florin_room(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target florin_room_${name})
  add_library(${target} OBJECT ${arg_SOURCES})
  target_include_directories(${target} PUBLIC
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE florin_flags)

  set(libs ${arg_LIBS})
  foreach(family IN LISTS arg_ALLOWS)
    florin_third_party(${family} family_libs)
    list(APPEND libs ${family_libs})
  endforeach()
  target_link_libraries(${target} PRIVATE ${libs})

  foreach(dep IN LISTS arg_DEPS)
    if(NOT TARGET florin_room_${dep})
      message(FATAL_ERROR "florin_room(${name}): there is no room ${dep} below it")
    endif()
  endforeach()

  set_property(GLOBAL APPEND PROPERTY FLORIN_ROOMS ${name})
  set_property(GLOBAL PROPERTY FLORIN_ROOM_DEPS_${name} ${arg_DEPS})
  set_property(GLOBAL PROPERTY FLORIN_ROOM_LIBS_${name} ${libs})
  if(NOT arg_MODULE_ROOM)
    set_property(GLOBAL APPEND PROPERTY FLORIN_LIBRARY_ROOMS ${name})
  endif()

  file(RELATIVE_PATH dir "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  list(JOIN arg_DEPS "," deps)
  list(JOIN arg_ALLOWS "," allows)
  list(JOIN arg_HEADERS "," headers)
  set_property(GLOBAL APPEND PROPERTY FLORIN_ROOM_LINES
    "name=${name} dir=${dir} deps=${deps} allows=${allows} headers=${headers}")
endfunction()

# Writes the rooms, one a line, for tools/dev/check_layers.py.
function(florin_write_rooms path)
  get_property(lines GLOBAL PROPERTY FLORIN_ROOM_LINES)
  list(JOIN lines "\n" text)
  file(GENERATE OUTPUT "${path}" CONTENT "${text}\n")
endfunction()

# Sets `out` to the given rooms and everything below them.
function(florin_room_closure out)
  set(closure "")
  set(todo ${ARGN})
  while(todo)
    list(POP_FRONT todo name)
    if(NOT name IN_LIST closure AND TARGET florin_room_${name})
      list(APPEND closure ${name})
      get_property(deps GLOBAL PROPERTY FLORIN_ROOM_DEPS_${name})
      list(APPEND todo ${deps})
    endif()
  endwhile()
  set(${out} ${closure} PARENT_SCOPE)
endfunction()

# Links the objects of the rooms, of every room below them, and their libraries into `target`.
function(florin_link_rooms target)
  florin_room_closure(rooms ${ARGN})
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}")
  foreach(name IN LISTS rooms)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:florin_room_${name}>)
    get_property(libs GLOBAL PROPERTY FLORIN_ROOM_LIBS_${name})
    target_link_libraries(${target} PRIVATE ${libs})
  endforeach()
  target_link_libraries(${target} PRIVATE Threads::Threads)
endfunction()

# florin_pkcs11_module(<target> OUTPUT <name> ROOMS <rooms> [SOURCES <files>])
# A PKCS#11 module: everything is inside, only C_* is visible. libstdc++ and libgcc are linked
# statically so that a client with another C++ runtime is not disturbed. The given rooms are linked
# whole; of those below them only what is used, so that the module needs no library it never calls.
function(florin_pkcs11_module target)
  cmake_parse_arguments(arg "" "OUTPUT" "SOURCES;ROOMS" ${ARGN})
  set(whole "")
  foreach(name IN LISTS arg_ROOMS)
    list(APPEND whole $<TARGET_OBJECTS:florin_room_${name}>)
  endforeach()
  add_library(${target} MODULE ${arg_SOURCES} ${whole})
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}")

  florin_room_closure(below ${arg_ROOMS})
  list(REMOVE_ITEM below ${arg_ROOMS})
  if(below)
    add_library(${target}_below STATIC)
    set_target_properties(${target}_below PROPERTIES LINKER_LANGUAGE CXX)
    foreach(name IN LISTS below)
      target_sources(${target}_below PRIVATE $<TARGET_OBJECTS:florin_room_${name}>)
    endforeach()
    target_link_libraries(${target} PRIVATE ${target}_below)
  endif()
  foreach(name IN LISTS below arg_ROOMS)
    get_property(libs GLOBAL PROPERTY FLORIN_ROOM_LIBS_${name})
    target_link_libraries(${target} PRIVATE ${libs})
  endforeach()
  target_link_libraries(${target} PRIVATE florin_flags Threads::Threads)

  set_property(GLOBAL PROPERTY FLORIN_PKCS11_MODULE ${target})
  set(script "${PROJECT_SOURCE_DIR}/cmake/pkcs11_module.map")
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME "${arg_OUTPUT}"
    PREFIX ""
    LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}"
    LINK_DEPENDS "${script}")
  target_link_options(${target} PRIVATE
    "-Wl,--version-script=${script}" -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--as-needed)
  if(NOT FLORIN_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,-z,defs)
  endif()
endfunction()
