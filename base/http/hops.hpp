// hops.hpp - one request whose way to the server is watched, for whoever wants to know where it
// ends.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/http/client.hpp"
#include "base/http/message.hpp"

namespace berth::http {

/// The hops to an HTTP server, in order.
enum class Hop : std::uint8_t { LookUp, Connect, Tls, Exchange };

/// How far a request has come. Without authorities to trust it ends at Tls before anything else.
struct Way {
  Hop at = Hop::LookUp;
  std::string address{};  ///< that was tried last; "" before the name is looked up
};

/// As Client::fetch on a connection of its own. `way` says where it has ended, or waits.
Async<Response> fetch_along(Url url, TlsOptions tls, Request request, std::size_t limit,
                            std::shared_ptr<Way> way, Deadline by);

}  // namespace berth::http
