// netlink_codec.hpp - bytes of rtnetlink messages to values and back; no socket.
// source: Linux, Documentation/userspace-api/netlink/intro.rst; linux/netlink.h, linux/rtnetlink.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.hpp"

namespace berth::netns {

/// One request being written: netlink header, family header, attributes. A value; sent by Netlink.
class Request {
 public:
  /// type:  RTM_NEWLINK and so on. flags: besides NLM_F_REQUEST, which is always there.
  /// doing: what it is for, for the error message: "add address 10.0.0.1/24".
  template <class Header>
  Request(std::uint16_t type, std::uint16_t flags, const Header& header, std::string doing)
      : Request(type, flags, std::move(doing)) {
    static_assert(std::is_trivially_copyable_v<Header>);
    append(&header, sizeof header);
  }

  Request& number8(std::uint16_t attribute, std::uint8_t value);
  Request& number32(std::uint16_t attribute, std::uint32_t value);
  Request& bytes(std::uint16_t attribute, const void* data, std::size_t size);
  Request& text(std::uint16_t attribute, std::string_view value);  ///< with its final NUL
  Request& flag(std::uint16_t attribute);                          ///< no value, only being there
  /// Attributes up to the matching close() lie inside this one.
  Request& open(std::uint16_t attribute);
  /// The same, with a family header in front of the inner attributes (a veth's peer has one).
  template <class Header>
  Request& open(std::uint16_t attribute, const Header& header) {
    open(attribute);
    append(&header, sizeof header);
    return *this;
  }
  Request& close();

  /// This errno counts as success: "already there" when making, "already gone" when removing.
  Request& forgive(int os_errno);

  const std::string& doing() const { return doing_; }
  bool forgives(int os_errno) const { return os_errno == 0 || os_errno == forgiven_; }
  std::uint16_t type() const;
  /// The bytes to send, with this sequence number and these flags added.
  std::string encoded(std::uint32_t sequence, std::uint16_t more_flags) const;

 private:
  Request(std::uint16_t type, std::uint16_t flags, std::string doing);
  void append(const void* data, std::size_t size);

  std::string wire_;               ///< always a multiple of 4 bytes; length fields set in encoded()
  std::vector<std::size_t> open_;  ///< where the attributes still open begin
  std::string doing_;
  int forgiven_ = 0;
};

/// One message the kernel sent.
struct Message {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  std::string body;  ///< after the netlink header: family header and attributes
};

/// What the kernel says of one request.
struct Acknowledgement {
  int os_errno = 0;         ///< 0 is success
  std::string explanation;  ///< the kernel's own words, where it has some; may be empty
};

/// The attributes of one level. Refers to the bytes it was made from, which must outlive it.
class Attributes {
 public:
  /// Unreadable rest is ignored, as the kernel's own parsers do.
  explicit Attributes(std::string_view bytes);

  std::optional<std::string_view> find(std::uint16_t attribute) const;
  std::optional<std::uint32_t> number32(std::uint16_t attribute) const;
  std::string text(std::uint16_t attribute) const;  ///< without its NUL; "" when it is not there
  Attributes inside(std::uint16_t attribute) const;

 private:
  struct Attribute {
    std::uint16_t type;
    std::string_view value;
  };
  std::vector<Attribute> all_;
};

/// The messages of one datagram.
/// fails: Broken (cut off or lengths that cannot be).
Result<std::vector<Message>> decode_messages(std::string_view datagram);

/// The message's family header, if it is long enough to hold one.
template <class Header>
std::optional<Header> header_of(const Message& message) {
  static_assert(std::is_trivially_copyable_v<Header>);
  Header header;
  if (message.body.size() < sizeof header) return std::nullopt;
  message.body.copy(reinterpret_cast<char*>(&header), sizeof header);
  return header;
}

/// The attributes behind a family header of `header_size` bytes; refers to the message.
Attributes attributes_of(const Message& message, std::size_t header_size);

/// Reads an NLMSG_ERROR (or NLMSG_DONE) message. Only headers are echoed: NETLINK_CAP_ACK is set.
/// fails: Broken (too short to hold an errno).
Result<Acknowledgement> decode_acknowledgement(const Message& message);

}  // namespace berth::netns
