# Dependencies.cmake - the outside libraries, each as one target. What each is for: docs/dependencies.md.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET GLOBAL libsystemd>=252)

# Boost headers only, 1.81 or later (per-operation cancellation). Where 1.74's -dev packages are
# installed tools/install-dependencies unpacks 1.81 into build/deps instead of displacing them.
find_path(BERTH_BOOST_INCLUDE boost/asio/cancellation_signal.hpp
  PATHS ${PROJECT_SOURCE_DIR}/build/deps/usr/include /usr/include NO_DEFAULT_PATH REQUIRED)
add_library(berth_asio INTERFACE)
target_include_directories(berth_asio SYSTEM INTERFACE ${BERTH_BOOST_INCLUDE})
target_compile_definitions(berth_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_DISABLE_BOOST_ARRAY)
target_link_libraries(berth_asio INTERFACE Threads::Threads OpenSSL::SSL OpenSSL::Crypto)

find_package(nlohmann_json REQUIRED)

# spdlog header only: base/log.cpp is the one file that includes it.
find_path(BERTH_SPDLOG_INCLUDE spdlog/spdlog.h REQUIRED)
add_library(berth_spdlog INTERFACE)
target_include_directories(berth_spdlog SYSTEM INTERFACE ${BERTH_SPDLOG_INCLUDE})
target_compile_definitions(berth_spdlog INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
