// spool_writer.cpp - appending, rotating, and counting what could not be written.
#include "logs/spool_writer.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "logs/spool_files.hpp"

namespace berth::logs {

namespace {

// Writes as much as the kernel takes; `why` is its errno when that was not all.
std::size_t write_at(int fd, const char* bytes, std::size_t size, std::uint64_t offset, int& why) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pwrite(fd, bytes + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      why = n < 0 ? errno : EIO;
      return done;
    }
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

SpoolWriter::SpoolWriter(const char* directory, SpoolLimits limits)
    : directory_(directory), limits_(limits) {
  if (limits_.max_bytes < kMinFileBytes) limits_.max_bytes = kMinFileBytes;
  if (limits_.max_files < kMinFiles) limits_.max_files = kMinFiles;
}

int SpoolWriter::open() {
  open_errno_ = open_files();
  if (open_errno_ != 0) {
    file_.reset();
    lock_.reset();
    dir_.reset();
  }
  return open_errno_;
}

int SpoolWriter::open_files() {
  if (int why = make_directories(directory_)) return why;
  dir_.reset(::open(directory_, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir_) return errno;
  if (int why = lock_spool(dir_.get(), lock_)) return why;

  FileNumbers numbers;
  if (int why = list_files(dir_.get(), numbers)) return why;
  const Tail tail = find_tail(dir_.get(), numbers);
  if (tail.last_number >= next_seq_) next_seq_ = tail.last_number + 1;

  const bool is_new = numbers.newest == 0;
  oldest_file_ = is_new ? 1 : numbers.oldest;
  if (int why = open_file(is_new ? 1 : numbers.newest, is_new ? O_CREAT | O_EXCL : 0)) return why;
  if (file_number_ >= limits_.max_files) remove_before(file_number_ + 1 - limits_.max_files);
  // Behind half a record nobody could tell at once where the next one begins.
  return tail.is_torn ? rotate() : 0;
}

int SpoolWriter::open_file(std::uint64_t number, int flags) {
  char name[kNameBytes];
  file_name(number, name);
  UniqueFd fd(::openat(dir_.get(), name, O_RDWR | O_CLOEXEC | flags, 0600));
  if (!fd) return errno;
  struct stat now{};
  if (::fstat(fd.get(), &now) != 0) return errno;
  file_ = std::move(fd);
  file_number_ = number;
  offset_ = static_cast<std::uint64_t>(now.st_size);
  // A gap told in the file before is done with; one that is not yet will be told in this one.
  if (gap_written_ == gap_.records) gap_ = {};
  gap_written_ = 0;
  return 0;
}

int SpoolWriter::rotate() {
  // Room is made first: on a full disk it may be what lets the new file begin.
  if (file_number_ + 1 >= limits_.max_files) {
    remove_before(file_number_ + 2 - limits_.max_files);
  }
  if (int why = open_file(file_number_ + 1, O_CREAT | O_EXCL)) {
    if (why == ENOENT) file_.reset();  // the directory was removed: the next flush makes it again
    return why;
  }
  return 0;
}

void SpoolWriter::remove_before(std::uint64_t keep_from) {
  for (; oldest_file_ < keep_from; ++oldest_file_) {
    char name[kNameBytes];
    file_name(oldest_file_, name);
    ::unlinkat(dir_.get(), name, 0);
  }
}

bool SpoolWriter::is_past_end(std::size_t more) const {
  // Room for a gap is always left, so that a full file can still say what it lacks.
  return offset_ > 0 && offset_ + more + kGapBytes > limits_.max_bytes;
}

void SpoolWriter::append(Kind kind, const Frame& frame) {
  const std::size_t size = kHeaderBytes + frame.bytes.size();
  if (batch_bytes_ + size > sizeof batch_ ||
      (file_ && batch_bytes_ > 0 && is_past_end(batch_bytes_ + size))) {
    write_batch(true);
  }
  // The number and with it the checksum come when it is written: until the spool is open nobody
  // knows where its sequence stands.
  char* record = batch_ + batch_bytes_;
  put_header(record, Header{static_cast<std::uint32_t>(frame.bytes.size()), kind, frame.flags, 0,
                            frame.time_ns});
  std::memcpy(record + kHeaderBytes, frame.bytes.data(), frame.bytes.size());
  batch_bytes_ += size;
  ++batch_records_;
}

void SpoolWriter::flush() {
  write_batch(false);
}

void SpoolWriter::finish() {
  write_batch(true);
  write_gap();
}

void SpoolWriter::write_batch(bool must) {
  if (!file_ && open() != 0) {
    if (must) drop_batch(0, open_errno_);
    return;
  }
  if (is_past_end(batch_bytes_)) {
    if (int why = rotate()) return drop_batch(0, why);
  }
  if (!write_gap()) return drop_batch(0, static_cast<int>(gap_.os_errno));
  if (batch_records_ == 0) return;

  number_batch();
  int why = 0;
  const std::size_t written = write_at(file_.get(), batch_, batch_bytes_, offset_, why);
  if (written < batch_bytes_) return keep_whole_records(written, why);
  offset_ += batch_bytes_;
  next_seq_ += batch_records_;
  gap_ = {};
  gap_written_ = 0;
  batch_bytes_ = 0;
  batch_records_ = 0;
}

void SpoolWriter::number_batch() {
  std::uint64_t seq = next_seq_;
  for (std::size_t at = 0; at < batch_bytes_;) {
    seal_record(batch_ + at, seq++);
    at += kHeaderBytes + header_of(batch_ + at).length;
  }
}

// A part of the batch went to the file. Its whole records stay, less those whose place the gap
// needs: there the blocks are ours, anywhere else the disk may refuse them.
void SpoolWriter::keep_whole_records(std::size_t written, int why) {
  std::size_t kept = 0;
  std::uint64_t records = 0;
  for (std::size_t at = 0; at < batch_bytes_;) {
    at += kHeaderBytes + header_of(batch_ + at).length;
    if (at + kGapBytes > written) break;
    kept = at;
    ++records;
  }
  if (records > 0) {
    offset_ += kept;
    next_seq_ += records;
    gap_ = {};
    gap_written_ = 0;
  }
  batch_records_ -= records;
  drop_batch(kept, why);
}

// Counts what is in the batch from `from` on as dropped, and says so in the file if it can.
void SpoolWriter::drop_batch(std::size_t from, int why) {
  if (batch_records_ > 0) {
    if (gap_.records == 0) {
      gap_.os_errno = static_cast<std::uint32_t>(why);
      gap_seq_ = next_seq_;
      gap_time_ns_ = header_of(batch_ + from).time_ns;
    }
    gap_.records += batch_records_;
    gap_.bytes += batch_bytes_ - from - batch_records_ * kHeaderBytes;
    next_seq_ += batch_records_;
    dropped_records_ += batch_records_;
  }
  batch_bytes_ = 0;
  batch_records_ = 0;
  write_gap();
}

// True when every dropped record is told in the file. A gap that grows is written over itself:
// that needs no new block.
bool SpoolWriter::write_gap() {
  if (gap_.records == gap_written_) return true;
  if (!file_) return false;
  char record[kGapBytes];
  seal_gap(record, gap_, gap_seq_, gap_time_ns_);
  const bool is_new = gap_written_ == 0;
  const std::uint64_t at = is_new ? offset_ : gap_at_;
  int why = 0;
  const bool whole = write_at(file_.get(), record, sizeof record, at, why) == sizeof record;
  if (whole) {
    gap_written_ = gap_.records;
    gap_at_ = at;
    if (is_new) offset_ = at + sizeof record;
  }
  // Cuts off what a failed write left behind.
  if (::ftruncate(file_.get(), static_cast<off_t>(offset_)) != 0 && !whole) return false;
  return whole;
}

}  // namespace berth::logs
