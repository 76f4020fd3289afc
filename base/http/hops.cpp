// hops.cpp - dial and exchange, once.
#include "base/http/hops.hpp"

#include "base/http/exchange.hpp"

namespace berth::http {

namespace {

Async<Response> ask_along(Url url, TlsOptions tls, Request request, std::size_t limit,
                          std::shared_ptr<Way> way) {
  std::string authority = url.authority();
  BERTH_CO_TRY(auto connection, co_await dial(std::move(url), std::move(tls), way));
  auto progress = std::make_shared<Progress>();
  Result<Answer> answer = co_await exchange(*connection, std::move(request), std::move(authority),
                                            limit, std::move(progress));
  if (!answer) co_return std::move(answer).error();
  co_return std::move(answer->response);
}

}  // namespace

Async<Response> fetch_along(Url url, TlsOptions tls, Request request, std::size_t limit,
                            std::shared_ptr<Way> way, Deadline by) {
  std::string what = request.method + " " + url.text();
  Async<Response> work =
      ask_along(std::move(url), std::move(tls), std::move(request), limit, std::move(way));
  Result<Response> response = co_await before(by, std::move(work), std::move(what));
  co_return response;
}

}  // namespace berth::http
