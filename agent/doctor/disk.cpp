// disk.cpp - statvfs, and how little is too little.
#include "agent/doctor/disk.hpp"

#include <sys/statvfs.h>

#include <cerrno>

#include "agent/doctor/words.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kDisk = "disk";
// The database and its log take some MiB; an image some hundred.
constexpr std::uint64_t kTooFewBytes = 256ULL << 20;
constexpr std::uint64_t kFewBytes = 2ULL << 30;
// An image has thousands of files: ubuntu's 3,000, an application's tens of thousands.
constexpr std::uint64_t kTooFewInodes = 1'000;
constexpr std::uint64_t kFewInodes = 50'000;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

Verdict verdict_of(std::uint64_t free, std::uint64_t too_few, std::uint64_t few) {
  if (free < too_few) return Verdict::Error;
  return free < few ? Verdict::Warning : Verdict::Ok;
}

Finding judge_bytes(const std::string& what, const Room& room) {
  const std::string sizes = size_text(room.free_bytes) + " free of " + size_text(room.bytes);
  const Verdict verdict = verdict_of(room.free_bytes, kTooFewBytes, kFewBytes);
  Finding finding{kDisk, what, verdict, sizes + " at " + room.path};
  if (verdict != Verdict::Ok) {
    finding.cure = "make room at " + room.path + ", or move it to a larger file system";
  }
  return finding;
}

Finding judge_inodes(const std::string& what, const Room& room) {
  const std::string name = what + ", inodes";
  if (room.inodes == 0) return fine(kDisk, name, "made as needed at " + room.path);
  const Verdict verdict = verdict_of(room.free_inodes, kTooFewInodes, kFewInodes);
  Finding finding{kDisk, name, verdict,
                  std::to_string(room.free_inodes) + " free of " + std::to_string(room.inodes) +
                      " at " + room.path};
  if (verdict != Verdict::Ok) {
    finding.cure = "remove files at " + room.path + ", or have a file system with more inodes";
  }
  return finding;
}

}  // namespace

Result<Room> room_of(const std::string& directory) {
  struct statvfs facts{};
  std::string path = directory;
  while (::statvfs(path.c_str(), &facts) != 0) {
    if (errno != ENOENT || path == "/") return os_error(errno, "look at the disk of " + path);
    path = parent_of(path);
  }
  return Room{path,
              std::uint64_t{facts.f_bavail} * facts.f_frsize,
              std::uint64_t{facts.f_blocks} * facts.f_frsize,
              facts.f_favail,
              facts.f_files,
              (facts.f_flag & ST_RDONLY) != 0};
}

Findings judge_room(const std::string& what, const Room& room) {
  if (room.is_read_only) {
    return {failed(kDisk, what, "the file system at " + room.path + " is mounted read-only",
                   "mount it writable; when the kernel did this after an error, its log says which "
                   "(dmesg)")};
  }
  return {judge_bytes(what, room), judge_inodes(what, room)};
}

}  // namespace berth::doctor
