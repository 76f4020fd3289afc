// spawner.cpp - clone, exec, and a pidfd to wait on.
#include "base/spawner.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <climits>
#include <memory>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace berth {

namespace {

using Descriptor = asio::posix::stream_descriptor;
using Code = boost::system::error_code;

constexpr std::size_t kLineBytes = 64 << 10;
constexpr std::size_t kTailBytes = 4 << 10;
constexpr int kFirstPlainFd = 10;  // out of the way of 0 to 3, which the child sets up
constexpr int kReportFd = 3;
constexpr std::chrono::seconds kDrain{1};  // for output held open by what left the process group

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// Both ends of `ends`, moved out of the child's way.
Result<Pipe> moved_up(const int (&ends)[2]) {
  const UniqueFd low[2] = {UniqueFd(ends[0]), UniqueFd(ends[1])};
  Pipe pipe{UniqueFd(::fcntl(ends[0], F_DUPFD_CLOEXEC, kFirstPlainFd)),
            UniqueFd(::fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstPlainFd))};
  if (!pipe.read || !pipe.write) return os_error(errno, "pipe");
  return pipe;
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error(errno, "pipe");
  return moved_up(ends);
}

/// For standard input: writing to a socket whose reader is gone can fail without SIGPIPE.
Result<Pipe> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return os_error(errno, "socketpair");
  }
  return moved_up(ends);
}

/// All that the child needs between clone and exec, laid out before, as it may not allocate there.
struct Launch {
  const char* path = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  int standard[3] = {-1, -1, -1};
  int report = -1;
  pid_t parent = 0;
};

void close_from(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  for (int fd = static_cast<int>(first); fd < 65536; ++fd) ::close(fd);  // before Linux 5.9
}

/// Runs in the child: async-signal-safe calls only. Ends by exec or by writing errno to the report.
[[noreturn]] void launch_child(const Launch& launch) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
  bool is_ready = ::dup3(launch.report, kReportFd, O_CLOEXEC) == kReportFd;
  for (int fd = 0; fd < 3; ++fd) is_ready = is_ready && ::dup2(launch.standard[fd], fd) == fd;
  if (is_ready) {
    close_from(kReportFd + 1);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(launch.path, launch.argv, launch.envp);
  }
  const int failure = errno;
  if (::write(kReportFd, &failure, sizeof failure) < 0) ::_exit(126);
  ::_exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// clone(2) with a pidfd; the caller stands still until the child has exec'ed or given up.
pid_t clone_and_launch(const Launch& launch, int& pidfd) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  // A handler of ours must not run in the child, where it would speak into our own pipes.
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto flags = static_cast<unsigned long>(CLONE_PIDFD | CLONE_VFORK | SIGCHLD);
  const long pid = ::syscall(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr);
  if (pid == 0) launch_child(launch);
  const int failure = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = failure;
  return static_cast<pid_t>(pid);
}

/// A running program with our ends of its pipes.
struct Child {
  Child(pid_t pid_given, int fd, asio::any_io_executor executor)
      : pid(pid_given),
        exit(executor, fd),
        input(executor),
        output(executor),
        error(executor),
        drained(executor, std::chrono::steady_clock::time_point::max()) {}

  pid_t pid;
  Descriptor exit;  ///< the pidfd: readable once the program has ended
  asio::local::stream_protocol::socket input;
  Descriptor output;
  Descriptor error;
  int open_pipes = 2;          ///< of output and error
  asio::steady_timer drained;  ///< cancelled when both have ended
  std::string text;            ///< for standard input
  std::string error_tail;
  std::function<void(std::string)> on_line;
};

Result<std::shared_ptr<Child>> launch(Command command, asio::any_io_executor executor) {
  if (command.argv.empty() || command.argv[0].empty() || command.argv[0][0] != '/') {
    return Error{Errc::Invalid, 0, "a program to run must be named by an absolute path"};
  }
  const std::string what = "run " + command.argv[0];
  BERTH_TRY(Pipe input, make_socket_pair());
  BERTH_TRY(Pipe output, make_pipe());
  BERTH_TRY(Pipe error, make_pipe());
  BERTH_TRY(Pipe report, make_pipe());
  const std::vector<char*> argv = pointers_to(command.argv);
  const std::vector<char*> envp = pointers_to(command.environment);
  const Launch plan{command.argv[0].c_str(),
                    argv.data(),
                    envp.data(),
                    {input.read.get(), output.write.get(), error.write.get()},
                    report.write.get(),
                    ::getpid()};
  int pidfd = -1;
  const pid_t pid = clone_and_launch(plan, pidfd);
  if (pid < 0) return os_error(errno, what + ": clone");

  auto child = std::make_shared<Child>(pid, pidfd, executor);
  report.write.reset();
  int failure = 0;
  if (::read(report.read.get(), &failure, sizeof failure) == sizeof failure) {
    ::waitpid(pid, nullptr, 0);
    return os_error(failure, what);
  }
  child->input.assign(asio::local::stream_protocol(), input.write.release());
  child->output.assign(output.read.release());
  child->error.assign(error.read.release());
  child->text = std::move(command.input);
  return child;
}

