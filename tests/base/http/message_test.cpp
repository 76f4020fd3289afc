// message_test.cpp - URLs, percent-encoding, queries.
#include "base/http/message.hpp"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(ParseUrl, TakesApartWhatIsWritten) {
  struct Row {
    const char* text;
    const char* scheme;
    const char* host;
    int port;
    const char* target;
    const char* authority;
  };
  const Row rows[] = {
      {"http://a", "http", "a", 80, "/", "a"},
      {"HTTPS://a:8443/x/y?q=1&r", "https", "a", 8443, "/x/y?q=1&r", "a:8443"},
      {"ws://127.0.0.1:80/acs/ws?a=b%2Bc+d", "ws", "127.0.0.1", 80, "/acs/ws?a=b%2Bc+d",
       "127.0.0.1"},
      {"wss://[::1]:9/", "wss", "::1", 9, "/", "[::1]:9"},
      {"https://[fe80::1]", "https", "fe80::1", 443, "/", "[fe80::1]"},
      {"http://h?only=query", "http", "h", 80, "/?only=query", "h"},
      {"http://h/p#fragment", "http", "h", 80, "/p", "h"},
  };
  for (const Row& row : rows) {
    const auto url = parse_url(row.text);

    ASSERT_TRUE(url) << row.text << ": " << url.error();
    EXPECT_EQ(url->scheme, row.scheme) << row.text;
    EXPECT_EQ(url->host, row.host) << row.text;
    EXPECT_EQ(url->port, row.port) << row.text;
    EXPECT_EQ(url->target(), row.target) << row.text;
    EXPECT_EQ(url->authority(), row.authority) << row.text;
  }
}

TEST(ParseUrl, RefusesWhatIsNoUrlOfOurs) {
  const char* const texts[] = {"",           "a",           "ftp://a",      "http://",
                               "http://:80", "http://a:0",  "http://a:x",   "http://a:65536",
                               "http://a:",  "http://u@a/", "http://[::1",  "http://[::1]x",
                               "http://a b", "http://a/\n", "http://a/\x7f"};
  for (const char* text : texts) {
    EXPECT_TRUE(parse_url(text).failed_with(Errc::Invalid)) << '"' << text << '"';
  }
}

TEST(Url, IsWrittenAsItWasRead) {
  const auto url = parse_url("https://h:444/p?q=%20+");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->text(), "https://h:444/p?q=%20+");
}

TEST(PercentEncode, LeavesTheUnreservedOnly) {
  EXPECT_EQ(percent_encode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(percent_encode("a b+c/d:\xc3\xa9"), "a%20b%2Bc%2Fd%3A%C3%A9");
  EXPECT_EQ(percent_encode("/a b/", true), "/a%20b/");
}

TEST(PercentDecode, UndoesBothForms) {
  EXPECT_EQ(*percent_decode("a%20b+c%2b"), "a b+c+");
  EXPECT_EQ(*percent_decode("a%20b+c", true), "a b c");
  for (const char* bad : {"%", "%2", "%2x", "x%"}) {
    EXPECT_TRUE(percent_decode(bad).failed_with(Errc::Invalid)) << bad;
  }
}

TEST(ParseQuery, KeepsOrderAndEmptyValues) {
  const auto pairs = parse_query("b=2&a=x+y%2B&&c&d=");

  const std::vector<std::pair<std::string, std::string>> expected{
      {"b", "2"}, {"a", "x y+"}, {"c", ""}, {"d", ""}};
  ASSERT_TRUE(pairs);
  EXPECT_EQ(*pairs, expected);
  EXPECT_TRUE(parse_query("a=%zz").failed_with(Errc::Invalid));
}

TEST(FindHeader, IgnoresCaseAndTakesTheFirst) {
  const Headers headers{{"X-A", "1"}, {"x-a", "2"}};

  EXPECT_EQ(find_header(headers, "x-A"), "1");
  EXPECT_EQ(find_header(headers, "x-"), std::nullopt);
}

TEST(HttpDate, IsReadAsItIsWritten) {
  const auto time = std::chrono::system_clock::from_time_t(784111777);

  EXPECT_EQ(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), time);
  EXPECT_EQ(parse_http_date("1994-11-06"), std::nullopt);
}

}  // namespace
}  // namespace berth::http
