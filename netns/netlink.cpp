// netlink.cpp - NetlinkSocket: a NETLINK_ROUTE socket.
#include "netns/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <optional>

namespace berth::netns {

namespace {

// The kernel answers at once; only its own locks (RCU, RTNL) can make it late.
constexpr timeval kPatience{5, 0};

Error refusal(const Request& request, const Acknowledgement& said) {
  Error error = os_error(said.os_errno, request.doing());
  if (!said.explanation.empty()) error.message += " (" + said.explanation + ")";
  return error;
}

}  // namespace

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd) return os_error(errno, "open a netlink socket");
  const int on = 1;
  // Both only make answers shorter and clearer, so a kernel without them does as well.
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) != 0) {
    return os_error(errno, "set the time limit of a netlink socket");
  }
  return NetlinkSocket(std::move(fd));
}

Result<> NetlinkSocket::send(const std::string& bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  while (::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel),
                  sizeof kernel) < 0) {
    if (errno != EINTR) return os_error(errno, "send to the kernel by netlink");
  }
  return ok();
}

Result<std::vector<Message>> NetlinkSocket::receive() {
  // Dumps come in pieces of at most 32 KiB, single answers are smaller.
  std::string datagram(32768, '\0');
  while (true) {
    const ssize_t size = ::recv(fd_.get(), datagram.data(), datagram.size(), MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      return Error{Errc::TimedOut, EAGAIN, "the kernel did not answer by netlink within 5 s"};
    }
    if (size < 0) return os_error(errno, "receive from the kernel by netlink");
    if (static_cast<std::size_t>(size) > datagram.size()) {
      return Error{Errc::Broken, 0, "netlink answer of " + std::to_string(size) + " bytes"};
    }
    datagram.resize(static_cast<std::size_t>(size));
    return decode_messages(datagram);
  }
}

Result<> NetlinkSocket::change(const std::vector<Request>& batch) {
  const std::uint32_t first = sequence_ + 1;
  std::string bytes;
  for (const Request& request : batch) bytes += request.encoded(++sequence_, NLM_F_ACK);
  BERTH_CHECK(send(bytes));

  std::optional<Error> failure;
  for (std::size_t answered = 0; answered < batch.size();) {
    BERTH_TRY(const std::vector<Message> messages, receive());
    for (const Message& message : messages) {
      const std::uint32_t place = message.sequence - first;
      if (message.type != NLMSG_ERROR || place >= batch.size()) continue;
      ++answered;
      BERTH_TRY(const Acknowledgement said, decode_acknowledgement(message));
      const Request& request = batch[place];
      if (!failure && !request.forgives(said.os_errno)) failure = refusal(request, said);
    }
  }
  if (failure) return std::move(*failure);
  return ok();
}

Result<std::vector<Message>> NetlinkSocket::ask(const Request& question) {
  std::vector<Message> answers;
  BERTH_CHECK(
      ask_each(question, [&answers](Message& message) { answers.push_back(std::move(message)); }));
  return answers;
}

Result<> NetlinkSocket::ask_each(const Request& question,
                                 const std::function<void(Message&)>& hear) {
  // With NLM_F_ACK a single answer is followed by an NLMSG_ERROR, a list by NLMSG_DONE.
  BERTH_CHECK(send(question.encoded(++sequence_, NLM_F_ACK)));
  while (true) {
    BERTH_TRY(std::vector<Message> messages, receive());
    for (Message& message : messages) {
      if (message.sequence != sequence_) continue;
      if (message.type != NLMSG_ERROR && message.type != NLMSG_DONE) {
        hear(message);
        continue;
      }
      BERTH_TRY(const Acknowledgement said, decode_acknowledgement(message));
      if (said.os_errno != 0) return refusal(question, said);
      return ok();
    }
  }
}

Result<std::unique_ptr<Netlink>> open_netlink() {
  BERTH_TRY(NetlinkSocket socket, NetlinkSocket::open());
  return std::unique_ptr<Netlink>(std::make_unique<NetlinkSocket>(std::move(socket)));
}

}  // namespace berth::netns
