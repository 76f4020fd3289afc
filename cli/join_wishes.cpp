// join_wishes.cpp - one option after the other, then those that exclude each other.
#include "cli/join_wishes.hpp"

#include <algorithm>
#include <charconv>

#include "base/http/message.hpp"
#include "controlplane/enrol/token.hpp"

namespace berth::cli {

namespace {

constexpr int kDefaultPatience = 60;
constexpr int kMostPatience = 3600;
constexpr std::size_t kLongestClusterName = 255;  // source: ECS API, CreateCluster, clusterName
constexpr std::string_view kRegionCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Error unfit(const std::string& option, const std::string& value, const std::string& allowed) {
  return {Errc::Invalid, 0, option + " \"" + value + "\": " + allowed};
}

bool is_cluster_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestClusterName &&
         name.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

bool is_cluster(const std::string& text) {
  if (!text.starts_with("arn:")) return is_cluster_name(text);
  const std::size_t slash = text.rfind(":cluster/");
  return slash != std::string::npos && is_cluster_name(std::string_view(text).substr(
                                           slash + std::string_view(":cluster/").size()));
}

/// A line of ecs.config has one value.
Result<> check_file(const std::string& option, const std::string& path) {
  const bool is_one_line = std::all_of(path.begin(), path.end(), [](unsigned char c) {
    constexpr unsigned char kDelete = 0x7f;
    return c >= ' ' && c != kDelete;
  });
  if (is_one_line) return ok();
  return unfit(option, path, "must be the path of a file, without line breaks");
}

Result<int> seconds_in(const std::string& text) {
  if (text.empty()) return kDefaultPatience;
  int seconds = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, seconds);
  if (failed != std::errc() || end != last || seconds < 1 || seconds > kMostPatience) {
    return unfit("--timeout", text, "must be a number of seconds from 1 to 3600");
  }
  return seconds;
}

/// A token brings them all.
Result<> check_beside_token(const JoinWishes& wishes) {
  const std::pair<const char*, bool> others[] = {{"--endpoint", !wishes.endpoint.empty()},
                                                 {"--region", !wishes.region.empty()},
                                                 {"--credentials", !wishes.credentials.empty()},
                                                 {"--ca", !wishes.ca.empty()},
                                                 {"--external", wishes.external}};
  for (const auto& [option, is_given] : others) {
    if (is_given) {
      return Error{Errc::Invalid, 0,
                   std::string("option ") + option + " does not go with --token, which brings it"};
    }
  }
  auto token = enrol::parse_token(wishes.token);
  if (!token) return std::move(token).error().while_doing("--token");
  return ok();
}

}  // namespace

Result<> check_join(const JoinWishes& wishes) {
  if (wishes.cluster.empty() && wishes.token.empty()) {
    return Error{Errc::Invalid, 0, "join needs --cluster NAME, or --token of a berth-lab"};
  }
  if (!wishes.cluster.empty() && !is_cluster(wishes.cluster)) {
    return unfit(
        "--cluster", wishes.cluster,
        "must be a name of 1 to 255 letters, digits, '-' and '_', or the ARN of a cluster");
  }
  if (!wishes.endpoint.empty()) BERTH_CHECK(endpoint_url(wishes.endpoint));
  if (wishes.region.find_first_not_of(kRegionCharacters) != std::string::npos) {
    return unfit("--region", wishes.region,
                 "a region has lower-case letters, digits and '-', such as eu-central-1");
  }
  BERTH_CHECK(check_file("--credentials", wishes.credentials));
  BERTH_CHECK(check_file("--ca", wishes.ca));
  BERTH_CHECK(seconds_in(wishes.timeout));
  return wishes.token.empty() ? ok() : check_beside_token(wishes);
}

std::chrono::seconds patience_of(const JoinWishes& wishes) {
  return std::chrono::seconds(seconds_in(wishes.timeout).value_or(kDefaultPatience));
}

Result<std::string> endpoint_url(const std::string& endpoint) {
  const bool has_scheme = endpoint.find("://") != std::string::npos;
  const auto url = http::parse_url(has_scheme ? endpoint : "https://" + endpoint);
  if (url && (url->scheme == "https" || url->scheme == "http")) return url->text();
  return unfit("--endpoint", endpoint,
               "must be https:// or http:// with a host and maybe a port, such as "
               "https://ecs.eu-central-1.amazonaws.com");
}

}  // namespace berth::cli
