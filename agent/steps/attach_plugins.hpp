// attach_plugins.hpp - a task's network made and taken away by the plugins of a CNI network.
#pragma once

#include <string>

#include "agent/plan/network.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// The namespace, the way to the agent in it, and the interface that the plugins make. Blocks, for
/// as long as the plugins take.
///
/// record:  learns the addresses.
/// again:   yes; an interface that is there stays, one that is half made is taken away before.
/// returns  the interface as the name files are to show it.
/// fails:   as netns::create_network() and cni::Network::add().
Result<netns::Endpoint> make_by_plugins(Tools& tools, model::Record& record,
                                        const plan::Network& network);

/// What could not be taken away is logged; audits find it and try again. Nobody waits for a plugin
/// that cannot do it. again: yes.
void detach_plugins(const Tools& tools, const model::Record& record, const std::string& network);

/// At the start, before anything is attached: plugins forget whom nobody has any more. What fails
/// is logged. source: CNI specification 1.1, GC. fails: Cancelled.
Async<> tidy_up_plugins(Tools& tools);

/// Whether the plugins are ready, for the log. fails: Cancelled.
Async<> ask_plugins(Tools& tools);

}  // namespace berth::steps
