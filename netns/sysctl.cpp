// sysctl.cpp - reading and writing below /proc/sys.
#include "netns/sysctl.hpp"

namespace berth::netns {

Result<std::string> read_sysctl(const Dir& proc_sys, const std::string& key) {
  BERTH_TRY(std::string value, proc_sys.read(key, 4096));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

Result<std::string> set_sysctl(const Dir& proc_sys, const std::string& key,
                               const std::string& value) {
  BERTH_TRY(std::string old, read_sysctl(proc_sys, key));
  if (old != value) BERTH_CHECK(proc_sys.write(key, value));
  return old;
}

}  // namespace berth::netns
