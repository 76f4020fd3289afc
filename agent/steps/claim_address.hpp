// claim_address.hpp - an address of a LAN becomes the task's, unless somebody else has it.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Asks the LAN for the task's addresses, for 200 ms, unless that was done before somebody needed
/// them (Tools::found_free); when nobody has them, they are answered for and announced, and the
/// host leads to them. The network is there, and no process of the task. A LAN that cannot be
/// asked, because its device carries nothing, counts as one where nobody is. again: yes.
///
/// fails:  Exists (somebody has one, or asks for it at the same time; says who), NotFound (the
///         device has gone), Denied, Cancelled.
Async<Sight> claim_address(Tools& tools, RecordPtr record);

}  // namespace berth::steps
