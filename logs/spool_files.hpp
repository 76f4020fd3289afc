// spool_files.hpp - the names, the order and the lock of a spool's files, without allocating.
//
// Functions return 0 or errno.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/unique_fd.hpp"

namespace berth::logs {

inline constexpr std::string_view kFilePrefix = "spool.";
inline constexpr const char* kLockName = "lock";
inline constexpr std::size_t kNameBytes = 32;

/// Writes "spool.<number>" with its terminating zero.
void file_name(std::uint64_t number, char (&name)[kNameBytes]);

/// The number in "spool.<number>"; nullopt for every other name.
std::optional<std::uint64_t> file_number(std::string_view name);

/// Lowest and highest number present; 0 and 0 when there is no file.
struct FileNumbers {
  std::uint64_t oldest = 0;
  std::uint64_t newest = 0;
};
int list_files(int dir_fd, FileNumbers& numbers);

/// The directory with its missing parents, mode 0700.
int make_directories(const char* path);

/// Takes the writer's lock. EAGAIN: another writer has it.
int lock_spool(int dir_fd, UniqueFd& lock);

/// True while a writer has the spool open.
bool has_writer(int dir_fd);

/// Where a spool ends.
struct Tail {
  std::uint64_t last_number = 0;  ///< of the sequence; 0 when no record in any file is whole
  bool is_torn = false;           ///< the newest file ends with something else than a whole record
};
Tail find_tail(int dir_fd, FileNumbers numbers);

}  // namespace berth::logs
