// inventory_contract_test.cpp - what the seam Inventory promises, fake or real.
#include <gtest/gtest.h>

#include "tests/contract/runtime/worlds.hpp"

namespace berth::testing {
namespace {

using Ids = std::vector<std::string>;

Deadline in_time() {
  return Deadline::after(std::chrono::seconds(30));
}

template <class World>
class InventoryContract : public ::testing::Test {
 protected:
  void start(const std::string& id) {
    auto created = world.loop.run(world.containers.create(world.spec(id), in_time()));
    ASSERT_TRUE(created) << created.error();
    auto started = world.loop.run(world.containers.start(id, in_time()));
    ASSERT_TRUE(started) << started.error();
  }
  runtime::Contents contents() {
    auto listed = world.loop.run(world.inventory.list(in_time()));
    EXPECT_TRUE(listed) << listed.error();
    return listed ? *listed : runtime::Contents{};
  }
  void remove(const std::string& id) {
    auto removed = world.loop.run(world.inventory.remove_container(id, in_time()));
    EXPECT_TRUE(removed) << removed.error();
  }
  void expect_empty() {
    const runtime::Contents left = contents();
    EXPECT_EQ(left.containers, Ids{});
    EXPECT_EQ(left.processes, Ids{});
    EXPECT_EQ(left.snapshots, Ids{});
  }

  World world;
};

TYPED_TEST_SUITE(InventoryContract, Worlds, NameOfWorld);

TYPED_TEST(InventoryContract, NamesWhatAContainerHas) {
  this->expect_empty();
  this->start("c");
  const runtime::Contents running = this->contents();
  ASSERT_TRUE(this->world.loop.run(this->world.containers.release("c", in_time())));
  const runtime::Contents released = this->contents();

  EXPECT_EQ(running.containers, Ids{"c"});
  EXPECT_EQ(running.processes, Ids{"c"});
  EXPECT_EQ(running.snapshots, Ids{"c"});
  EXPECT_EQ(released.containers, Ids{"c"});
  EXPECT_EQ(released.processes, Ids{});
  EXPECT_EQ(released.snapshots, Ids{"c"});
}

TYPED_TEST(InventoryContract, RemovesAllAContainerHasAndIsRepeatable) {
  this->start("c");

  for (int time = 0; time < 2; ++time) this->remove("c");

  this->expect_empty();
}

TYPED_TEST(InventoryContract, RemovesAProcessWhoseRecordIsGone) {
  this->start("c");
  this->world.forget_record("c");
  const runtime::Contents before = this->contents();

  this->remove("c");

  EXPECT_EQ(before.containers, Ids{});
  EXPECT_EQ(before.processes, Ids{"c"});
  this->expect_empty();
}

TYPED_TEST(InventoryContract, TakesALeaseThatIsGoneAsRemoved) {
  auto removed = this->world.loop.run(this->world.inventory.remove_lease("none", in_time()));

  EXPECT_TRUE(removed) << removed.error();
}

}  // namespace
}  // namespace berth::testing
