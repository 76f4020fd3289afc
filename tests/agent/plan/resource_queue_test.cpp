// resource_queue_test.cpp - first in, first out, and nobody who fits is left waiting.
#include "agent/plan/resource_queue.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::plan {
namespace {

using berth::testing::a_container;
using berth::testing::a_task;

Demand demand(std::uint64_t cpu, std::uint64_t memory, std::set<std::string> exclusive = {}) {
  return {CpuUnits{cpu}, Mebibytes{memory}, std::move(exclusive)};
}

TEST(DemandOf, CountsAsEcsDoes) {
  model::Container one = a_container("one");
  one.cpu = CpuUnits{256};
  one.memory = Mebibytes{100};
  one.memory_reservation = Mebibytes{64};
  one.host_ports = {{80, "tcp"}, {53, "udp"}};
  model::Container two = a_container("two");
  two.memory = Mebibytes{32};
  model::Task task = a_task({one, two});

  EXPECT_EQ(demand_of(task), demand(256, 96, {"tcp/80", "udp/53"}));
  task.cpu = 0.5;
  task.memory = Mebibytes{512};
  EXPECT_EQ(demand_of(task), demand(512, 512, {"tcp/80", "udp/53"}));
  task.containers[1].gpus = {"GPU-1"};
  EXPECT_EQ(demand_of(task), demand(512, 512, {"gpu/GPU-1", "tcp/80", "udp/53"}));
  task.launch_type = "FARGATE";
  EXPECT_EQ(demand_of(task), demand(0, 0, {"gpu/GPU-1"}));
}

TEST(ResourceQueue, HoldsTheOthersBackBehindOneThatDoesNotFit) {
  ResourceQueue queue(demand(1024, 1000));
  ASSERT_TRUE(queue.enter("big", demand(0, 800)));
  EXPECT_EQ(queue.admit(), std::vector<std::string>{"big"});
  ASSERT_TRUE(queue.enter("next", demand(0, 400)));
  ASSERT_TRUE(queue.enter("small", demand(0, 100)));

  EXPECT_TRUE(queue.admit().empty());
  EXPECT_EQ(queue.waits_for("next"), "400 MiB of memory (200 are free)");
  EXPECT_EQ(queue.waits_for("small"), "its turn behind next");
  queue.leave("big");
  EXPECT_EQ(queue.admit(), (std::vector<std::string>{"next", "small"}));
}

TEST(ResourceQueue, GivesAPortToOneAtATime) {
  ResourceQueue queue(demand(1024, 1000));
  queue.hold("web", demand(0, 0, {"tcp/80"}));
  ASSERT_TRUE(queue.enter("other", demand(0, 0, {"tcp/80", "udp/80"})));

  EXPECT_TRUE(queue.admit().empty());
  EXPECT_EQ(queue.waits_for("other"), "tcp/80, held by web");
  queue.leave("web");
  EXPECT_EQ(queue.admit(), std::vector<std::string>{"other"});
}

TEST(ResourceQueue, GivesAGpuToOneAtATimeInTheOrderTheyCame) {
  ResourceQueue queue(demand(1024, 1000, {"gpu/GPU-1", "gpu/GPU-2"}));
  ASSERT_TRUE(queue.enter("one", demand(0, 0, {"gpu/GPU-1"})));
  ASSERT_TRUE(queue.enter("both", demand(0, 0, {"gpu/GPU-1", "gpu/GPU-2"})));
  ASSERT_TRUE(queue.enter("two", demand(0, 0, {"gpu/GPU-2"})));

  EXPECT_EQ(queue.admit(), std::vector<std::string>{"one"});
  EXPECT_EQ(queue.waits_for("both"), "GPU GPU-1, held by one");
  EXPECT_EQ(queue.waits_for("two"), "its turn behind both");
  queue.leave("one");
  EXPECT_EQ(queue.admit(), std::vector<std::string>{"both"});
  EXPECT_EQ(queue.waits_for("two"), "GPU GPU-2, held by both");
  queue.leave("both");
  EXPECT_EQ(queue.admit(), std::vector<std::string>{"two"});
}

TEST(ResourceQueue, RefusesAGpuThatTheNodeDoesNotHave) {
  ResourceQueue queue(demand(1024, 1000, {"gpu/GPU-1", "gpu/GPU-2"}));
  ResourceQueue none(demand(1024, 1000));

  const auto unknown = queue.enter("task", demand(0, 0, {"gpu/GPU-1", "gpu/GPU-9"}));
  const auto no_gpus = none.enter("task", demand(0, 0, {"gpu/GPU-1"}));

  ASSERT_TRUE(unknown.failed_with(Errc::Invalid));
  EXPECT_EQ(unknown.error().message, "the task wants GPU GPU-9; this node has GPU-1, GPU-2");
  ASSERT_TRUE(no_gpus.failed_with(Errc::Invalid));
  EXPECT_EQ(no_gpus.error().message, "the task wants GPU GPU-1; this node has no GPU");
  EXPECT_FALSE(queue.waits_for("task"));

  // One that has it from before goes on with it.
  none.hold("older", demand(0, 0, {"gpu/GPU-1"}));
  EXPECT_TRUE(none.enter("older", demand(0, 0, {"gpu/GPU-1"})));
}

TEST(ResourceQueue, RefusesWhatTheNodeNeverHas) {
  ResourceQueue queue(demand(1024, 1000));

  EXPECT_TRUE(queue.enter("cpu", demand(1025, 0)).failed_with(Errc::Invalid));
  EXPECT_TRUE(queue.enter("memory", demand(0, 1001)).failed_with(Errc::Invalid));
  EXPECT_TRUE(queue.enter("all", demand(1024, 1000)));
}

TEST(ResourceQueue, TellsWhatADemandWouldFindWithoutLettingItIn) {
  ResourceQueue queue(demand(1024, 1000));
  queue.hold("older", demand(1000, 0, {"tcp/80"}));

  EXPECT_EQ(queue.missing(demand(24, 1000)), std::nullopt);
  EXPECT_EQ(queue.missing(demand(25, 0)), "25 CPU units (24 are free)");
  EXPECT_EQ(queue.missing(demand(0, 0, {"tcp/80"})), "tcp/80, held by older");
  EXPECT_EQ(misfit(demand(1024, 1000), queue.capacity()), std::nullopt);
  EXPECT_EQ(misfit(demand(0, 1001), queue.capacity()),
            (Misfit{"memory", "the task wants 1001 MiB of memory; this node has 1000"}));
}

/// The same, said without a queue: replayed from the history alone.
struct Model {
  std::map<std::string, Demand> holders;
  std::vector<std::pair<std::string, Demand>> waiting;