/// Cuts bytes into lines, each at most kLineBytes long; what is past that is dropped.
class LineCutter {
 public:
  explicit LineCutter(const std::function<void(std::string)>& on_line) : on_line_(on_line) {}

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      line_.append(part.substr(0, kLineBytes - line_.size()));
      has_begun_ = true;
      if (end == std::string_view::npos) return;
      finish();
      bytes.remove_prefix(end + 1);
    }
  }
  void finish() {
    if (!has_begun_) return;
    has_begun_ = false;
    std::string line = std::move(line_);
    line_.clear();
    if (on_line_) on_line_(std::move(line));
  }

 private:
  const std::function<void(std::string)>& on_line_;
  std::string line_;
  bool has_begun_ = false;
};

void pipe_ended(Child& child) {
  if (--child.open_pipes == 0) child.drained.cancel();
}

Async<> feed(std::shared_ptr<Child> child) {
  co_await asio::async_write(child->input, asio::buffer(child->text), use_result);
  // A program that does not read its input closes it early, and may.
  Code ignored;
  child->input.close(ignored);
  co_return ok();
}

Async<> read_output(std::shared_ptr<Child> child) {
  LineCutter lines(child->on_line);
  std::vector<char> chunk(16 << 10);
  for (;;) {
    const auto got = co_await child->output.async_read_some(asio::buffer(chunk), use_result);
    if (std::get<0>(got)) break;
    lines.take({chunk.data(), std::get<1>(got)});
  }
  lines.finish();
  pipe_ended(*child);
  co_return ok();
}

Async<> read_error(std::shared_ptr<Child> child) {
  std::vector<char> chunk(kTailBytes);
  for (;;) {
    const auto got = co_await child->error.async_read_some(asio::buffer(chunk), use_result);
    if (std::get<0>(got)) break;
    std::string& tail = child->error_tail;
    tail.append(chunk.data(), std::get<1>(got));
    if (tail.size() > kTailBytes) tail.erase(0, tail.size() - kTailBytes);
  }
  pipe_ended(*child);
  co_return ok();
}

bool has_ended(Child& child) {
  pollfd waiting{child.exit.native_handle(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

void kill_group(const Child& child) {
  // Not reaped yet, so neither its number nor its group's can belong to somebody else.
  ::kill(-child.pid, SIGKILL);
  ::kill(child.pid, SIGKILL);
}

Async<> until_ended(std::shared_ptr<Child> child) {
  while (!has_ended(*child)) {
    const auto waited = co_await child->exit.async_wait(Descriptor::wait_read, use_result);
    if (const Code failed = std::get<0>(waited)) co_return asio_error(failed, "wait for a program");
  }
  co_return ok();
}

/// Waits for the program's end, then ends what it left in its group, so that its pipes close.
Async<> watch_exit(std::shared_ptr<Child> child) {
  BERTH_CO_CHECK(co_await until_ended(child));
  kill_group(*child);
  Code ignored;
  child->input.close(ignored);
  if (child->open_pipes > 0) {
    child->drained.expires_after(kDrain);
    co_await child->drained.async_wait(use_result);
  }
  child->output.close(ignored);
  child->error.close(ignored);
  co_return ok();
}

Async<> attend(std::shared_ptr<Child> child) {
  using namespace asio::experimental::awaitable_operators;
  auto outcomes =
      co_await (detail::quietly(feed(child)) && detail::quietly(read_output(child)) &&
                detail::quietly(read_error(child)) && detail::quietly(watch_exit(child)));
  co_return std::get<3>(outcomes);
}

/// Takes the zombie away and tells how it ended.
Exited reap(Child& child) {
  int status = 0;
  ::waitpid(child.pid, &status, 0);
  Exited exited;
  exited.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  exited.error_tail = std::move(child.error_tail);
  return exited;
}

}  // namespace

Async<Said> hear_out(Spawner& spawner, Command command, std::size_t most, Deadline by) {
  Said said;
  std::function<void(std::string)> keep = [&said, most](std::string line) {
    if (said.lines.size() < most) said.lines.push_back(std::move(line));
  };
  BERTH_CO_TRY(said.exited, co_await spawner.run(std::move(command), std::move(keep), by));
  co_return said;
}

bool is_program(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_program(const std::string& name, const std::string& search_path) {
  if (name.starts_with('/')) return is_program(name) ? std::optional(name) : std::nullopt;
  for (const std::string& directory : words_of(search_path, ":")) {
    if (!directory.starts_with('/')) continue;
    if (std::string path = directory + "/" + name; is_program(path)) return path;
  }
  return std::nullopt;
}

Async<Exited> SystemSpawner::run(Command command, std::function<void(std::string)> on_line,
                                 Deadline by) {
  std::string what = "run " + (command.argv.empty() ? std::string() : command.argv[0]);
  BERTH_CO_TRY(auto child, launch(std::move(command), co_await asio::this_coro::executor));
  child->on_line = std::move(on_line);

  Async<> work = attend(child);
  Result<> attended = co_await before(by, std::move(work), std::move(what));
  kill_group(*child);
  // A cancel must not leave a zombie behind; the kill above makes this wait a short one.
  while (!has_ended(*child)) {
    Result<> ended = co_await until_ended(child);
    if (ended) break;
  }
  Exited exited = reap(*child);
  if (!attended) co_return std::move(attended).error();
  co_return exited;
}

}  // namespace berth
