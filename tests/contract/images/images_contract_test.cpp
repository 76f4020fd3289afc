// images_contract_test.cpp - what the seam Images promises, fake or real.
#include <gtest/gtest.h>

#include "base/spawner.hpp"
#include "runtime/images.hpp"
#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/fakes/private_containerd.hpp"
#include "tests/fakes/private_registry.hpp"

namespace berth::testing {
namespace {

const auto* const own_netns = OwnNetns::for_this_program();

const std::string kName = "127.0.0.1:5000/web:1";

struct FakeWorld {
  Loop loop;
  FakeImages images;

  void publish() {
    runtime::Image image;
    image.name = kName;
    image.digest = "sha256:d";
    image.chain_id = "sha256:c";
    image.config.cmd = {"/bin/serve"};
    images.in_registry[kName] = image;
  }
};

struct RealWorld {
  PrivateContainerd containerd;
  PrivateRegistry registry;
  Loop loop;
  SystemSpawner spawner;
  containerd_api::Connection connection{loop.io.get_executor(), containerd.socket(),
                                        containerd.namespace_name()};
  runtime::ContainerdImages images{connection, spawner, options()};

  ~RealWorld() { loop.stop(); }
  static runtime::ImagesOptions options() {
    runtime::ImagesOptions made;
    made.pull_program = BERTH_BIN_DIR "/berth-pull";
    return made;
  }
  void publish() { registry.push("--name web:1"); }
};

template <class World>
class ImagesContract : public ::testing::Test {
 protected:
  Result<runtime::Image> find() { return world.loop.run(world.images.find(kName, by)); }
  Result<runtime::Image> pull(runtime::OnProgress on_progress = nullptr) {
    return world.loop.run(world.images.pull(kName, std::move(on_progress), by));
  }
  Result<> remove() { return world.loop.run(world.images.remove(kName, by)); }
  Result<std::vector<std::string>> list() { return world.loop.run(world.images.list(by)); }

  World world;
  const Deadline by = Deadline::after(std::chrono::seconds(60));
};

using Worlds = ::testing::Types<FakeWorld, RealWorld>;
TYPED_TEST_SUITE(ImagesContract, Worlds);

TYPED_TEST(ImagesContract, FindsOnlyWhatWasPulled) {
  this->world.publish();

  const auto before = this->find();
  const auto pulled = this->pull();
  const auto after = this->find();

  EXPECT_TRUE(before.failed_with(Errc::NotFound));
  ASSERT_TRUE(pulled) << pulled.error();
  ASSERT_TRUE(after) << after.error();
  EXPECT_EQ(*pulled, *after);
  EXPECT_EQ(after->name, kName);
  EXPECT_TRUE(after->digest.starts_with("sha256:"));
  EXPECT_TRUE(after->chain_id.starts_with("sha256:"));
  EXPECT_EQ(after->config.cmd, std::vector<std::string>{"/bin/serve"});
}

TYPED_TEST(ImagesContract, PullsAgainWithoutAnyChange) {
  this->world.publish();

  const auto first = this->pull();
  const auto second = this->pull();

  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(*this->list(), std::vector<std::string>{kName});
}

TYPED_TEST(ImagesContract, SaysHowFarAPullHasCome) {
  this->world.publish();
  std::vector<runtime::PullProgress> seen;

  const auto pulled =
      this->pull([&seen](const runtime::PullProgress& now) { seen.push_back(now); });

  ASSERT_TRUE(pulled) << pulled.error();
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().phase, "done");
  EXPECT_EQ(seen.back().done_bytes, seen.back().total_bytes);
  EXPECT_EQ(seen.back().layers_done, seen.back().layers_total);
}

TYPED_TEST(ImagesContract, DoesNotPullWhatTheRegistryDoesNotHave) {
  const auto pulled = this->pull();

  EXPECT_TRUE(pulled.failed_with(Errc::NotFound));
  EXPECT_TRUE(this->find().failed_with(Errc::NotFound));
  EXPECT_TRUE(this->list()->empty());
}

TYPED_TEST(ImagesContract, RemovesAsOftenAsAsked) {
  this->world.publish();
  ASSERT_TRUE(this->pull());

  EXPECT_TRUE(this->remove());
  EXPECT_TRUE(this->remove());

  EXPECT_TRUE(this->find().failed_with(Errc::NotFound));
  EXPECT_TRUE(this->list()->empty());
}

}  // namespace
}  // namespace berth::testing