  bool fits(const Demand& wanted) const {
    Demand used;
    for (const auto& [owner, held] : holders) {
      used.cpu.count += held.cpu.count;
      used.memory.count += held.memory.count;
      for (const std::string& thing : held.exclusive) {
        if (wanted.exclusive.contains(thing)) return false;
      }
    }
    return used.cpu.count + wanted.cpu.count <= 1024 &&
           used.memory.count + wanted.memory.count <= 1000;
  }
  void let_in() {
    while (!waiting.empty() && fits(waiting.front().second)) {
      holders.insert(waiting.front());
      waiting.erase(waiting.begin());
    }
  }
};

TEST(ResourceQueue, LosesNoWakeUp) {
  // After every change: all that are in are exactly those the rule lets in, whatever came before.
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    ResourceQueue queue(demand(1024, 1000, {"gpu/0", "gpu/1"}));
    Model expected;
    std::set<std::string> in;
    for (int move = 0; move < 200; ++move) {
      const std::string owner = "t" + std::to_string(random.below(12));
      const bool is_known = queue.holds(owner) || queue.waits_for(owner).has_value();
      if (is_known) {
        queue.leave(owner);
        in.erase(owner);
        expected.holders.erase(owner);
        std::erase_if(expected.waiting, [&](const auto& one) { return one.first == owner; });
      } else {
        Demand wanted = demand(random.below(600), random.below(600));
        if (random.below(3) == 0) wanted.exclusive.insert("tcp/" + std::to_string(random.below(3)));
        if (random.below(3) == 0) wanted.exclusive.insert("gpu/" + std::to_string(random.below(2)));
        ASSERT_TRUE(queue.enter(owner, wanted));
        expected.waiting.emplace_back(owner, wanted);
      }
      for (const std::string& admitted : queue.admit()) in.insert(admitted);
      expected.let_in();

      ASSERT_EQ(in.size(), expected.holders.size()) << "seed " << seed << " move " << move;
      for (const auto& [holder, held] : expected.holders) {
        ASSERT_TRUE(in.contains(holder) && queue.holds(holder)) << "seed " << seed;
      }
      for (const auto& [waiter, wanted] : expected.waiting) {
        ASSERT_TRUE(queue.waits_for(waiter)) << "seed " << seed << ": nobody says what for";
      }
    }
  }
}

}  // namespace
}  // namespace berth::plan
