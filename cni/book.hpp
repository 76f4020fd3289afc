// book.hpp - the attachments there are, on disk: docs/formats/cni-attachment.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cni/network_list.hpp"
#include "cni/result.hpp"
#include "cni/spec.hpp"

namespace berth::cni {

/// All that DEL needs, as it was when ADD was called: the files of a network may change meanwhile.
struct Kept {
  NetworkList list;
  std::string version;
  Attachment attachment;
  std::optional<Attached> attached;      ///< absent: ADD has not ended, or its end was not seen
  std::optional<HostEnd> host_end = {};  ///< as Network::note() was told; absent: it was not
  bool operator==(const Kept&) const = default;
};

/// One file for each attachment, replaced as a whole and synced. A value; from any thread, but two
/// never work on one container's at once.
class Book {
 public:
  explicit Book(std::string directory) : directory_(std::move(directory)) {}

  /// again: yes; the new one takes the place of the old one. fails: Denied, Exhausted.
  Result<> keep(const Kept& kept) const;
  /// again: yes. fails: Denied.
  Result<> forget(const std::string& container) const;
  /// nullopt: there is none. fails: Broken (names the file), Denied.
  Result<std::optional<Kept>> find(const std::string& container) const;
  /// The containers that have one. fails: Denied.
  Result<std::vector<std::string>> containers() const;

 private:
  std::string directory_;
};

}  // namespace berth::cni
