// netlink_codec.cpp - lengths, padding and nesting of netlink messages.
#include "netns/netlink_codec.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace berth::netns {

namespace {

constexpr std::size_t kAlignment = 4;        // NLMSG_ALIGNTO and RTA_ALIGNTO
constexpr std::uint16_t kTypeMask = 0x3fff;  // NLA_TYPE_MASK: without nested and byte-order flags

std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) & ~(kAlignment - 1);
}

template <class Value>
Value value_at(std::string_view bytes, std::size_t offset = 0) {
  Value value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

Request::Request(std::uint16_t type, std::uint16_t flags, std::string doing)
    : doing_(std::move(doing)) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  append(&header, sizeof header);
}

void Request::append(const void* data, std::size_t size) {
  if (size > 0) wire_.append(static_cast<const char*>(data), size);
  wire_.resize(aligned(wire_.size()), '\0');
}

Request& Request::bytes(std::uint16_t attribute, const void* data, std::size_t size) {
  const rtattr header{static_cast<std::uint16_t>(sizeof(rtattr) + size), attribute};
  append(&header, sizeof header);
  append(data, size);
  return *this;
}

Request& Request::number8(std::uint16_t attribute, std::uint8_t value) {
  return bytes(attribute, &value, sizeof value);
}

Request& Request::number32(std::uint16_t attribute, std::uint32_t value) {
  return bytes(attribute, &value, sizeof value);
}

Request& Request::text(std::uint16_t attribute, std::string_view value) {
  const std::string terminated(value);
  return bytes(attribute, terminated.c_str(), terminated.size() + 1);
}

Request& Request::flag(std::uint16_t attribute) {
  return bytes(attribute, nullptr, 0);
}

Request& Request::open(std::uint16_t attribute) {
  open_.push_back(wire_.size());
  return bytes(static_cast<std::uint16_t>(attribute | NLA_F_NESTED), nullptr, 0);
}

Request& Request::close() {
  assert(!open_.empty());
  const auto length = static_cast<std::uint16_t>(wire_.size() - open_.back());
  std::memcpy(wire_.data() + open_.back(), &length, sizeof length);
  open_.pop_back();
  return *this;
}

Request& Request::forgive(int os_errno) {
  forgiven_ = os_errno;
  return *this;
}

std::uint16_t Request::type() const {
  return value_at<nlmsghdr>(wire_).nlmsg_type;
}

std::string Request::encoded(std::uint32_t sequence, std::uint16_t more_flags) const {
  assert(open_.empty());
  std::string wire = wire_;
  auto header = value_at<nlmsghdr>(wire);
  header.nlmsg_len = static_cast<std::uint32_t>(wire.size());
  header.nlmsg_flags = static_cast<std::uint16_t>(header.nlmsg_flags | more_flags);
  header.nlmsg_seq = sequence;
  std::memcpy(wire.data(), &header, sizeof header);
  return wire;
}

Attributes::Attributes(std::string_view bytes) {
  while (bytes.size() >= sizeof(rtattr)) {
    const auto header = value_at<rtattr>(bytes);
    if (header.rta_len < sizeof(rtattr) || header.rta_len > bytes.size()) return;
    all_.push_back({static_cast<std::uint16_t>(header.rta_type & kTypeMask),
                    bytes.substr(sizeof(rtattr), header.rta_len - sizeof(rtattr))});
    bytes.remove_prefix(std::min(aligned(header.rta_len), bytes.size()));
  }
}

std::optional<std::string_view> Attributes::find(std::uint16_t attribute) const {
  for (const Attribute& each : all_) {
    if (each.type == attribute) return each.value;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Attributes::number32(std::uint16_t attribute) const {
  const auto value = find(attribute);
  if (!value || value->size() < sizeof(std::uint32_t)) return std::nullopt;
  return value_at<std::uint32_t>(*value);
}

std::string Attributes::text(std::uint16_t attribute) const {
  const std::string_view value = find(attribute).value_or("");
  return std::string(value.substr(0, value.find('\0')));
}

Attributes Attributes::inside(std::uint16_t attribute) const {
  return Attributes(find(attribute).value_or(std::string_view()));
}

Result<std::vector<Message>> decode_messages(std::string_view datagram) {
  std::vector<Message> messages;
  while (!datagram.empty()) {
    if (datagram.size() < sizeof(nlmsghdr)) {
      return Error{Errc::Broken, 0, "netlink datagram ends inside a header"};
    }
    const auto header = value_at<nlmsghdr>(datagram);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
      return Error{Errc::Broken, 0,
                   "netlink message of " + std::to_string(header.nlmsg_len) + " bytes in " +
                       std::to_string(datagram.size())};
    }
    messages.push_back(
        {header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq,
         std::string(datagram.substr(sizeof header, header.nlmsg_len - sizeof header))});
    datagram.remove_prefix(std::min(aligned(header.nlmsg_len), datagram.size()));
  }
  return messages;
}

Attributes attributes_of(const Message& message, std::size_t header_size) {
  const std::string_view body = message.body;
  return Attributes(body.substr(std::min(aligned(header_size), body.size())));
}

Result<Acknowledgement> decode_acknowledgement(const Message& message) {
  if (message.body.size() < sizeof(int)) {
    return Error{Errc::Broken, 0, "netlink acknowledgement without an errno"};
  }
  Acknowledgement acknowledgement;
  acknowledgement.os_errno = -value_at<int>(message.body);
  if ((message.flags & NLM_F_ACK_TLVS) != 0) {
    acknowledgement.explanation = attributes_of(message, sizeof(nlmsgerr)).text(NLMSGERR_ATTR_MSG);
  }
  return acknowledgement;
}

}  // namespace berth::netns
