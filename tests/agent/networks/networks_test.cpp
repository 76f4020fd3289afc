// networks_test.cpp - files come, change and go; tasks get addresses, and berthd restarts.
#include "agent/networks/networks.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"
#include "base/nursery.hpp"
#include "netns/spec.hpp"
#include "tests/fakes/fake_address_book.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::networks {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json lan(const std::string& addresses = "192.0.2.200-192.0.2.202") {
  return {{"name", "lan"},
          {"driver", "macvlan"},
          {"subnet", "192.0.2.0/24"},
          {"addresses", addresses},
          {"gateway", "192.0.2.1"},
          {"ipv6Subnet", "fd00:1::/64"},
          {"dnsServers", {"192.0.2.53"}}};
}

Json with_group(Json network, int port) {
  network["securityGroups"] = {
      {{"groupId", "sg-web"},
       {"ingress",
        {{{"protocol", "tcp"}, {"fromPort", port}, {"toPort", port}, {"cidrs", {"0.0.0.0/0"}}}}}}};
  return network;
}

class NetworksTest : public ::testing::Test {
 protected:
  ~NetworksTest() override { end(); }

  void begin() {
    nursery.emplace(loop.io.get_executor());
    networks.emplace(Needs{clock,
                           offload,
                           book,
                           scratch.path(),
                           {},
                           [this] {
                             std::vector<std::shared_ptr<const model::Record>> all;
                             for (const auto& [arn, one] : records) {
                               all.push_back(std::make_shared<const model::Record>(one));
                             }
                             return all;
                           },
                           [this] { return follow(); },
                           [this] { ++changes; },
                           [this](const model::NodeNetwork&) { return on_lan; },
                           [this](const model::NodeNetwork&) { return free_on_lan; },
                           [this] { ++moves; }},
                     loop.io.get_executor());
    std::vector<model::Record> all;
    for (const auto& [arn, one] : records) all.push_back(one);
    ASSERT_TRUE(loop.run(networks->begin(std::move(all))));
    nursery->start("networks", networks->run());
  }
  void end() {
    if (nursery) {
      EXPECT_TRUE(loop.run(nursery->stop()));
    }
    nursery.reset();
    networks.reset();
  }
  void restart() {
    end();
    begin();
  }
  Async<> follow() {
    followed = networks->groups();
    co_return ok();
  }
  void until(const std::function<bool()>& condition, const char* what) {
    while (!condition()) {
      loop.io.restart();
      ASSERT_GT(loop.io.run_one_for(seconds(30)), 0u) << "nothing happens any more: " << what;
    }
  }
  void put(const std::string& name, const Json& file) {
    const int before = changes;
    scratch.replace(name, file.dump());
    until([&] { return changes > before; }, "the file is read");
  }

  model::Task wish(const std::string& id, const std::string& network = "",
                   std::vector<std::string> groups = {}) {
    model::Task task = testing::a_task({testing::a_container("app")});
    task.arn = "arn:aws:ecs:local:000000000000:task/tasks.d/" + id;
    task.origin = model::Origin::Local;
    task.network_mode = model::NetworkMode::Awsvpc;
    task.eni = model::Eni{};
    task.eni->network = network;
    task.eni->security_groups = std::move(groups);
    return task;
  }
  /// As standing does it; the address, or why there is none.
  std::string start(model::Task task) {
    const Result<> given = networks->give_interface(task);
    if (!given) return given.error().message;
    model::Record record = testing::a_record(task);
    record.accepted_at = clock.wall();
    records[task.arn] = record;
    networks->changed(record);
    return task.eni->ipv4.empty() ? task.eni->ipv6 : task.eni->ipv4;
  }
  std::string start(const std::string& id) { return start(wish(id)); }
  void release(const std::string& id) {
    model::Record& record = records.at(wish(id).arn);
    record.released = true;
    record.stopped_at = clock.wall();
    networks->changed(record);
  }
  void forget(const std::string& id) { records.erase(wish(id).arn); }

