// spec.hpp - what is asked of a network for one namespace; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cni {

/// source: CNI conventions, capability "portMappings".
struct PortMapping {
  int host_port = 0;
  int container_port = 0;
  std::string protocol = "tcp";
  std::string host_address;  ///< "" is every one
  bool operator==(const PortMapping&) const = default;
};

/// source: CNI conventions, capability "bandwidth".
struct Rates {
  std::optional<std::uint64_t> ingress;  ///< bits per second of what it receives
  std::optional<std::uint64_t> egress;   ///< of what it sends
  bool operator==(const Rates&) const = default;
};

/// Name servers and search domains. source: CNI specification, "ADD Success".
struct Dns {
  std::vector<std::string> servers;
  std::string domain;
  std::vector<std::string> search;
  std::vector<std::string> options;
  bool operator==(const Dns&) const = default;
};

/// What plugins with the capability are told. Empty members are not said.
/// source: CNI conventions, "Dynamic plugin specific fields".
struct Wishes {
  std::vector<PortMapping> ports;  ///< capability "portMappings"
  Rates bandwidth;                 ///< "bandwidth"
  std::string mac;                 ///< "mac"
  std::vector<std::string> ips;    ///< "ips": addresses with their prefix
  Dns dns;                         ///< "dns"
  bool operator==(const Wishes&) const = default;
};

/// One namespace in one network. Container and interface together are its name.
struct Attachment {
  std::string container;                                  ///< CNI_CONTAINERID
  std::string netns;                                      ///< CNI_NETNS: a path; "" when it is gone
  std::string interface = "eth0";                         ///< CNI_IFNAME: of the device inside
  std::vector<std::pair<std::string, std::string>> args;  ///< CNI_ARGS
  Wishes wishes;
  bool operator==(const Attachment&) const = default;
};

/// The host's end of an attachment, where the host routes or bridges what comes through it.
struct HostEnd {
  std::string device;  ///< of the host
  std::string mac;     ///< of the interface inside, which packets come from
  bool operator==(const HostEnd&) const = default;
};

/// fails: Invalid, naming the member, its value and what is allowed.
Result<> check(const Attachment& attachment);

Json to_json(const Attachment& attachment);
Result<Attachment> attachment_from_json(const Json& document);

}  // namespace berth::cni
