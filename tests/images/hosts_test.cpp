// hosts_test.cpp - hosts.toml files as containerd reads them.
#include "images/hosts.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace berth::images {
namespace {

class Hosts : public ::testing::Test {
 protected:
  Hosts() {
    char folder[] = "/tmp/berth-hosts-XXXXXX";
    root = ::mkdtemp(folder);
  }
  ~Hosts() override { std::filesystem::remove_all(root); }

  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = root + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  std::string root;
};

TEST_F(Hosts, NeedNoConfiguration) {
  for (const auto& [domain, url] : std::initializer_list<std::pair<const char*, const char*>>{
           {"docker.io", "https://registry-1.docker.io/v2"},
           {"ghcr.io", "https://ghcr.io/v2"},
           {"127.0.0.1:5000", "http://127.0.0.1:5000/v2"},
           {"localhost", "http://localhost/v2"},
           {"[::1]:5000", "http://[::1]:5000/v2"},
           {"localhost:443", "https://localhost:443/v2"}}) {
    const auto endpoints = endpoints_for(domain, root + "/none");

    ASSERT_TRUE(endpoints) << endpoints.error();
    ASSERT_EQ(endpoints->size(), 1u);
    EXPECT_EQ(endpoints->at(0).root, url);
    EXPECT_FALSE(endpoints->at(0).is_mirror);
  }
}

TEST_F(Hosts, AreTriedInTheOrderOfTheFileAndTheServerLast) {
  write("docker.io/hosts.toml", R"(server = "https://docker.io.example"
[host."http://zzz:5000"]
  capabilities = ["pull", "resolve"]
[host."https://aaa/prefix"]
  capabilities = ["Pull"]
  override_path = true
[host."bbb/v2"]
)");

  const auto endpoints = endpoints_for("docker.io", root);

  ASSERT_TRUE(endpoints) << endpoints.error();
  ASSERT_EQ(endpoints->size(), 4u);
  EXPECT_EQ(endpoints->at(0).root, "http://zzz:5000/v2");
  EXPECT_EQ(endpoints->at(0).host, "zzz:5000");
  EXPECT_TRUE(endpoints->at(0).may_resolve);
  EXPECT_TRUE(endpoints->at(0).is_mirror);
  EXPECT_EQ(endpoints->at(1).root, "https://aaa/prefix");
  EXPECT_TRUE(endpoints->at(1).may_pull);
  EXPECT_FALSE(endpoints->at(1).may_resolve);
  EXPECT_EQ(endpoints->at(2).root, "https://bbb/v2");
  EXPECT_EQ(endpoints->at(3).root, "https://docker.io.example/v2");
}

TEST_F(Hosts, CarryTlsAndHeaders) {
  write("127.0.0.1:5000/hosts.toml", R"(ca = ["/etc/ca.pem", "own.pem"]
[host."https://mirror"]
  ca = "mirror.pem"
  client = [["c.pem", "/k.pem"], ["d.pem", "e.pem"]]
  skip_verify = true
  [host."https://mirror".header]
    x-one = "1"
    x-two = ["2", "3"]
[host."https://other"]
  client = "both.pem"
)");

  const auto endpoints = endpoints_for("127.0.0.1:5000", root);

  ASSERT_TRUE(endpoints) << endpoints.error();
  const std::string dir = root + "/127.0.0.1:5000/";
  const Endpoint& mirror = endpoints->at(0);
  EXPECT_EQ(mirror.ca_files, std::vector{dir + "mirror.pem"});
  EXPECT_EQ(mirror.client,
            (std::vector<ClientPair>{{dir + "c.pem", "/k.pem"}, {dir + "d.pem", dir + "e.pem"}}));
  EXPECT_TRUE(mirror.skip_verify);
  EXPECT_EQ(mirror.headers, (http::Headers{{"x-one", "1"}, {"x-two", "2"}, {"x-two", "3"}}));
  EXPECT_EQ(endpoints->at(1).client, (std::vector<ClientPair>{{dir + "both.pem", ""}}));
  const Endpoint& own = endpoints->at(2);
  EXPECT_EQ(own.root, "https://127.0.0.1:5000/v2") << "an authority of its own means TLS";
  EXPECT_EQ(own.ca_files, (std::vector<std::string>{"/etc/ca.pem", dir + "own.pem"}));
}

TEST_F(Hosts, AreFoundByHostThenByDefault) {
  write("_default/hosts.toml", "[host.\"http://mirror:5000\"]\n");
  write("ghcr.io/hosts.toml", "server = \"https://a\"\n");
  write("127.0.0.1_5000_/hosts.toml", "server = \"http://b:1\"\n");

  EXPECT_EQ(endpoints_for("ghcr.io", root)->at(0).root, "https://a/v2");
  EXPECT_EQ(endpoints_for("127.0.0.1:5000", root)->at(0).root, "http://b:1/v2");
  const auto others = endpoints_for("quay.io", root);
  ASSERT_EQ(others->size(), 2u);
  EXPECT_EQ(others->at(0).root, "http://mirror:5000/v2");
  EXPECT_EQ(others->at(1).root, "https://quay.io/v2");
  EXPECT_FALSE(others->at(1).is_mirror);
}

TEST_F(Hosts, MayBeCertificatesAlone) {
  write("localhost:5000/ca.crt", "");
  write("localhost:5000/me.cert", "");
  write("localhost:5000/me.key", "");

  const auto endpoints = endpoints_for("localhost:5000", root);

  ASSERT_TRUE(endpoints) << endpoints.error();
  const std::string dir = root + "/localhost:5000/";
  EXPECT_EQ(endpoints->at(0).root, "https://localhost:5000/v2");
  EXPECT_EQ(endpoints->at(0).ca_files, std::vector{dir + "ca.crt"});
  EXPECT_EQ(endpoints->at(0).client, (std::vector<ClientPair>{{dir + "me.cert", dir + "me.key"}}));
}

TEST_F(Hosts, NameFileFieldAndRuleWhenWrong) {
  for (const auto& [text, complaint] : std::initializer_list<std::pair<const char*, const char*>>{
           {"server = ", "line 1"},
           {"server = 1", "server: must be a string"},
           {"host = 1", "host: must be a table"},
           {"[host.\"http://a\"]\ncapabilities = [\"fly\"]", "\"fly\" must be pull"},
           {"[host.\"http://a\"]\nskip_verify = \"yes\"", "skip_verify: must be true or false"},
           {"[host.\"http://a\"]\nca = 1", "ca: must be a string or a list"},
           {"[host.\"http://a\"]\nclient = [[\"a\"]]", "client: each pair"},
           {"[host.\"http://a b\"]", "host \"http://a b\""},
           {"[host.\"http://a\".header]\nx = \"a\\nb\"", "line break"}}) {
    write("ghcr.io/hosts.toml", text);

    const auto endpoints = endpoints_for("ghcr.io", root);

    ASSERT_TRUE(endpoints.failed_with(Errc::Invalid)) << text;
    EXPECT_NE(endpoints.error().message.find(complaint), std::string::npos) << endpoints.error();
    EXPECT_NE(endpoints.error().message.find("ghcr.io/hosts.toml"), std::string::npos);
  }
}

}  // namespace
}  // namespace berth::images
