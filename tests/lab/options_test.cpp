// options_test.cpp - the command line of berth-lab, and the keys it makes.
#include "lab/options.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "lab/access.hpp"

namespace berth::lab {
namespace {

TEST(ParseOptions, TakesEveryFlagInBothForms) {
  auto options = parse_options(
      {"--listen", "[::1]:80", "--data=/d", "--region", "eu-west-1", "--subnet=10.1.0.0/20",
       "--subnet-ipv6", "fd01:0::/48", "--attach-wait", "20", "--tls-cert", "c", "--tls-key", "k"},
      {{"AWS_DEFAULT_REGION", "us-west-2"}});

  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->listen.address, "::1");
  EXPECT_EQ(options->listen.port, 80);
  EXPECT_EQ(options->data, "/d");
  EXPECT_EQ(options->settings.region, "eu-west-1");
  EXPECT_EQ(options->settings.subnet.text(), "10.1.0.0/20");
  EXPECT_EQ(options->settings.subnet_ipv6, "fd01::/48");
  EXPECT_EQ(options->settings.attach_wait, std::chrono::seconds(20));
  EXPECT_EQ(options->listen.tls_cert, "c");
}

TEST(ParseOptions, HasDefaults) {
  auto plain = parse_options({}, {});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->listen.address, "127.0.0.1");
  EXPECT_EQ(plain->listen.port, 8180);
  EXPECT_EQ(plain->settings.region, "us-east-1");
  EXPECT_EQ(plain->settings.subnet.text(), "10.213.0.0/16");
  EXPECT_EQ(plain->settings.subnet_ipv6, std::nullopt);
  EXPECT_EQ(parse_options({"--subnet-ipv6=none"}, {})->settings.subnet_ipv6, "none");
  EXPECT_EQ(parse_options({}, {{"AWS_DEFAULT_REGION", "us-west-2"}})->settings.region, "us-west-2");
}

TEST(ParseOptions, TakesWhatATokenTakes) {
  const auto plain = parse_options({"token"}, {});
  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(plain->command, Command::Token);
  EXPECT_EQ(plain->token.url, "");
  EXPECT_EQ(plain->token.ttl, std::chrono::hours(1));
  const auto all =
      parse_options({"token", "--data=/d", "--endpoint", "https://lab:1", "--ttl", "1m30s"}, {});
  ASSERT_TRUE(all) << all.error();
  EXPECT_EQ(all->data, "/d");
  EXPECT_EQ(all->token.url, "https://lab:1/");
  EXPECT_EQ(all->token.ttl, std::chrono::seconds(90));
  EXPECT_EQ(parse_options({}, {})->command, Command::Serve);
  EXPECT_TRUE(parse_options({"--tls"}, {})->own_tls);
  EXPECT_EQ(parse_options({"--tls", "--tls-names", "lab.example,192.0.2.1"}, {})->tls_names,
            (std::vector<std::string>{"lab.example", "192.0.2.1"}));
}

