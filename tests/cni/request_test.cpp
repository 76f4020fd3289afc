// request_test.cpp - what a plugin is given.
#include "cni/request.hpp"

#include <gtest/gtest.h>

#include "cni/capability.hpp"

namespace berth::cni {
namespace {

NetworkList two_plugins() {
  auto list = parse_network("f", R"({"name": "net", "cniVersions": ["1.0.0"], "plugins": [
      {"type": "bridge", "mtu": 1400, "capabilities": {"ips": true, "mac": true}},
      {"type": "bandwidth", "capabilities": {"bandwidth": true}}]})");
  return std::move(list).value();
}

Attachment attachment() {
  Attachment one;
  one.container = "berth--1";
  one.netns = "/run/netns/berth--1";
  one.args = {{"K8S_POD_NAME", "web"}, {"IgnoreUnknown", "1"}};
  one.wishes.ips = {"10.9.0.7/24"};
  one.wishes.bandwidth = {20'000'000, std::nullopt};
  return one;
}

TEST(EnvironmentFor, HasThePluginsVariablesAndNothingElse) {
  const Attachment one = attachment();

  EXPECT_EQ(environment_for(Verb::Add, &one, {"/a", "/b"}),
            (std::vector<std::string>{
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "CNI_COMMAND=ADD", "CNI_PATH=/a:/b", "CNI_CONTAINERID=berth--1", "CNI_IFNAME=eth0",
                "CNI_NETNS=/run/netns/berth--1", "CNI_ARGS=K8S_POD_NAME=web;IgnoreUnknown=1"}));
  EXPECT_EQ(environment_for(Verb::Status, nullptr, {"/a"}).size(), 3U);
}

TEST(ConfigFor, IsThePluginsOwnWithWhatTheChainAdds) {
  const NetworkList list = two_plugins();
  const Attachment one = attachment();
  const Json previous{{"cniVersion", "1.0.0"}};
  Derived derived{list, list.plugins[0], "1.0.0", &one.wishes};
  derived.previous = &previous;

  EXPECT_EQ(dump_json(config_for(derived)),
            R"({"cniVersion":"1.0.0","mtu":1400,"name":"net","prevResult":{"cniVersion":"1.0.0"},)"
            R"("runtimeConfig":{"ips":["10.9.0.7/24"]},"type":"bridge"})");
}

TEST(ConfigFor, TellsEachPluginItsOwnCapabilities) {
  const NetworkList list = two_plugins();
  const Attachment one = attachment();
  const Derived derived{list, list.plugins[1], "1.0.0", &one.wishes};

  EXPECT_EQ(dump_json(config_for(derived)["runtimeConfig"]),
            R"({"bandwidth":{"ingressBurst":1000000,"ingressRate":20000000}})");
}

TEST(ConfigFor, NamesWhoIsAttachedForGc) {
  const NetworkList list = two_plugins();
  const std::vector<Attachment> valid{attachment()};
  Derived derived{list, list.plugins[1], "1.1.0"};
  derived.valid = &valid;

  const Json config = config_for(derived);

  EXPECT_EQ(dump_json(config["cni.dev/valid-attachments"]),
            R"([{"containerID":"berth--1","ifname":"eth0"}])");
  EXPECT_EQ(config["cni.dev/attachments"], config["cni.dev/valid-attachments"]);
  EXPECT_FALSE(config.contains("runtimeConfig"));
}

TEST(RuntimeConfig, SaysEachCapabilityInThePluginsWords) {
  Wishes wishes;
  wishes.ports = {{8080, 80, "tcp", ""}, {53, 53, "udp", "192.0.2.1"}};
  wishes.mac = "02:00:00:00:00:01";
  wishes.bandwidth = {std::nullopt, 1'000'000};
  wishes.dns = {{"10.0.0.2"}, "", {"example.org"}, {"ndots:2"}};

  const Json told = runtime_config(wishes, {"portMappings", "mac", "bandwidth", "dns", "other"});

  EXPECT_EQ(dump_json(told),
            R"({"bandwidth":{"egressBurst":524288,"egressRate":1000000},)"
            R"("dns":{"options":["ndots:2"],"searches":["example.org"],"servers":["10.0.0.2"]},)"
            R"("mac":"02:00:00:00:00:01","portMappings":[)"
            R"({"containerPort":80,"hostPort":8080,"protocol":"tcp"},)"
            R"({"containerPort":53,"hostIP":"192.0.2.1","hostPort":53,"protocol":"udp"}]})");
}

TEST(CheckAttachment, RefusesNamesThatAreNone) {
  const auto with = [](auto change) {
    Attachment one = attachment();
    change(one);
    return check(one);
  };
  EXPECT_TRUE(with([](Attachment&) {}));
  EXPECT_FALSE(with([](Attachment& one) { one.container = ""; }));
  EXPECT_FALSE(with([](Attachment& one) { one.container = "../x"; }));
  EXPECT_FALSE(with([](Attachment& one) { one.interface = "sixteen-letters-"; }));
  EXPECT_FALSE(with([](Attachment& one) { one.interface = "a b"; }));
  EXPECT_FALSE(with([](Attachment& one) { one.args = {{"A", "b;C=d"}}; }));
}

TEST(AttachmentAsJson, ComesBack) {
  Attachment one = attachment();
  one.wishes.ports = {{8080, 80, "tcp", "192.0.2.1"}};
  one.wishes.mac = "02:00:00:00:00:01";
  one.wishes.dns = {{"10.0.0.2"}, "", {"example.org"}, {"ndots:2"}};

  const auto again = attachment_from_json(to_json(one));

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(*again, one);
}

}  // namespace
}  // namespace berth::cni
