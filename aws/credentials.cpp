// credentials.cpp - keys from the environment or a shared credentials file.
#include "aws/credentials.hpp"

#include <strings.h>
#include <sys/stat.h>

#include "base/dir.hpp"
#include "base/text.hpp"

namespace berth::aws {

namespace {

bool is_called(std::string_view name, const char* wanted) {
  const std::string copy(name);
  return ::strcasecmp(copy.c_str(), wanted) == 0;
}

}  // namespace

KeyPlaces key_places(const std::map<std::string, std::string>& environment) {
  auto value_of = [&environment](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  KeyPlaces places;
  places.environment = {value_of("AWS_ACCESS_KEY_ID"), value_of("AWS_SECRET_ACCESS_KEY"),
                        value_of("AWS_SESSION_TOKEN")};
  places.file = value_of("AWS_SHARED_CREDENTIALS_FILE");
  if (places.file.empty()) {
    const std::string home = value_of("HOME");
    places.file = (home.empty() ? "/root" : home) + "/.aws/credentials";
  }
  for (const char* name : {"ECS_ALTERNATE_CREDENTIAL_PROFILE", "AWS_PROFILE"}) {
    if (const std::string profile = value_of(name); !profile.empty()) places.profile = profile;
  }
  return places;
}

void each_in_profile(
    std::string_view text, std::string_view profile,
    const std::function<void(std::string_view name, std::string_view value)>& visit) {
  bool is_ours = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      is_ours = line.back() == ']' && trimmed(line.substr(1, line.size() - 2)) == profile;
      continue;
    }
    const auto equals = line.find('=');
    if (!is_ours || equals == std::string_view::npos) continue;
    visit(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
  }
}

std::optional<Keys> parse_shared_credentials(std::string_view text, std::string_view profile) {
  Keys keys;
  each_in_profile(text, profile, [&keys](std::string_view name, std::string_view value) {
    if (is_called(name, "aws_access_key_id")) keys.access_key_id = value;
    if (is_called(name, "aws_secret_access_key")) keys.secret_access_key = value;
    if (is_called(name, "aws_session_token")) keys.session_token = value;
  });
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return std::nullopt;
  return keys;
}

std::optional<Credentials::Version> Credentials::file_version() const {
  struct stat seen{};
  if (::stat(places_.file.c_str(), &seen) != 0) return std::nullopt;
  return Version{static_cast<std::int64_t>(seen.st_ino), seen.st_size,
                 seen.st_mtim.tv_sec * 1'000'000'000 + seen.st_mtim.tv_nsec};
}

Result<Keys> Credentials::current() {
  const Keys& given = places_.environment;
  if (!given.access_key_id.empty() && !given.secret_access_key.empty()) return given;

  const auto version = file_version();
  if (version && version != read_version_) {
    if (auto text = read_file(places_.file)) {
      read_version_ = version;
      if (auto keys = parse_shared_credentials(*text, places_.profile)) from_file_ = keys;
    }
  }
  if (from_file_) return *from_file_;
  return Error{Errc::Denied, 0,
               "no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set, "
               "and " +
                   places_.file + (version ? " has no keys in" : " cannot be read for") +
                   " profile [" + places_.profile + "]"};
}

}  // namespace berth::aws
