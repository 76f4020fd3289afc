// keys.cpp - the same places as aws::Credentials, with an eye on their state.
#include "agent/doctor/keys.hpp"

#include <sys/stat.h>
#include <time.h>

#include "base/dir.hpp"
#include "base/duration.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kCredentials = "credentials";
constexpr const char* kPlace = "place";
constexpr const char* kAge = "age";
// Keys of instance roles and of ECS Anywhere are rotated well before an hour has passed; STS gives
// some for up to 12 hours. source: reference ecs-api, instance credential chain.
constexpr std::chrono::hours kOldForTemporary{12};

std::string seconds_text(std::chrono::milliseconds time) {
  return show_duration(std::chrono::duration_cast<std::chrono::seconds>(time));
}

bool names_expiry(std::string_view key) {
  return key == "expiration" || key == "x_security_token_expires" || key == "aws_expiration";
}

Findings judge_place(const KeyFacts& facts) {
  if (facts.is_environment)
    return {fine(kCredentials, kPlace, "AWS_ACCESS_KEY_ID of the settings")};
  const std::string where = facts.file + ", profile " + facts.profile;
  Findings findings{fine(kCredentials, kPlace, where)};
  constexpr unsigned kOthers = 077;
  if ((facts.mode & kOthers) != 0) {
    findings.push_back(warned(kCredentials, "permissions", facts.file + " is not root's alone",
                              "chmod 600 " + facts.file));
  }
  return findings;
}

Finding judge_age(const KeyFacts& facts, WallTime now) {
  const std::string cure =
      "have whoever rotates them do so (ECS Anywhere: systemctl restart "
      "amazon-ssm-agent), or put keys there that last";
  if (facts.expires) {
    const std::string when = iso8601(*facts.expires);
    if (*facts.expires <= now) return failed(kCredentials, kAge, "they ended at " + when, cure);
    return fine(kCredentials, kAge, "good until " + when);
  }
  const std::string kind = facts.is_temporary ? "temporary keys" : "keys without an end";
  if (!facts.written) return fine(kCredentials, kAge, kind);
  const std::string text = kind + ", written " + seconds_text(now - *facts.written) + " ago";
  if (facts.is_temporary && now - *facts.written > kOldForTemporary) {
    return warned(kCredentials, kAge, text, cure);
  }
  return fine(kCredentials, kAge, text);
}

}  // namespace

std::optional<WallTime> parse_iso8601(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  const std::string zone(rest);
  const std::size_t end = zone.find_first_not_of(".0123456789");
  const std::string offset = end == std::string::npos ? "" : zone.substr(end);
  if (offset != "Z" && offset != "+00:00") return std::nullopt;
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

std::optional<WallTime> expiry_in(std::string_view text, std::string_view profile) {
  std::optional<WallTime> expiry;
  aws::each_in_profile(text, profile, [&expiry](std::string_view name, std::string_view value) {
    if (!expiry && names_expiry(name)) expiry = parse_iso8601(std::string(value));
  });
  return expiry;
}

KeyFacts look_at_keys(const aws::KeyPlaces& places) {
  KeyFacts facts;
  facts.file = places.file;
  facts.profile = places.profile;
  const aws::Keys& given = places.environment;
  facts.is_environment = !given.access_key_id.empty() && !given.secret_access_key.empty();
  const Result<aws::Keys> keys = aws::Credentials(places).current();
  if (!keys) {
    facts.failure = keys.error().message;
    return facts;
  }
  facts.is_temporary = !keys->session_token.empty();
  if (facts.is_environment) return facts;
  struct stat file{};
  if (::stat(places.file.c_str(), &file) == 0) {
    facts.written = WallTime(std::chrono::seconds(file.st_mtim.tv_sec));
    facts.mode = file.st_mode & 07777;
  }
  if (const Result<std::string> text = read_file(places.file)) {
    facts.expires = expiry_in(*text, places.profile);
  }
  return facts;
}

Findings judge_keys(const KeyFacts& facts, WallTime now) {
  if (!facts.failure.empty()) {
    return {failed(kCredentials, kPlace, facts.failure,
                   "put the node's keys into " + facts.file +
                       " (ECS Anywhere: register the machine "
                       "with SSM; a lab: berth join --token, or AWS_SHARED_CREDENTIALS_FILE)")};
  }
  Findings findings = judge_place(facts);
  findings.push_back(judge_age(facts, now));
  return findings;
}

}  // namespace berth::doctor
