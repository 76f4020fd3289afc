// network.hpp - one CNI network, and who is attached to it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/result.hpp"
#include "cni/book.hpp"
#include "cni/network_list.hpp"
#include "cni/programs.hpp"
#include "cni/result.hpp"
#include "cni/spec.hpp"

namespace berth::cni {

/// How long the whole chain of plugins may take.
struct Limits {
  std::chrono::milliseconds add{
      std::chrono::seconds(60)};  // source: reference networking, section 3
  std::chrono::milliseconds del{std::chrono::seconds(30)};
  std::chrono::milliseconds other{std::chrono::seconds(30)};
};

struct Settings {
  std::string config_dir;                 ///< where networks are described
  std::string network;                    ///< which of them is meant
  std::vector<std::string> program_dirs;  ///< where plugins are
  std::string book_dir;                   ///< where attachments are kept
  Limits limits;
};

/// A value but for what its programs know. Calls start processes and block for as long as these
/// take, so they run on Offload, several containers at once, never two calls for one container.
/// Plugins run in the namespaces of the calling thread, which must be the host's.
///
/// What was attached is taken away again by what the network was then, whatever its file says now.
class Network {
 public:
  explicit Network(Settings settings)
      : settings_(std::move(settings)),
        programs_(std::make_shared<Programs>(settings_.program_dirs)),
        book_(settings_.book_dir) {}

  const Settings& settings() const { return settings_; }
  /// Another network of the same folder.
  Network named(const std::string& network) const {
    Network other = *this;
    other.settings_.network = network;
    return other;
  }

  /// The network as its file describes it now, all of its programs found.
  ///
  /// fails:  as find_network(); NotFound (a plugin is nowhere).
  Result<NetworkList> load() const;

  /// Calls ADD of each plugin in order. An attachment that fails is taken back with DEL before the
  /// failure is told; what could not be taken back is still among attached().
  ///
  /// again:  yes: what is there of the container is taken away first.
  /// fails:  as load(), check(), common_version(), judge() and run_plugin(); Invalid (a capability
  ///         is wished for that no plugin has, or an answer that is none).
  Result<Attached> add(const Attachment& attachment) const;

  /// Keeps with an attachment what was found of its host's end, until it is taken away.
  /// again: yes. fails: NotFound (it is not attached), Denied, Exhausted.
  Result<> note(const std::string& container, const HostEnd& end) const;

  /// Calls DEL of each plugin, the last one first, all of them whatever becomes of one. Whoever
  /// could not be taken away is still among attached().
  ///
  /// again:  yes. fails: the first failure of a plugin.
  Result<> remove(const std::string& container) const;

  /// What is kept of a container. fails: Broken, Denied.
  Result<std::optional<Kept>> find(const std::string& container) const {
    return book_.find(container);
  }
  /// The containers that are attached, or may be. fails: Denied.
  Result<std::vector<std::string>> attached() const { return book_.containers(); }

  /// CHECK: is the container's attachment as it was made? A success where the network's file or the
  /// version has no CHECK. fails: NotFound (it is not attached), as judge().
  Result<> check(const std::string& container) const;

  /// STATUS: could a container be attached now? A success before 1.1.0. fails: as judge().
  Result<> status() const;

  /// GC: plugins forget all containers of the network but those that are attached. Nothing before
  /// 1.1.0, or where the network's file says disableGC. fails: the first failure of a plugin.
  Result<> collect() const;

 private:
  Result<std::string> version_for(const NetworkList& list, Deadline by) const;
  Result<> fail_back(const Attachment& attachment, const Error& why) const;

  Settings settings_;
  std::shared_ptr<Programs> programs_;
  Book book_;
};

}  // namespace berth::cni
