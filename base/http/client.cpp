// client.cpp - one exchange at a time, on a kept connection where there is one.
#include "base/http/client.hpp"

#include <map>

#include "base/http/exchange.hpp"

namespace berth::http {

namespace {
constexpr std::chrono::seconds kIdleLimit{60};
}

struct Client::Kept {
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point since;
  };
  std::map<std::string, Idle> idle;  ///< by "scheme://host:port"

  /// The kept connection of that name, if it is fresh; drops all that are not.
  std::unique_ptr<Connection> take(const std::string& name) {
    const auto oldest = std::chrono::steady_clock::now() - kIdleLimit;
    std::erase_if(idle, [&](const auto& entry) { return entry.second.since < oldest; });
    auto found = idle.find(name);
    if (found == idle.end()) return nullptr;
    auto connection = std::move(found->second.connection);
    idle.erase(found);
    return connection;
  }
  void keep(const std::string& name, std::unique_ptr<Connection> connection) {
    idle.insert_or_assign(name, Idle{std::move(connection), std::chrono::steady_clock::now()});
  }
};

namespace {

Async<Response> ask_unix(std::string socket_path, Request request, std::size_t limit) {
  BERTH_CO_TRY(auto connection, co_await dial_unix(std::move(socket_path)));
  request.headers.emplace_back("Connection", "close");
  auto progress = std::make_shared<Progress>();
  std::string authority = "localhost";
  Result<Answer> answer =
      co_await exchange(*connection, std::move(request), std::move(authority), limit, progress);
  if (!answer) co_return std::move(answer).error();
  co_return std::move(answer->response);
}

}  // namespace

Async<Response> Client::ask(Url url, Request request, std::size_t limit) {
  const std::string name = url.scheme + "://" + url.host + ":" + std::to_string(url.port);
  const std::string authority = url.authority();
  // A kept connection may have died unseen; then the request is repeated on a new one.
  if (auto connection = kept_->take(name)) {
    auto progress = std::make_shared<Progress>();
    Result<Answer> answer = co_await exchange(*connection, request, authority, limit, progress);
    if (answer) {
      if (answer->keep_alive) kept_->keep(name, std::move(connection));
      co_return std::move(answer->response);
    }
    if (progress->answer_began || answer.error().code != Errc::Unavailable) {
      co_return std::move(answer).error();
    }
  }
  BERTH_CO_TRY(auto connection, co_await dial(url, tls_));
  auto progress = std::make_shared<Progress>();
  Result<Answer> answer =
      co_await exchange(*connection, std::move(request), authority, limit, progress);
  if (!answer) co_return std::move(answer).error();
  if (answer->keep_alive) kept_->keep(name, std::move(connection));
  co_return std::move(answer->response);
}

Client::Client(TlsOptions tls) : kept_(std::make_unique<Kept>()), tls_(std::move(tls)) {}
Client::~Client() = default;

Async<Response> Client::fetch(Url url, Request request, std::size_t limit, Deadline by) {
  std::string what = request.method + " " + url.scheme + "://" + url.authority() + url.path;
  Async<Response> work = ask(std::move(url), std::move(request), limit);
  Result<Response> response = co_await before(by, std::move(work), std::move(what));
  co_return response;
}

Async<Response> Client::fetch_unix(std::string socket_path, Request request, std::size_t limit,
                                   Deadline by) {
  std::string what = request.method + " " + request.target + " at " + socket_path;
  Async<Response> work = ask_unix(std::move(socket_path), std::move(request), limit);
  Result<Response> response = co_await before(by, std::move(work), std::move(what));
  co_return response;
}

}  // namespace berth::http
