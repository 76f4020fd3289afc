// private_registry.hpp - a real docker-registry of the test's own, and images to put into it.
#pragma once

#include <string>
#include <vector>

namespace berth::testing {

/// Starts it in the network namespace of the caller; its data goes with it. Throws when it cannot
/// start.
class PrivateRegistry {
 public:
  /// environment: "REGISTRY_...=..." settings beside the usual ones.
  explicit PrivateRegistry(std::string listen = "127.0.0.1:5000",
                           const std::vector<std::string>& environment = {});
  ~PrivateRegistry();
  PrivateRegistry(const PrivateRegistry&) = delete;
  PrivateRegistry& operator=(const PrivateRegistry&) = delete;

  const std::string& host() const { return listen_; }
  /// Makes a sample image and pushes it; options as tools/lib/sample-image takes them. Returns the
  /// digest its names stand for.
  std::string push(const std::string& options) const;

 private:
  std::string listen_;
  std::string scheme_ = "http";
  std::string scratch_;
};

}  // namespace berth::testing
