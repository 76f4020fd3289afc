// spec.hpp - LogSpec: where a container's output goes, and how much of it is kept.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace berth::logs {

/// The spool of one container. Up to max_bytes * max_files of its newest output are kept.
struct LogSpec {
  std::string directory;  ///< absolute; made by berth-logger, root only
  std::uint64_t max_bytes =
      10 << 20;                 ///< of one file; berth-logger raises less than 128 KiB to that
  std::uint32_t max_files = 3;  ///< at least 2

  bool operator==(const LogSpec&) const = default;
};

/// What containerd's CreateTaskRequest.stdout must be for this spool; its stderr stays empty.
///
///   binary:///usr/bin/berth-logger?dir=/var/lib/berth/logs/…&max_bytes=10485760&max_files=3
///
/// logger:  absolute path of berth-logger.
/// fails:   Invalid (a path that is not absolute or holds a zero byte).
/// source:  containerd 1.6, docs/runtime "Logging"; the shim splits the query with Go's net/url.
Result<std::string> logger_uri(const LogSpec& spec, const std::string& logger);

}  // namespace berth::logs
