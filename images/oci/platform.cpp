// platform.cpp - reading and comparing platforms.
#include "images/oci/platform.hpp"

#include <algorithm>

namespace berth::images::oci {

namespace {

/// One spelling for each platform. source: containerd, platforms/database.go.
Platform normal(Platform platform) {
  std::string& arch = platform.architecture;
  if (arch == "x86_64" || arch == "x86-64") arch = "amd64";
  if (arch == "aarch64") arch = "arm64";
  if (arch == "armhf") {
    arch = "arm";
    platform.variant = "v7";
  }
  if (arch == "armel") {
    arch = "arm";
    platform.variant = "v6";
  }
  std::string& variant = platform.variant;
  if (arch == "arm" && variant.empty()) variant = "v7";
  if (arch == "arm64" && (variant == "v8" || variant == "8")) variant.clear();
  if (arch == "amd64" && variant == "v1") variant.clear();
  if (arch == "arm" && variant.size() == 1) variant.insert(0, "v");
  return platform;
}

/// 7 of "v7"; nullopt when it is not of that form.
std::optional<int> version_of(std::string_view variant) {
  if (variant.size() != 2 || variant[0] != 'v' || variant[1] < '0' || variant[1] > '9') {
    return std::nullopt;
  }
  return variant[1] - '0';
}

}  // namespace

std::string Platform::text() const {
  std::string whole = os + "/" + architecture;
  if (!variant.empty()) whole += "/" + variant;
  return whole;
}

Platform this_platform() {
#if defined(__x86_64__)
  return {"linux", "amd64", ""};
#elif defined(__aarch64__)
  return {"linux", "arm64", ""};
#elif defined(__arm__) && __ARM_ARCH >= 7
  return {"linux", "arm", "v7"};
#elif defined(__arm__)
  return {"linux", "arm", "v6"};
#elif defined(__i386__)
  return {"linux", "386", ""};
#elif defined(__riscv) && __riscv_xlen == 64
  return {"linux", "riscv64", ""};
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
  return {"linux", "ppc64le", ""};
#elif defined(__s390x__)
  return {"linux", "s390x", ""};
#else
#error "this architecture has no name among container images yet"
#endif
}

Result<Platform> parse_platform(std::string_view text) {
  Platform platform;
  std::string* parts[] = {&platform.os, &platform.architecture, &platform.variant};
  std::size_t count = 0;
  std::string_view rest = text;
  bool fits = true;
  while (fits) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    fits = count < 3 && !part.empty() &&
           part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-.") == part.npos;
    if (fits) *parts[count++] = part;
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (!fits || count < 2) {
    return Error{Errc::Invalid, 0,
                 "platform \"" + std::string(text) + "\" must be os/architecture[/variant]"};
  }
  return normal(std::move(platform));
}

std::optional<int> match(const Platform& node, const Platform& offered) {
  if (!offered.os.empty() && offered.os != node.os) return std::nullopt;
  if (offered.architecture.empty()) return 9;
  const Platform have = normal(node);
  const Platform want = normal(offered);
  if (have.architecture != want.architecture) return std::nullopt;
  if (have.variant == want.variant) return 0;
  const auto newest = version_of(have.variant);
  const auto needed = version_of(want.variant);
  if (have.architecture == "arm" && newest && needed && *needed <= *newest) {
    return *newest - *needed;
  }
  return std::nullopt;
}

}  // namespace berth::images::oci
