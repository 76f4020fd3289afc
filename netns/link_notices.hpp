// link_notices.hpp - hears of devices that come, change, or are taken away.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// Hears of the network namespace of the thread that opened it. One thread at a time.
class LinkNotices {
 public:
  /// fails: Denied, Exhausted (descriptors).
  static Result<LinkNotices> open();

  /// Becomes readable when there is something to hear.
  int fd() const { return fd_.get(); }

  struct Heard {
    std::vector<std::string> gone;     ///< names of devices, in order
    std::vector<MacAddress> appeared;  ///< of devices that are new, or changed
    bool moved_addresses = false;      ///< one that others reach came or went; not on ends of veths
    bool came_up = false;              ///< another device than an end of ours, perhaps once more
    bool missed_some = false;          ///< the kernel had more to tell than it could keep
  };
  /// Everything until now; never waits. fails: Broken.
  Result<Heard> read();

 private:
  explicit LinkNotices(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace berth::netns
