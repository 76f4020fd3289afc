// config.cpp - reading an image's configuration.
#include "images/oci/config.hpp"

#include "base/json.hpp"
#include "images/oci/digest.hpp"

namespace berth::images::oci {

namespace {

constexpr std::size_t kMaxConfigBytes = 8 << 20;

Result<> read_run_part(const Json& value, Config& out) {
  JsonReader in(value, "config");
  out.entrypoint = in.texts("Entrypoint");
  out.cmd = in.texts("Cmd");
  out.env = in.texts("Env");
  out.user = in.text("User");
  out.working_dir = in.text("WorkingDir");
  out.stop_signal = in.text("StopSignal");
  out.shell = in.texts("Shell");
  if (const Json* volumes = in.object("Volumes")) {
    for (auto at = volumes->begin(); at != volumes->end(); ++at) out.volumes.push_back(at.key());
  }
  if (auto bad = in.failed()) return *bad;
  return ok();
}

}  // namespace

Result<Config> parse_config(std::string_view text) {
  auto parsed = parse_json(text, kMaxConfigBytes);
  if (!parsed) return std::move(parsed).error().while_doing("image configuration");
  JsonReader in(*parsed, "");
  Config out;
  out.platform = {in.text("os"), in.text("architecture"), in.text("variant")};
  const Json* rootfs = in.object("rootfs");
  if (rootfs == nullptr) in.complain("rootfs", "must be there");
  if (auto bad = in.failed()) return std::move(*bad).while_doing("image configuration");
  JsonReader files(*rootfs, "rootfs");
  out.diff_ids = files.texts("diff_ids");
  if (auto bad = files.failed()) return std::move(*bad).while_doing("image configuration");
  for (const std::string& diff_id : out.diff_ids) {
    if (auto checked = check_digest(diff_id); !checked) {
      return std::move(checked).error().while_doing("image configuration: rootfs.diff_ids");
    }
  }
  if (const Json* run = in.object("config")) {
    if (auto read = read_run_part(*run, out); !read) {
      return std::move(read).error().while_doing("image configuration");
    }
  }
  if (auto bad = in.failed()) return std::move(*bad).while_doing("image configuration");
  return out;
}

std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids) {
  std::vector<std::string> chain;
  for (const std::string& diff_id : diff_ids) {
    chain.push_back(chain.empty() ? diff_id : digest_of(chain.back() + " " + diff_id));
  }
  return chain;
}

}  // namespace berth::images::oci
