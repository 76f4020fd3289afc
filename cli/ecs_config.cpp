// ecs_config.cpp - line by line; what is not ours is not looked into.
#include "cli/ecs_config.hpp"

#include <algorithm>
#include <vector>

namespace berth::cli {

namespace {

constexpr std::string_view kBlockHead =
    "# berth join made the lines below; berth leave takes them out.";
constexpr std::string_view kPutAside = "#berth join put aside# ";
// In the order of the block.
constexpr std::string_view kJoinKeys[] = {"ECS_CLUSTER",        "ECS_BACKEND_HOST",
                                          "AWS_DEFAULT_REGION", "AWS_SHARED_CREDENTIALS_FILE",
                                          "AWS_CA_BUNDLE",      "ECS_EXTERNAL"};
constexpr std::string_view kCredentialsKey = "AWS_SHARED_CREDENTIALS_FILE";
// What berthd would take instead of the file's default profile.
constexpr std::string_view kOtherKeys[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                           "AWS_SESSION_TOKEN", "AWS_PROFILE",
                                           "ECS_ALTERNATE_CREDENTIAL_PROFILE"};

template <class Keys>
bool is_one(const Keys& keys, std::string_view key) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

std::vector<std::string> file_lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// As berthd reads it; "" for a line that sets nothing.
std::string_view key_of(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r\v\f");
  const std::size_t equals = line.find('=');
  if (begin == std::string_view::npos || equals == std::string_view::npos) return "";
  if (line[begin] == '#' || equals < begin) return "";
  return line.substr(begin, equals - begin);
}

std::string_view value_in(std::string_view line) {
  std::string_view value = line.substr(line.find('=') + 1);
  if (value.ends_with('\r')) value.remove_suffix(1);
  return value;
}

/// The lines of a file, each with whether it is of join's block.
struct Sorted {
  std::vector<std::string> others;
  JoinedSettings settings;
};

/// The block ends with the first line that sets none of join's keys: what a person adds behind it
/// is a person's.
Sorted sorted(std::string_view text) {
  Sorted file;
  bool is_in_block = false;
  for (std::string& line : file_lines_of(text)) {
    if (line == kBlockHead) {
      is_in_block = true;
      continue;
    }
    const std::string_view key = key_of(line);
    is_in_block = is_in_block && is_one(kJoinKeys, key);
    if (is_in_block) {
      file.settings[std::string(key)] = value_in(line);
    } else {
      file.others.push_back(std::move(line));
    }
  }
  return file;
}

bool contradicts(std::string_view key, const JoinedSettings& settings) {
  if (settings.contains(std::string(key))) return true;
  return settings.contains(std::string(kCredentialsKey)) && is_one(kOtherKeys, key);
}

std::string in_force(const std::string& line) {
  return line.starts_with(kPutAside) ? line.substr(kPutAside.size()) : line;
}

}  // namespace

JoinedSettings joined_in(std::string_view text) {
  return sorted(text).settings;
}

std::string with_joined(std::string_view text, const JoinedSettings& settings) {
  std::string result;
  for (const std::string& kept : sorted(text).others) {
    const std::string line = in_force(kept);
    if (contradicts(key_of(line), settings)) result += kPutAside;
    result += line + "\n";
  }
  if (settings.empty()) return result;
  result += std::string(kBlockHead) + "\n";
  for (const std::string_view key : kJoinKeys) {
    const auto found = settings.find(std::string(key));
    if (found != settings.end()) result += found->first + "=" + found->second + "\n";
  }
  return result;
}

std::string without_joined(std::string_view text) {
  return with_joined(text, {});
}

}  // namespace berth::cli
