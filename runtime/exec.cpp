// exec.cpp - commands run inside running containers.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <csignal>

#include "base/crash_point.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/containers.hpp"
#include "containerd_api/tasks.hpp"
#include "runtime/containerd.hpp"
#include "runtime/exit_status.hpp"
#include "runtime/grace.hpp"
#include "runtime/oci_spec.hpp"
#include "runtime/words.hpp"

namespace berth::runtime {

namespace api = containerd_api;
using api::call;

namespace {

constexpr const char* kProcessType = "types.containerd.io/opencontainers/runtime-spec/1/Process";

/// Whether the call may have been carried out although it failed.
bool is_cut_short(const Error& error) {
  return error.code == Errc::TimedOut || error.code == Errc::Cancelled;
}

/// Runs `work` to its end even if the caller is cancelled meanwhile: a cancel does not reach it.
template <class T>
Async<T> uncancelled(Async<T> work) {
  auto executor = co_await asio::this_coro::executor;
  Result<T> outcome = co_await asio::co_spawn(
      executor, std::move(work),
      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  co_return outcome;
}

}  // namespace

Async<ExitStatus> ContainerdContainers::exec(std::string id, ExecSpec what, Deadline by) {
  const std::string exec_id = what.id;
  Result<> began = co_await run_exec(id, std::move(what), by);
  if (!began && !is_cut_short(began.error())) {
    if (began.error().code == Errc::Unavailable) co_return std::move(began).error();
    // Refused: because of the command, or because there is nothing to run it in.
    Result<ContainerState> seen = co_await state(id, by);
    if (seen && seen->kind != ContainerState::Kind::Running) {
      co_return Error{Errc::NotFound, 0, "container " + id + " is not running"};
    }
    co_return std::move(began).error();
  }
  // The shim keeps how a process ended until it is deleted, so asking after the start misses
  // nothing.
  api::tasks::WaitRequest request;
  request.set_container_id(id);
  request.set_exec_id(exec_id);
  Result<api::tasks::WaitResponse> ended = Error{};
  if (began) ended = co_await call(connection_, api::tasks::kWait, std::move(request), by);

  const bool is_to_be_killed = !ended;
  Result<ExitStatus> last = co_await uncancelled(end_exec(id, exec_id, is_to_be_killed));
  if (!began) co_return std::move(began).error();
  if (!ended) co_return std::move(ended).error();
  if (last) co_return last;
  co_return exit_status(ended->exit_status(), ended->exited_at());
}

Async<> ContainerdContainers::run_exec(std::string id, ExecSpec what, Deadline by) {
  api::containers::GetContainerRequest look;
  look.set_id(id);
  auto container = co_await call(connection_, api::containers::kGet, std::move(look), by);
  if (!container) co_return std::move(container).error();
  Result<std::string> process = oci_exec_process(container->container().spec().value(), what);
  if (!process) co_return std::move(process).error();

  api::tasks::ExecProcessRequest request;
  request.set_container_id(id);
  request.set_exec_id(what.id);
  request.mutable_spec()->set_type_url(kProcessType);
  request.mutable_spec()->set_value(std::move(*process));
  // Without an output the shim gives /dev/null opened for reading only: a command that prints, as
  // `curl -f` does, would fail of that. source: containerd go-runc, NewNullIO.
  request.set_stdout("file:///dev/null");
  request.set_stderr("file:///dev/null");
  auto made = co_await call(connection_, api::tasks::kExec, std::move(request), by);
  if (!made) co_return in_runtime_words(std::move(made).error());
  BERTH_CRASH_POINT("exec.made");

  api::tasks::StartRequest start;
  start.set_container_id(id);
  start.set_exec_id(what.id);
  // Cut short, it would leave a process that the shim does not know: go-runc kills `runc exec`,
  // which may have done its work by then. So it is let finish, and what it started is killed.
  const Deadline end = by.is_never() ? by : Deadline{by.at + kExecKillGrace};
  auto started = co_await with_grace(kExecKillGrace,
                                     call(connection_, api::tasks::kStart, std::move(start), end));
  BERTH_CRASH_POINT("exec.started");
  const bool was_cancelled = co_await is_cancelled();
  if (started && was_cancelled) co_return Error{Errc::Cancelled, 0, "the command was given up"};
  if (started && by.has_passed()) {
    co_return Error{Errc::TimedOut, 0, "start of the command: no answer in time"};
  }
  if (started) co_return ok();
  Error failed = in_runtime_words(std::move(started).error());
  if (!is_cut_short(failed)) {
    Result<ExitStatus> forgotten = co_await uncancelled(end_exec(id, what.id, true));
    (void)forgotten;  // why it could not be started is what the caller needs to know
  }
  co_return failed;
}

/// Kills the process if it must be, and takes it away. The engine away is no fault of ours: the
/// next removal of the container takes the process along.
Async<ExitStatus> ContainerdContainers::end_exec(std::string id, std::string exec_id,
                                                 bool is_to_be_killed) {
  const Deadline by = Deadline::after(kExecKillGrace);
  if (is_to_be_killed) {
    api::tasks::KillRequest kill;
    kill.set_container_id(id);
    kill.set_exec_id(exec_id);
    kill.set_signal(SIGKILL);
    auto killed = co_await call(connection_, api::tasks::kKill, std::move(kill), by);
    if (killed) {
      api::tasks::WaitRequest wait;
      wait.set_container_id(id);
      wait.set_exec_id(exec_id);
      auto ended = co_await call(connection_, api::tasks::kWait, std::move(wait), by);
      if (!ended) co_return std::move(ended).error();
    }
  }
  api::tasks::DeleteProcessRequest request;
  request.set_container_id(id);
  request.set_exec_id(exec_id);
  auto deleted = co_await call(connection_, api::tasks::kDeleteProcess, std::move(request), by);
  if (!deleted) co_return std::move(deleted).error();
  BERTH_CRASH_POINT("exec.removed");
  co_return exit_status(deleted->exit_status(), deleted->exited_at());
}

}  // namespace berth::runtime
