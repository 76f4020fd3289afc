// bandwidth_test.cpp - limits of traffic, from text to task.
#include "agent/inbox/bandwidth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/inbox/payload_task.hpp"

namespace berth::inbox {
namespace {

/// The sample task with labels on each of its two containers, a JSON object each.
protocol::Task labelled(const std::string& web, const std::string& side,
                        const std::string& mode = "awsvpc") {
  protocol::Task task = sample_task();
  task.network_mode = mode;
  if (mode != "awsvpc") task.enis.clear();
  task.containers[0].health_check_type = "";
  task.containers[0].docker_config =
      protocol::DockerConfig{"1.17", R"({"Labels":)" + web + "}", "{}"};
  task.containers[1].docker_config =
      protocol::DockerConfig{"1.17", R"({"Labels":)" + side + "}", "{}"};
  return task;
}

constexpr const char* kIn = R"({"berth.bandwidth.ingress":"10M"})";
constexpr const char* kOut = R"({"berth.bandwidth.egress":"500k"})";

TEST(BandwidthIn, ReadsBitsPerSecond) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"1k", 1'000},
      {"1K", 1'000},
      {"1000", 1'000},
      {"999999", 999'999},
      {"10M", 10'000'000},
      {"1G", 1'000'000'000},
      {"100G", 100'000'000'000},
      {"100000000000", 100'000'000'000},
  };
  for (const auto& [text, bits] : cases) EXPECT_EQ(bandwidth_in(text), bits) << text;
}

TEST(BandwidthIn, TakesNothingElse) {
  for (const char* text : {"",
                           "M",
                           "0",
                           "0M",
                           "999",
                           "-10M",
                           "+10M",
                           " 10M",
                           "10M ",
                           "10 M",
                           "10m",
                           "10g",
                           "10Mi",
                           "10MB",
                           "10Mbit",
                           "1.5M",
                           "1e6",
                           "0x10",
                           "101G",
                           "100000000001",
                           "100001M",
                           "18446744073709551615G",
                           "18446744073709551616",
                           "10M\n"}) {
    EXPECT_EQ(bandwidth_in(text), std::nullopt) << text;
  }
}

TEST(Bandwidth, IsWhatAnyContainerNames) {
  for (const char* mode : {"awsvpc", "bridge"}) {
    const model::Task task = accepted(labelled(kIn, kOut, mode)).task;

    EXPECT_EQ(task.bandwidth, (model::Bandwidth{10'000'000, 500'000})) << mode;
  }
}

TEST(Bandwidth, MayBeSaidAgain) {
  const model::Task task = accepted(labelled(kIn, R"({"berth.bandwidth.ingress":"10000k"})")).task;

  EXPECT_EQ(task.bandwidth, (model::Bandwidth{10'000'000, std::nullopt}));
}

TEST(Bandwidth, IsWithoutLimitWhereNothingIsSaid) {
  const model::Task task = accepted(labelled(R"({"a":"1","berth.other":"1"})", "{}", "host")).task;

  EXPECT_EQ(task.bandwidth, model::Bandwidth{});
}

TEST(Bandwidth, IsRefusedByFieldValueAndRule) {
  const std::string first = "containerDefinitions[0].dockerLabels.berth.bandwidth.";
  const std::string second = "containerDefinitions[1].dockerLabels.berth.bandwidth.";
  const std::string modes =
      "\", where the task has no interface of its own; allowed are awsvpc, "
      "bridge";
  struct Case {
    protocol::Task task;
    std::string why;
  };
  const Case cases[] = {
      {labelled(R"({"berth.bandwidth.ingress":"fast"})", "{}"),
       first + "ingress \"fast\": must be bits per second from 1k to 100G, a whole number with k, "
               "M or G"},
      {labelled("{}", R"({"berth.bandwidth.egress":"1T"})"),
       second + "egress \"1T\": must be bits per second from 1k to 100G, a whole number with k, M "
                "or G"},
      {labelled(kIn, R"({"berth.bandwidth.ingress":"20M"})"),
       second + "ingress \"20M\": differs from " + first + "ingress; a task has one"},
      {labelled(R"({"berth.bandwidth.in":"20M"})", "{}"),
       first + "in \"20M\": there are berth.bandwidth.ingress and .egress only"},
      {labelled("{}", kOut, "host"),
       second + "egress \"500k\": not possible with network mode \"host" + modes},
      {labelled(kIn, "{}", "none"),
       first + "ingress \"10M\": not possible with network mode \"none" + modes},
  };
  for (const Case& c : cases) EXPECT_EQ(refusal_of(c.task), c.why);
}

}  // namespace
}  // namespace berth::inbox
