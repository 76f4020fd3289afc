// watchdog.hpp - signs of life to the service manager, while there is life.
#pragma once

#include <functional>

#include "agent/records/journal.hpp"
#include "base/clock.hpp"
#include "systemd/notify.hpp"

namespace berth::service {

/// Tells the service manager that we are alive, four times in the time that it allows between two
/// signs. Each sign has passed everything that the daemon cannot do without: the loop (this is a
/// coroutine on it), its timers, and the store, which has written the time. A store that hangs or
/// is damaged ends the signs, and the service manager starts us anew; a full disk does not, because
/// no restart empties it. Control plane and containerd are not asked: without them the daemon goes
/// on.
///
/// after_each: called after each sign.
/// Returns at once when nobody watches; else until cancelled.
Async<> feed_watchdog(systemd::Notifier& notifier, records::NodeBook& book, Clock& clock,
                      std::function<void()> after_each);

}  // namespace berth::service
