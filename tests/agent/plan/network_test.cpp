// network_test.cpp - networks of each mode, and what the firewall learns of them.
#include "agent/plan/network.hpp"

#include <gmock/gmock.h>

#include <set>

#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::plan {
namespace {

using berth::testing::a_container;
using berth::testing::a_task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

model::Record record_of(model::Task task) {
  model::Placement placement = placement_for(task, {});
  return model::first_record(std::move(task), std::move(placement), model::Goal::Running, {});
}

model::Record awsvpc_record() {
  model::Task task = a_task({a_container("web"), a_container("db")});
  task.network_mode = model::NetworkMode::Awsvpc;
  task.eni = berth::testing::full_eni();
  return record_of(std::move(task));
}

model::Record bridge_record() {
  model::Task task = a_task({a_container("web"), a_container("db")});
  task.network_mode = model::NetworkMode::Bridge;
  task.containers[0].links = {{"db", "database"}};
  task.containers[0].extra_hosts = {"printer:192.0.2.9"};
  model::Record record = record_of(std::move(task));
  record.placement.addresses = {{"10.88.0.2", "10.88.0.1", "fd00::2"},
                                {"10.88.0.3", "10.88.0.1", ""}};
  return record;
}

model::Record plugin_record() {
  model::Record record = awsvpc_record();
  record.task.eni->security_groups.clear();
  record.placement.eni_access.driver = "cni";
  record.placement.eni_access.network = "net";
  record.placement.addresses = {{"169.254.172.2", "169.254.172.1", ""}};
  record.given_addresses = {"10.9.0.2"};
  return record;
}

TEST(NetworksFor, PluginsAreAskedForTheEniAndBerthMakesTheWayToTheAgent) {
  model::Record record = plugin_record();
  record.task.bandwidth.egress = 5'000'000;
  const model::Eni& eni = *record.task.eni;

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  ASSERT_EQ(networks->size(), 1U);
  const Network& network = networks->front();
  ASSERT_TRUE(network.attachment);
  EXPECT_EQ(network.attachment->container, "berth--" + network.name);
  EXPECT_EQ(network.attachment->netns, record.placement.netns_path);
  EXPECT_EQ(network.attachment->wishes.mac, eni.mac);
  EXPECT_EQ(network.attachment->wishes.ips.front(),
            eni.ipv4 + "/" + std::to_string(eni.prefix_length));
  EXPECT_EQ(network.attachment->wishes.bandwidth, (cni::Rates{std::nullopt, 5'000'000}));
  const auto& way = std::get<netns::OwnInterface>(network.endpoint);
  EXPECT_EQ(way.name, "ecs-eth0");
  EXPECT_EQ(netns::text_of(*way.ipv4), "169.254.172.2/32");
  EXPECT_EQ(netns::text_of(std::get<netns::HostOnly>(way.access).to), "169.254.170.2");
  EXPECT_EQ(way.bandwidth, netns::Bandwidth{});
}

TEST(NetworksFor, PluginsGiveTheAddressOfATaskThatHasNone) {
  model::Record record = plugin_record();
  record.task.eni.reset();

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  EXPECT_EQ(networks->front().attachment->wishes, cni::Wishes{});
}

TEST(DeviceOfPlugins, HoldsTheInterfaceToTheTasksGroups) {
  model::Record record = plugin_record();
  record.task.eni->security_groups = {"sg-1"};
  Settings settings;
  settings.awsvpc_blocks_imds = true;

  const auto device =
      device_of_plugins(record, {"veth1", "0a:00:00:00:00:07"}, {"10.9.0.2", "fd09::2"}, settings);

  ASSERT_TRUE(device);
  EXPECT_EQ(device->name, "veth1");
  EXPECT_EQ(device->mac, "0a:00:00:00:00:07");
  EXPECT_THAT(device->addresses, ElementsAre("10.9.0.2", "fd09::2"));
  ASSERT_TRUE(device->groups);
  EXPECT_THAT(*device->groups, ElementsAre("sg-1"));
  EXPECT_TRUE(device->is_without_imds);
  EXPECT_TRUE(device->is_known_outside) << "the plugins translate";
  EXPECT_TRUE(device->is_discovered);
}

TEST(DeviceOfPlugins, IsNoneWithoutGroups) {
  EXPECT_FALSE(device_of_plugins(plugin_record(), {"veth1", "0a:00:00:00:00:07"}, {}, {}));
}

TEST(DeviceFor, WithGroupsNothingPassesBesideThem) {
  model::Record record = plugin_record();
  record.task.eni->security_groups = {"sg-1"};
  const auto networks = networks_for(record, {});
  ASSERT_TRUE(networks) << networks.error();

  const firewall::Device device = device_for(record, networks->front(), "be0", {});

  EXPECT_THAT(device.beside, IsEmpty());
  ASSERT_TRUE(device.groups);
  EXPECT_THAT(*device.groups, IsEmpty());
}

TEST(DeviceFor, TheWayToTheAgentLeadsNowhereElse) {
  const model::Record record = plugin_record();
  Settings settings;
  settings.awsvpc_blocks_imds = true;
  const auto networks = networks_for(record, settings);
  ASSERT_TRUE(networks) << networks.error();

  const firewall::Device device = device_for(record, networks->front(), "be0", settings);

  EXPECT_THAT(device.addresses, ElementsAre("169.254.172.2"));
  EXPECT_THAT(device.beside, ElementsAre("10.9.0.2"));
  ASSERT_TRUE(device.groups);
  EXPECT_THAT(*device.groups, IsEmpty());
  EXPECT_TRUE(device.is_without_imds);
}

TEST(NetworksFor, EachInterfaceHasTheTasksBandwidth) {
  for (model::Record record : {awsvpc_record(), bridge_record()}) {
    record.task.bandwidth = {10'000'000, 5'000'000};

    const auto networks = networks_for(record, {});

    ASSERT_TRUE(networks) << networks.error();
    for (const Network& network : *networks) {
      const auto& own = std::get<netns::OwnInterface>(network.endpoint);
      EXPECT_EQ(own.bandwidth, (netns::Bandwidth{10'000'000, 5'000'000})) << network.name;
    }
  }
}

TEST(NetworksFor, AwsvpcIsOneOfTheEni) {
  const model::Record record = awsvpc_record();

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  ASSERT_EQ(networks->size(), 1U);
  EXPECT_EQ(networks->front().name, model::task_id_of(record.task.arn));
  EXPECT_THAT(networks->front().containers, ElementsAre(0, 1));
  const auto& own = std::get<netns::OwnInterface>(networks->front().endpoint);
  EXPECT_EQ(text_of(own.mac), "02:11:22:33:44:55");
  EXPECT_EQ(text_of(*own.ipv4), "10.213.1.7/24");
  EXPECT_EQ(text_of(*own.ipv4_gateway), "10.213.1.1");
  EXPECT_EQ(own.dns_servers, record.task.eni->dns_servers);
  EXPECT_EQ(own.search_domains, record.task.eni->search_domains);
  EXPECT_EQ(own.hostname, record.task.eni->private_dns_name);
}

TEST(NetworksFor, AwsvpcIsMadeAsTheNodeSaysWhenTheTaskComes) {
  const std::pair<model::EniAccess, netns::Access> rows[] = {
      {{}, netns::HostRouted{}},
      {{"lan-routed", "wlan0", 0}, netns::LanRouted{"wlan0"}},
      {{"macvlan", "eth1", 0}, netns::Macvlan{"eth1"}},
      {{"vlan", "eth1", 42}, netns::Vlan{"eth1", 42}},
      {{"hotplug", "", 0}, netns::Nic{}}};
  for (const auto& [given, access] : rows) {
    Settings settings;
    settings.eni_access = given;
    model::Record record = awsvpc_record();
    record.task.eni->trunk_mac.clear();
    record.task.eni->vlan_id = 0;
    record.placement = placement_for(record.task, settings);

    const auto networks = networks_for(record, {});  // settings of another day

    ASSERT_TRUE(networks) << networks.error();
    EXPECT_EQ(std::get<netns::OwnInterface>(networks->front().endpoint).access, access);
    EXPECT_EQ(netns::has_gateway(access), given.has_gateway());
    EXPECT_EQ(record.placement.gateway_path,
              given.has_gateway() ? record.placement.netns_path + "-gw" : "");
  }
}

TEST(NetworksFor, AnInterfaceOfATrunkIsItsVlan) {
  Settings settings;
  settings.eni_access = {"macvlan", "eth1", 0};
  model::Record record = awsvpc_record();
  record.placement = placement_for(record.task, settings);

  const auto networks = networks_for(record, settings);

  ASSERT_TRUE(networks) << networks.error();
  EXPECT_EQ(std::get<netns::OwnInterface>(networks->front().endpoint).access,
            netns::Access(netns::Vlan{"02:00:00:00:00:01", 7}));
}

model::Task task_of_no_trunk() {
  model::Task task = awsvpc_record().task;
  task.eni->trunk_mac.clear();
  task.eni->vlan_id = 0;
  return task;
}

TEST(PlacementFor, AnInterfaceInTheSubnetOfAFileIsMadeAsTheFileSays) {
  Settings settings;
  settings.eni_access = {"lan-routed", "eth9", 0};
  model::NodeNetwork lan;
  lan.access = {"macvlan", "eth1", 0};
  lan.subnet = "192.0.2.0/24";
  lan.ipv6_subnet = "fd00:1::/64";
  const auto driver_of = [&](const char* ipv4, const char* ipv6) {
    model::Task task = task_of_no_trunk();
    task.eni->ipv4 = ipv4;
    task.eni->ipv6 = ipv6;
    const model::Placement placement = placement_for(task, settings, {lan});
    EXPECT_EQ(placement.gateway_path.empty(), !placement.eni_access.has_gateway());
    return placement.eni_access.driver;
  };

  EXPECT_EQ(driver_of("192.0.2.7", ""), "macvlan");
  EXPECT_EQ(driver_of("", "fd00:1::7"), "macvlan");
  EXPECT_EQ(driver_of("192.0.3.7", "fd00:1::7"), "lan-routed") << "its IPv4 address decides";
  EXPECT_EQ(driver_of("", "fd00:2::7"), "lan-routed");

  const model::Task of_a_trunk = awsvpc_record().task;
  lan.subnet = "0.0.0.0/0";
  EXPECT_EQ(placement_for(of_a_trunk, settings, {lan}).eni_access.driver, "vlan");
}

TEST(PlacementFor, AnAnnouncedNicIsTheInterfaceWhereverItsAddressIs) {
  Settings settings;
  settings.eni_access = {"hotplug", "", 0};
  model::NodeNetwork lan;
  lan.access = {"macvlan", "eth1", 0};
  lan.subnet = "0.0.0.0/0";
  model::Task task = task_of_no_trunk();

  EXPECT_EQ(placement_for(task, settings, {lan}).eni_access.driver, "hotplug");
  task.origin = model::Origin::Local;
  EXPECT_EQ(placement_for(task, settings, {lan}).eni_access.driver, "macvlan");
}

TEST(NetworksFor, ADriverOfAnotherVersionIsNamed) {
  model::Record record = awsvpc_record();
  record.placement.eni_access.driver = "ipvlan";

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks.failed_with(Errc::Invalid));
  EXPECT_EQ(networks.error().message, "driver \"ipvlan\" is not known to this berthd");
}

