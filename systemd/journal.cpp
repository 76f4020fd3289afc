// journal.cpp - the native journal protocol: fields in one datagram.
#include "systemd/journal.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "systemd/variable.hpp"

namespace berth::systemd {

namespace {

/// Eight bytes, the least one first.
void append_length(std::string& record, std::uint64_t length) {
  for (int shift = 0; shift < 64; shift += 8) {
    record += static_cast<char>(static_cast<unsigned char>(length >> shift));
  }
}

}  // namespace

std::string record_of(std::span<const JournalField> fields) {
  std::string record;
  for (const JournalField& field : fields) {
    record += field.name;
    if (field.value.find('\n') == std::string_view::npos) {
      record += '=';
    } else {
      // A line break would end the field: such values come with their length.
      record += '\n';
      append_length(record, field.value.size());
    }
    record += field.value;
    record += '\n';
  }
  return record;
}

std::optional<Journal> Journal::open(std::string_view journal_stream, int descriptor,
                                     const std::string& socket_path) {
  struct stat stream{};
  if (::fstat(descriptor, &stream) != 0) return std::nullopt;
  const std::string ours = std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (ours != journal_stream || socket_path.size() >= sizeof to.sun_path) return std::nullopt;
  std::memcpy(to.sun_path, socket_path.c_str(), socket_path.size() + 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return std::nullopt;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    return std::nullopt;
  }
  return Journal(std::move(socket));
}

Result<> Journal::send(const std::string& record) const {
  while (::send(socket_.get(), record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return os_error(errno, "send a record to the journal");
  }
  return ok();
}

std::string journal_stream() {
  return variable("JOURNAL_STREAM");
}

}  // namespace berth::systemd
