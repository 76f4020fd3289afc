// netlink.hpp - the seam to the kernel's routing sockets: change things, look at things.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "netns/netlink_codec.hpp"

namespace berth::netns {

/// One network namespace, as seen through a routing socket. Calls block, a veth's deletion for
/// 16-20 ms (RCU), most others for 0.01-0.5 ms; so they run on Offload. One thread at a time.
class Netlink {
 public:
  virtual ~Netlink() = default;

  /// Sends all requests in one system call; the kernel carries out each in order, also those after
  /// a failed one.
  ///
  /// fails: with the first failure that its request does not forgive, named by Request::doing();
  ///        TimedOut when the kernel did not answer within 5 s.
  virtual Result<> change(const std::vector<Request>& batch) = 0;
  /// All messages the kernel answers a question with: one thing, or a list (flag NLM_F_DUMP).
  /// fails: NotFound and others by the kernel's errno; TimedOut.
  virtual Result<std::vector<Message>> ask(const Request& question) = 0;

  Result<> change(const Request& request) { return change(std::vector<Request>{request}); }
};

/// The real thing. Bound for life to the network namespace of the thread that opened it, so any
/// thread may configure that namespace through it.
class NetlinkSocket final : public Netlink {
 public:
  /// protocol: NETLINK_ROUTE, or another with answers of the same kind: NETLINK_NETFILTER.
  /// fails: Denied, Exhausted (descriptors).
  static Result<NetlinkSocket> open(int protocol = NETLINK_ROUTE);

  using Netlink::change;
  Result<> change(const std::vector<Request>& batch) override;
  Result<std::vector<Message>> ask(const Request& question) override;
  /// The same, each as it comes: for a list that is longer than memory should hold.
  Result<> ask_each(const Request& question, const std::function<void(Message&)>& hear);

 private:
  explicit NetlinkSocket(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<> send(const std::string& bytes);
  Result<std::vector<Message>> receive();

  UniqueFd fd_;
  std::uint32_t sequence_ =
      0;  ///< of the last request sent; late answers to older ones are skipped
};

/// Opens a socket in the namespace of the calling thread; a test puts its own in between.
using OpenNetlink = std::function<Result<std::unique_ptr<Netlink>>()>;
/// The one for everyday: a NetlinkSocket.
Result<std::unique_ptr<Netlink>> open_netlink();

}  // namespace berth::netns
