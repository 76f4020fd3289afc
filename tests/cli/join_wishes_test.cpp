// join_wishes_test.cpp - what join takes, and why it does not take the rest.
#include "cli/join_wishes.hpp"

#include <gmock/gmock.h>

#include "cli/arguments.hpp"
#include "controlplane/enrol/token.hpp"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

const std::string kToken = enrol::token_text({"https://lab/", std::string(64, 'a'), "x.y"});

Result<Arguments> parse(Words words, const std::string& command = "join") {
  words.insert(words.begin(), command);
  return parse_arguments(words, nullptr);
}

TEST(JoinWishes, TakeEveryOption) {
  const auto plain = parse({"--cluster", "shop"});
  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(plain->command, Command::Join);
  EXPECT_EQ(plain->join.cluster, "shop");
  EXPECT_EQ(patience_of(plain->join), std::chrono::seconds(60));

  const auto all = parse({"--cluster=arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "--endpoint",
                          "lab:8180", "--region", "eu-west-1", "--credentials", "/k", "--ca", "/c",
                          "--external", "--timeout", "5"});
  ASSERT_TRUE(all) << all.error();
  EXPECT_EQ(all->join.endpoint, "lab:8180");
  EXPECT_TRUE(all->join.external);
  EXPECT_EQ(patience_of(all->join), std::chrono::seconds(5));

  EXPECT_TRUE(parse({"--token", kToken}));
  EXPECT_TRUE(parse({"--token", kToken, "--cluster", "shop", "--timeout=3600"}));
  EXPECT_TRUE(parse({"--force"}, "leave")->join.force);
}

TEST(JoinWishes, NameOptionAndValueOfABadOne) {
  const std::pair<Words, const char*> cases[] = {
      {{}, "join needs --cluster NAME, or --token"},
      {{"--cluster"}, "option --cluster needs a value"},
      {{"--cluster="}, "option --cluster \"\": must not be empty"},
      {{"--cluster", "a b"}, "--cluster \"a b\": must be a name of 1 to 255"},
      {{"--cluster", "arn:aws:ecs:x:y:service/z"}, "or the ARN of a cluster"},
      {{"--cluster", "arn:aws:ecs:x:y:cluster/"}, "or the ARN of a cluster"},
      {{"--cluster", std::string(256, 'a')}, "must be a name of 1 to 255"},
      {{"--cluster", "a", "--endpoint", "ftp://x"}, "--endpoint \"ftp://x\": must be https://"},
      {{"--cluster", "a", "--endpoint", "https://"}, "--endpoint \"https://\""},
      {{"--cluster", "a", "--region", "EU"}, "--region \"EU\": a region has lower-case"},
      {{"--cluster", "a", "--credentials", "a\nb"}, "--credentials \"a\nb\": must be the path"},
      {{"--cluster", "a", "--ca", "\x01"}, "--ca \"\x01\": must be the path"},
      {{"--cluster", "a", "--timeout", "0"}, "--timeout \"0\": must be a number of seconds"},
      {{"--cluster", "a", "--timeout", "1m"}, "--timeout \"1m\""},
      {{"--cluster", "a", "--timeout", "3601"}, "from 1 to 3600"},
      {{"--token", "K10::x"}, "--token: not a join token: it does not begin with"},
      {{"--token", kToken, "--endpoint", "https://x"}, "--endpoint does not go with --token"},
      {{"--token", kToken, "--region", "x"}, "--region does not go with --token"},
      {{"--token", kToken, "--credentials", "/x"}, "--credentials does not go with --token"},
      {{"--token", kToken, "--ca", "/x"}, "--ca does not go with --token"},
      {{"--token", kToken, "--external"}, "--external does not go with --token"},
      {{"--cluster", "a", "--force"}, "option --force does not belong to this command"},
      {{"--cluster", "a", "b"}, "\"b\" is one word too many"},
  };
  for (const auto& [words, message] : cases) {
    const auto refused = parse(words);
    ASSERT_TRUE(refused.failed_with(Errc::Invalid)) << message;
    EXPECT_THAT(refused.error().message, HasSubstr(message));
  }
  EXPECT_FALSE(parse({"--cluster", "a"}, "leave"));
  EXPECT_FALSE(parse({"--cluster", "a"}, "ps"));
}

TEST(JoinWishes, AnEndpointIsAUrlWithOrWithoutItsScheme) {
  EXPECT_EQ(endpoint_url("lab").value(), "https://lab/");
  EXPECT_EQ(endpoint_url("lab:8180").value(), "https://lab:8180/");
  EXPECT_EQ(endpoint_url("http://lab:8180").value(), "http://lab:8180/");
  EXPECT_EQ(endpoint_url("http://lab:8180/").value(), "http://lab:8180/");
}

}  // namespace
}  // namespace berth::cli
