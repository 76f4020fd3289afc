# Toolchain.cmake - warnings, sanitizers, ccache: how everything is compiled.
add_library(berth_warnings INTERFACE)
target_compile_options(berth_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(BERTH_WERROR)
  target_compile_options(berth_warnings INTERFACE -Werror)
endif()
# For the rooms that have crash points only: a definition for all would build everything anew.
add_library(berth_crash_points INTERFACE)
target_compile_definitions(berth_crash_points INTERFACE
  BERTH_CRASH_POINTS=$<BOOL:${BERTH_CRASH_POINTS}>)
# Debian's g++ 12 sees a maybe-uninitialized value in the code it generates for coroutines.
add_compile_options(-Wno-maybe-uninitialized)
if(BERTH_SANITIZE)
  add_compile_options(-fsanitize=${BERTH_SANITIZE} -fno-omit-frame-pointer)
  if(BERTH_SANITIZE MATCHES "undefined")
    # These checks take as long to compile as all others together, and a null crashes anyway.
    add_compile_options(-fno-sanitize=null,alignment,vptr -Wno-mismatched-new-delete)
  elseif(BERTH_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # of a fence inside Asio
  endif()
  add_link_options(-fsanitize=${BERTH_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # The same debug symbols, and so the same build ID, wherever the build folder is.
  file(REAL_PATH "${CMAKE_BINARY_DIR}" folder)
  add_compile_options("-ffile-prefix-map=${folder}=/usr/src/berth/build")
  add_link_options(-Wl,--gc-sections)
  if(BERTH_STRIP)
    add_link_options(-s)
  endif()
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    # Other checkouts share what was compiled, whose paths are then relative. A release is compiled as without.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  endif()
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
