// event_stream.hpp - the seam Events over containerd's event service.
#pragma once

#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "containerd_api/connection.hpp"
#include "runtime/runtime.hpp"

namespace berth::runtime {

/// What an event of containerd means to us.
///
/// topic:   "/tasks/start", "/tasks/exit", "/tasks/oom"; anything else is nothing to us.
/// message: the serialised TaskStart, TaskExit or TaskOOM. source: containerd,
/// api/events/task.proto.
std::optional<Event> event_of(const std::string& topic, const std::string& message);

/// Events of the connection's namespace, read as they are asked for: who does not ask leaves them
/// with containerd. A cancelled next() costs the stream: the following one begins with a Gap.
class ContainerdEvents final : public Events {
 public:
  ContainerdEvents(containerd_api::Connection& connection, Clock& clock);
  ~ContainerdEvents() override;

  /// note:  a Gap is told once the new stream has been heard to work, so nothing that happens after
  ///        it is missed.
  Async<Event> next() override;

 private:
  struct Stream;

  Async<> open();
  Async<> hear_probe();
  Async<> send_probes();

  containerd_api::Connection& connection_;
  Clock& clock_;
  Random random_;
  Backoff backoff_;
  std::unique_ptr<Stream> stream_;
  bool has_failed_ = false;
};

}  // namespace berth::runtime
