// disk.hpp - room for bytes and for files.
#pragma once

#include <cstdint>
#include <string>

#include "agent/doctor/finding.hpp"
#include "base/result.hpp"

namespace berth::doctor {

/// The file system below one directory.
struct Room {
  std::string path;  ///< that was looked at: the directory, or the nearest above it that is there
  std::uint64_t free_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t free_inodes = 0;
  std::uint64_t inodes = 0;  ///< 0: it makes them as they are needed
  bool is_read_only = false;
  bool operator==(const Room&) const = default;
};

/// Blocks, and on a network's file system perhaps for long. fails: Denied, Broken.
Result<Room> room_of(const std::string& directory);

/// what: "data directory".
Findings judge_room(const std::string& what, const Room& room);

}  // namespace berth::doctor
