// inventory.hpp - the seam Inventory over containerd's API.
#pragma once

#include <string>
#include <vector>

#include "containerd_api/connection.hpp"
#include "runtime/runtime.hpp"

namespace berth::runtime {

/// Owned by the daemon, as are its references; loop thread.
class ContainerdInventory final : public Inventory {
 public:
  ContainerdInventory(containerd_api::Connection& connection, Containers& containers,
                      std::string runtime, std::string snapshotter)
      : connection_(connection),
        containers_(containers),
        runtime_(std::move(runtime)),
        snapshotter_(std::move(snapshotter)) {}

  Async<Contents> list(Deadline by) override;
  Async<> remove_container(std::string id, Deadline by) override;
  Async<> remove_lease(std::string id, Deadline by) override;

 private:
  containerd_api::Connection& connection_;
  Containers& containers_;
  std::string runtime_;
  std::string snapshotter_;
};

}  // namespace berth::runtime
