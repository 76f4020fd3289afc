// followed_folder.hpp - the files of one directory, read again whenever they may have changed.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/folder.hpp"
#include "base/offload.hpp"

namespace berth {

/// Followed in rounds: look, act on what was seen, wait. Loop thread. clock and offload outlive it.
class FollowedFolder {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// path:   absolute.
  /// holds:  what the files are, for the log: "tasks".
  FollowedFolder(std::string path, std::string holds, Clock& clock, Offload& offload,
                 asio::any_io_executor executor);

  /// Begins a round. nullopt when nothing has changed since the last look, or when nothing is known
  /// of the files: that is logged once, and tried again.
  ///
  /// fails:  Cancelled.
  Async<std::optional<Texts>> look();

  /// Ends the round: when the files may have changed, at wake(), or at the moment given.
  ///
  /// fails:  Cancelled.
  Async<> wait(Moment until = Moment::max());

  /// The next round begins at once.
  void wake();
  /// Or in ten seconds: something failed in this one that may work then.
  void try_again() { try_again_ = true; }

 private:
  const std::string path_;
  const std::string holds_;
  Clock& clock_;
  Offload& offload_;
  FolderWatch watch_;
  bool look_again_ = true;              ///< the directory may have changed
  std::optional<std::string> trouble_;  ///< with the directory itself, as logged
  bool woken_ = false;
  bool try_again_ = false;
  asio::steady_timer wake_;
};

}  // namespace berth
