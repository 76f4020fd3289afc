// status_line.hpp - how the daemon is, in one sentence for `systemctl status`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/record.hpp"
#include "agent/service/log_lines.hpp"

namespace berth::service {

struct Standing {
  std::string cluster;
  bool has_clock = true;  ///< it can be right
  bool is_registered = false;
  bool is_connected = false;   ///< the task session is up
  bool has_containerd = true;  ///< it answers
  bool is_draining = false;
  std::optional<LastError> last_error;
};

/// "Connected to cluster lab; 3 tasks running, 1 starting". What is not as it should be follows,
/// the last error at the end.
std::string status_line(const Standing& standing,
                        const std::vector<std::shared_ptr<const model::Record>>& records);

}  // namespace berth::service
