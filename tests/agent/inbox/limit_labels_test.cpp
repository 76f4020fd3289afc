// limit_labels_test.cpp - limits without a field of ECS, from text to container.
#include "agent/inbox/limit_labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/inbox/payload_task.hpp"

namespace berth::inbox {
namespace {

/// Of a node whose cgroups hold each of the limits.
Rules v2() {
  Rules rules;
  rules.cgroups.version = 2;
  rules.cgroups.controllers = {"cpu", "io", "memory", "pids"};
  rules.cgroups.has_io_weight = true;
  return rules;
}

Rules v1() {
  Rules rules;
  rules.cgroups.version = 1;
  rules.cgroups.controllers = {"blkio", "cpu", "memory", "pids"};
  return rules;
}

Rules without(const std::string& controller) {
  Rules rules = v2();
  std::erase(rules.cgroups.controllers, controller);
  if (controller == "io") rules.cgroups.has_io_weight = false;
  return rules;
}

/// The sample task with one label on its second container, which may use 64 MiB.
protocol::Task with_label(const std::string& label, const std::string& text) {
  const Json labels{{"Labels", {{label, text}}}};
  return with_docker(labels.dump(), R"({"Memory":67108864,"PidsLimit":7})");
}

const std::string kField = "containerDefinitions[1].dockerLabels.";

TEST(MemoryIn, ReadsBytes) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"4M", 4 << 20},
      {"4096k", 4 << 20},
      {"4096K", 4 << 20},
      {"4194304", 4 << 20},
      {"4194305", (4 << 20) + 1},
      {"1G", std::uint64_t{1} << 30},
      {"1048576G", std::uint64_t{1} << 50},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(memory_in(text), Bytes{bytes}) << text;
}

TEST(MemoryIn, TakesNothingElse) {
  for (const char* text :
       {"",     "M",    "0",    "0M",   "3M",    "64",       "4194303",  "-64M",
        "+64M", " 64M", "64M ", "64 M", "64m",   "64Mi",     "64MiB",    "64MB",
        "0.5G", "1e9",  "max",  "1T",   "64M\n", "1048577G", "0x400000", "18446744073709551615G"}) {
    EXPECT_EQ(memory_in(text), std::nullopt) << text;
  }
}

TEST(LimitLabels, AreThoseOfTheirContainerAlone) {
  const auto of = [](const char* label, const char* text) {
    return accepted(with_label(label, text), v2()).task;
  };

  EXPECT_EQ(of("berth.memory.high", "48M").containers[1].memory_high, Bytes{48 << 20});
  EXPECT_EQ(of("berth.memory.high", "64M").containers[1].memory_high, Bytes{64 << 20});
  EXPECT_EQ(of("berth.memory.high", "48M").containers[0].memory_high, std::nullopt);
  for (const std::uint64_t weight : {1, 100, 10'000}) {
    const std::string text = std::to_string(weight);
    EXPECT_EQ(of("berth.io.weight", text.c_str()).containers[1].io_weight, weight);
  }
  for (const std::int64_t most : {1, 100, 4'194'304}) {
    const std::string text = std::to_string(most);
    EXPECT_EQ(of("berth.pids.max", text.c_str()).containers[1].pids_limit, most);
  }
}

TEST(LimitLabels, LeaveWhatIsSaidElsewhereWhereTheySayNothing) {
  const model::Container container =
      accepted(with_label("berth.other", "1"), v1()).task.containers[1];

  EXPECT_EQ(container.memory_high, std::nullopt);
  EXPECT_EQ(container.io_weight, std::nullopt);
  EXPECT_EQ(container.pids_limit, 7);
}

TEST(LimitLabels, MayLimitMemoryThatHasNoHardLimit) {
  const protocol::Task task =
      with_docker(R"({"Labels":{"berth.memory.high":"2G"}})", R"({"MemoryReservation":67108864})");

  EXPECT_EQ(accepted(task, v2()).task.containers[1].memory_high, Bytes{std::uint64_t{2} << 30});
}

TEST(LimitLabels, AreRefusedByFieldValueAndRule) {
  const char* const bytes = "must be bytes from 4M to 1048576G, a whole number with k, M or G";
  const char* const weights = "must be a whole number from 1 to 10000";
  const char* const processes = "must be a whole number from 1 to 4194304";
  const std::array<const char*, 3> cases[] = {
      {"berth.memory.high", "much", bytes},
      {"berth.memory.high", "48", bytes},
      {"berth.memory.high", "65M", "must not be above memory 64 (MiB)"},
      {"berth.memory.high", "67108865", "must not be above memory 64 (MiB)"},
      {"berth.memory.max", "48M", "there is berth.memory.high only"},
      {"berth.io.weight", "0", weights},
      {"berth.io.weight", "10001", weights},
      {"berth.io.weight", "1k", weights},
      {"berth.io.weight", "default 100", weights},
      {"berth.io.max", "1", "there is berth.io.weight only"},
      {"berth.pids.max", "0", processes},
      {"berth.pids.max", "-1", processes},
      {"berth.pids.max", "max", processes},
      {"berth.pids.max", "4194305", processes},
      {"berth.pids.limit", "1", "there is berth.pids.max only"},
  };
  for (const auto& [label, text, why] : cases) {
    EXPECT_EQ(refusal_of(with_label(label, text), v2()),
              kField + label + " \"" + text + "\": " + why);
  }
}

TEST(LimitLabels, AreRefusedWhereTheNodeCannotHoldThem) {
  struct Case {
    const char* label;
    const char* text;
    Rules rules;
    const char* why;  ///< nullptr: it is held
  };
  Rules bfq = without("io");
  bfq.cgroups.has_bfq_weight = true;
  const Case cases[] = {
      {"berth.memory.high", "48M", v1(), "it has cgroup v1, and memory.high is one of v2"},
      {"berth.memory.high", "48M", without("memory"), "it has no cgroup controller memory"},
      {"berth.memory.high", "48M", without("io"), nullptr},
      {"berth.io.weight", "200", v1(), "it has cgroup v1, and io.weight is one of v2"},
      {"berth.io.weight", "200", without("io"),
       "its kernel has neither io.weight (blk-iocost) nor io.bfq.weight (bfq)"},
      {"berth.io.weight", "200", bfq, nullptr},
      {"berth.pids.max", "50", without("pids"), "it has no cgroup controller pids"},
      {"berth.pids.max", "50", v1(), nullptr},
  };
  for (const Case& one : cases) {
    const std::string refused = kField + one.label + " \"" + one.text +
                                "\": not possible on this node: " + (one.why ? one.why : "");
    EXPECT_EQ(refusal_of(with_label(one.label, one.text), one.rules), one.why ? refused : "");
  }
}

}  // namespace
}  // namespace berth::inbox
