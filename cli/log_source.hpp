// log_source.hpp - one container's spool as lines to show, oldest first.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "logs/line_joiner.hpp"
#include "logs/spool_reader.hpp"

namespace berth::cli {

/// A line of output, or a remark of ours about output that is missing.
struct ShownLine {
  logs::Kind kind = logs::Kind::Stdout;  ///< Gap: a remark
  std::int64_t time_ns = 0;
  std::string text;
};

/// The lines of one spool. A spool that is not there yet is empty and looked for again each time.
class LogSource {
 public:
  LogSource(std::string container, std::string directory)
      : container_(std::move(container)), directory_(std::move(directory)) {}

  /// Keeps the last `lines` of what is there now; call it before the first load(), if at all.
  Result<> skip_to_tail(std::size_t lines);

  /// Reads on until a line is at hand. False when there is none for now.
  ///
  /// fails:  Denied (not root), Broken.
  Result<bool> load();
  const ShownLine& front() const { return ready_.front(); }
  void pop() { ready_.pop_front(); }

  /// Shows what is held of lines that have not ended: a prompt, or the end of all.
  void release_partial();

  /// Follows from here on: news() becomes a descriptor to poll once the spool is there.
  void watch();
  int news() const { return watch_ ? watch_->fd() : -1; }
  void clear_news();

  /// For a container that had no spool when the source was made.
  void learn_directory(const std::string& directory) {
    if (directory_.empty()) directory_ = directory;
  }
  bool has_directory() const { return !directory_.empty(); }
  bool has_writer() const { return reader_ && reader_->has_writer(); }
  const std::string& container() const { return container_; }

 private:
  Result<bool> open();
  void take(logs::Entry entry);

  std::string container_;
  std::string directory_;
  bool wants_watch_ = false;
  std::optional<logs::SpoolReader> reader_;
  std::optional<logs::SpoolWatch> watch_;
  logs::LineJoiner joiner_;
  std::deque<ShownLine> ready_;
};

}  // namespace berth::cli
