// exec_test.cpp - commands inside running containers, as health checks are.
#include <csignal>

#include "containerd_api/awaitable.hpp"
#include "containerd_api/tasks.hpp"
#include "tests/node/runtime/engine.hpp"

namespace berth::testing {
namespace {

using namespace std::chrono_literals;

class Exec : public Engine {
 protected:
  void SetUp() override {
    auto host = spec("host", {"sleep", "100"});
    host.user = "web";
    host.env = {"WHERE=inside"};
    const auto began = create_and_start(host);
    ASSERT_TRUE(began) << began.error();
  }

  Result<runtime::ExitStatus> run(std::vector<std::string> args, Deadline by = soon()) {
    runtime::ExecSpec what{"check-" + std::to_string(++count_), std::move(args)};
    return loop.run(containers.exec("host", what, by));
  }

  /// Processes in the container, its first one and those run inside.
  int processes() {
    containerd_api::tasks::ListPidsRequest request;
    request.set_container_id("host");
    auto answer = loop.run(containerd_api::call(connection, containerd_api::tasks::kListPids,
                                                std::move(request), soon()));
    return answer ? answer->processes_size() : -1;
  }

 private:
  int count_ = 0;
};

TEST_F(Exec, TellsTheCommandsExitCode) {
  EXPECT_EQ(run({"true"})->code, 0);
  EXPECT_EQ(run({"sh", "-c", "exit 9"})->code, 9);
  EXPECT_EQ(run({"sh", "-c", "kill -9 $$"})->code, 137);
}

TEST_F(Exec, HasTheContainersUserAndEnvironment) {
  EXPECT_EQ(run({"sh", "-c", "test $(id -u) = 101 && test $WHERE = inside"})->code, 0);
}

TEST_F(Exec, KillsTheCommandAtItsDeadline) {
  auto late = run({"sleep", "50"}, Deadline::after(300ms));

  EXPECT_TRUE(late.failed_with(Errc::TimedOut)) << late.error();
  EXPECT_EQ(processes(), 1);
}

/// Also while it is being started.
TEST_F(Exec, KillsTheCommandWheneverItsDeadlineComes) {
  for (auto limit = 5ms; limit < 120ms; limit += 5ms) {
    auto late = run({"sleep", "50"}, Deadline::after(limit));

    EXPECT_TRUE(late.failed_with(Errc::TimedOut)) << late.error();
    EXPECT_EQ(processes(), 1) << "after " << limit.count() << " ms";
  }
}

Async<> exec_into(runtime::Containers& containers, std::optional<Error>& error) {
  runtime::ExecSpec what{"check", {"sleep", "50"}};
  Result<runtime::ExitStatus> ended =
      co_await containers.exec("host", std::move(what), Deadline::never());
  if (!ended) error = ended.error();
  co_return ok();
}

TEST_F(Exec, KillsTheCommandWhenItsCallerIsCancelled) {
  std::optional<Error> error;
  loop.nursery.start("check", exec_into(containers, error));
  while (processes() != 2) {
  }

  loop.stop();

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::Cancelled) << *error;
  EXPECT_EQ(processes(), 1);
}

TEST_F(Exec, SaysInTheRuntimesWordsThatACommandIsNotThere) {
  auto refused = run({"nosuch"});

  ASSERT_TRUE(refused.failed_with(Errc::Invalid)) << refused.error();
  EXPECT_NE(refused.error().message.find("exec: \"nosuch\": executable file not found in $PATH"),
            std::string::npos)
      << refused.error();
  EXPECT_EQ(run({"true"})->code, 0);
}

TEST_F(Exec, NeedsARunningContainer) {
  ASSERT_TRUE(loop.run(containers.kill("host", SIGKILL, false, soon())));
  ASSERT_TRUE(end_of("host"));
  auto stopped = run({"true"});
  ASSERT_TRUE(loop.run(containers.release("host", soon())));
  auto released = run({"true"});
  ASSERT_TRUE(loop.run(containers.remove("host", soon())));
  auto absent = run({"true"});

  EXPECT_TRUE(stopped.failed_with(Errc::NotFound)) << stopped.error();
  EXPECT_TRUE(released.failed_with(Errc::NotFound)) << released.error();
  EXPECT_TRUE(absent.failed_with(Errc::NotFound)) << absent.error();
}

}  // namespace
}  // namespace berth::testing