  testing::Scratch scratch;
  testing::Loop loop;
  testing::FakeClock clock;
  testing::FakeAddressBook book;
  Offload offload{1};
  std::map<std::string, model::Record> records;
  std::set<std::string> on_lan;
  std::set<std::string> free_on_lan;
  int moves = 0;
  std::vector<model::SecurityGroup> followed;
  int changes = 0;
  std::optional<Nursery> nursery;
  std::optional<Networks> networks;
};

TEST_F(NetworksTest, GivesATaskAnInterfaceOfItsNetwork) {
  scratch.replace("lan.json", lan().dump());
  begin();
  model::Task task = wish("1");

  ASSERT_TRUE(networks->check(task));
  ASSERT_TRUE(networks->give_interface(task));

  const model::Eni& eni = *task.eni;
  EXPECT_EQ(eni.network, "lan");
  EXPECT_EQ(eni.ipv4, "192.0.2.200");
  EXPECT_EQ(eni.prefix_length, 24);
  EXPECT_EQ(eni.gateway, "192.0.2.1");
  EXPECT_EQ(eni.ipv6, "fd00:1::c8");
  EXPECT_EQ(eni.ipv6_prefix_length, 64);
  EXPECT_THAT(eni.dns_servers, ElementsAre("192.0.2.53"));
  EXPECT_EQ(eni.private_dns_name, "ip-192-0-2-200");
  EXPECT_TRUE(eni.id.starts_with("eni-")) << eni.id;
  const auto mac = netns::parse_mac(eni.mac);
  ASSERT_TRUE(mac) << eni.mac;
  EXPECT_EQ(mac->octets[0] & 3, 2) << "locally administered, of one device";
}

TEST_F(NetworksTest, SaysWhichNetworksThereAre) {
  begin();
  EXPECT_THAT(start("1"), HasSubstr("networkMode \"awsvpc\": no file in"));
  EXPECT_TRUE(networks->check(testing::a_task({}))) << "of other modes";

  put("lan.json", lan());
  EXPECT_THAT(start(wish("2", "wan")), HasSubstr("subnets: \"wan\": no file in"));
  EXPECT_THAT(start(wish("2", "wan")), HasSubstr("those there are: lan"));
  EXPECT_THAT(start(wish("2", "lan", {"sg-x"})), HasSubstr("securityGroups: \"sg-x\": no file"));

  put("in.json", {{"name", "in"}, {"driver", "bridge"}, {"subnet", "10.9.0.0/24"}});
  EXPECT_THAT(networks->check(wish("2")).error().message,
              HasSubstr("subnets: is required where there are several networks: one of in, lan"));
  EXPECT_EQ(start(wish("2", "in")), "10.9.0.2");
}

TEST_F(NetworksTest, SaysWhenNoAddressIsLeft) {
  scratch.replace("lan.json", lan().dump());
  begin();
  on_lan = {"192.0.2.202"};
  EXPECT_EQ(start("1"), "192.0.2.200");
  EXPECT_EQ(start("2"), "192.0.2.201");
  EXPECT_EQ(start("3"),
            "network lan had no free address: 2 of 192.0.2.200-192.0.2.202 are in use, the others "
            "by others of the LAN");
  on_lan.clear();
  EXPECT_EQ(start("3"), "192.0.2.202");
  EXPECT_EQ(start("4"), "network lan had no free address: 3 of 192.0.2.200-192.0.2.202 are in use");

  release("2");
  EXPECT_EQ(start("4"), "192.0.2.201");
}

TEST_F(NetworksTest, GivesRatherWhatIsKnownToBeFreeAndTellsThatItMovedOn) {
  scratch.replace("lan.json", lan().dump());
  begin();
  free_on_lan = {"192.0.2.201"};
  const int before = moves;
  EXPECT_EQ(start("1"), "192.0.2.201");
  EXPECT_GT(moves, before);

  const model::NodeNetwork network = networks->all().front();
  ASSERT_EQ(networks->next(network, 1, {}).size(), 1u);
  EXPECT_EQ(networks->next(network, 1, {})[0].ipv4, "192.0.2.202");
  EXPECT_EQ(networks->next(network, 1, {"192.0.2.202"})[0].ipv6, "fd00:1::c8");

  const int then = moves;
  release("1");
  EXPECT_GT(moves, then);
}