TEST(ParseOptions, NamesFlagAndValueOfABadOne) {
  struct Case {
    std::vector<std::string> arguments;
    const char* names;
  };
  for (const Case& c :
       {Case{{"--listen", "8180"}, "--listen \"8180\""},
        Case{{"--listen", "a:99999"}, "--listen \"a:99999\""},
        Case{{"--listen", ":80"}, "--listen"},
        Case{{"--subnet", "10.0.0.1/16"}, "--subnet: \"10.0.0.1/16\""},
        Case{{"--subnet", "10.0.0.0/29"}, "must be from 8 to 28"},
        Case{{"--subnet", "fd00::/56"}, "must be an IPv4 network"},
        Case{{"--subnet-ipv6", "10.0.0.0/16"}, "--subnet-ipv6: \"10.0.0.0/16\""},
        Case{{"--subnet-ipv6", "fd00::/65"}, "must be from 32 to 64"},
        Case{{"--subnet-ipv6", "nothing"}, "--subnet-ipv6: \"nothing\""},
        Case{{"--attach-wait", "0"}, "--attach-wait \"0\""},
        Case{{"--attach-wait", "5s"}, "from 1 to 3600"},
        Case{{"--region", "EU"}, "--region \"EU\""},
        Case{{"--data"}, "--data needs a value"},
        Case{{"--data="}, "--data \"\""},
        Case{{"--tls-cert", "c"}, "go together"},
        Case{{"--tls", "--tls-cert", "c", "--tls-key", "k"}, "another one"},
        Case{{"token", "--listen", "127.0.0.1:1"}, "unknown argument \"--listen\""},
        Case{{"--tls", "--tls-names", "a,,b"}, "--tls-names \"a,,b\": must be names"},
        Case{{"--tls", "--tls-names", "a b"}, "--tls-names \"a b\""},
        Case{{"--tls-names", "a"}, "that --tls makes"},
        Case{{"token", "--tls"}, "unknown argument \"--tls\""},
        Case{{"--ttl", "1h"}, "unknown argument \"--ttl\""},
        Case{{"token", "--ttl", "1"}, "--ttl \"1\": must be a time from 1s to 168h"},
        Case{{"token", "--ttl", "500ms"}, "--ttl \"500ms\""},
        Case{{"token", "--ttl", "200h"}, "--ttl \"200h\""},
        Case{{"token", "--endpoint", "http://lab"}, "--endpoint \"http://lab\""},
        Case{{"token", "--endpoint", "https://lab/x"}, "--endpoint \"https://lab/x\""},
        Case{{"token", "--endpoint", "lab:1"}, "--endpoint \"lab:1\""},
        Case{{"serve"}, "unknown argument \"serve\""},
        Case{{"--no-such"}, "unknown argument \"--no-such\""}}) {
    auto options = parse_options(c.arguments, {});
    ASSERT_TRUE(options.failed_with(Errc::Invalid)) << c.names;
    EXPECT_NE(options.error().message.find(c.names), std::string::npos) << options.error().message;
  }
}

class KeysTest : public ::testing::Test {
 protected:
  KeysTest() {
    std::string pattern = ::testing::TempDir() + "berth-lab-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~KeysTest() override { std::filesystem::remove_all(path_); }
  std::string path_;
};

TEST_F(KeysTest, AreMadeOnceForTheOwnerOnly) {
  const auto folder = Dir::open(path_);
  ASSERT_TRUE(folder);

  const auto first = load_or_make_keys(*folder, "eu-west-1");
  const auto second = load_or_make_keys(*folder, "eu-west-1");

  ASSERT_TRUE(first) << first.error();
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(first->access_key_id.size(), 20u);
  EXPECT_EQ(first->secret_access_key.size(), 40u);
  for (const char* name : {"/credentials", "/config"}) {
    struct stat status{};
    ASSERT_EQ(::stat((path_ + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
  EXPECT_EQ(profile_value(*folder->read("config"), "region"), "eu-west-1");
}

TEST_F(KeysTest, OfAPersonAreTaken) {
  const auto folder = Dir::open(path_);
  ASSERT_TRUE(folder);
  ASSERT_TRUE(folder->replace("credentials",
                              "[other]\naws_access_key_id=x\n[default]\n"
                              "aws_access_key_id=AKID\naws_secret_access_key = s=cret\n"));

  const auto keys = load_or_make_keys(*folder, "eu-west-1");

  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "AKID");
  EXPECT_EQ(keys->secret_access_key, "s=cret");
}

TEST_F(KeysTest, MustBothBeThere) {
  const auto folder = Dir::open(path_);
  ASSERT_TRUE(folder);
  ASSERT_TRUE(folder->replace("credentials", "[default]\naws_access_key_id = a\n"));

  EXPECT_TRUE(load_or_make_keys(*folder, "eu-west-1").failed_with(Errc::Invalid));
}

}  // namespace
}  // namespace berth::lab
