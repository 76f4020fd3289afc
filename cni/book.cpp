// book.cpp - a JSON document for each attachment.
#include "cni/book.hpp"

#include "base/dir.hpp"

namespace berth::cni {

namespace {

constexpr std::string_view kEnding = ".json";
constexpr std::size_t kMostBytes = 4 << 20;

std::string file_of(const std::string& container) {
  return container + std::string(kEnding);
}

Json to_json(const Kept& kept) {
  Json document{{"version", kept.version},
                {"file", kept.list.file},
                {"network", cni::to_json(kept.list)},
                {"attachment", cni::to_json(kept.attachment)}};
  if (kept.attached) document["result"] = kept.attached->document;
  if (kept.host_end) {
    document["host_end"] = {{"device", kept.host_end->device}, {"mac", kept.host_end->mac}};
  }
  return document;
}

Result<HostEnd> read_host_end(const Json& object) {
  JsonReader in(object, "host_end");
  HostEnd end{in.text("device"), in.text("mac")};
  if (end.device.empty()) in.complain("device", "is required");
  if (end.mac.empty()) in.complain("mac", "is required");
  if (const auto failed = in.failed()) return *failed;
  return end;
}

Result<Kept> parse_kept(const std::string& text) {
  BERTH_TRY(const Json document, parse_json(text, kMostBytes));
  JsonReader in(document, "attachment");
  Kept kept;
  kept.version = in.text("version");
  const std::string file = in.text("file");
  const Json* network = in.object("network");
  const Json* attachment = in.object("attachment");
  const Json* result = in.object("result");
  const Json* host_end = in.object("host_end");
  if (const auto failed = in.failed()) return *failed;
  if (network == nullptr || attachment == nullptr) {
    return Error{Errc::Invalid, 0, "network and attachment are required"};
  }
  BERTH_TRY(kept.list, network_from_json(file, *network));
  BERTH_TRY(kept.attachment, attachment_from_json(*attachment));
  if (result != nullptr) {
    BERTH_TRY(kept.attached, attached_from_json(*result));
  }
  if (host_end != nullptr) {
    BERTH_TRY(kept.host_end, read_host_end(*host_end));
  }
  return kept;
}

}  // namespace

Result<> Book::keep(const Kept& kept) const {
  BERTH_TRY(const Dir folder, Dir::open_or_make(directory_, 0700));
  return folder.replace(file_of(kept.attachment.container), dump_json(to_json(kept)), 0600, true);
}

Result<> Book::forget(const std::string& container) const {
  const std::string path = directory_ + "/" + file_of(container);
  BERTH_CHECK(remove_tree(path + ".new"));  // one that was never finished
  return remove_tree(path);
}

Result<std::optional<Kept>> Book::find(const std::string& container) const {
  const std::string path = directory_ + "/" + file_of(container);
  Result<std::string> text = read_file(path, kMostBytes);
  if (text.failed_with(Errc::NotFound)) return std::optional<Kept>();
  if (!text) return std::move(text).error();
  Result<Kept> kept = parse_kept(*text);
  if (!kept) return Error{Errc::Broken, 0, path + ": " + kept.error().message};
  return std::optional(std::move(*kept));
}

Result<std::vector<std::string>> Book::containers() const {
  const Result<Dir> folder = Dir::open(directory_);
  if (folder.failed_with(Errc::NotFound)) return std::vector<std::string>();
  if (!folder) return folder.error();
  BERTH_TRY(const std::vector<std::string> files, folder->list());
  std::vector<std::string> names;
  for (const std::string& file : files) {
    // A file that was being written has another ending.
    if (file.ends_with(kEnding)) names.push_back(file.substr(0, file.size() - kEnding.size()));
  }
  return names;
}

}  // namespace berth::cni