TEST_F(NetworksTest, DropsTheAddressOfAnEarlierStart) {
  scratch.replace("lan.json", lan("192.0.2.200").dump());
  begin();
  start("1");
  model::Task again = records.at(wish("1").arn).task;
  again.arn = wish("2").arn;

  EXPECT_FALSE(networks->give_interface(again));

  EXPECT_EQ(again.eni->ipv4, "");
  EXPECT_EQ(again.eni->network, "lan");
}

TEST_F(NetworksTest, HandsNothingOutTwiceOverARestart) {
  scratch.replace("lan.json", lan().dump());
  begin();
  EXPECT_EQ(start("1"), "192.0.2.200");
  EXPECT_EQ(start("2"), "192.0.2.201");
  release("1");
  forget("1");
  clock.advance(seconds(30));
  restart();

  EXPECT_EQ(start("3"), "192.0.2.202");
  EXPECT_EQ(start("4"), "192.0.2.200") << "it rests, but no other is free";
}

TEST_F(NetworksTest, LetsAnAddressRestWhoseTaskWasReleasedWithoutANote) {
  scratch.replace("lan.json", lan().dump());
  begin();
  EXPECT_EQ(start("1"), "192.0.2.200");
  end();
  records.begin()->second.released = true;
  records.begin()->second.stopped_at = clock.wall();
  begin();

  EXPECT_EQ(start("2"), "192.0.2.201");
  EXPECT_THAT(book.kept, ElementsAre(records::Rest{"192.0.2.200", clock.wall()}));
}

TEST_F(NetworksTest, HandsNothingOutTwiceWhenTheFileChanges) {
  scratch.replace("lan.json", lan().dump());
  begin();
  EXPECT_EQ(start("1"), "192.0.2.200");
  EXPECT_EQ(start("2"), "192.0.2.201");

  put("lan.json", lan("192.0.2.199-192.0.2.200"));
  EXPECT_EQ(start("3"), "192.0.2.199");
  EXPECT_THAT(start("4"), HasSubstr("2 of 192.0.2.199-192.0.2.200 are in use"));

  scratch.remove("lan.json");
  until([&] { return networks->all().empty(); }, "the file is gone");
  put("lan.json", lan());
  EXPECT_EQ(start("4"), "192.0.2.202");
}

TEST_F(NetworksTest, GivesNobodyWhatAControlPlaneGave) {
  scratch.replace("lan.json", lan().dump());
  begin();
  model::Task task = wish("lab");
  task.origin = model::Origin::ControlPlane;
  task.eni->ipv4 = "192.0.2.200";
  records[task.arn] = testing::a_record(task);
  networks->changed(records[task.arn]);

  EXPECT_EQ(start("1"), "192.0.2.201");
}

TEST_F(NetworksTest, GivesAddressesOfIpv6Alone) {
  scratch.replace("six.json", Json({{"name", "six"},
                                    {"driver", "bridge"},
                                    {"ipv6Subnet", "fd00:6::/64"},
                                    {"addresses", "fd00:6::10-fd00:6::12"}})
                                  .dump());
  begin();
  model::Task task = wish("1");
  ASSERT_TRUE(networks->give_interface(task));
  EXPECT_EQ(task.eni->ipv4, "");
  EXPECT_EQ(task.eni->ipv6, "fd00:6::10");
  EXPECT_EQ(task.eni->ipv6_prefix_length, 64);
  EXPECT_EQ(task.eni->private_dns_name, "ip-fd00-6--10");
  networks->take_back(task);

  EXPECT_EQ(start("2"), "fd00:6::11") << "they go round";
  EXPECT_EQ(start("3"), "fd00:6::12");
  release("2");
  forget("2");
  restart();
  EXPECT_EQ(start("4"), "fd00:6::10");
  EXPECT_EQ(start("5"), "fd00:6::11") << "it rests, but no other is free";
  EXPECT_EQ(start("6"), "network six had no free address: 3 of fd00:6::10-fd00:6::12 are in use");
}

