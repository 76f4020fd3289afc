// ec2.cpp - a token, then one question after the other on the same connection.
#include "agent/node/ec2.hpp"

#include <algorithm>

#include "base/backoff.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace berth::node {

namespace {

constexpr const char* kUsualService = "http://169.254.169.254";
constexpr std::chrono::milliseconds kRegionTakes{200};
constexpr std::chrono::seconds kAnswerTakes{1};
constexpr std::chrono::seconds kPatience{30};  // a registration without it works, too
constexpr std::size_t kMaxAnswer = 16 << 10;

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

/// A machine of Xen names EC2 in its hypervisor's id, every other one in its vendor.
bool is_of_ec2(const Dir& root) {
  const Result<std::string> vendor = root.read("sys/class/dmi/id/sys_vendor");
  if (vendor && vendor->starts_with("Amazon EC2")) return true;
  const Result<std::string> id = root.read("sys/hypervisor/uuid");
  return id && id->starts_with("ec2");
}

/// The text of one answer.
Async<std::string> ask(http::Client& client, http::Url service, std::string method,
                       std::string path, http::Headers headers, Deadline by) {
  http::Request request;
  request.method = std::move(method);
  request.target = path;
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", service.authority());
  BERTH_CO_TRY(http::Response answer,
               co_await client.fetch(std::move(service), std::move(request), kMaxAnswer, by));
  if (answer.status == 403) {  // source: EC2, "Instance metadata service", response codes
    co_return Error{Errc::Denied, 0, path + ": HTTP 403, the instance metadata service is off"};
  }
  if (answer.status != 200) {
    co_return Error{Errc::Unavailable, 0, path + ": HTTP " + std::to_string(answer.status)};
  }
  co_return std::move(answer.body);
}

Result<std::string> region_in(const std::string& document) {
  const Result<Json> parsed = parse_json(document);
  const auto region = parsed && parsed->is_object() ? parsed->value("region", Json()) : Json();
  if (region.is_string()) return region.get<std::string>();
  return Error{Errc::Broken, 0, "the instance identity document names no region"};
}

Async<model::Ec2Facts> ask_once(http::Url service) {
  http::Client client;
  const Deadline by = Deadline::after(kRegionTakes);
  Result<model::Ec2Facts> facts = co_await ask_ec2(client, std::move(service), by);
  co_return facts;
}

}  // namespace

Result<std::optional<http::Url>> ec2_metadata_service(
    const Dir& root, const std::map<std::string, std::string>& environment) {
  if (value_of(environment, "AWS_EC2_METADATA_DISABLED") == "true")
    return std::optional<http::Url>();
  std::string named = value_of(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (named.empty() && !is_of_ec2(root)) return std::optional<http::Url>();
  if (named.empty()) named = kUsualService;
  Result<http::Url> url = http::parse_url(named);
  if (!url) return std::move(url).error().while_doing("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  return std::optional<http::Url>(std::move(*url));
}

Async<model::Ec2Facts> ask_ec2(http::Client& client, http::Url service, Deadline by) {
  http::Headers lifetime{{"X-aws-ec2-metadata-token-ttl-seconds", "60"}};
  BERTH_CO_TRY(const std::string token,
               co_await ask(client, service, "PUT", "/latest/api/token", std::move(lifetime), by));
  const http::Headers with_token{{"X-aws-ec2-metadata-token", token}};
  const auto get = [&client, &service, &with_token, by](std::string path) {
    return ask(client, service, "GET", "/latest/" + path, with_token, by);
  };
  model::Ec2Facts facts;
  BERTH_CO_TRY(facts.identity_document, co_await get("dynamic/instance-identity/document"));
  BERTH_CO_TRY(facts.region, region_in(facts.identity_document));
  BERTH_CO_TRY(facts.identity_signature, co_await get("dynamic/instance-identity/signature"));
  BERTH_CO_TRY(const std::string mac, co_await get("meta-data/mac"));
  const std::string interface = "meta-data/network/interfaces/macs/" + mac;
  BERTH_CO_TRY(facts.vpc_id, co_await get(interface + "/vpc-id"));
  BERTH_CO_TRY(facts.subnet_id, co_await get(interface + "/subnet-id"));
  co_return facts;
}

Async<std::optional<model::Ec2Facts>> await_ec2(http::Url service, Clock& clock) {
  http::Client client;
  Random random;
  Backoff backoff({std::chrono::milliseconds(100), std::chrono::seconds(2), 2.0, 0.2});
  const auto end = clock.now() + kPatience;
  while (true) {
    http::Url copy = service;
    const Deadline by = Deadline::after(kAnswerTakes);
    Result<model::Ec2Facts> facts = co_await ask_ec2(client, std::move(copy), by);
    if (facts) co_return std::optional<model::Ec2Facts>(std::move(*facts));
    if (facts.failed_with(Errc::Cancelled)) co_return std::move(facts).error();
    const bool may_come = facts.failed_with(Errc::Unavailable) || facts.failed_with(Errc::TimedOut);
    const std::chrono::milliseconds wait = backoff.next(random);
    if (!may_come || clock.now() + wait > end) {
      log::warn("EC2 does not say what this machine is", {{"error", facts.error().text()}});
      co_return std::optional<model::Ec2Facts>();
    }
    BERTH_CO_CHECK(co_await clock.sleep(wait));
  }
}

Result<std::optional<std::string>> ec2_region(
    const Dir& root, const std::map<std::string, std::string>& environment) {
  BERTH_TRY(std::optional<http::Url> service, ec2_metadata_service(root, environment));
  if (!service) return std::optional<std::string>();
  asio::io_context io(1);
  Result<model::Ec2Facts> facts;
  asio::co_spawn(io, ask_once(std::move(*service)),
                 [&](std::exception_ptr bug, Result<model::Ec2Facts> found) {
                   if (bug) std::rethrow_exception(bug);
                   facts = std::move(found);
                   io.stop();
                 });
  io.run();
  if (!facts) return std::move(facts).error();
  return std::optional<std::string>(std::move(facts->region));
}

}  // namespace berth::node
