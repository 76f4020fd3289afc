// spool_reader.hpp - reads a spool in order, across rotation, from any position on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/dir.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "logs/record.hpp"

namespace berth::logs {

/// Where a reader stands; what it needs to go on later. All zero: at the oldest record there is.
struct Position {
  std::uint64_t file = 0;
  std::uint64_t offset = 0;
  std::uint64_t next_seq = 0;  ///< 0: not known yet, so nothing before can be missed

  bool operator==(const Position&) const = default;
};

/// One record, as its reader sees it.
struct Entry {
  Kind kind = Kind::Stdout;
  std::uint8_t flags = 0;  ///< kContinues, kContinued
  std::uint64_t seq = 0;
  std::int64_t time_ns = 0;
  std::string text;          ///< a line without its newline, or a part; empty for a gap
  Gap gap;                   ///< of a gap
  std::uint64_t missed = 0;  ///< numbers between the last entry and this one that are not there:
                             ///< rotated away, or torn by a loss of power
};

/// Reads while the writer writes. Damaged bytes are skipped up to the next whole record; a record
/// that is still being written is left for the next time.
class SpoolReader {
 public:
  /// fails:  NotFound (no such directory), Denied.
  static Result<SpoolReader> open(const std::string& directory, Position from = {});

  /// The next entry; nullopt when there is none yet. fails: Broken, Denied (reading failed).
  Result<std::optional<Entry>> next();

  /// Behind the last entry that next() gave.
  Position position() const { return {file_number_, record_offset_, next_seq_}; }
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }

  /// True while a berth-logger has the spool open.
  bool has_writer() const;

 private:
  SpoolReader(Dir dir, Position from);

  Result<bool> has_file();
  Result<bool> next_file();
  Result<bool> fill();
  Result<bool> at_end();
  Result<std::optional<std::uint64_t>> number_after(std::uint64_t number) const;
  Result<> open_number(std::uint64_t number, std::uint64_t offset);
  std::optional<Entry> take(const Header& header);
  void skip(std::size_t bytes);

  Dir dir_;
  Position from_;
  UniqueFd file_;
  std::uint64_t file_number_ = 0;
  std::uint64_t record_offset_ = 0;  ///< in the file, of buffer_[used_]
  std::uint64_t next_seq_ = 0;
  std::uint64_t reread_below_ = 0;  ///< numbers below were given before the file was read again
  std::uint64_t skipped_bytes_ = 0;
  std::string buffer_;
  std::size_t used_ = 0;
};

/// Tells when something was written to a spool, or a file of it came or went.
class SpoolWatch {
 public:
  /// fails:  NotFound (no such directory), Denied, Exhausted (inotify limits).
  static Result<SpoolWatch> open(const std::string& directory);

  /// Readable when there is news; for a loop of the caller's.
  int fd() const { return inotify_.get(); }
  /// Forgets the news so far. Call it before reading the spool, so that none is lost.
  void clear();

 private:
  explicit SpoolWatch(UniqueFd inotify) : inotify_(std::move(inotify)) {}

  UniqueFd inotify_;
};

}  // namespace berth::logs
