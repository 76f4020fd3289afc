// token_test.cpp - what a token holds, and what is none.
#include "controlplane/enrol/token.hpp"

#include <gmock/gmock.h>

#include "base/base64.hpp"
#include "controlplane/enrol/exchange.hpp"

namespace berth::enrol {
namespace {

using ::testing::HasSubstr;

const std::string kFingerprint(64, 'a');

/// A token with those bytes inside.
std::string token_of(const std::string& json) {
  std::string text = encode_base64(json);
  while (text.ends_with('=')) text.pop_back();
  return std::string(kTokenPrefix) + text;
}

TEST(Token, ComesBackAsItWas) {
  for (const char* url :
       {"https://10.0.0.1:8180/", "https://lab.example/", "https://[fd00::1]:1/"}) {
    for (const char* secret : {"a", "AB.cd", "0123456789ABCDEF.~~?>?>"}) {
      const Token token{url, kFingerprint, secret};
      const std::string text = token_text(token);
      const auto parsed = parse_token(text);
      ASSERT_TRUE(parsed) << parsed.error();
      EXPECT_EQ(*parsed, token);
      EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-_"),
                std::string::npos);
    }
  }
}

TEST(Token, RefusesWhatIsNoneAndSaysWhy) {
  const std::string good = token_text({"https://lab/", kFingerprint, "s3cret"});
  const std::pair<std::string, const char*> cases[] = {
      {"", "does not begin"},
      {"K10abc::server:def", "does not begin"},
      {std::string(kTokenPrefix), "cut off"},
      {good.substr(0, good.size() - 1), "cut off"},
      {good.substr(0, good.size() - 4), "cut off"},
      {good + " ", "cut off"},
      {good + "=", "cut off"},
      {std::string(kTokenPrefix) + std::string(5000, 'A'), "too long"},
      {token_of("[]"), "cut off"},
      {token_of(R"({"u": 1})"), "cut off"},
      {token_of(R"({"u": "http://lab/", "f": ")" + kFingerprint + R"(", "s": "x"})"), "https"},
      {token_of(R"({"u": "https://lab/", "f": "abc", "s": "x"})"), "fingerprint"},
      {token_of(R"({"u": "https://lab/", "f": ")" + kFingerprint + R"("})"), "no secret"},
      {token_of(R"({"u": "https://lab/", "f": ")" + kFingerprint + R"(", "s": "a b"})"),
       "no secret"},
  };
  for (const auto& [text, why] : cases) {
    const auto parsed = parse_token(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.failed_with(Errc::Invalid));
    EXPECT_THAT(parsed.error().message, HasSubstr(why)) << text;
    EXPECT_EQ(parsed.error().message.find("s3cret"), std::string::npos);
  }
}

TEST(Exchange, ComesBackAsItWas) {
  EXPECT_EQ(*read_request(request_body("id.secret")), "id.secret");
  const Grant grant{"eu-west-1", "AKIA1", "abc/+", "-----BEGIN CERTIFICATE-----\nx\n"};
  EXPECT_EQ(*read_grant(grant_body(grant)), grant);
  EXPECT_EQ(read_refusal(refusal_body("it was used")), "it was used");
}

TEST(Exchange, NamesTheMemberThatIsMissing) {
  const auto lacks = read_grant(R"({"region":"r","accessKeyId":"k","certificate":"c"})");
  ASSERT_TRUE(lacks.failed_with(Errc::Invalid));
  EXPECT_THAT(lacks.error().message, HasSubstr("secretAccessKey"));
  EXPECT_FALSE(read_request("nonsense"));
  EXPECT_FALSE(read_request(R"({"secret":7})"));
  EXPECT_EQ(read_refusal("<html>"), "");
}

}  // namespace
}  // namespace berth::enrol