TEST(NetworksFor, AwsvpcMayHaveEitherFamily) {
  model::Record record = awsvpc_record();
  record.task.eni->ipv4.clear();
  record.task.eni->ipv6 = "fd00::7";
  record.task.eni->ipv6_prefix_length = 64;

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  const auto& own = std::get<netns::OwnInterface>(networks->front().endpoint);
  EXPECT_FALSE(own.ipv4);
  EXPECT_EQ(text_of(*own.ipv6), "fd00::7/64");
}

TEST(NetworksFor, AwsvpcWithIpv6AloneHasALegToTheAgent) {
  model::Record record = awsvpc_record();
  record.placement.addresses = {{"169.254.172.7", "169.254.172.1", ""}};
  const auto with_ipv4 = networks_for(record, {});
  record.task.eni->ipv4.clear();
  record.task.eni->ipv6 = "fd00::7";
  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  const auto& own = std::get<netns::OwnInterface>(networks->front().endpoint);
  ASSERT_TRUE(own.leg);
  EXPECT_EQ(text_of(own.leg->address), "169.254.172.7");
  EXPECT_EQ(text_of(own.leg->gateway), "169.254.172.1");
  EXPECT_EQ(text_of(own.leg->to), "169.254.170.2");
  const firewall::Device device = device_for(record, networks->front(), "be1", {});
  EXPECT_EQ(device.leg, "169.254.172.7");
  EXPECT_THAT(device.addresses, ElementsAre("fd00::7"));

  EXPECT_FALSE(std::get<netns::OwnInterface>(with_ipv4->front().endpoint).leg);
  record.placement.addresses = {{}};  // there was none left
  EXPECT_FALSE(std::get<netns::OwnInterface>(networks_for(record, {})->front().endpoint).leg);
}

