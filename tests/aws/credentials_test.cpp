// credentials_test.cpp - which keys are taken, and when the file is read again.
#include "aws/credentials.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace berth::aws {
namespace {

struct KeyFile {
  KeyFile() {
    char name[] = "/tmp/berth-keys-XXXXXX";
    folder = ::mkdtemp(name);
    path = folder + "/credentials";
  }
  ~KeyFile() { std::filesystem::remove_all(folder); }
  void write(const std::string& text) const {
    // By rename, so that each version is another inode: mtime alone may not have moved on.
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  std::string folder;
  std::string path;
};

std::string profile_text(const std::string& profile, const std::string& id) {
  return "[" + profile + "]\naws_access_key_id = " + id + "\naws_secret_access_key = s-" + id +
         "\n";
}

TEST(KeyPlaces, FollowTheEnvironment) {
  const auto bare = key_places({});
  const auto home = key_places({{"HOME", "/home/me"}, {"ECS_ALTERNATE_CREDENTIAL_PROFILE", "alt"}});
  const auto full = key_places({{"HOME", "/home/me"},
                                {"AWS_SHARED_CREDENTIALS_FILE", "/k"},
                                {"AWS_PROFILE", "lab"},
                                {"ECS_ALTERNATE_CREDENTIAL_PROFILE", "alt"}});

  EXPECT_EQ(bare.file, "/root/.aws/credentials");
  EXPECT_EQ(bare.profile, "default");
  EXPECT_EQ(home.file, "/home/me/.aws/credentials");
  EXPECT_EQ(home.profile, "alt");
  EXPECT_EQ(full.file, "/k");
  EXPECT_EQ(full.profile, "lab");
}

TEST(ParseSharedCredentials, ReadsOneProfile) {
  const std::string text =
      "# comment\n[other]\naws_access_key_id=O\naws_secret_access_key=S\n"
      "[ lab ]\r\n  AWS_Access_Key_Id = A \r\naws_secret_access_key= b=c/+ \r\n"
      "; aws_session_token = no\naws_session_token=T\nregion = x\n[half]\naws_access_key_id=H\n";

  EXPECT_EQ(parse_shared_credentials(text, "lab"), (Keys{"A", "b=c/+", "T"}));
  EXPECT_EQ(parse_shared_credentials(text, "other"), (Keys{"O", "S"}));
  EXPECT_EQ(parse_shared_credentials(text, "half"), std::nullopt);
  EXPECT_EQ(parse_shared_credentials(text, "none"), std::nullopt);
}

TEST(Credentials, PrefersAWholePairInTheEnvironment) {
  const KeyFile file;
  file.write(profile_text("default", "F"));
  Credentials whole({{"E", "s", "t"}, file.path});
  Credentials half({{"E", "", ""}, file.path});

  EXPECT_EQ(*whole.current(), (Keys{"E", "s", "t"}));
  EXPECT_EQ(*half.current(), (Keys{"F", "s-F"}));
}

TEST(Credentials, ReadsTheFileAgainWhenItChanges) {
  const KeyFile file;
  file.write(profile_text("default", "1"));
  Credentials credentials({{}, file.path});

  EXPECT_EQ(credentials.current()->access_key_id, "1");
  file.write(profile_text("default", "2"));
  EXPECT_EQ(credentials.current()->access_key_id, "2");
}

TEST(Credentials, KeepsTheLastGoodKeysWhileTheFileIsRewritten) {
  const KeyFile file;
  file.write(profile_text("default", "1"));
  Credentials credentials({{}, file.path});
  ASSERT_TRUE(credentials.current());

  file.write("[default]\naws_access_key_id = 2\n");
  EXPECT_EQ(credentials.current()->access_key_id, "1");
  std::filesystem::remove(file.path);
  EXPECT_EQ(credentials.current()->access_key_id, "1");
  file.write(profile_text("default", "3"));
  EXPECT_EQ(credentials.current()->access_key_id, "3");
}

TEST(Credentials, NamesWhereItLooked) {
  const KeyFile file;
  Credentials credentials({{}, file.path, "lab"});

  const auto missing = credentials.current();
  file.write(profile_text("default", "1"));
  const auto no_profile = credentials.current();

  ASSERT_TRUE(missing.failed_with(Errc::Denied));
  EXPECT_NE(missing.error().message.find(file.path + " cannot be read"), std::string::npos);
  ASSERT_TRUE(no_profile.failed_with(Errc::Denied));
  EXPECT_NE(no_profile.error().message.find("no keys in profile [lab]"), std::string::npos);
}

}  // namespace
}  // namespace berth::aws
