// http.hpp - HTTP by libcurl on the loop thread: many exchanges at once, nothing read ahead.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/http/message.hpp"
#include "images/hosts.hpp"

namespace berth::images {

/// What to ask. Redirects are not followed: whoever asks decides what goes along to the new place.
struct Ask {
  std::string method = "GET";  ///< GET or HEAD
  std::string url;
  http::Headers headers;
  bool skip_verify = false;
  std::vector<std::string> ca_files;
  std::vector<ClientPair> client;
};

struct Head {
  int status = 0;
  http::Headers headers;
};

/// One exchange while it runs. Destroyed, it is broken off.
class Transfer {
 public:
  struct State;
  explicit Transfer(std::shared_ptr<State> state);
  Transfer(Transfer&&) noexcept;
  Transfer& operator=(Transfer&&) noexcept;
  ~Transfer();

  /// Status and headers, once they are there.
  /// fails:  Unavailable (look-up, connect, connection broken), Denied (certificate), Invalid (a
  ///         certificate file of ours), TimedOut, Cancelled.
  Async<Head> head(Deadline by);

  /// The next piece of the body, at most 1 MiB; empty at its end. When the peer falls silent for
  /// as long as Http allows, TimedOut. What came before a connection broke is given out first.
  Async<std::string> read(Deadline by);

 private:
  Async<> wait(Deadline by);

  std::shared_ptr<State> state_;
};

/// Connections are kept and used again. Proxies as the environment names them (https_proxy ...).
/// Outlives its transfers; loop thread only.
class Http {
 public:
  Http(asio::any_io_executor executor, std::chrono::milliseconds silence);
  ~Http();

  Transfer start(const Ask& ask);

  /// The whole answer. fails: as Transfer; Exhausted (body longer than `limit`).
  Async<http::Response> fetch(Ask ask, std::size_t limit, Deadline by);

  /// Bytes of bodies received so far.
  std::uint64_t received() const;

  struct Engine;

 private:
  std::shared_ptr<Engine> engine_;
};

/// Where a Location header leads from `base`. fails: Broken (not a URL, or away from TLS).
Result<std::string> redirect_target(const std::string& base, const std::string& location);

}  // namespace berth::images
