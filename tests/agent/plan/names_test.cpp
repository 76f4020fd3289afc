// names_test.cpp - signals, stop timeouts, hostnames, endpoints, placements.
#include <gmock/gmock.h>

#include <csignal>

#include "agent/plan/network.hpp"
#include "agent/plan/placement.hpp"
#include "agent/plan/stop.hpp"
#include "tests/agent/records/full_record.hpp"

namespace berth::plan {
namespace {

using berth::testing::a_container;
using berth::testing::a_record;
using berth::testing::a_task;
using ::testing::HasSubstr;

TEST(StopSignal, ReadsNamesAndNumbers) {
  const std::pair<const char*, int> cases[] = {
      {"SIGQUIT", SIGQUIT},
      {"quit", SIGQUIT},
      {"sigterm", SIGTERM},
      {"3", 3},
      {"9", SIGKILL},
      {"SIGWINCH", SIGWINCH},
      {"SIGRTMIN+3", SIGRTMIN + 3},
      {"rtmin+0", SIGRTMIN},
  };
  for (const auto& [text, number] : cases) {
    const Result<int> parsed = parse_signal(text);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, number) << text;
  }
}

TEST(StopSignal, RefusesWhatIsNone) {
  for (const char* text :
       {"", "SIG", "SIGNOPE", "0", "-1", "65", "15x", "SIGRTMIN+99", "SIGRTMIN+", "SIGRTMIN+-1"}) {
    const Result<int> parsed = parse_signal(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::Invalid);
    EXPECT_THAT(parsed.error().message, HasSubstr("\"" + std::string(text) + "\""));
  }
}

TEST(StopSignal, IsTheTasksThenTheImagesThenTerm) {
  struct Case {
    const char *task, *image;
    int signal;
  };
  for (const Case& one : {Case{"", "", SIGTERM}, Case{"", "SIGQUIT", SIGQUIT},
                          Case{"SIGINT", "SIGQUIT", SIGINT}, Case{"NOPE", "SIGQUIT", SIGTERM}}) {
    model::Record record = a_record(a_task({a_container("main")}));
    record.task.containers[0].stop_signal = one.task;
    record.containers[0].image_stop_signal = one.image;
    EXPECT_EQ(stop_signal_for(record, 0), one.signal) << one.task << "," << one.image;
  }
}

TEST(StopTimeout, IsTheContainersElseTheNodes) {
  Settings settings;
  settings.stop_timeout = std::chrono::seconds(45);
  model::Container container = a_container("main");
  EXPECT_EQ(stop_timeout_for(container, settings), std::chrono::seconds(45));
  container.stop_timeout = std::chrono::seconds(0);
  EXPECT_EQ(stop_timeout_for(container, settings), std::chrono::seconds(0));
}

TEST(Placement, NamesEverythingAfterTheTasksId) {
  model::Task task = a_task({a_container("main")});
  const std::string id = std::string(31, 'a') + "1";
  model::Placement expected{
      "/berth/" + id, "", "/var/lib/berth/tasks/" + id, "/var/lib/berth/logs/" + id, {}};
  EXPECT_EQ(placement_for(task, {}), expected);
  task.network_mode = model::NetworkMode::Host;
  EXPECT_EQ(placement_for(task, {}), expected);
  task.network_mode = model::NetworkMode::Awsvpc;
  expected.netns_path = "/run/netns/berth--" + id;
  EXPECT_EQ(placement_for(task, {}), expected);
}

TEST(Hostname, DependsOnTheNetworkMode) {
  Settings settings;
  settings.host_name = "node-1";
  model::Task task = a_task({a_container("main")});
  EXPECT_EQ(hostname_for(task, 0, settings), "aaaaaaaaaaaa");
  task.network_mode = model::NetworkMode::Host;
  EXPECT_EQ(hostname_for(task, 0, settings), "node-1");
  task.containers[0].hostname = "own";
  EXPECT_EQ(hostname_for(task, 0, settings), "own");
  task.network_mode = model::NetworkMode::Awsvpc;
  EXPECT_EQ(hostname_for(task, 0, settings), "aaaaaaaaaaaa");
  task.eni = berth::testing::full_eni();
  EXPECT_EQ(hostname_for(task, 0, settings), "ip-10-213-1-7.lab.internal");
}

}  // namespace
}  // namespace berth::plan
