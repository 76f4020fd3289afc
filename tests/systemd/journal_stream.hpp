// journal_stream.hpp - standard error of a service whose output goes to the journal.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string>

#include "base/unique_fd.hpp"

namespace berth::testing {

class JournalStream {
 public:
  JournalStream() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_.reset(ends[0]);
    journals_.reset(ends[1]);
  }

  int descriptor() const { return ours_.get(); }
  /// As systemd names it in JOURNAL_STREAM.
  std::string name() const {
    struct stat facts{};
    EXPECT_EQ(::fstat(ours_.get(), &facts), 0);
    return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
  }

 private:
  UniqueFd ours_;
  UniqueFd journals_;
};

}  // namespace berth::testing
