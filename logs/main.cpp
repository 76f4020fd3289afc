// main.cpp - berth-logger: from a container's two pipes to its spool.
//
// containerd's shim starts one per container, from "binary:///…/berth-logger?dir=…": the query
// comes as pairs of arguments in any order, decoded; descriptor 3 is the container's standard
// output, 4 its standard error, and 5 is closed when we are ready. While we live the container can
// write, so nothing ends us but the end of both pipes. source: containerd 1.6, pkg/process/io.go,
// NewBinaryIO and NewBinaryCmd.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/drop_privileges.hpp"
#include "logs/framer.hpp"
#include "logs/spool_writer.hpp"

namespace {

using berth::logs::Frame;
using berth::logs::Framer;
using berth::logs::Kind;
using berth::logs::SpoolLimits;
using berth::logs::SpoolWriter;

constexpr int kOutFd = 3;
constexpr int kErrFd = 4;
constexpr int kReadyFd = 5;
constexpr unsigned kFirstForeignFd = 6;
constexpr int kUsageExit = 2;
constexpr int kPartialWaitMs = 250;  // a line without its newline is written after this silence
constexpr int kRetryWaitMs = 200;    // between attempts to open a spool that cannot be opened

constexpr long kOomScoreLeast = -1000;  // Linux, include/uapi/linux/oom.h, OOM_SCORE_ADJ_MIN
constexpr long kOomScoreStep = 50;

constexpr const char* kUsage =
    "berth-logger writes a container's output to a spool on disk. containerd starts it:\n"
    "  binary:///usr/bin/berth-logger?dir=/absolute/path[&max_bytes=N][&max_files=N]\n"
    "It reads descriptors 3 and 4 until both end. --version tells which berth it belongs to.\n";

struct Options {
  const char* directory = nullptr;
  SpoolLimits limits;
};

struct Source {
  int fd;
  Kind kind;
  Framer framer;
  bool is_open = true;
};

// Static, so that the loop never asks for memory.
char input[64 << 10];
Source sources[2] = {{kOutFd, Kind::Stdout, {}}, {kErrFd, Kind::Stderr, {}}};

// Decimal digits only; false leaves `number` alone.
template <class T>
void parse_number(const char* text, T& number) {
  T parsed = 0;
  if (*text == '\0') return;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9' || parsed > (static_cast<T>(-1) - 9) / 10) return;
    parsed = static_cast<T>(parsed * 10 + static_cast<T>(*text - '0'));
  }
  number = parsed;
}

// A bad value leaves the default: the container must not fail for its log's sake.
Options parse_pairs(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "dir") == 0) options.directory = argv[i + 1];
    if (strcmp(argv[i], "max_bytes") == 0) parse_number(argv[i + 1], options.limits.max_bytes);
    if (strcmp(argv[i], "max_files") == 0) parse_number(argv[i + 1], options.limits.max_files);
  }
  return options;
}

void ignore_signals() {
  // The shim sends SIGTERM when it has closed its ends; what is still in the pipes is read first.
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ}) signal(number, SIG_IGN);
}

// As far down as this host allows: without CAP_SYS_RESOURCE the kernel refuses to go below the
// least value a privileged process ever gave us.
void leave_oom_candidates() {
  const int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  char text[16] = {};
  const ssize_t n = read(fd, text, sizeof text - 1);
  const long present = n > 0 ? strtol(text, nullptr, 10) : 0;
  for (long score = kOomScoreLeast; score < present; score += kOomScoreStep) {
    const int size = snprintf(text, sizeof text, "%ld", score);
    if (pwrite(fd, text, static_cast<std::size_t>(size), 0) > 0) break;
  }
  close(fd);
}

std::int64_t now_ns() {
  struct timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

void drain(Source& source, SpoolWriter& spool) {
  const ssize_t n = read(source.fd, input, sizeof input);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  Frame frame;
  if (n <= 0) {
    if (source.framer.flush(frame)) spool.append(source.kind, frame);
    close(source.fd);
    source.is_open = false;
    return;
  }
  source.framer.give({input, static_cast<std::size_t>(n)}, now_ns());
  while (source.framer.next(frame)) spool.append(source.kind, frame);
}

int wait_ms(const SpoolWriter& spool) {
  if (spool.wants_retry()) return kRetryWaitMs;
  for (const Source& source : sources) {
    if (source.framer.holds_partial()) return kPartialWaitMs;
  }
  return -1;
}

void run(SpoolWriter& spool) {
  while (sources[0].is_open || sources[1].is_open) {
    struct pollfd waits[2];
    for (int i : {0, 1}) waits[i] = {sources[i].is_open ? sources[i].fd : -1, POLLIN, 0};
    const int ready = poll(waits, 2, wait_ms(spool));
    if (ready < 0) continue;
    for (int i : {0, 1}) {
      if (waits[i].revents != 0) {
        drain(sources[i], spool);
      } else if (Frame frame; ready == 0 && sources[i].framer.flush(frame)) {
        spool.append(sources[i].kind, frame);
      }
    }
    spool.flush();
  }
  spool.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    return puts("berth-logger " BERTH_VERSION) < 0 ? 1 : 0;
  }
  if (fcntl(kOutFd, F_GETFD) < 0 && fcntl(kErrFd, F_GETFD) < 0) {
    fputs(kUsage, stderr);
    return kUsageExit;
  }
  ignore_signals();
  leave_oom_candidates();
  [[maybe_unused]] const bool has_none = berth::drop_privileges();
  umask(077);
  // Whatever else came along: nobody shall wait for its end as long as a container runs.
  close_range(kFirstForeignFd, ~0U, 0);
  // The shim's directory is the container's bundle; we are not what keeps it busy.
  [[maybe_unused]] const int moved = chdir("/");

  const Options options = parse_pairs(argc, argv);
  static SpoolWriter spool(options.directory, options.limits);
  spool.open();
  close(kReadyFd);
  run(spool);
  return 0;
}
