// reservations.hpp - ports of the host that this process holds for others.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::ports {

/// Inclusive.
struct Range {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  bool operator==(const Range&) const = default;
};

/// What a port that the system chooses may be. source: net.ipv4.ip_local_port_range; when it cannot
/// be read 49153 to 65535, as the incumbent.
Range kernel_range();

/// One wish: a fixed port, or so many free ones in a row.
struct Wish {
  std::string protocol = "tcp";  ///< "tcp" or "udp"
  std::uint16_t port = 0;        ///< 0: any of the range
  std::uint16_t count = 1;       ///< of a fixed port always 1
};

/// From any thread. Ports are those of the network namespace of the calling thread.
class Reservations {
 public:
  explicit Reservations(Range dynamic) : dynamic_(dynamic) {}

  /// Takes all that is wished for, or nothing. Free ports go round: the search begins after the
  /// last one given.
  /// again: yes; what `owner` has by the same wishes stays.
  /// fails: Exists (names the port and who has it), Exhausted (the incumbent's words: "a host port
  ///        is unavailable", "<n> contiguous host ports are unavailable"), Denied.
  /// returns the first port of each wish, in order.
  Result<std::vector<std::uint16_t>> take(const std::string& owner,
                                          const std::vector<Wish>& wishes);

  /// Holds ports that are the owner's already: after a restart, wish by wish in their order. One
  /// that somebody else took meanwhile stays theirs, and is named.
  /// returns the ones not held, "tcp port 80 (nginx (pid 812))".
  std::vector<std::string> retake(const std::string& owner, const std::string& protocol,
                                  Range ports);

  /// Gives back everything of the owner. again: yes.
  void release(const std::string& owner);

 private:
  using Key = std::pair<std::string, std::uint16_t>;  // protocol, port
  struct Held {
    std::string owner;
    UniqueFd socket;
  };

  Result<std::uint16_t> take_fixed(const std::string& owner, const Wish& wish);
  Result<std::uint16_t> take_free(const std::string& owner, const Wish& wish);
  Result<bool> take_run(const std::string& owner, const Wish& wish, std::uint16_t first);

  const Range dynamic_;
  std::mutex mutex_;
  std::map<Key, Held> held_;
  std::map<std::string, std::vector<std::uint16_t>> given_;  ///< by owner, for take() again
  std::uint16_t last_given_ = 0;
};

}  // namespace berth::ports
