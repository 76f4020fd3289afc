// request.cpp - variables and members, put together.
#include "cni/request.hpp"

#include "base/text.hpp"
#include "cni/capability.hpp"

namespace berth::cni {

namespace {

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string args_of(const Attachment& attachment) {
  std::string text;
  for (const auto& [key, value] : attachment.args) {
    text += (text.empty() ? "" : ";") + key + "=" + value;
  }
  return text;
}

Json named(const std::vector<Attachment>& attachments) {
  Json names = Json::array();
  for (const Attachment& one : attachments) {
    names.push_back({{"containerID", one.container}, {"ifname", one.interface}});
  }
  return names;
}

}  // namespace

std::string_view name_of(Verb verb) {
  switch (verb) {
    case Verb::Add: return "ADD";
    case Verb::Del: return "DEL";
    case Verb::Check: return "CHECK";
    case Verb::Gc: return "GC";
    case Verb::Status: return "STATUS";
    case Verb::Version: return "VERSION";
  }
  return "VERSION";
}

std::vector<std::string> environment_for(Verb verb, const Attachment* attachment,
                                         const std::vector<std::string>& directories) {
  std::vector<std::string> variables{kPath, "CNI_COMMAND=" + std::string(name_of(verb)),
                                     "CNI_PATH=" + joined(directories, ":")};
  if (attachment == nullptr) return variables;
  variables.push_back("CNI_CONTAINERID=" + attachment->container);
  variables.push_back("CNI_IFNAME=" + attachment->interface);
  variables.push_back("CNI_NETNS=" + attachment->netns);
  const std::string args = args_of(*attachment);
  if (!args.empty()) variables.push_back("CNI_ARGS=" + args);
  return variables;
}

Json config_for(const Derived& derived) {
  Json config = derived.plugin.config;
  config.erase("capabilities");
  config.erase("cniVersions");
  config["cniVersion"] = derived.version;
  config["name"] = derived.list.name;
  if (derived.wishes != nullptr) {
    Json told = runtime_config(*derived.wishes, derived.plugin.capabilities);
    if (!told.empty()) config["runtimeConfig"] = std::move(told);
  }
  if (derived.previous != nullptr && !derived.previous->is_null()) {
    config["prevResult"] = *derived.previous;
  }
  if (derived.valid != nullptr) {
    config["cni.dev/valid-attachments"] = named(*derived.valid);
    // The name it had in the first text of 1.1, which plugins of that time look for.
    config["cni.dev/attachments"] = named(*derived.valid);
  }
  return config;
}

}  // namespace berth::cni
