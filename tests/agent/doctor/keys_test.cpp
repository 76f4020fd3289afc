// keys_test.cpp - credentials: place, age, end.
#include "agent/doctor/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::doctor {
namespace {

using namespace std::chrono_literals;

const WallTime kNow(std::chrono::seconds(1'767'225'600));  // 2026-01-01T00:00:00Z

KeyFacts in_file() {
  KeyFacts facts;
  facts.file = "/root/.aws/credentials";
  facts.profile = "default";
  facts.mode = 0600;
  facts.written = kNow - 90s;
  return facts;
}

std::string verdicts(const KeyFacts& facts) {
  const Findings findings = judge_keys(facts, kNow);
  EXPECT_TRUE(has_cures_where_needed(findings));
  return verdicts_of(findings);
}

TEST(JudgeKeys, ByPlaceAgeAndEnd) {
  EXPECT_EQ(verdicts(in_file()), "place o, age o");
  EXPECT_EQ(find(judge_keys(in_file(), kNow), "age").reason,
            "keys without an end, written 1m30s ago");

  KeyFacts facts = in_file();
  facts.mode = 0644;
  EXPECT_EQ(verdicts(facts), "place o, permissions w, age o");

  facts = in_file();
  facts.is_temporary = true;
  facts.written = kNow - 12h;
  EXPECT_EQ(verdicts(facts), "place o, age o");
  facts.written = kNow - 12h - 1s;
  EXPECT_EQ(verdicts(facts), "place o, age w");
  facts.expires = kNow + 1s;
  EXPECT_EQ(verdicts(facts), "place o, age o");
  facts.expires = kNow;
  EXPECT_EQ(verdicts(facts), "place o, age e");

  KeyFacts none = in_file();
  none.failure = "no AWS credentials";
  EXPECT_EQ(verdicts(none), "place e");

  KeyFacts environment;
  environment.is_environment = true;
  EXPECT_EQ(verdicts(environment), "place o, age o");
}

TEST(ExpiryIn, IsOfTheProfileAsked) {
  const char* text =
      "[default]\n"
      "aws_access_key_id = A\n"
      "[ other ]\n"
      "expiration = 2026-01-01T00:00:00.5Z\n"
      "[odd]\n"
      "x_security_token_expires = tomorrow\n";

  EXPECT_EQ(expiry_in(text, "other"), kNow);
  EXPECT_EQ(expiry_in(text, "default"), std::nullopt);
  EXPECT_EQ(expiry_in(text, "odd"), std::nullopt);
}

TEST(ParseIso8601, TakesUtcAlone) {
  EXPECT_EQ(parse_iso8601("2026-01-01T00:00:00Z"), kNow);
  EXPECT_EQ(parse_iso8601("2026-01-01T00:00:00+00:00"), kNow);
  for (const char* text : {"2026-01-01T00:00:00", "2026-01-01T00:00:00+02:00", "2026-01-01", ""}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(LookAtKeys, FindsThemWithoutKeepingThem) {
  const berth::testing::Scratch scratch;
  aws::KeyPlaces places;
  places.file = scratch.path("credentials");
  EXPECT_NE(look_at_keys(places).failure, "");

  scratch.write("credentials",
                "[default]\naws_access_key_id = A\naws_secret_access_key = S\n"
                "aws_session_token = T\nexpiration = 2026-01-01T00:00:00Z\n");
  ASSERT_EQ(::chmod(places.file.c_str(), 0640), 0);
  const KeyFacts facts = look_at_keys(places);

  EXPECT_EQ(facts.failure, "");
  EXPECT_FALSE(facts.is_environment);
  EXPECT_TRUE(facts.is_temporary);
  EXPECT_EQ(facts.mode, 0640U);
  EXPECT_EQ(facts.expires, kNow);
  EXPECT_TRUE(facts.written.has_value());

  places.environment = {"A", "S"};
  EXPECT_TRUE(look_at_keys(places).is_environment);
}

}  // namespace
}  // namespace berth::doctor
