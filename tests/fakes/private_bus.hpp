// private_bus.hpp - a real dbus-daemon of the test's own, in the system bus's place.
#pragma once

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tests/fakes/scratch.hpp"

namespace berth::testing {

/// Runs from start() to stop(), again and again at the same address. Whoever asks for the system
/// bus in this process gets it.
class PrivateBus {
 public:
  PrivateBus() {
    scratch_.write(
        "conf", R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>)" +
                    address() + R"(</listen>
<policy context="default"><allow eavesdrop="true"/><allow send_destination="*"/><allow own="*"/></policy></busconfig>)");
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address().c_str(), 1);
    start();
  }
  ~PrivateBus() {
    stop();
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;

  std::string address() const { return "unix:path=" + scratch_.path("bus"); }

  /// Returns once it listens.
  void start() {
    const std::string command =
        "exec dbus-daemon --fork --print-pid=1 --config-file=" + scratch_.path("conf");
    FILE* said = ::popen(command.c_str(), "r");
    const bool read = said != nullptr && std::fscanf(said, "%d", &pid_) == 1;
    if (said == nullptr || ::pclose(said) != 0 || !read) throw std::runtime_error(command);
  }
  void stop() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    pid_ = 0;
    scratch_.remove("bus");
  }

 private:
  Scratch scratch_;
  int pid_ = 0;
};

}  // namespace berth::testing
