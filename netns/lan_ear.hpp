// lan_ear.hpp - hears what others on a LAN say about some addresses.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "netns/lan_frames.hpp"
#include "netns/lan_socket.hpp"

namespace berth::netns {

/// One link and one family. Bound for life to the namespace of the thread that opened it; any
/// thread may use it, one at a time. Frames about other addresses stay in the kernel.
class LanEar {
 public:
  /// own: the hardware address of the link; what is said under it is not another's word.
  /// fails: NotFound (no such link), Denied, Exhausted.
  static Result<LanEar> open(std::uint32_t link, bool is_v6, const MacAddress& own);

  /// From now on it hears of these, and of no other; they are of its family.
  ///
  /// hears_probes: also of those who only ask.
  Result<> follow(std::vector<IpAddress> addresses, bool hears_probes);

  /// Becomes readable when there is something to hear.
  int fd() const { return socket_.fd(); }

  /// What was said until now, the first 64 of it; never waits. A link that goes down says nothing.
  Result<std::vector<Claim>> read();

  /// Sends probes, or announcements, by the same link.
  Result<> ask(const IpAddress& address);
  Result<> announce(const IpAddress& address);

  const MacAddress& own() const { return own_; }

 private:
  LanEar(PacketSocket socket, std::uint32_t link, bool is_v6, const MacAddress& own)
      : socket_(std::move(socket)), link_(link), is_v6_(is_v6), own_(own) {}

  PacketSocket socket_;
  std::uint32_t link_;
  bool is_v6_;
  MacAddress own_;
  std::vector<IpAddress> addresses_;
  bool hears_probes_ = false;
};

}  // namespace berth::netns