TEST(NetworksFor, BridgeHasTheNamesOfItsContainer) {
  model::Record record = bridge_record();
  record.task.containers[1].hostname = "database";
  record.task.containers[1].dns_servers = {"10.0.0.2"};
  record.task.containers[1].search_domains = {"lab"};

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  const auto& own = std::get<netns::OwnInterface>((*networks)[1].endpoint);
  EXPECT_EQ(own.hostname, "database");
  EXPECT_THAT(own.dns_servers, ElementsAre("10.0.0.2"));
  EXPECT_THAT(own.search_domains, ElementsAre("lab"));
  EXPECT_THAT(std::get<netns::OwnInterface>((*networks)[0].endpoint).dns_servers, IsEmpty());
}

TEST(RedirectionFor, IsThatOfTheTasksProxy) {
  model::Record record = awsvpc_record();
  EXPECT_FALSE(redirection_for(record.task));
  record.task.proxy = model::Proxy{.ignored_uid = 1337,
                                   .ignored_gid = 7,
                                   .ingress_port = 15000,
                                   .app_ports = {80},
                                   .egress_port = 15001,
                                   .egress_ignored_ports = {22},
                                   .egress_ignored_blocks = {"10.0.0.0/8"}};

  const firewall::Redirection wanted{.ignored_uid = 1337,
                                     .ignored_gid = 7,
                                     .ingress_port = 15000,
                                     .ports_in = {80},
                                     .egress_port = 15001,
                                     .ignored_ports = {22},
                                     .ignored_blocks = {"10.0.0.0/8"}};
  EXPECT_EQ(redirection_for(record.task), wanted);
}

