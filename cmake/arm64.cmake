# arm64.cmake - toolchain: compiles for arm64 on amd64, with Debian's cross compiler and its arm64 libraries
# installed beside amd64's. What it compiles runs under qemu's user emulator, called by name: no binfmt.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_STRIP aarch64-linux-gnu-strip)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)

# A program that hangs under the emulator may survive a SIGTERM; less than the 60 s that ctest gives a test.
set(CMAKE_CROSSCOMPILING_EMULATOR timeout -s KILL 55 qemu-aarch64-static)
