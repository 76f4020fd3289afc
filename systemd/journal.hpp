// journal.hpp - structured records to journald; plain datagrams, no library.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::systemd {

/// One field of a record. Names are capital letters, digits and underscores, beginning with a
/// letter; what journald itself knows is MESSAGE, PRIORITY, SYSLOG_IDENTIFIER.
/// source: systemd, systemd.journal-fields(7).
struct JournalField {
  std::string_view name;
  std::string_view value;  ///< any bytes
};

/// A record as journald reads it.
/// source: systemd, "Native Journal Protocol".
std::string record_of(std::span<const JournalField> fields);

/// The journal, when this process's standard error is connected to it. One for the program;
/// any thread.
class Journal {
 public:
  static constexpr const char* kSocket = "/run/systemd/journal/socket";

  /// nullopt unless `descriptor` is the stream that JOURNAL_STREAM names: a service's own standard
  /// error. Somebody who sent ours elsewhere wants to read it there.
  ///
  /// journal_stream:  JOURNAL_STREAM, "<device>:<inode>".
  static std::optional<Journal> open(std::string_view journal_stream, int descriptor,
                                     const std::string& socket_path = kSocket);

  /// Sends one record, made by record_of, at once or not at all.
  ///
  /// fails:  Unavailable (journald is away or slow), Invalid (larger than a datagram may be).
  Result<> send(const std::string& record) const;

 private:
  explicit Journal(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;  ///< connected
};

/// JOURNAL_STREAM of this process; "" when there is none.
std::string journal_stream();

}  // namespace berth::systemd
