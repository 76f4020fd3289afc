// registry_auth_test.cpp - credentials, challenges and tokens; refusals as errors.
#include "images/registry_auth.hpp"

#include <gtest/gtest.h>

#include "images/registry_error.hpp"

namespace berth::images {
namespace {

TEST(ParseChallenges, ReadsSchemesAndParameters) {
  const auto found = parse_challenges(
      R"(Bearer realm="https://auth/token?a=b,c",service=reg,scope="repository:x:pull", Basic realm="a \"b\"")");

  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].scheme, "bearer");
  EXPECT_EQ(found[0].parameters.at("realm"), "https://auth/token?a=b,c");
  EXPECT_EQ(found[0].parameters.at("service"), "reg");
  EXPECT_EQ(found[0].parameters.at("scope"), "repository:x:pull");
  EXPECT_EQ(found[1].scheme, "basic");
  EXPECT_EQ(found[1].parameters.at("realm"), "a \"b\"");
}

TEST(ParseChallenges, SurvivesAnything) {
  for (const char* text :
       {"", ",,,", "=", "\"", "Bearer realm=\"open", "a=b", "Basic , = , x=\"\\"}) {
    EXPECT_LE(parse_challenges(text).size(), 1u) << text;
  }
}

TEST(TokenUrl, AddsServiceAndScope) {
  const Challenge plain{"bearer", {{"realm", "https://auth/t"}, {"service", "my reg"}}};
  const Challenge queried{"bearer", {{"realm", "http://a:1/t?x=y"}, {"scope", "s"}}};

  EXPECT_EQ(*token_url(plain, "repository:a/b:pull", true),
            "https://auth/t?service=my%20reg&scope=repository%3Aa%2Fb%3Apull");
  EXPECT_EQ(*token_url(queried, "other", false), "http://a:1/t?x=y&scope=s");
}

TEST(TokenUrl, NeverSendsCredentialsFromTlsInTheClear) {
  const Challenge challenge{"bearer", {{"realm", "http://auth/t"}}};

  EXPECT_TRUE(token_url(challenge, "s", true).failed_with(Errc::Denied));
  EXPECT_TRUE(token_url(challenge, "s", false));
  EXPECT_TRUE(token_url({"bearer", {}}, "s", false).failed_with(Errc::Denied));
  EXPECT_TRUE(
      token_url({"bearer", {{"realm", "file:///etc"}}}, "s", false).failed_with(Errc::Denied));
}

TEST(ParseToken, TakesEitherName) {
  EXPECT_EQ(*parse_token(R"({"token":"t","expires_in":300})"), "t");
  EXPECT_EQ(*parse_token(R"({"access_token":"a"})"), "a");
  EXPECT_TRUE(parse_token("{}").failed_with(Errc::Broken));
  EXPECT_TRUE(parse_token("<html>").failed_with(Errc::Broken));
  EXPECT_TRUE(parse_token(R"({"token":"a\r\nb"})").failed_with(Errc::Broken));
}

TEST(AuthFile, FindsTheLongestEntryThatFits) {
  const auto file = AuthFile::parse(R"({"auths":{
    "https://index.docker.io/v1/":{"auth":"aHViOnB3"},
    "ghcr.io":{"auth":"dXNlcjpwOnc="},
    "ghcr.io/team":{"username":"team","password":"t"},
    "empty.io":{}}})");

  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->find("registry-1.docker.io", "library/x"), (Credentials{"hub", "pw"}));
  EXPECT_EQ(file->find("ghcr.io", "other/x"), (Credentials{"user", "p:w"}));
  EXPECT_EQ(file->find("ghcr.io", "team/x"), (Credentials{"team", "t"}));
  EXPECT_EQ(file->find("ghcr.io", "teammate/x"), (Credentials{"user", "p:w"}));
  EXPECT_EQ(file->find("ghcr.iox", "x"), std::nullopt);
  EXPECT_EQ(file->find("empty.io", "x"), std::nullopt);
  EXPECT_EQ(AuthFile().find("ghcr.io", "x"), std::nullopt);
}

TEST(AuthFile, NamesTheMemberAndNeverItsValue) {
  for (const char* text :
       {R"({"auths":{"h":{"auth":"c2VjcmV0"}}})", R"({"auths":{"h":{"auth":"secret!"}}})",
        R"({"auths":{"h":{"auth":"s"}}})"}) {
    const auto file = AuthFile::parse(text);

    ASSERT_TRUE(file.failed_with(Errc::Invalid)) << text;
    EXPECT_EQ(file.error().message, "auths[\"h\"].auth: must be base64 of user:password");
  }
}

TEST(BasicAuthorization, IsBase64OfUserAndPassword) {
  EXPECT_EQ(basic_authorization({"user", "p:w"}), "Basic dXNlcjpwOnc=");
  EXPECT_EQ(basic_authorization({"hub", "pw"}), "Basic aHViOnB3");
}

TEST(HttpError, SaysWhatTheRegistrySaidAndWhere) {
  const std::string url = "http://h/v2/web/manifests/9";
  const struct {
    int status;
    const char* body;
    Errc code;
    const char* message;
  } cases[] = {
      {404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})",
       Errc::NotFound, "manifest unknown (404 from http://h/v2/web/manifests/9)"},
      {404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})", Errc::NotFound,
       "NAME_UNKNOWN (404 from http://h/v2/web/manifests/9)"},
      {404, "<html>", Errc::NotFound, "not found (404 from http://h/v2/web/manifests/9)"},
      {403, "", Errc::Denied, "access denied (403 from http://h/v2/web/manifests/9)"},
      {429, "", Errc::Exhausted, "too many requests (429 from http://h/v2/web/manifests/9)"},
      {503, R"({"errors":"x"})", Errc::Unavailable,
       "the registry has a fault (503 from http://h/v2/web/manifests/9)"},
      {400, R"({"errors":[{"message":"a\nb"}]})", Errc::Broken,
       "a b (400 from http://h/v2/web/manifests/9)"},
  };
  for (const auto& [status, body, code, message] : cases) {
    EXPECT_EQ(http_error(status, body, url), (Error{code, 0, message}));
  }
}

}  // namespace
}  // namespace berth::images
