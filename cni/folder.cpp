// folder.cpp - every file read, one taken.
#include "cni/folder.hpp"

#include <array>
#include <optional>

#include "base/dir.hpp"
#include "base/text.hpp"

namespace berth::cni {

namespace {

bool is_network_file(const std::string& file) {
  constexpr std::array kEndings{".conflist", ".conf", ".json"};
  for (const std::string_view ending : kEndings) {
    if (file.size() > ending.size() && file.ends_with(ending)) return true;
  }
  return false;
}

/// What the files of a folder hold.
struct Found {
  std::vector<NetworkList> networks;
  std::vector<std::string> names;
  std::vector<Error> failures;
};

Result<Found> read_all(const std::string& directory) {
  BERTH_TRY(const Dir folder, Dir::open(directory));
  BERTH_TRY(const std::vector<std::string> files, folder.list());
  Found found;
  for (const std::string& file : files) {
    if (!is_network_file(file)) continue;
    Result<std::string> text = folder.read(file);
    const std::string path = directory + "/" + file;
    Result<NetworkList> network =
        text ? parse_network(path, *text) : Result<NetworkList>(text.error());
    if (!network) {
      found.failures.push_back(std::move(network).error());
      continue;
    }
    found.names.push_back(network->name);
    found.networks.push_back(std::move(*network));
  }
  return found;
}

}  // namespace

Result<NetworkList> find_network(const std::string& directory, const std::string& name) {
  Result<Found> all = read_all(directory);
  if (!all) return std::move(all).error().while_doing("look for network \"" + name + "\"");
  const NetworkList* wanted = nullptr;
  for (const NetworkList& one : all->networks) {
    if (one.name != name) continue;
    if (wanted != nullptr) {
      return Error{Errc::Exists, 0,
                   "network \"" + name + "\" is in both " + wanted->file + " and " + one.file};
    }
    wanted = &one;
  }
  if (wanted != nullptr) return *wanted;
  std::string why = "network \"" + name + "\" is not in " + directory +
                    "; the networks there are: " + listed(all->names);
  for (const Error& failure : all->failures) why += "; " + failure.message;
  return Error{all->failures.empty() ? Errc::NotFound : Errc::Invalid, 0, why};
}

}  // namespace berth::cni
