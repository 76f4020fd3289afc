// base64_test.cpp - bytes as text and back.
#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Base64, IsWrittenAndReadBack) {
  // source: RFC 4648, section 10
  const std::pair<const char*, const char*> cases[] = {
      {"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, RefusesEverythingElse) {
  for (const char* text : {"", "Zg", "Zg=", "Z===", "====", "Zm=v", "Zm9v Zg==", "Zg==\n\n\n\n",
                           "    Zm9v", "Zm9-", "Zg==Zg=="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace berth
