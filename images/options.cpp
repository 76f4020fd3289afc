// options.cpp - reading berth-pull's command line.
#include "images/options.hpp"

#include <charconv>

namespace berth::images {

namespace {

Result<std::chrono::seconds> parse_seconds(const std::string& name, const std::string& text) {
  std::int64_t count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc() || end != text.data() + text.size() || count < 1 || count > 86'400 * 7) {
    return Error{Errc::Invalid, 0, name + " \"" + text + "\" must be whole seconds, 1 to 604800"};
  }
  return std::chrono::seconds(count);
}

Result<> set(Options& options, const std::string& name, const std::string& value) {
  struct Text {
    const char* name;
    std::string Options::* field;
  };
  static constexpr Text kTexts[] = {{"--address", &Options::address},
                                    {"--namespace", &Options::namespace_name},
                                    {"--snapshotter", &Options::snapshotter},
                                    {"--hosts-dir", &Options::hosts_dir},
                                    {"--lease", &Options::lease},
                                    {"--platform", &Options::platform},
                                    {"--auth-file", &Options::auth_file}};
  for (const Text& text : kTexts) {
    if (name != text.name) continue;
    options.*text.field = value;
    return ok();
  }
  if (name == "--timeout") {
    BERTH_TRY(options.timeout, parse_seconds(name, value));
    return ok();
  }
  if (name == "--inactivity-timeout") {
    BERTH_TRY(options.inactivity_timeout, parse_seconds(name, value));
    return ok();
  }
  if (name == "--resolve-timeout") {
    BERTH_TRY(options.resolve_timeout, parse_seconds(name, value));
    return ok();
  }
  return Error{Errc::Invalid, 0, "unknown option " + name};
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string& argument = arguments[at];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else if (argument == "--version") {
      options.version = true;
    } else if (!argument.starts_with("--")) {
      if (!options.image.empty()) {
        return Error{Errc::Invalid, 0, "one image at a time; \"" + argument + "\" is one more"};
      }
      options.image = argument;
    } else if (const std::size_t equals = argument.find('='); equals != argument.npos) {
      BERTH_CHECK(set(options, argument.substr(0, equals), argument.substr(equals + 1)));
    } else if (at + 1 < arguments.size()) {
      ++at;
      BERTH_CHECK(set(options, argument, arguments[at]));
    } else {
      return Error{Errc::Invalid, 0, argument + " needs a value"};
    }
  }
  if (options.help || options.version) return options;
  if (options.image.empty()) return Error{Errc::Invalid, 0, "which image? none is named"};
  if (!options.address.starts_with('/')) {
    return Error{Errc::Invalid, 0,
                 "--address \"" + options.address + "\" must be an absolute path"};
  }
  return options;
}

std::string usage() {
  return "usage: berth-pull [options] IMAGE\n"
         "Pulls an image into containerd and unpacks it. Says how far it is, and what came of it,\n"
         "as lines of JSON on standard output; docs/formats/pull-progress.md describes them.\n"
         "\n"
         "  --address PATH               containerd's socket (/run/containerd/containerd.sock)\n"
         "  --namespace NAME             containerd's namespace (berth)\n"
         "  --snapshotter NAME           (overlayfs)\n"
         "  --hosts-dir DIR              hosts.toml files (/etc/containerd/certs.d); \"\" is none\n"
         "  --lease NAME                 of the lease that holds what is fetched until it is done\n"
         "  --platform OS/ARCH[/VARIANT] (this machine's)\n"
         "  --auth-file FILE             credentials, as docker login keeps them\n"
         "  --timeout SECONDS            for the whole pull (7200)\n"
         "  --resolve-timeout SECONDS    to learn what the name stands for (60)\n"
         "  --inactivity-timeout SECONDS of a registry that has fallen silent (60)\n"
         "  --help, --version\n"
         "\n"
         "Proxies as the environment says: http_proxy, https_proxy, no_proxy.\n"
         "Exit code: 0 pulled, 1 failed (the last line says why), 2 wrong usage.\n";
}

}  // namespace berth::images
