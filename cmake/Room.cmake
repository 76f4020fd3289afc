# Room.cmake - a folder is a room; a room is one CMake target.
#
# berth_room(netns SOURCES a.cpp b.cpp PUBLIC base PRIVATE firewall LIBS sqlite3)
#   The target is the folder's path with '/' as '_'. PUBLIC are the rooms its headers show, PRIVATE
#   the rooms only its sources use, LIBS outside libraries (private), PUBLIC_LIBS those its headers
#   show. A room without sources is headers only.
#
# Sources are compiled in batches (unity builds): Asio, nlohmann and gmock cost seconds in each
# translation unit and are read once for a batch. -DBERTH_UNITY=OFF compiles file by file.
option(BERTH_UNITY "compile the files of a room in batches" ON)

function(berth_batches target size)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ${BERTH_UNITY} UNITY_BUILD_BATCH_SIZE ${size})
  if(BERTH_UNITY)
    # What a batch includes is not a header, though the compiler takes it for one.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(berth_target_of room out)
  string(REPLACE "/" "_" target "${room}")
  set(${out} "room_${target}" PARENT_SCOPE)
endfunction()

function(berth_room room)
  cmake_parse_arguments(R "" "" "SOURCES;PUBLIC;PRIVATE;LIBS;PUBLIC_LIBS" ${ARGN})
  berth_target_of(${room} target)
  if(R_SOURCES)
    add_library(${target} STATIC ${R_SOURCES})
    berth_batches(${target} 8)
    set(shows PUBLIC)
    target_link_libraries(${target} PRIVATE berth_warnings ${R_LIBS})
    foreach(other IN LISTS R_PRIVATE)
      berth_target_of(${other} other_target)
      target_link_libraries(${target} PRIVATE ${other_target})
    endforeach()
  else()
    add_library(${target} INTERFACE)
    set(shows INTERFACE)
  endif()
  target_include_directories(${target} ${shows} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} ${shows} ${R_PUBLIC_LIBS})
  foreach(other IN LISTS R_PUBLIC)
    berth_target_of(${other} other_target)
    target_link_libraries(${target} ${shows} ${other_target})
  endforeach()
endfunction()

# berth_program(berthd SOURCES agent/main.cpp ROOMS agent)
function(berth_program name)
  cmake_parse_arguments(P "" "" "SOURCES;ROOMS;LIBS" ${ARGN})
  add_executable(${name} ${P_SOURCES})
  berth_batches(${name} 8)
  target_link_libraries(${name} PRIVATE berth_warnings ${P_LIBS})
  foreach(room IN LISTS P_ROOMS)
    berth_target_of(${room} target)
    target_link_libraries(${name} PRIVATE ${target})
  endforeach()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# berth_install_configured(units/a.service.in lib/systemd/system [PROGRAM]): installs the file without its
# ".in". Its @BERTH_BIN@ and @BERTH_LIBEXEC@ are those of the prefix that it is installed to.
function(berth_install_configured file destination)
  cmake_path(GET file STEM LAST_ONLY name)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/installed/${name})
  install(CODE "
    set(BERTH_BIN \"\${CMAKE_INSTALL_PREFIX}/bin\")
    set(BERTH_LIBEXEC \"\${CMAKE_INSTALL_PREFIX}/libexec/berth\")
    configure_file(\"${CMAKE_CURRENT_SOURCE_DIR}/${file}\" \"${made}\" @ONLY)")
  if("PROGRAM" IN_LIST ARGN)
    install(PROGRAMS ${made} DESTINATION ${destination})
  else()
    install(FILES ${made} DESTINATION ${destination})
  endif()
endfunction()

# berth_test(netns LABEL unit SOURCES a_test.cpp ROOMS netns): one test program per room and label.
# Labels: unit (no root, no world), contract (seams on fake and real), node (root and containerd),
# lab (berthd against berth-lab). Cases with the same LOCK do not run at the same time.
# GRPC: starts threads of gRPC's, which Debian compiles without the thread sanitizer: it then finds
# races where there are none, and gRPC crashes under it. Left out of such a build.
# `unit_and_contract_tests` builds what runs under the sanitizers, and what those tests start; `unit_tests`
# what runs under an emulator.
add_custom_target(unit_and_contract_tests)
add_custom_target(unit_tests)
function(berth_test name)
  cmake_parse_arguments(T "GRPC" "LABEL;LOCK;TIMEOUT" "SOURCES;ROOMS;LIBS" ${ARGN})
  if(T_GRPC AND BERTH_SANITIZE MATCHES "thread")
    return()
  endif()
  berth_target_of(${name} target)
  string(REPLACE "room_" "test_" target ${target})
  add_executable(${target} ${T_SOURCES})
  berth_batches(${target} 8)
  target_link_libraries(${target} PRIVATE berth_warnings GTest::gmock_main ${T_LIBS})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  # A release's rooms are what is tested; gmock optimized takes as long to compile as they do.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)
  target_compile_definitions(${target} PRIVATE
    BERTH_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data" BERTH_BIN_DIR="${CMAKE_BINARY_DIR}/bin"
    BERTH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  foreach(room IN LISTS T_ROOMS)
    berth_target_of(${room} room_target)
    target_link_libraries(${target} PRIVATE ${room_target})
  endforeach()
  if(T_LABEL MATCHES "unit|contract")
    add_dependencies(unit_and_contract_tests ${target})
  endif()
  if(T_LABEL STREQUAL "unit")
    add_dependencies(unit_tests ${target})
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 60)
  endif()
  set(properties LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT})
  if(T_LOCK)
    list(APPEND properties RESOURCE_LOCK ${T_LOCK})
  endif()
  gtest_discover_tests(${target} TEST_PREFIX "${name}/" DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 30 PROPERTIES ${properties})
endfunction()
