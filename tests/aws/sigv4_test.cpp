// sigv4_test.cpp - signatures against the published vectors, and refusals in the service's words.
#include "aws/sigv4.hpp"

#include <gtest/gtest.h>

#include "base/dir.hpp"
#include "base/json.hpp"

namespace berth::aws {
namespace {

const Keys kVectorKeys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const Scope kVectorScope{"us-east-1", "service"};
const WallTime kTime = *parse_amz_date("20150830T123600Z");

http::Request request_of(const Json& vector) {
  http::Request request{vector["method"], vector["target"], {}, vector["body"]};
  for (const Json& header : vector["headers"]) request.headers.emplace_back(header[0], header[1]);
  return request;
}

std::vector<Json> vectors() {
  const auto text = read_file(BERTH_TEST_DATA "/sigv4/vectors.json");
  EXPECT_TRUE(text);
  const Json parsed = *parse_json(*text);
  return {parsed.begin(), parsed.end()};
}

std::optional<Keys> only_ours(const std::string& id) {
  return id == kVectorKeys.access_key_id ? std::optional(kVectorKeys) : std::nullopt;
}

void add(http::Request& request, const http::Headers& headers) {
  request.headers.insert(request.headers.end(), headers.begin(), headers.end());
}

TEST(Sign, GivesThePublishedSignatures) {
  ASSERT_GT(vectors().size(), 20u);
  for (const Json& vector : vectors()) {
    Keys keys = kVectorKeys;
    keys.session_token = vector["session_token"];

    const auto added = sign(request_of(vector), keys, kVectorScope, kTime);

    EXPECT_EQ(http::find_header(added, "Authorization"),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=" +
                  vector["signed_headers"].get<std::string>() +
                  ", Signature=" + vector["signature"].get<std::string>())
        << vector["name"];
    EXPECT_EQ(http::find_header(added, "X-Amz-Date"), "20150830T123600Z");
  }
}

TEST(Verify, AcceptsWhatSignMade) {
  for (const Json& vector : vectors()) {
    http::Request request = request_of(vector);
    Keys keys = kVectorKeys;
    keys.session_token = vector["session_token"];
    add(request, sign(request, keys, kVectorScope, kTime));

    const auto verdict =
        verify(request, kVectorScope, [&](const std::string&) { return keys; }, kTime);

    ASSERT_TRUE(std::holds_alternative<Verified>(verdict)) << vector["name"];
    EXPECT_EQ(std::get<Verified>(verdict).access_key_id, "AKIDEXAMPLE");
    EXPECT_EQ(std::get<Verified>(verdict).signed_at, kTime);
  }
}

TEST(Sign, WritesAPlusOfTheQueryAsASpace) {
  const http::Request request{
      "GET", "/acs/ws?dockerVersion=DockerVersion%3A+20.10.24%2Bdfsg1", {{"Host", "h"}}, ""};

  const std::string text = canonical_request(request, {"host"});

  EXPECT_EQ(text,
            "GET\n/acs/ws\ndockerVersion=DockerVersion%3A%2020.10.24%2Bdfsg1\nhost:h\n\nhost\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sign, LeavesOutWhatAHopMayChange) {
  const http::Request request{
      "POST",
      "/",
      {{"Host", "h"}, {"User-Agent", "me"}, {"Connection", "close"}, {"X-Amz-Target", "T.Op"}},
      "{}"};

  const auto added = sign(request, kVectorKeys, kVectorScope, kTime);

  const std::string authorization = http::find_header(added, "Authorization").value_or("");
  EXPECT_NE(authorization.find("SignedHeaders=host;x-amz-date;x-amz-target,"), std::string::npos);
}

/// A good request, then changed as a row wants it.
struct Spoiled {
  const char* what;
  void (*spoil)(http::Request&);
  const char* code;
  const char* message;  ///< how it begins
};

void set_header(http::Request& request, const std::string& name, const std::string& value) {
  std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
  if (!value.empty()) request.headers.emplace_back(name, value);
}

void replace_in_authorization(http::Request& request, const std::string& from,
                              const std::string& to) {
  std::string text = http::find_header(request.headers, "Authorization").value();
  text.replace(text.find(from), from.size(), to);
  set_header(request, "Authorization", text);
}

const Spoiled kSpoiled[] = {
    {"no header", [](http::Request& r) { set_header(r, "Authorization", ""); },
     "MissingAuthenticationTokenException", "Missing Authentication Token"},
    {"another algorithm", [](http::Request& r) { set_header(r, "Authorization", "Basic x"); },
     "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'Basic'."},
    {"no credential", [](http::Request& r) { replace_in_authorization(r, "Credential=", "X="); },
     "IncompleteSignatureException", "Authorization header requires 'Credential' parameter. "},
    {"no signature", [](http::Request& r) { replace_in_authorization(r, "Signature=", "X="); },
     "IncompleteSignatureException", "Authorization header requires 'Signature' parameter. "},
    {"no date", [](http::Request& r) { set_header(r, "X-Amz-Date", ""); },
     "IncompleteSignatureException", "Authorization header requires existence of either"},
    {"odd date", [](http::Request& r) { set_header(r, "X-Amz-Date", "20150830"); },
     "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '20150830'."},
    {"short credential", [](http::Request& r) { replace_in_authorization(r, "/aws4_request", ""); },
     "IncompleteSignatureException", "Credential must have exactly 5 slash-delimited elements"},
    {"region", [](http::Request& r) { replace_in_authorization(r, "us-east-1", "eu-west-1"); },
     "InvalidSignatureException",
     "Credential should be scoped to a valid region, not 'eu-west-1'. "},
    {"service", [](http::Request& r) { replace_in_authorization(r, "/service/", "/ecs/"); },
     "InvalidSignatureException", "Credential should be scoped to correct service: 'service'. "},
    {"terminator", [](http::Request& r) { replace_in_authorization(r, "aws4_request", "aws5"); },
     "InvalidSignatureException", "Credential should be scoped with a valid terminator"},
    {"day", [](http::Request& r) { replace_in_authorization(r, "20150830", "20150829"); },
     "InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD"},
    {"key id", [](http::Request& r) { replace_in_authorization(r, "AKIDEXAMPLE", "AKIDOTHER"); },
     "UnrecognizedClientException", "The security token included in the request is invalid."},
    {"token", [](http::Request& r) { set_header(r, "X-Amz-Security-Token", "t"); },
     "UnrecognizedClientException", "The security token included in the request is invalid."},
    {"body", [](http::Request& r) { r.body = "{ }"; }, "InvalidSignatureException",
     "The request signature we calculated does not match"},
    {"target", [](http::Request& r) { r.target = "/?a=1"; }, "InvalidSignatureException",
     "The request signature we calculated does not match"},
    {"method", [](http::Request& r) { r.method = "PUT"; }, "InvalidSignatureException",
     "The request signature we calculated does not match"},
    {"signed header", [](http::Request& r) { set_header(r, "X-Amz-Target", "T.Other"); },
     "InvalidSignatureException", "The request signature we calculated does not match"},
    {"host not signed", [](http::Request& r) { replace_in_authorization(r, "host;", ""); },
     "InvalidSignatureException", "'Host' must be a 'SignedHeader'"},
};

TEST(Verify, RefusesInTheServicesWords) {
  for (const Spoiled& row : kSpoiled) {
    http::Request request{"POST", "/", {{"Host", "h"}, {"X-Amz-Target", "T.Op"}}, "{}"};
    add(request, sign(request, kVectorKeys, kVectorScope, kTime));
    row.spoil(request);

    const auto verdict = verify(request, kVectorScope, only_ours, kTime);

    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict)) << row.what;
    EXPECT_EQ(std::get<Refusal>(verdict).http_status, 400) << row.what;
    EXPECT_EQ(std::get<Refusal>(verdict).code, row.code) << row.what;
    EXPECT_EQ(std::get<Refusal>(verdict).message.rfind(row.message, 0), 0u)
        << row.what << ": " << std::get<Refusal>(verdict).message;
  }
}

TEST(Verify, AllowsFiveMinutesOfSkewAndNamesMore) {
  http::Request request{"POST", "/", {{"Host", "h"}}, "{}"};
  add(request, sign(request, kVectorKeys, kVectorScope, kTime));
  using std::chrono::seconds;

  const auto late = verify(request, kVectorScope, only_ours, kTime + seconds(300));
  const auto too_late = verify(request, kVectorScope, only_ours, kTime + seconds(301));
  const auto early = verify(request, kVectorScope, only_ours, kTime - seconds(300));
  const auto too_early = verify(request, kVectorScope, only_ours, kTime - seconds(301));

  EXPECT_TRUE(std::holds_alternative<Verified>(late));
  EXPECT_TRUE(std::holds_alternative<Verified>(early));
  ASSERT_TRUE(std::holds_alternative<Refusal>(too_late));
  EXPECT_EQ(std::get<Refusal>(too_late).message,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
            "(20150830T124101Z - 5 min.)");
  ASSERT_TRUE(std::holds_alternative<Refusal>(too_early));
  EXPECT_EQ(std::get<Refusal>(too_early).code, "InvalidSignatureException");
}

TEST(ParseAmzDate, TakesNothingButTheBasicForm) {
  EXPECT_EQ(amz_date(*parse_amz_date("20240229T235959Z")), "20240229T235959Z");
  for (const char* bad : {"", "2015-08-30T12:36:00Z", "20150830T123600", "20151330T123600Z",
                          "20150230T123600Z", "20150830 123600Z", "20150830T123600Zx"}) {
    EXPECT_EQ(parse_amz_date(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace berth::aws
