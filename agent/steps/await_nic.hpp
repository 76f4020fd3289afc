// await_nic.hpp - waits for the NIC that a task's network is made of.
#pragma once

#include <optional>

#include "agent/attachments/attachments.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// The NIC that has to be on the host before the task's network can be made: the interface itself,
/// with driver hotplug, or the trunk it is a branch of. nullopt: berth makes the interface. Pure.
///
/// fails:  Invalid (a MAC address is none).
Result<std::optional<attachments::Wanted>> nic_for(const model::Record& record);

/// Waits for it until the time of its attachment is over; at once where there is none, or an
/// earlier attempt has taken it.
///
/// fails:  NotFound (never announced, or not there in time), Cancelled.
Async<> await_nic(Tools& tools, RecordPtr record);

}  // namespace berth::steps
