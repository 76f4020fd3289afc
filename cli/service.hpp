// service.hpp - berthd as a service of this host: systemd's, where that runs.
#pragma once

#include "base/result.hpp"

namespace berth::cli {

/// berthd.service and berthd.socket. Each call waits for systemctl.
class Service {
 public:
  /// Looks for a systemd that runs this host, and its systemctl.
  static Service of_this_host();

  /// False: somebody else has to start and stop berthd.
  bool is_there() const { return !systemctl_.empty(); }
  bool is_active() const;
  /// It ended, and systemd does not start it again.
  bool has_failed() const;

  /// Starts it now and at each boot; one that runs is started anew, for it to see new settings.
  ///
  /// fails:  Broken (what systemctl said).
  Result<> enable_and_start() const;
  Result<> start() const;
  /// Stops it, now and for good, and nobody who asks starts it.
  Result<> stop_and_disable() const;

 private:
  explicit Service(std::string systemctl) : systemctl_(std::move(systemctl)) {}
  std::string state() const;

  std::string systemctl_;  ///< "" without systemd
};

}  // namespace berth::cli
