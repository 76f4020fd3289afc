// tokens_test.cpp - a token is taken once, in time, and by the lab that made it.
#include "lab/tokens.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/fakes/scratch.hpp"

namespace berth::lab {
namespace {

using ::testing::HasSubstr;

const WallTime kMadeAt{std::chrono::seconds(1'800'000'000)};
const Listening kListening{"https", "192.0.2.7", 8180, std::string(64, 'b')};

class Tokens : public ::testing::Test {
 protected:
  Tokens() : folder(*Dir::open_or_make(scratch.path("lab"), 0700)) {
    EXPECT_TRUE(note_listening(folder, kListening));
  }

  std::string make(std::chrono::seconds ttl = std::chrono::hours(1)) {
    const auto token = make_token(folder, {"", ttl}, kMadeAt);
    EXPECT_TRUE(token) << token.error();
    return token ? token->secret : "";
  }

  berth::testing::Scratch scratch;
  Dir folder;
};

TEST_F(Tokens, LeadToWhereTheLabListens) {
  const auto plain = make_token(folder, {}, kMadeAt);
  const auto named = make_token(folder, {"https://lab.example/", {}}, kMadeAt);
  EXPECT_TRUE(note_listening(folder, {"https", "fd00::7", 1, kListening.fingerprint}));
  const auto six = make_token(folder, {}, kMadeAt);

  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(plain->url, "https://192.0.2.7:8180/");
  EXPECT_EQ(plain->fingerprint, kListening.fingerprint);
  EXPECT_EQ(named->url, "https://lab.example/");
  EXPECT_EQ(six->url, "https://[fd00::7]:1/");
  EXPECT_EQ(*enrol::parse_token(enrol::token_text(*plain)), *plain);
}

TEST_F(Tokens, AreNoneOfALabThatNobodyCanTrust) {
  EXPECT_TRUE(note_listening(folder, {"http", "127.0.0.1", 80, ""}));
  const auto without_tls = make_token(folder, {}, kMadeAt);
  EXPECT_TRUE(without_tls.failed_with(Errc::Invalid));
  EXPECT_THAT(without_tls.error().message, HasSubstr("--tls"));

  EXPECT_TRUE(folder.remove("listening"));
  EXPECT_TRUE(make_token(folder, {}, kMadeAt).failed_with(Errc::NotFound));
}

TEST_F(Tokens, AreTakenOnce) {
  const std::string secret = make();
  const std::string other = make();

  EXPECT_TRUE(take_secret(folder, secret, kMadeAt));
  const auto again = take_secret(folder, secret, kMadeAt + std::chrono::seconds(5));

  ASSERT_TRUE(again.failed_with(Errc::Denied));
  EXPECT_THAT(again.error().message, HasSubstr("was used at " + iso8601(kMadeAt)));
  EXPECT_TRUE(take_secret(folder, other, kMadeAt));
}

TEST_F(Tokens, AreTakenUntilTheyEnd) {
  const std::string secret = make(std::chrono::seconds(60));
  const std::string other = make(std::chrono::seconds(60));

  EXPECT_TRUE(take_secret(folder, other, kMadeAt + std::chrono::seconds(59)));
  const auto late = take_secret(folder, secret, kMadeAt + std::chrono::seconds(60));

  ASSERT_TRUE(late.failed_with(Errc::Denied));
  EXPECT_THAT(late.error().message, HasSubstr("expired at"));
}

TEST_F(Tokens, AreRefusedWhenTheyAreNone) {
  const std::string secret = make();
  const std::string id = secret.substr(0, 8);
  const std::vector<std::string> none{"",           id,           id + ".",
                                      id + ".AAAA", secret + "A", "AAAAAAAA." + secret.substr(9),
                                      "../../tls",  "../token.x", "..",
                                      "lock"};
  for (const std::string& bad : none) {
    const auto taken = take_secret(folder, bad, kMadeAt);
    ASSERT_TRUE(taken.failed_with(Errc::Denied)) << bad;
    EXPECT_THAT(taken.error().message, HasSubstr("not made that token"));
  }
  EXPECT_TRUE(take_secret(folder, secret, kMadeAt));
}

TEST_F(Tokens, KeepNoSecretOnTheDisk) {
  const std::string secret = make();

  const auto kept = folder.read("tokens/" + secret.substr(0, 8));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->find(secret.substr(9)), std::string::npos);
  struct stat status{};
  ASSERT_EQ(::stat(scratch.path("lab/tokens/" + secret.substr(0, 8)).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Tokens, AreForgottenLongAfterTheirEnd) {
  make(std::chrono::seconds(1));
  EXPECT_TRUE(make_token(folder, {}, kMadeAt + std::chrono::hours(24)));
  EXPECT_EQ(folder.list("tokens")->size(), 2u);
  EXPECT_TRUE(make_token(folder, {}, kMadeAt + std::chrono::hours(24 * 8)));
  EXPECT_EQ(folder.list("tokens")->size(), 2u);
}

}  // namespace
}  // namespace berth::lab
