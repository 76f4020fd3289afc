// folder.hpp - the JSON files of one directory, as people put them there, and when they have
// changed.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/async.hpp"
#include "base/result.hpp"

namespace berth {

/// By name: the text of each definition file, or why it could not be read. Other files, such as
/// those that editors and package managers leave beside them, are not looked at: a name
/// ends in ".json" and does not begin with a dot.
using Texts = std::map<std::string, Result<std::string>>;

bool is_definition_file(std::string_view name);

/// What a file of such a directory may have at most. ECS takes definitions of up to 64 KiB.
inline constexpr std::size_t kMostFileBytes = 1 << 20;

/// Blocking. No directory is no files.
///
/// fails:  Denied, Exhausted, Invalid (not a directory): nothing is known of the files then.
Result<Texts> read_folder(const std::string& path);

/// Tells when files of a directory may have changed; the directory may come, go and come again.
/// Loop thread.
class FolderWatch {
 public:
  explicit FolderWatch(asio::any_io_executor executor) : notices_(std::move(executor)) {}

  /// Watches from now on; to be called again after each change, because the directory may be
  /// another one. Read the files after it.
  ///
  /// path:   absolute.
  /// fails:  Exhausted (the host's limits of inotify), Denied.
  Result<> arm(const std::string& path);

  /// Returns once something has happened; never where arm() has failed. fails: Cancelled.
  Async<> changed();

 private:
  asio::posix::stream_descriptor notices_;
};

}  // namespace berth
