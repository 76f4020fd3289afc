// spool_writer.hpp - writes records into the bounded, rotated files of one spool.
//
// Used by berth-logger: system calls only, no allocation, no exception. docs/formats/spool.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/unique_fd.hpp"
#include "logs/framer.hpp"
#include "logs/record.hpp"

namespace berth::logs {

inline constexpr std::uint64_t kMinFileBytes = 128 << 10;  ///< holds the writer's largest batch
inline constexpr std::uint32_t kMinFiles = 2;              ///< one to write, one to look back into

/// Bounds of one spool; smaller values are raised to the least ones above.
struct SpoolLimits {
  std::uint64_t max_bytes = 10 << 20;  ///< of one file
  std::uint32_t max_files = 3;         ///< the oldest is removed when one more is needed
};

/// The one writer of a spool. No failure leaves it: what cannot be written is dropped and counted,
/// and the count is written as a gap as soon as anything can be. Lines wait in memory for at most
/// one flush(); only while there is no spool at all (directory missing, another writer still
/// draining) do they wait for as long as they fit.
class SpoolWriter {
 public:
  /// directory:  made with its parents, mode 0700, when it is not there; must outlive the writer.
  SpoolWriter(const char* directory, SpoolLimits limits);

  /// Opens the spool and finds the last number in it; without success it is tried again later.
  /// Returns 0 or errno.
  int open();

  /// Takes one line.
  void append(Kind kind, const Frame& frame);

  /// Writes what was taken.
  void flush();

  /// The last flush: what cannot be written now is dropped.
  void finish();

  /// True while something waits for a spool that could not be opened, or for a gap to be written.
  bool wants_retry() const { return batch_records_ > 0 || gap_.records > gap_written_; }

  std::uint64_t dropped_records() const { return dropped_records_; }

 private:
  int open_files();
  int open_file(std::uint64_t number, int flags);
  int rotate();
  void remove_before(std::uint64_t keep_from);
  void write_batch(bool must);
  void number_batch();
  void keep_whole_records(std::size_t written, int why);
  void drop_batch(std::size_t from, int why);
  bool write_gap();
  bool is_past_end(std::size_t more) const;

  const char* directory_;
  SpoolLimits limits_;
  UniqueFd dir_;
  UniqueFd lock_;  ///< held as long as the writer lives; tells readers that there is one
  UniqueFd file_;
  int open_errno_ = 0;
  std::uint64_t oldest_file_ = 0;
  std::uint64_t file_number_ = 0;
  std::uint64_t offset_ = 0;  ///< end of the last whole record in the file
  std::uint64_t next_seq_ = 1;

  Gap gap_;  ///< dropped since the last line that was written
  std::uint64_t gap_seq_ = 0;
  std::int64_t gap_time_ns_ = 0;
  std::uint64_t gap_written_ = 0;  ///< records of gap_ already told in the file
  std::uint64_t gap_at_ = 0;       ///< where, when gap_written_ is not 0
  std::uint64_t dropped_records_ = 0;

  std::size_t batch_bytes_ = 0;
  std::uint64_t batch_records_ = 0;
  char batch_[64 << 10];
};

}  // namespace berth::logs
