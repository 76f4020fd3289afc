// bus.cpp - errno and error names of the bus as one Error; calls with a deadline.
#include "systemd/bus.hpp"

#include <chrono>

namespace berth::systemd {

namespace {

/// As libsystemd takes it: 0 would be its own 25 s.
std::uint64_t limit_until(Deadline by) {
  const auto left = std::max(by.left(), std::chrono::milliseconds(1));
  return static_cast<std::uint64_t>(std::chrono::microseconds(left).count());
}

/// What libsystemd itself knows no errno for. source: systemd, org.freedesktop.systemd1(5) and
/// org.freedesktop.login1(5).
int errno_of(const sd_bus_error& said) {
  constexpr std::pair<const char*, int> kNames[] = {
      {"org.freedesktop.systemd1.NoSuchUnit", ENOENT},
      {"org.freedesktop.systemd1.UnitExists", EEXIST},
      {"org.freedesktop.systemd1.UnitMasked", EPERM},
      {"org.freedesktop.login1.OperationInProgress", EBUSY}};
  for (const auto& [name, number] : kNames) {
    if (sd_bus_error_has_name(&said, name) != 0) return number;
  }
  return sd_bus_error_get_errno(&said);
}

}  // namespace

Result<> limit_calls(sd_bus* bus, Deadline by) {
  const int code = sd_bus_set_method_call_timeout(bus, limit_until(by));
  return code < 0 ? Result<>(bus_error(code, "set a time limit on the bus")) : ok();
}

Result<Bus> open_system_bus() {
  sd_bus* opened = nullptr;
  const int code = sd_bus_open_system(&opened);
  if (code < 0) return bus_error(code, "connect to the system bus");
  return Bus(opened);
}

Error bus_error(int code, std::string_view what, const sd_bus_error* said) {
  if (said == nullptr || sd_bus_error_is_set(said) == 0) return os_error(-code, what);
  Error error = os_error(errno_of(*said), what);
  if (said->message != nullptr) error.message = std::string(what) + ": " + said->message;
  return error;
}

Result<Message> call(sd_bus* bus, sd_bus_message* request, std::string_view what, Deadline by) {
  sd_bus_error said = SD_BUS_ERROR_NULL;
  sd_bus_message* answer = nullptr;
  const int code = sd_bus_call(bus, request, limit_until(by), &said, &answer);
  if (code >= 0) return Message(answer);
  Error error = bus_error(code, what, &said);
  sd_bus_error_free(&said);
  return error;
}

}  // namespace berth::systemd
