// images.hpp - the seam Images over containerd; what is missing is fetched by berth-pull.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/spawner.hpp"
#include "containerd_api/connection.hpp"
#include "runtime/runtime.hpp"

namespace berth::runtime {

struct ImagesOptions {
  std::string pull_program;  ///< absolute path of berth-pull
  std::string hosts_dir;     ///< registries' hosts.toml; "" reads none
  std::string auth_file;     ///< credentials as docker login keeps them; "" is none
  std::string snapshotter = "overlayfs";
  std::chrono::seconds inactivity_timeout{60};  ///< of a registry. source: ECS, pull inactivity
  std::chrono::seconds resolve_timeout{60};     ///< of a tag. source: ECS, manifest pull timeout
  std::vector<std::string> environment;  ///< berth-pull's whole environment: proxies, "KEY=value"
};

/// Images in one containerd namespace. What an image's digest leads to never changes, so the last
/// few configurations are remembered: finding a known image costs two short calls. One instance for
/// the daemon; connection and spawner outlive it.
class ContainerdImages final : public Images {
 public:
  ContainerdImages(containerd_api::Connection& connection, Spawner& spawner, ImagesOptions options);

  Async<Image> find(std::string name, Deadline by) override;
  Async<Image> pull(std::string name, OnProgress on_progress, Deadline by) override;
  Async<> remove(std::string name, Deadline by) override;
  Async<std::vector<std::string>> list(Deadline by) override;
  /// Pulls that begin from now on have these credentials; see ImagesOptions.
  void set_auth_file(std::string path) { options_.auth_file = std::move(path); }
  std::vector<std::string> leases() const override { return {leases_.begin(), leases_.end()}; }

 private:
  /// What a digest leads to on this machine.
  struct Ready {
    std::string chain_id;
    ImageConfig config;
  };

  Async<Ready> read_ready(std::string digest, std::string media_type, Deadline by);
  Async<std::string> read_content(std::string digest, Deadline by);
  void remember(const std::string& digest, Ready ready);
  Command command_for(const std::string& name, const std::string& lease, Deadline by) const;
  Async<> drop_lease(std::string lease);

  containerd_api::Connection& connection_;
  Spawner& spawner_;
  ImagesOptions options_;
  std::set<std::string> leases_;  ///< of the pulls that are running
  std::map<std::string, Ready> known_;
  std::deque<std::string> known_order_;  ///< keys of known_, oldest first
};

}  // namespace berth::runtime
