// ledger_test.cpp - what must be there in each state of a task, and what a difference is called.
#include "agent/ledger/ledger.hpp"

#include <gmock/gmock.h>

#include <map>

#include "agent/model/ids.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::ledger {
namespace {

using berth::testing::a_container;
using berth::testing::a_record;
using berth::testing::a_task;
using model::ContainerStatus;
using model::TaskStatus;

/// A task with a network of its own and one container, in the state given.
model::Record record_of(ContainerStatus container, bool is_ready, bool is_released = false) {
  model::Record record = a_record(a_task({a_container("web")}));
  record.placement.netns_path = "/run/netns/berth--" + model::task_id_of(record.task.arn);
  record.containers[0].known = container;
  record.known = static_cast<TaskStatus>(container);
  record.cgroup_ready = record.network_ready = is_ready;
  record.released = is_released;
  return record;
}

std::map<ObjectKind, Presence> presences(const model::Record& record) {
  std::map<ObjectKind, Presence> by_kind;
  for (const Entry& entry : entries_of(record)) by_kind[entry.object.kind] = entry.presence;
  return by_kind;
}

TEST(Ledger, KnowsWhatEachStateNeeds) {
  constexpr Presence kMust = Presence::Must;
  constexpr Presence kMay = Presence::May;
  constexpr Presence kNot = Presence::MustNot;
  struct Case {
    const char* what;
    model::Record record;
    Presence process, container, network, cgroup, files;
  };
  const Case cases[] = {
      {"accepted", record_of(ContainerStatus::None, false), kMay, kMay, kMay, kMay, kMay},
      {"ready", record_of(ContainerStatus::Pulled, true), kMay, kMay, kMust, kMust, kMust},
      {"created", record_of(ContainerStatus::Created, true), kMust, kMust, kMust, kMust, kMust},
      {"running", record_of(ContainerStatus::Running, true), kMust, kMust, kMust, kMust, kMust},
      {"stopped", record_of(ContainerStatus::Stopped, true), kMay, kMay, kMay, kMay, kMay},
      {"released", record_of(ContainerStatus::Stopped, true, true), kNot, kMay, kNot, kNot, kMay},
  };
  for (const Case& c : cases) {
    const auto seen = presences(c.record);
    EXPECT_EQ(seen.at(ObjectKind::Process), c.process) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Shim), c.record.released ? kNot : kMay) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Container), c.container) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Snapshot), c.container) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Netns), c.network) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Interface), c.network) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Cgroup), c.cgroup) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Files), c.files) << c.what;
    EXPECT_EQ(seen.at(ObjectKind::Logs), Presence::May) << c.what;
  }
}

TEST(Ledger, LetsTheProcessGoWhileItIsRestarted) {
  model::Record ended = record_of(ContainerStatus::Running, true);
  ended.containers[0].ended = model::Exit{1, {}};
  model::Record restarting = record_of(ContainerStatus::Running, true);
  restarting.containers[0].restarting = true;

  for (const model::Record& record : {ended, restarting}) {
    EXPECT_EQ(presences(record).at(ObjectKind::Process), Presence::May);
    EXPECT_EQ(presences(record).at(ObjectKind::Container), Presence::Must);
    EXPECT_EQ(presences(record).at(ObjectKind::Snapshot), Presence::Must);
  }
}

TEST(Ledger, NamesObjectsAsTheNodeDoes) {
  const model::Record record = record_of(ContainerStatus::Running, true);
  const std::string id = model::task_id_of(record.task.arn);

  std::vector<Object> objects;
  for (const Entry& entry : entries_of(record)) objects.push_back(entry.object);

  EXPECT_THAT(
      objects,
      ::testing::UnorderedElementsAre(
          Object{ObjectKind::Process, id + "-0", id}, Object{ObjectKind::Shim, id + "-0", id},
          Object{ObjectKind::Container, id + "-0", id}, Object{ObjectKind::Snapshot, id + "-0", id},
          Object{ObjectKind::Netns, "/run/netns/berth--" + id, id},
          Object{ObjectKind::Interface, "berth--" + id, id},
          Object{ObjectKind::Cgroup, "/berth/test", id},
          Object{ObjectKind::Files, "/var/lib/berth/tasks/test", id},
          Object{ObjectKind::Logs, "/var/lib/berth/logs/test", id}));
}

TEST(Ledger, KnowsANetworkOfEachContainerInModeBridge) {
  model::Record record = record_of(ContainerStatus::Running, true);
  record.task.network_mode = model::NetworkMode::Bridge;
  record.task.containers.push_back(record.task.containers[0]);
  record.containers.push_back(record.containers[0]);
  const std::string id = model::task_id_of(record.task.arn);

  std::vector<Object> networks;
  for (const Entry& entry : entries_of(record)) {
    const bool is_network =
        entry.object.kind == ObjectKind::Netns || entry.object.kind == ObjectKind::Interface;
    if (is_network) networks.push_back(entry.object);
  }

  EXPECT_THAT(networks, ::testing::UnorderedElementsAre(
                            Object{ObjectKind::Netns, "/run/netns/berth--" + id + "-0", id},
                            Object{ObjectKind::Interface, "berth--" + id + "-0", id},
                            Object{ObjectKind::Netns, "/run/netns/berth--" + id + "-1", id},
                            Object{ObjectKind::Interface, "berth--" + id + "-1", id}));
}