TEST_F(NetworksTest, ObjectsToAControlPlaneThatGivesAwayWhatATaskOfAFileHas) {
  scratch.replace("lan.json", lan().dump());
  begin();
  ASSERT_EQ(start("1"), "192.0.2.200");
  model::Task other = wish("lab");
  other.origin = model::Origin::ControlPlane;
  other.eni->ipv4 = "192.0.2.200";
  const std::string why =
      "elasticNetworkInterfaces[0]: address 192.0.2.200 is that of task 1, which has it from "
      "network lan of this node";
  EXPECT_EQ(networks->objection(other), why);
  EXPECT_EQ(networks->objection(records.at(wish("1").arn).task), "") << "it has it itself";

  // What becomes of the one that was refused takes nothing away from the holder.
  records[other.arn] = testing::a_record(other);
  networks->changed(records[other.arn]);
  release("lab");
  EXPECT_EQ(networks->objection(other), why);
  EXPECT_EQ(start("2"), "192.0.2.201");

  other.eni->ipv4 = "192.0.2.9";
  EXPECT_EQ(networks->objection(other), "");
  other.eni->ipv6 = "fd00:1::c8";
  EXPECT_THAT(networks->objection(other), HasSubstr("address fd00:1::c8 is that of task 1"));
  release("1");
  EXPECT_EQ(networks->objection(other), "");

  // Of two of its own tasks the control plane knows itself.
  model::Task first = wish("a");
  first.eni->ipv4 = "192.0.2.50";
  records[first.arn] = testing::a_record(first);
  networks->changed(records[first.arn]);
  model::Task second = wish("b");
  second.eni->ipv4 = "192.0.2.50";
  EXPECT_EQ(networks->objection(second), "");
}

TEST_F(NetworksTest, TakesBackWhatWasNeverWrittenDown) {
  scratch.replace("lan.json", lan("192.0.2.200").dump());
  begin();
  model::Task task = wish("1");
  ASSERT_TRUE(networks->give_interface(task));

  networks->take_back(task);

  EXPECT_EQ(start("2"), "192.0.2.200");
  EXPECT_THAT(book.kept, IsEmpty());
}

TEST_F(NetworksTest, KeepsTheVersionBeforeABadOne) {
  scratch.replace("lan.json", lan().dump());
  begin();
  EXPECT_THAT(networks->files(), ElementsAre(FileState{"lan.json", "", true, "lan"}));

  put("lan.json", lan("192.0.3.1"));
  ASSERT_EQ(networks->files().size(), 1u);
  EXPECT_THAT(networks->files()[0].complaint, HasSubstr("addresses: \"192.0.3.1\" must be within"));
  EXPECT_TRUE(networks->files()[0].is_held);
  EXPECT_EQ(start("1"), "192.0.2.200");
}

TEST_F(NetworksTest, HasGroupsFollowTheirFileAndTheirTasks) {
  scratch.replace("lan.json", with_group(lan(), 80).dump());
  begin();
  ASSERT_EQ(start(wish("1", "", {"sg-web"})), "192.0.2.200");
  const model::SecurityGroup first = records.at(wish("1").arn).task.eni->groups.at(0);
  EXPECT_THAT(first.members, ElementsAre("192.0.2.200", "fd00:1::c8"));
  until([&] { return !followed.empty() && followed[0].members.size() == 2; }, "it is followed");
  EXPECT_GT(followed[0].version, first.version);

  const std::int64_t before = followed[0].version;
  scratch.replace("lan.json", with_group(lan(), 81).dump());
  until([&] { return followed[0].ingress[0].from_port == 81; }, "the new rule is followed");
  EXPECT_GT(followed[0].version, before);
  EXPECT_EQ(followed[0].members.size(), 2u);

  // A restart with a clock that was set back, too, goes on above what the record says.
  model::Record& record = records.at(wish("1").arn);
  record.task.eni->groups[0].version = 1LL << 60;
  restart();
  until([&] { return !followed.empty() && followed[0].version > (1LL << 60); }, "it goes on above");

  release("1");
  until([&] { return followed[0].members.empty(); }, "the member is gone");
}

}  // namespace
}  // namespace berth::networks
