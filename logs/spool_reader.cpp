// spool_reader.cpp - following the files of a spool.
#include "logs/spool_reader.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "logs/spool_files.hpp"

namespace berth::logs {

namespace {
constexpr std::size_t kChunkBytes = 256 << 10;
}

Result<SpoolReader> SpoolReader::open(const std::string& directory, Position from) {
  BERTH_TRY(Dir dir, Dir::open(directory));
  return SpoolReader(std::move(dir), from);
}

SpoolReader::SpoolReader(Dir dir, Position from)
    : dir_(std::move(dir)), from_(from), next_seq_(from.next_seq) {}

bool SpoolReader::has_writer() const {
  return logs::has_writer(dir_.fd());
}

Result<std::optional<Entry>> SpoolReader::next() {
  BERTH_TRY(bool is_open, has_file());
  while (is_open) {
    Header header;
    const std::string_view bytes = std::string_view(buffer_).substr(used_);
    const Found found = bytes.empty() ? Found::Partial : find_record(bytes, header);
    if (found == Found::Garbage) {
      skip(next_candidate(bytes));
    } else if (found == Found::Record) {
      if (std::optional<Entry> entry = take(header)) return entry;
    } else {
      BERTH_TRY(const bool filled, fill());
      if (filled) continue;
      BERTH_TRY(is_open, at_end());
    }
  }
  return std::optional<Entry>();
}

Result<bool> SpoolReader::has_file() {
  if (file_) return true;
  if (from_.file != 0) {
    auto opened = open_number(from_.file, from_.offset);
    if (opened) return true;
    if (!opened.failed_with(Errc::NotFound)) return std::move(opened).error();
    // Rotated away: go on with the next one. When there is none, the spool began anew since.
    BERTH_TRY(const auto later, number_after(from_.file));
    if (!later) next_seq_ = 0;
    file_number_ = later ? from_.file : 0;
    from_ = {};
  }
  return next_file();
}

// Opens the file behind the present one; false when there is none.
Result<bool> SpoolReader::next_file() {
  BERTH_TRY(const auto number, number_after(file_number_));
  if (!number) return false;
  auto opened = open_number(*number, 0);
  // Rotation was faster than we: the one after it is there then, and is found next time.
  if (opened.failed_with(Errc::NotFound)) return false;
  if (!opened) return std::move(opened).error();
  return true;
}

Result<std::optional<std::uint64_t>> SpoolReader::number_after(std::uint64_t number) const {
  BERTH_TRY(const std::vector<std::string> names, dir_.list());
  std::optional<std::uint64_t> lowest;
  for (const std::string& name : names) {
    const auto found = file_number(name);
    if (found && *found > number && (!lowest || *found < *lowest)) lowest = found;
  }
  return lowest;
}

Result<> SpoolReader::open_number(std::uint64_t number, std::uint64_t offset) {
  char name[kNameBytes];
  file_name(number, name);
  UniqueFd fd(::openat(dir_.fd(), name, O_RDONLY | O_CLOEXEC));
  if (!fd) return os_error(errno, "open " + dir_.path() + "/" + name);
  file_ = std::move(fd);
  file_number_ = number;
  record_offset_ = offset;
  reread_below_ = 0;
  buffer_.clear();
  used_ = 0;
  return ok();
}

// Reads on behind what is buffered; false at the end of the file.
Result<bool> SpoolReader::fill() {
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t held = buffer_.size();
  buffer_.resize(held + kChunkBytes);
  const ssize_t n = ::pread(file_.get(), buffer_.data() + held, kChunkBytes,
                            static_cast<off_t>(record_offset_ + held));
  const int why = errno;
  buffer_.resize(held + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  if (n < 0) {
    return os_error(why, "read spool." + std::to_string(file_number_) + " in " + dir_.path());
  }
  return n > 0;
}

// At the end of the file: goes to the next one, or says that there is nothing more for now.
Result<bool> SpoolReader::at_end() {
  BERTH_TRY(const auto later, number_after(file_number_));
  if (later) {
    // The writer leaves a file for good before it makes the next one, so this is its true end.
    BERTH_TRY(const bool grew, fill());
    if (grew) return true;
    if (!buffer_.empty()) {
      skip(next_candidate(buffer_));
      return true;
    }
    return next_file();
  }
  struct stat now{};
  if (::fstat(file_.get(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) < record_offset_) {
    // The writer took back records that a full disk let through in part. Read the file again and
    // pass over what was given already.
    reread_below_ = next_seq_;
    record_offset_ = 0;
    buffer_.clear();
    return true;
  }
  buffer_.clear();  // the half record at the end may be cut off and written anew
  return false;
}

std::optional<Entry> SpoolReader::take(const Header& header) {
  Entry entry;
  const std::string_view payload =
      std::string_view(buffer_).substr(used_ + kHeaderBytes, header.length);
  const std::uint64_t numbers = numbers_of(header, payload);
  entry.kind = header.kind;
  entry.flags = header.flags;
  entry.seq = header.seq;
  entry.time_ns = header.time_ns;
  if (header.kind == Kind::Gap) {
    entry.gap = read_gap(payload).value_or(Gap{});
  } else {
    entry.text = payload;
  }
  used_ += kHeaderBytes + header.length;
  record_offset_ += kHeaderBytes + header.length;
  if (header.seq + numbers <= reread_below_) return std::nullopt;
  if (next_seq_ != 0 && header.seq > next_seq_) entry.missed = header.seq - next_seq_;
  next_seq_ = header.seq + numbers;
  return entry;
}

void SpoolReader::skip(std::size_t bytes) {
  used_ += bytes;
  record_offset_ += bytes;
  skipped_bytes_ += bytes;
}

Result<SpoolWatch> SpoolWatch::open(const std::string& directory) {
  UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) return os_error(errno, "inotify");
  // IN_CLOSE_WRITE: the writer ended, too.
  constexpr std::uint32_t kNews =
      IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF;
  if (::inotify_add_watch(inotify.get(), directory.c_str(), kNews) < 0) {
    return os_error(errno, "watch " + directory);
  }
  return SpoolWatch(std::move(inotify));
}

void SpoolWatch::clear() {
  std::array<char, 4096> events;
  while (::read(inotify_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace berth::logs
