// bus.hpp - libsystemd's D-Bus objects, owned and with our errors.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/async.hpp"

namespace berth::systemd {

struct CloseBus {
  void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
struct UnrefMessage {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
/// A connection; of one thread.
using Bus = std::unique_ptr<sd_bus, CloseBus>;
using Message = std::unique_ptr<sd_bus_message, UnrefMessage>;

/// Connects to the system bus. Returns before the connection stands; the first call waits for it.
/// fails:  NotFound, Unavailable (no bus here).
Result<Bus> open_system_bus();

/// Bounds what libsystemd asks the bus by itself, which waits 25 s otherwise.
Result<> limit_calls(sd_bus* bus, Deadline by);

/// What an sd_bus function answered (a negated errno), with the words of the other side if it had
/// any.
Error bus_error(int code, std::string_view what, const sd_bus_error* said = nullptr);

/// Sends the call and waits for its answer. Blocks.
/// fails:  as the other side says: NotFound (no such unit or service), Exists, Denied, Invalid, …;
///         TimedOut, Unavailable (the connection ended).
Result<Message> call(sd_bus* bus, sd_bus_message* request, std::string_view what, Deadline by);

}  // namespace berth::systemd
