// runtime.hpp - the seams Images, Containers, Inventory, Events: the only door to the container
// engine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "runtime/event.hpp"
#include "runtime/spec.hpp"

namespace berth::runtime {

/// How far a pull has come; said about once a second and at each change of phase.
struct PullProgress {
  std::string phase;  ///< "resolving", "downloading", "unpacking", "done"
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;
  int layers_done = 0;
  int layers_total = 0;
};
using OnProgress = std::function<void(const PullProgress&)>;

/// The images on this node. One instance for the daemon; called on the loop thread.
class Images {
 public:
  virtual ~Images() = default;

  /// The image if it is here, complete and unpacked.
  ///
  /// name:   as a task writes it ("web:1", "host/repo@sha256:..."); normalised inside.
  /// fails:  NotFound (not here or not unpacked), Invalid (not an image name), Unavailable,
  /// TimedOut.
  virtual Async<Image> find(std::string name, Deadline by) = 0;

  /// Makes the image usable on this node: asks the registry what the name means now, downloads and
  /// unpacks what is missing. Repeating is cheap and changes nothing.
  ///
  /// fails:  Invalid (not an image name), NotFound (no such image, tag or platform), Denied
  ///         (registry), Exhausted (disk), Unavailable, TimedOut, Broken (digest does not match).
  virtual Async<Image> pull(std::string name, OnProgress on_progress, Deadline by) = 0;

  /// Forgets the image; the engine then collects its content. again: yes.
  virtual Async<> remove(std::string name, Deadline by) = 0;

  /// Names of all images in our namespace.
  virtual Async<std::vector<std::string>> list(Deadline by) = 0;

  /// The leases that pulls hold right now, by id; any other one in our namespace is nobody's.
  virtual std::vector<std::string> leases() const = 0;
};

/// The containers of our namespace. One instance for the daemon; called on the loop thread.
/// All calls: fails Unavailable (engine away), TimedOut.
class Containers {
 public:
  virtual ~Containers() = default;

  /// Makes the container, its snapshot and its (not yet running) process. What a crashed attempt
  /// left under the same id is removed first unless it is complete.
  ///
  /// fails:  Invalid (spec cannot be run: no such user, bad rlimit ...), NotFound (image gone).
  virtual Async<> create(ContainerSpec spec, Deadline by) = 0;

  /// Starts the created process. again: yes, a running one is a success.
  ///
  /// fails:  NotFound, Invalid (command not found, not executable: the runtime's own words).
  virtual Async<> start(std::string id, Deadline by) = 0;

  /// Starts an ended container again, with the files it left. again: yes, a running one is a
  /// success.
  ///
  /// fails:  NotFound (no such container), as start().
  virtual Async<> restart(ProcessSpec spec, Deadline by) = 0;

  /// Sends a signal to the first process, or with `all` to every process of the container.
  /// A process that is gone is a success.
  virtual Async<> kill(std::string id, int signal, bool all, Deadline by) = 0;

  virtual Async<ContainerState> state(std::string id, Deadline by) = 0;

  /// Removes the ended process, and with the group's last one its shim; container and snapshot stay
  /// for whoever wants to look at them. Kills what still runs. again: yes.
  virtual Async<> release(std::string id, Deadline by) = 0;

  /// Removes process, container and snapshot; kills what still runs. again: yes.
  virtual Async<> remove(std::string id, Deadline by) = 0;

  /// Runs a command in a container that was created and has not ended, and waits for it; past `by`
  /// it is killed (TimedOut).
  ///
  /// fails:  NotFound (no such container, or it has ended), Invalid (command cannot be run).
  virtual Async<ExitStatus> exec(std::string id, ExecSpec what, Deadline by) = 0;

  /// Ids of all containers in our namespace.
  virtual Async<std::vector<std::string>> list(Deadline by) = 0;
};

/// What containers and pulls have in our namespace, by id; not images and their layers.
struct Contents {
  std::vector<std::string> containers;  ///< their records
  std::vector<std::string> processes;   ///< also ended ones that were not released
  std::vector<std::string> snapshots;   ///< those written to, but for those of a pull
  std::vector<std::string> leases;
};

/// For audits. One instance for the daemon; called on the loop thread.
/// All calls: fails Unavailable (engine away), TimedOut.
class Inventory {
 public:
  virtual ~Inventory() = default;

  virtual Async<Contents> list(Deadline by) = 0;

  /// Removes process, record and snapshot of this id, whichever are there; kills what still runs.
  /// again: yes.
  virtual Async<> remove_container(std::string id, Deadline by) = 0;

  /// Removes the lease; the engine then collects what only it held. again: yes.
  virtual Async<> remove_lease(std::string id, Deadline by) = 0;
};

/// What happens to containers of our namespace, as it happens.
class Events {
 public:
  virtual ~Events() = default;

  /// The next event. After a broken stream it reconnects with backoff and the first event is a Gap;
  /// the first event of all is a Gap too. fails: Cancelled.
  virtual Async<Event> next() = 0;
};

}  // namespace berth::runtime
