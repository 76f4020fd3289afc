// mounts.cpp - reads mount lines; knows the cgroup ones.
#include "cgroups/mounts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace berth::cgroups {

namespace {

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// A blank in a path is written "\040".
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool is_controller(const std::string& option) {
  static constexpr std::array kNames{"cpu",     "cpuacct", "cpuset",     "memory",  "devices",
                                     "freezer", "blkio",   "pids",       "net_cls", "net_prio",
                                     "hugetlb", "rdma",    "perf_event", "misc"};
  return option.rfind("name=", 0) == 0 ||
         std::find(kNames.begin(), kNames.end(), option) != kNames.end();
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> mounts;
  for (const std::string& line : words_of(text, "\n")) {
    const std::vector<std::string> words = words_of(line, " ");
    if (words.size() < 4 || (words[2] != "cgroup" && words[2] != "cgroup2")) continue;
    Mount mount{unescaped(words[1]), words[2] == "cgroup2", false, {}};
    for (const std::string& option : words_of(words[3], ",")) {
      if (option == "ro") mount.read_only = true;
      if (!mount.unified && is_controller(option)) mount.controllers.push_back(option);
    }
    const auto same = std::find_if(mounts.begin(), mounts.end(), [&](const Mount& other) {
      return other.unified == mount.unified && other.controllers == mount.controllers;
    });
    if (same == mounts.end()) {
      mounts.push_back(std::move(mount));
    } else if (same->read_only && !mount.read_only) {
      *same = std::move(mount);
    }
  }
  return mounts;
}

}  // namespace berth::cgroups