TEST(NetworksFor, BridgeIsOneOfEachContainer) {
  const model::Record record = bridge_record();
  const std::string id = model::task_id_of(record.task.arn);

  const auto networks = networks_for(record, {});

  ASSERT_TRUE(networks) << networks.error();
  ASSERT_EQ(networks->size(), 2U);
  EXPECT_EQ((*networks)[1].name, id + "-1");
  EXPECT_THAT((*networks)[1].containers, ElementsAre(1));
  EXPECT_EQ((*networks)[1].files_dir, record.placement.files_dir + "/network-1");
  const auto& own = std::get<netns::OwnInterface>((*networks)[0].endpoint);
  EXPECT_EQ(text_of(*own.ipv4), "10.88.0.2/32");
  EXPECT_EQ(text_of(*own.ipv6), "fd00::2/128");
  EXPECT_EQ(text_of(own.mac), "02:42:0a:58:00:02");
  EXPECT_EQ(own.hostname, id.substr(0, 12));
}

TEST(NetworksFor, BridgeSaysWhenTheSubnetIsUsedUp) {
  model::Record record = bridge_record();
  record.placement.addresses[1] = {};
  Settings settings;
  settings.bridge_subnet = "10.88.0.0/29";

  const auto networks = networks_for(record, settings);

  ASSERT_TRUE(networks.failed_with(Errc::Exhausted));
  EXPECT_EQ(networks.error().message, "subnet 10.88.0.0/29 had no free address for container db");
}

