// network.hpp - a whole network, as an Endpoint wants it: namespace, loopback, interface.
#pragma once

#include <string>

#include "base/result.hpp"
#include "netns/drivers/driver.hpp"
#include "netns/namespace.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// Makes the two namespaces of a network with a gateway, both at once: each takes the kernel about
/// as long as all that comes into it. For a caller who needs the gateway before create_network(),
/// which makes what it does not find. again: yes. fails: as Pins::create.
Result<> create_namespaces(const Pins& pins, const std::string& name);

/// Makes the network called `name`. About 1.3 ms; blocks, so it runs on Offload.
///
/// again:   yes; what is there stays, what is half made is completed.
/// fails:   as Pins::create and Driver::attach.
/// returns the path of the namespace for a container's specification; "" for HostNetwork.
Result<std::string> create_network(const Pins& pins, const Driver& driver, const std::string& name,
                                   const Endpoint& endpoint);

/// Drops the network: 0.1 ms, 20-30 ms when what it sends has a limit. The kernel removes its veth
/// some 20 ms after the last process of the namespace is gone. again: yes.
Result<> drop_network(const Pins& pins, const Driver& driver, const std::string& name);

/// Removes the network and waits until its devices on the host are gone: about 20 ms. again: yes.
Result<> remove_network(const Pins& pins, const Driver& driver, const std::string& name);

}  // namespace berth::netns
