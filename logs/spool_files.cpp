// spool_files.cpp - looking at a spool's directory by system calls only.
#include "logs/spool_files.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "logs/record.hpp"

namespace berth::logs {

namespace {

// At least two of the largest records, so that wherever a window ends it holds a whole one.
constexpr std::size_t kWindowBytes = 2 * kMaxRecordBytes;

struct flock whole_file(short type) {
  struct flock range{};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return range;
}

struct Last {
  std::uint64_t number = 0;  // 0: no whole record
  std::size_t end = 0;       // behind it
};

// The last whole record among some bytes of a spool.
Last last_record_among(std::string_view bytes) {
  Last last;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view rest(bytes.data() + at, bytes.size() - at);
    Header header;
    if (find_record(rest, header) == Found::Record) {
      at += kHeaderBytes + header.length;
      last.number =
          header.seq - 1 + numbers_of(header, {rest.data() + kHeaderBytes, header.length});
      last.end = at;
    } else {
      at += next_candidate(rest);
    }
  }
  return last;
}

Tail find_tail_of_file(int fd) {
  struct stat now{};
  if (::fstat(fd, &now) != 0) return {};
  const auto size = static_cast<std::size_t>(now.st_size);
  char window[kWindowBytes];
  for (std::size_t end = size; end > 0;) {
    const std::size_t begin = end > sizeof window ? end - sizeof window : 0;
    const ssize_t n = ::pread(fd, window, end - begin, static_cast<off_t>(begin));
    if (n <= 0) break;
    const Last last = last_record_among({window, static_cast<std::size_t>(n)});
    if (last.number != 0) return {last.number, begin + last.end != size};
    // The next window overlaps by one record, which might lie across the border.
    end = begin == 0 ? 0 : begin + kMaxRecordBytes;
  }
  return {0, size > 0};
}

}  // namespace

void file_name(std::uint64_t number, char (&name)[kNameBytes]) {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  char* at = name;
  for (char c : kFilePrefix) *at++ = c;
  while (count > 0) *at++ = digits[--count];
  *at = '\0';
}

std::optional<std::uint64_t> file_number(std::string_view name) {
  constexpr std::size_t kMostDigits = 19;  // what fits into 64 bits whatever the digits
  if (name.size() <= kFilePrefix.size() || name.size() > kFilePrefix.size() + kMostDigits ||
      !name.starts_with(kFilePrefix)) {
    return std::nullopt;
  }
  name.remove_prefix(kFilePrefix.size());
  std::uint64_t number = 0;
  for (char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (number == 0 || name.front() == '0') return std::nullopt;
  return number;
}

int list_files(int dir_fd, FileNumbers& numbers) {
  numbers = {};
  // A descriptor of its own: the position in a directory belongs to the open file.
  UniqueFd dir(::openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return errno;
  alignas(dirent64) char buffer[4096];
  for (;;) {
    const long n = ::syscall(SYS_getdents64, dir.get(), buffer, sizeof buffer);
    if (n < 0) return errno;
    if (n == 0) return 0;
    for (long at = 0; at < n;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      const std::optional<std::uint64_t> number = file_number(entry->d_name);
      if (!number) continue;
      if (numbers.oldest == 0 || *number < numbers.oldest) numbers.oldest = *number;
      if (*number > numbers.newest) numbers.newest = *number;
    }
  }
}

int make_directories(const char* path) {
  if (path == nullptr || path[0] != '/') return EINVAL;
  char part[PATH_MAX];
  std::size_t size = 0;
  for (; path[size] != '\0'; ++size) {
    if (size + 1 >= sizeof part) return ENAMETOOLONG;
    part[size] = path[size];
    part[size + 1] = '\0';
    const bool ends_name = path[size] != '/' && (path[size + 1] == '/' || path[size + 1] == '\0');
    if (ends_name && ::mkdir(part, 0700) != 0 && errno != EEXIST) return errno;
  }
  return 0;
}

int lock_spool(int dir_fd, UniqueFd& lock) {
  lock.reset(::openat(dir_fd, kLockName, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return errno;
  struct flock range = whole_file(F_WRLCK);
  return ::fcntl(lock.get(), F_OFD_SETLK, &range) == 0 ? 0 : errno;
}

bool has_writer(int dir_fd) {
  UniqueFd lock(::openat(dir_fd, kLockName, O_RDONLY | O_CLOEXEC));
  if (!lock) return false;
  struct flock range = whole_file(F_RDLCK);
  return ::fcntl(lock.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

Tail find_tail(int dir_fd, FileNumbers numbers) {
  Tail tail;
  for (std::uint64_t number = numbers.newest; number != 0 && number >= numbers.oldest; --number) {
    char name[kNameBytes];
    file_name(number, name);
    UniqueFd file(::openat(dir_fd, name, O_RDONLY | O_CLOEXEC));
    if (!file) continue;
    const Tail found = find_tail_of_file(file.get());
    if (number == numbers.newest) tail.is_torn = found.is_torn;
    tail.last_number = found.last_number;
    if (tail.last_number != 0) break;
  }
  return tail;
}

}  // namespace berth::logs