TEST(NetworksFor, HostAndNoneHaveFilesOnly) {
  for (const auto mode : {model::NetworkMode::Host, model::NetworkMode::None}) {
    model::Task task = a_task({a_container("web")});
    task.network_mode = mode;
    const model::Record record = record_of(std::move(task));

    const auto networks = networks_for(record, {});

    ASSERT_TRUE(networks) << networks.error();
    EXPECT_EQ(networks->front().name, "");
    EXPECT_FALSE(std::holds_alternative<netns::OwnInterface>(networks->front().endpoint));
    EXPECT_THAT(network_names_for(record), IsEmpty());
  }
}

TEST(NetworksFor, NamesWhatOfTheEniIsWrong) {
  const auto broken = [](auto spoil) {
    model::Record record = awsvpc_record();
    spoil(*record.task.eni);
    const auto networks = networks_for(record, {});
    EXPECT_TRUE(networks.failed_with(Errc::Invalid));
    return networks ? std::string() : networks.error().message;
  };
  const std::string place = "elasticNetworkInterfaces[0]: ";
  EXPECT_THAT(broken([](model::Eni& eni) { eni.mac = "zz"; }), HasSubstr("zz"));
  EXPECT_THAT(broken([](model::Eni& eni) { eni.ipv4 = "10.1"; }), HasSubstr("10.1"));
  EXPECT_THAT(broken([](model::Eni& eni) { eni.prefix_length = 33; }), HasSubstr(place));
}

TEST(AliasesFor, AreLinksAndExtraHosts) {
  const model::Record record = bridge_record();
  const auto networks = networks_for(record, {});

  EXPECT_THAT(
      aliases_for(record, (*networks)[0]),
      ElementsAre(netns::HostAlias{"10.88.0.3", "database"}, netns::HostAlias{"10.88.0.3", "db"},
                  netns::HostAlias{"192.0.2.9", "printer"}));
  EXPECT_THAT(aliases_for(record, (*networks)[1]), IsEmpty());
}

TEST(DeviceFor, PublishesEachPortOfABinding) {
  model::Record record = bridge_record();
  record.containers[0].bindings = {{80, 80, 8080, 8080, "tcp"}, {5000, 5001, 40000, 40001, "udp"}};
  const auto networks = networks_for(record, {});

  const firewall::Device device = device_for(record, (*networks)[0], "be1", {});

  EXPECT_EQ(device.name, "be1");
  EXPECT_EQ(device.mac, "02:42:0a:58:00:02");
  EXPECT_THAT(device.addresses, ElementsAre("10.88.0.2", "fd00::2"));
  EXPECT_THAT(device.published, ElementsAre(firewall::PublishedPort{"tcp", 8080, 80},
                                            firewall::PublishedPort{"udp", 40000, 5000},
                                            firewall::PublishedPort{"udp", 40001, 5001}));
  EXPECT_FALSE(device.groups);
  EXPECT_THAT(device_for(record, (*networks)[1], "be2", {}).published, IsEmpty());
}

TEST(DeviceFor, HasTheGroupsOfTheInterface) {
  model::Record record = awsvpc_record();
  Settings settings;
  settings.awsvpc_blocks_imds = true;
  const auto networks = networks_for(record, settings);
  EXPECT_FALSE(device_for(record, networks->front(), "be1", settings).groups);

  record.task.eni->security_groups = {"sg-1"};
  record.task.eni->groups = {{"sg-1", 1, {{"tcp", 80, 80, {"0.0.0.0/0"}, {}}}, {}, {"10.0.0.1"}}};

  const firewall::Device device = device_for(record, networks->front(), "be1", settings);
  EXPECT_THAT(*device.groups, ElementsAre("sg-1"));
  EXPECT_TRUE(device.is_without_imds);
  const auto groups = groups_for(record.task);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].id, "sg-1");
  EXPECT_EQ(groups[0].ingress[0].protocol, "tcp");
  EXPECT_THAT(groups[0].members, ElementsAre("10.0.0.1"));
}

}  // namespace
}  // namespace berth::plan
