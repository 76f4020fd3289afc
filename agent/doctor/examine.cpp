// examine.cpp - one coroutine for each check, and a place for its findings.
#include "agent/doctor/examine.hpp"

#include <memory>

#include "base/nursery.hpp"

namespace berth::doctor {

namespace {

/// What the checks of one examination share.
struct Sheet {
  Sheet(std::size_t checks, asio::any_io_executor executor)
      : findings(checks), left(checks), done(executor) {
    done.expires_at(std::chrono::steady_clock::time_point::max());
  }

  std::vector<Findings> findings;
  std::size_t left;
  asio::steady_timer done;  ///< cancelled when nothing is left
};

Async<> make_one(Check check, Sheet* sheet, std::size_t place) {
  const Deadline by = Deadline::after(check.limit);
  Async<Findings> work = check.make(by);
  const Deadline end{by.at + kGrace};
  Result<Findings> made = co_await before(end, std::move(work), "the check");
  if (made) {
    sheet->findings[place] = std::move(*made);
  } else {
    sheet->findings[place] = {unknown(check.area, check.what, made.error().message)};
  }
  if (--sheet->left == 0) sheet->done.cancel();
  co_return ok();
}

}  // namespace

Async<Findings> examine(std::vector<Check> checks) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Sheet sheet(checks.size(), executor);
  Nursery nursery(executor);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    nursery.start(checks[i].area, make_one(checks[i], &sheet, i));
  }
  if (sheet.left > 0) co_await sheet.done.async_wait(use_result);
  const bool cancelled = sheet.left > 0;
  co_await nursery.stop();
  if (cancelled) co_return Error{Errc::Cancelled, 0, "the examination was cancelled"};
  Findings all;
  for (Findings& some : sheet.findings) add(all, std::move(some));
  co_return all;
}

}  // namespace berth::doctor
