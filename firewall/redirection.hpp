// redirection.hpp - a table inside a network: what its own proxy gets to see.
#pragma once

#include <string>

#include "base/result.hpp"
#include "firewall/spec.hpp"

namespace berth::firewall {

/// The table, of family inet. It lives and ends with the network's namespace.
inline constexpr const char* kRedirectionTable = "berth-proxy";

/// The transaction that puts the table in place of what there was. Only new connections by TCP are
/// led anywhere, of either family: from outside to `ports_in`, and from inside to others than the
/// network itself. fails: Invalid (a block).
Result<std::string> text_of(const Redirection& redirection);

/// Does that in the network namespace of the calling thread: one made for it. again: yes.
/// fails: Invalid, Denied, Unavailable.
Result<> redirect(const Redirection& redirection);

}  // namespace berth::firewall
