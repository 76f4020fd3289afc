// logger_process.hpp - the real berth-logger, started as containerd's shim does.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/dir.hpp"
#include "base/unique_fd.hpp"

namespace berth::logs {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

inline Pipe make_pipe() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// From this descriptor on, what is not close-on-exec is passed on to the logger.
inline constexpr int kPassedOnFd = 200;

/// berth-logger with its pipes; the test holds the ends a container would write to.
class LoggerProcess {
 public:
  explicit LoggerProcess(std::vector<std::string> pairs) {
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    Pipe ready = make_pipe();
    std::vector<char*> argv{const_cast<char*>(kPath)};
    for (std::string& word : pairs) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::array<char*, 1> environment{nullptr};
    pid_ = ::fork();
    if (pid_ == 0) {
      // Up and out of the way first: one of them might be 3, 4 or 5 itself.
      const int from[] = {::fcntl(out.read.get(), F_DUPFD, 100),
                          ::fcntl(err.read.get(), F_DUPFD, 100),
                          ::fcntl(ready.write.get(), F_DUPFD, 100)};
      for (int i = 0; i < 3; ++i) ::dup2(from[i], 3 + i);
      ::close_range(6, kPassedOnFd - 1, 0);
      ::execve(kPath, argv.data(), environment.data());
      ::_exit(127);
    }
    out_ = std::move(out.write);
    err_ = std::move(err.write);
    ready.write.reset();
    char byte = 0;
    EXPECT_EQ(::read(ready.read.get(), &byte, 1), 0) << "closing descriptor 5 means ready";
  }
  ~LoggerProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  LoggerProcess(const LoggerProcess&) = delete;
  LoggerProcess& operator=(const LoggerProcess&) = delete;

  int out() const { return out_.get(); }
  int err() const { return err_.get(); }
  pid_t pid() const { return pid_; }

  /// Closes both pipes and waits: its exit status, 128 + signal when killed.
  int end() {
    out_.reset();
    err_.reset();
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// A number from /proc/<pid>/status, such as "VmHWM" in KiB.
  long status_value(const std::string& key) const {
    const std::string text = read_file("/proc/" + std::to_string(pid_) + "/status").value();
    const auto at = text.find("\n" + key + ":");
    return at == std::string::npos ? -1 : std::stol(text.substr(at + key.size() + 2));
  }

 private:
  static constexpr const char* kPath = BERTH_BIN_DIR "/berth-logger";

  pid_t pid_ = -1;
  UniqueFd out_;
  UniqueFd err_;
};

inline void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    ASSERT_GT(n, 0);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// "line 0\n" … in writes of about 4 KiB, as a program that buffers would.
inline void write_numbered(int fd, int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) {
    text += "line " + std::to_string(i) + "\n";
    if (text.size() > 4096 || i + 1 == to) {
      write_all(fd, text);
      text.clear();
    }
  }
}

}  // namespace berth::logs
