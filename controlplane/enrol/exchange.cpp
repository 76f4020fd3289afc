// exchange.cpp - members to JSON and back.
#include "controlplane/enrol/exchange.hpp"

#include "base/json.hpp"

namespace berth::enrol {

namespace {

constexpr std::size_t kMostOfABody = 256 << 10;  // a chain of certificates is the largest part

}  // namespace

std::string request_body(const std::string& secret) {
  return dump_json(Json{{"secret", secret}});
}

Result<std::string> read_request(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body, kMostOfABody));
  JsonReader in(json, "join");
  std::string secret = in.text("secret");
  if (const auto bad = in.failed()) return *bad;
  return secret;
}

std::string grant_body(const Grant& grant) {
  return dump_json(Json{{"region", grant.region},
                        {"accessKeyId", grant.access_key_id},
                        {"secretAccessKey", grant.secret_access_key},
                        {"certificate", grant.certificate}});
}

Result<Grant> read_grant(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body, kMostOfABody));
  JsonReader in(json, "answer");
  Grant grant;
  const std::pair<const char*, std::string*> members[] = {
      {"region", &grant.region},
      {"accessKeyId", &grant.access_key_id},
      {"secretAccessKey", &grant.secret_access_key},
      {"certificate", &grant.certificate}};
  for (const auto& [name, value] : members) {
    *value = in.text(name);
    if (value->empty()) in.complain(name, "missing");
  }
  if (const auto bad = in.failed()) return *bad;
  return grant;
}

std::string refusal_body(const std::string& why) {
  return dump_json(Json{{"message", why}});
}

std::string read_refusal(std::string_view body) {
  const auto json = parse_json(body, kMostOfABody);
  if (!json) return "";
  return JsonReader(*json, "answer").text("message");
}

}  // namespace berth::enrol
