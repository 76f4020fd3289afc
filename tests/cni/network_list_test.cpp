// network_list_test.cpp - files of networks, right and wrong.
#include "cni/network_list.hpp"

#include <gtest/gtest.h>

#include "cni/capability.hpp"

namespace berth::cni {
namespace {

constexpr const char* kTwo = R"({
  "cniVersion": "1.0.0", "cniVersions": ["0.4.0", "1.0.0", "1.1.0"], "name": "web-net",
  "disableCheck": true,
  "plugins": [
    {"type": "bridge", "bridge": "cni0", "ipam": {"type": "host-local", "subnet": "10.9.0.0/24"},
     "capabilities": {"ips": true, "mac": false}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]})";

TEST(ParseNetwork, ReadsAList) {
  const auto list = parse_network("10-web.conflist", kTwo);

  ASSERT_TRUE(list) << list.error();
  EXPECT_EQ(list->name, "web-net");
  EXPECT_EQ(list->versions, (std::vector<std::string>{"0.4.0", "1.0.0", "1.1.0"}));
  EXPECT_FALSE(list->checks);
  EXPECT_TRUE(list->collects);
  ASSERT_EQ(list->plugins.size(), 2U);
  EXPECT_EQ(list->plugins[0].type, "bridge");
  EXPECT_EQ(list->plugins[0].ipam_type, "host-local");
  EXPECT_EQ(list->plugins[0].capabilities, (std::vector<std::string>{"ips"}));
  EXPECT_EQ(list->plugins[0].config["bridge"], "cni0");
  EXPECT_TRUE(has_capability(*list, "portMappings"));
  EXPECT_FALSE(has_capability(*list, "mac"));
}

TEST(ParseNetwork, TakesAPluginAloneAsAListOfOne) {
  const auto list = parse_network(
      "a.conf", R"({"cniVersion":"0.4.0","name":"lan","type":"macvlan","master":"eth0"})");

  ASSERT_TRUE(list) << list.error();
  ASSERT_EQ(list->plugins.size(), 1U);
  EXPECT_EQ(list->plugins[0].type, "macvlan");
  EXPECT_EQ(list->versions, (std::vector<std::string>{"0.4.0"}));
}

TEST(ParseNetwork, ComesBackFromWhatIsKeptOfIt) {
  const auto list = parse_network("10-web.conflist", kTwo);

  const auto again = network_from_json("10-web.conflist", to_json(*list));

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(*again, *list);
}

TEST(ParseNetwork, RefusesWhatIsWrongByFileAndMember) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"hello", "f: not JSON: error at byte 1 of the text"},
      {"[]", "f: must be an object"},
      {R"({"plugins":[{"type":"bridge"}]})", "f.name: is required"},
      {R"({"name":"-x","plugins":[{"type":"a"}]})",
       "f.name: \"-x\" must be a letter or digit, then letters, digits, '_', '.' or '-'"},
      {R"({"name":7,"plugins":[{"type":"a"}]})", "f.name: 7 must be a string"},
      {R"({"name":"x"})", "f.plugins: is required: one or more plugins"},
      {R"({"name":"x","plugins":[]})", "f.plugins: is required: one or more plugins"},
      {R"({"name":"x","plugins":{}})", "f.plugins: {} must be a list"},
      {R"({"name":"x","plugins":[7]})", "f: plugins[0]: must be an object"},
      {R"({"name":"x","plugins":[{"type":"a"},{}]})",
       "f: plugins[1].type: is required: the name of a plugin's program"},
      {R"({"name":"x","plugins":[{"type":"../sh"}]})",
       "f: plugins[0].type: \"../sh\" must be the name of a program, without '/'"},
      {R"({"name":"x","plugins":[{"type":"a","ipam":{"type":"b/c"}}]})",
       "f: plugins[0].ipam.type: \"b/c\" must be the name of a program"},
      {R"({"name":"x","plugins":[{"type":"a","capabilities":{"ips":1}}]})",
       "f: plugins[0].capabilities.ips: 1 must be true or false"},
      {R"({"name":"x","cniVersion":1,"plugins":[{"type":"a"}]})",
       "f.cniVersion: 1 must be a string"},
      {R"({"name":"x","disableCheck":"no","plugins":[{"type":"a"}]})",
       "f.disableCheck: \"no\" must be true or false"},
  };
  for (const auto& [text, why] : rows) {
    const auto list = parse_network("f", text);
    ASSERT_TRUE(list.failed_with(Errc::Invalid)) << text;
    EXPECT_EQ(list.error().message, why);
  }
}

TEST(ParseNetwork, RefusesPluginsThatNeedKubernetes) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {R"({"name":"x","plugins":[{"type":"calico"}]})",
       "f: plugins[0].type: \"calico\" works only"},
      {R"({"name":"x","plugins":[{"type":"bridge"},{"type":"cilium-cni"}]})",
       "f: plugins[1].type: \"cilium-cni\" works only"},
      {R"({"name":"x","type":"multus","kubeconfig":"/k"})", "f.type: \"multus\" works only"},
      {R"({"name":"x","plugins":[{"type":"bridge","ipam":{"type":"whereabouts"}}]})",
       "f: plugins[0].ipam.type: \"whereabouts\" works only"},
      {R"({"name":"x","plugins":[{"type":"mine","kubernetes":{"kubeconfig":"/k"}}]})",
       "f: plugins[0].kubernetes: \"mine\" works only"},
      {R"({"name":"x","plugins":[{"type":"mine","ipam":{"type":"own","kubeconfig":"/k"}}]})",
       "f: plugins[0].ipam.kubeconfig: \"own\" works only"},
  };
  for (const auto& [text, why] : rows) {
    const auto list = parse_network("f", text);
    ASSERT_TRUE(list.failed_with(Errc::Invalid)) << text;
    EXPECT_EQ(list.error().message.substr(0, std::string(why).size()), why);
  }
  EXPECT_TRUE(parse_network("f", R"({"name":"x","plugins":[{"type":"flannel"}]})"));
}

TEST(Lacking, NamesCapabilitiesThatAreNeeded) {
  const auto list = parse_network("10-web.conflist", kTwo);
  Wishes wishes;
  wishes.mac = "02:00:00:00:00:01";
  wishes.dns.servers = {"10.0.0.2"};
  wishes.ports = {{8080, 80, "tcp", ""}};
  wishes.ips = {"10.9.0.7/24"};
  EXPECT_EQ(lacking(*list, wishes), std::vector<std::string>{});

  wishes.bandwidth.egress = 1'000'000;
  EXPECT_EQ(lacking(*list, wishes), (std::vector<std::string>{"bandwidth"}));
}

}  // namespace
}  // namespace berth::cni
