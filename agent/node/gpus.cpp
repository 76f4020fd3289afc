// gpus.cpp - nvidia-gpu-info.json as Gpus.
#include "agent/node/gpus.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/log.hpp"

namespace berth::node {

namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kLongestWord = 255;

Error broken(const std::string& member, const std::string& why) {
  return Error{Errc::Broken, 0, member + ": " + why};
}

/// Goes into lists of environment variables and names of attributes.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kLongestWord &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != ',' && c != '='; });
}

Result<std::string> word_in(const Json& value, const std::string& member) {
  if (!value.is_string()) return broken(member, "must be a text");
  std::string word = value;
  if (is_word(word)) return word;
  return broken(member, dump_json(value) + ": must be 1 to " + std::to_string(kLongestWord) +
                            " visible characters without ',' and '='");
}

Result<> add_id(const Json& value, const std::string& member, std::vector<std::string>& ids) {
  BERTH_TRY(std::string id, word_in(value, member));
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) {
    return broken(member, dump_json(value) + ": is there twice");
  }
  ids.push_back(std::move(id));
  return ok();
}

}  // namespace

Result<model::Gpus> parse_gpu_info(std::string_view text) {
  Result<Json> json = parse_json(text, kMostBytes);
  if (!json) return Error{Errc::Broken, 0, json.error().message};
  if (!json->is_object()) return Error{Errc::Broken, 0, "must be a JSON object"};
  model::Gpus gpus;
  const auto version = json->find("DriverVersion");
  if (version != json->end() && !version->is_null() && *version != "") {
    BERTH_TRY(gpus.driver_version, word_in(*version, "DriverVersion"));
  }
  const auto ids = json->find("GPUIDs");
  if (ids == json->end() || ids->is_null()) return gpus;
  if (!ids->is_array()) return broken("GPUIDs", "must be a list of texts");
  for (std::size_t at = 0; at < ids->size(); ++at) {
    BERTH_CHECK(add_id((*ids)[at], "GPUIDs[" + std::to_string(at) + "]", gpus.ids));
  }
  return gpus;
}

Result<model::Gpus> read_gpus(const Dir& root, const std::string& path) {
  const Result<std::string> text = root.read(path.substr(1));
  if (text.failed_with(Errc::NotFound)) {
    log::error("GPU support is on, but the file of the GPUs is not there; going on without",
               {{"path", path}});
    return model::Gpus{};
  }
  if (!text) return Error(text.error()).while_doing("read the GPUs of this machine");
  Result<model::Gpus> gpus = parse_gpu_info(*text);
  if (!gpus) return std::move(gpus).error().while_doing("GPUs in " + path);
  log::info("GPUs of this machine", {{"count", gpus->ids.size()}, {"path", path}});
  return gpus;
}

}  // namespace berth::node