TEST(Ledger, KnowsAnIfbWhereWhatIsSentHasALimit) {
  model::Record record = record_of(ContainerStatus::Running, true);
  const std::string id = model::task_id_of(record.task.arn);

  record.task.bandwidth.egress = 10'000'000;
  EXPECT_THAT(entries_of(record),
              ::testing::Contains(Entry{{ObjectKind::Ifb, "berth--" + id, id}, Presence::Must}));

  record.released = true;
  EXPECT_THAT(entries_of(record),
              ::testing::Contains(Entry{{ObjectKind::Ifb, "berth--" + id, id}, Presence::MustNot}));
}

TEST(Ledger, KnowsTheGatewayOfATaskOnALan) {
  using ::testing::Contains;
  model::Record record = record_of(ContainerStatus::Running, true);
  record.placement.eni_access = {"macvlan", "eth0", 0};
  record.placement.gateway_path = record.placement.netns_path + "-gw";
  record.task.bandwidth.egress = 1'000'000;

  const Entries entries = entries_of(record);

  const std::string task = model::task_id_of(record.task.arn);
  EXPECT_THAT(entries, Contains(Entry{{ObjectKind::Netns, record.placement.gateway_path, task},
                                      Presence::Must}));
  // It is in the gateway, and ends with it.
  EXPECT_FALSE(presences(record).contains(ObjectKind::Ifb));
}

TEST(Ledger, KnowsThatTheHostAnswersForATaskOnALan) {
  model::Record record = record_of(ContainerStatus::Running, true);
  EXPECT_FALSE(presences(record).contains(ObjectKind::LanAnswer));

  record.placement.eni_access = {"lan-routed", "eth0", 0};

  EXPECT_EQ(presences(record).at(ObjectKind::LanAnswer), Presence::Must);
}

TEST(Ledger, KnowsTheAttachmentOfPluginsAndNoIfb) {
  model::Record record = record_of(ContainerStatus::Running, true);
  record.placement.eni_access.driver = "cni";
  record.task.bandwidth.egress = 1'000'000;

  std::size_t attachments = 0;
  for (const Entry& entry : entries_of(record)) {
    EXPECT_NE(entry.object.kind, ObjectKind::Ifb);
    if (entry.object.kind != ObjectKind::Attachment) continue;
    ++attachments;
    EXPECT_EQ(entry.presence, Presence::Must);
    EXPECT_EQ("/run/netns/" + entry.object.name, record.placement.netns_path);
  }
  EXPECT_EQ(attachments, 1U);
}

TEST(Ledger, ExpectsNoNetworkOfATaskWithoutItsOwn) {
  const model::Record record = a_record(a_task({a_container("web")}));

  for (const Entry& entry : entries_of(record)) {
    EXPECT_NE(entry.object.kind, ObjectKind::Netns);
    EXPECT_NE(entry.object.kind, ObjectKind::Interface);
  }
}

TEST(Ledger, NeedsTheSharedNetworkWhileATaskIsOnIt) {
  const std::vector<Object> noted{{ObjectKind::NftTable, "berth", ""}};
  const auto presence = [&](ContainerStatus status) {
    const auto record = std::make_shared<const model::Record>(record_of(status, true));
    return entries_of_host(noted, {record}).at(0).presence;
  };

  EXPECT_EQ(presence(ContainerStatus::Running), Presence::Must);
  EXPECT_EQ(presence(ContainerStatus::Stopped), Presence::May);
  EXPECT_EQ(entries_of_host(noted, {}).at(0).presence, Presence::May);
}

TEST(Ledger, ComparesBothWays) {
  const Object must{ObjectKind::Cgroup, "/berth/a", "a"};
  const Object may{ObjectKind::Cgroup, "/berth/b", "b"};
  const Object must_not{ObjectKind::Cgroup, "/berth/c", "c"};
  const Object nobodys{ObjectKind::Cgroup, "/berth/d", "d"};
  const Entries entries{
      {must, Presence::Must}, {may, Presence::May}, {must_not, Presence::MustNot}};
  using Kind = Finding::Kind;

  EXPECT_EQ(compare(entries, {must}), std::vector<Finding>{});
  EXPECT_EQ(compare(entries, {must, may}), std::vector<Finding>{});
  EXPECT_EQ(compare(entries, {}),
            (std::vector<Finding>{{Kind::Missing, must, "the task works with it"}}));
  EXPECT_EQ(compare(entries, {must, must_not, nobodys, nobodys}),
            (std::vector<Finding>{{Kind::Orphan, must_not, "the task has given it back"},
                                  {Kind::Orphan, nobodys, "there is no such task"}}));
}

TEST(Ledger, ConfirmsWhatIsSoBothTimes) {
  const Finding stays{Finding::Kind::Orphan, {ObjectKind::Lease, "l", ""}, ""};
  const Finding goes{Finding::Kind::Missing, {ObjectKind::Netns, "n", "a"}, ""};
  const Finding comes{Finding::Kind::Missing, {ObjectKind::Netns, "n", "b"}, ""};

  EXPECT_EQ(confirmed({stays, goes}, {stays, comes}), std::vector<Finding>{stays});
}

}  // namespace
}  // namespace berth::ledger
