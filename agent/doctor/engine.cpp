// engine.cpp - three questions to containerd, and what to make of the answers.
#include "agent/doctor/engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "agent/doctor/words.hpp"
#include "base/text.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/introspection.hpp"
#include "containerd_api/namespaces.hpp"
#include "containerd_api/version.hpp"

namespace berth::doctor {

namespace {

namespace api = containerd_api;

constexpr const char* kEngine = "containerd";
constexpr const char* kSnapshotters = "io.containerd.snapshotter.v1";

/// The first two numbers of "v1.7.24~ds1".
struct Release {
  int major = 0;
  int minor = 0;
};

std::optional<Release> release_of(std::string_view text) {
  if (text.starts_with("v")) text.remove_prefix(1);
  Release release;
  const char* const end = text.data() + text.size();
  const auto [dot, bad_major] = std::from_chars(text.data(), end, release.major);
  if (bad_major != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, bad_minor] = std::from_chars(dot + 1, end, release.minor);
  if (bad_minor != std::errc()) return std::nullopt;
  return release;
}

bool is_supported(const Release& release) {
  return release.major == 2 || (release.major == 1 && release.minor >= 6);
}

Finding judge_version(const std::string& text) {
  const std::string supported = "1.6, 1.7 and 2.x are supported";
  const std::optional<Release> release = release_of(text);
  if (!release) return unknown(kEngine, "version", "\"" + text + "\" is no version; " + supported);
  if (is_supported(*release)) return fine(kEngine, "version", text);
  if (release->major > 2) {
    return warned(kEngine, "version", text + " was not tried with this berth; " + supported,
                  "use a newer berth, if there is one");
  }
  return failed(kEngine, "version", text + "; " + supported, "install containerd 1.6 or later");
}

Finding judge_reach(const Engine& engine) {
  if (engine.failure.empty()) return fine(kEngine, "socket", engine.socket + " answers");
  const std::string reason = engine.has_socket ? engine.socket + ": " + engine.failure
                                               : engine.socket + ": there is no such socket";
  return failed(kEngine, "socket", reason,
                "start containerd (systemctl enable --now containerd; its log: journalctl -u "
                "containerd), or name its socket in BERTH_CONTAINERD_ADDRESS");
}

const Plugin* find_plugin(const Engine& engine, const std::string& type, const std::string& id) {
  const auto found =
      std::find_if(engine.plugins.begin(), engine.plugins.end(),
                   [&](const Plugin& one) { return one.type == type && one.id == id; });
  return found == engine.plugins.end() ? nullptr : &*found;
}

Finding judge_snapshotter(const Engine& engine, const std::string& name) {
  const std::string what = "snapshotter " + name;
  if (!engine.plugins_failure.empty()) return unknown(kEngine, what, engine.plugins_failure);
  const Plugin* plugin = find_plugin(engine, kSnapshotters, name);
  if (plugin == nullptr) {
    return failed(kEngine, what, "containerd has no such plugin",
                  "take " + std::string(kSnapshotters) + "." + name +
                      " out of disabled_plugins in /etc/containerd/config.toml and restart "
                      "containerd");
  }
  if (plugin->failure.empty()) return fine(kEngine, what, "in use, in " + plugin->root);
  return failed(kEngine, what, plugin->failure,
                "have containerd's root on a file system that overlayfs can stand on (ext4, xfs "
                "with ftype=1) and restart containerd");
}

Finding judge_namespace(const Engine& engine, const std::string& own) {
  const std::string what = "namespace " + own;
  if (!engine.namespaces_failure.empty()) return unknown(kEngine, what, engine.namespaces_failure);
  if (has_word(engine.namespaces, own)) return fine(kEngine, what, "there");
  return fine(kEngine, what, "not there yet; berthd makes it");
}

Async<> ask_plugins(api::Connection* connection, Engine* engine, Deadline by) {
  namespace introspection = api::introspection;
  Result<introspection::PluginsResponse> got =
      co_await api::call(*connection, introspection::kPlugins, introspection::PluginsRequest(), by);
  if (!got) {
    engine->plugins_failure = got.error().message;
    co_return ok();
  }
  for (const auto& one : got->plugins()) {
    Plugin plugin{one.type(), one.id()};
    const auto root = one.exports().find("root");
    if (root != one.exports().end()) plugin.root = root->second;
    if (one.has_init_err()) plugin.failure = trimmed(one.init_err().message());
    engine->plugins.push_back(std::move(plugin));
  }
  co_return ok();
}

Async<> ask_namespaces(api::Connection* connection, Engine* engine, Deadline by) {
  namespace namespaces = api::namespaces;
  Result<namespaces::ListNamespacesResponse> got =
      co_await api::call(*connection, namespaces::kList, namespaces::ListNamespacesRequest(), by);
  if (!got) {
    engine->namespaces_failure = got.error().message;
    co_return ok();
  }
  for (const auto& one : got->namespaces()) engine->namespaces.push_back(one.name());
  co_return ok();
}

}  // namespace

Async<Engine> ask_engine(containerd_api::Connection* connection, Deadline by) {
  Engine engine;
  engine.socket = connection->socket();
  engine.has_socket = ::access(engine.socket.c_str(), F_OK) == 0;
  const api::version::Empty nothing;
  Result<api::version::VersionResponse> version =
      co_await api::call(*connection, api::version::kVersion, nothing, by);
  if (!version) {
    engine.failure = version.error().message;
    co_return engine;
  }
  engine.version = version->version();
  BERTH_CO_CHECK(co_await ask_plugins(connection, &engine, by));
  BERTH_CO_CHECK(co_await ask_namespaces(connection, &engine, by));
  co_return engine;
}

Findings judge_engine(const Engine& engine, const std::string& own_namespace,
                      const std::string& snapshotter) {
  Findings findings{judge_reach(engine)};
  if (!engine.failure.empty()) {
    for (const std::string& what :
         {std::string("version"), "snapshotter " + snapshotter, "namespace " + own_namespace}) {
      findings.push_back(unknown(kEngine, what, "containerd does not answer"));
    }
    return findings;
  }
  findings.push_back(judge_version(engine.version));
  findings.push_back(judge_snapshotter(engine, snapshotter));
  findings.push_back(judge_namespace(engine, own_namespace));
  return findings;
}

std::optional<std::string> root_of(const Engine& engine, const std::string& snapshotter) {
  const Plugin* plugin = find_plugin(engine, kSnapshotters, snapshotter);
  if (plugin == nullptr || plugin->root.empty()) return std::nullopt;
  return plugin->root;
}

}  // namespace berth::doctor
