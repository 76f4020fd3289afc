// shared_pulls_test.cpp - one download for all who want the same image.
#include "agent/steps/shared_pulls.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/latch.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::steps {
namespace {

/// A registry whose answers wait at a latch.
class SlowImages final : public runtime::Images {
 public:
  explicit SlowImages(asio::any_io_executor executor) : answers(executor) {}

  berth::testing::Latch answers;
  berth::testing::FakeImages behind;
  int asked = 0;

  Async<runtime::Image> find(std::string name, Deadline by) override {
    return behind.find(std::move(name), by);
  }
  Async<runtime::Image> pull(std::string name, runtime::OnProgress on_progress,
                             Deadline by) override {
    ++asked;
    BERTH_CO_CHECK(co_await answers.pass());
    Result<runtime::Image> pulled =
        co_await behind.pull(std::move(name), std::move(on_progress), by);
    co_return pulled;
  }
  Async<> remove(std::string name, Deadline by) override {
    return behind.remove(std::move(name), by);
  }
  Async<std::vector<std::string>> list(Deadline by) override { return behind.list(by); }
  std::vector<std::string> leases() const override { return behind.leases(); }
};

class SharedPullsTest : public ::testing::Test {
 protected:
  using Pulled = std::optional<Result<runtime::Image>>;

  SharedPullsTest() { images.behind.in_registry["web:1"].digest = "sha256:1"; }
  ~SharedPullsTest() override { loop.stop(); }

  static Async<> ask(SharedPulls* pulls, std::string name, Pulled* into) {
    const Deadline by = Deadline::never();
    Result<runtime::Image> pulled = co_await pulls->pull(std::move(name), nullptr, by);
    *into = pulled;
    co_return ok();
  }
  void begin(const std::string& who, const std::string& name, Pulled& into) {
    loop.nursery.start(who, ask(&pulls, name, &into));
    go_on();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }

  berth::testing::Loop loop;
  SlowImages images{loop.io.get_executor()};
  SharedPulls pulls{images};
};

TEST_F(SharedPullsTest, AskTheRegistryOnceForAll) {
  Pulled a, b, other;
  images.answers.shut();
  begin("a", "web:1", a);
  begin("b", "web:1", b);
  begin("other", "web:2", other);
  EXPECT_EQ(images.asked, 2);

  images.answers.open();
  go_on();

  EXPECT_EQ(images.asked, 2);
  ASSERT_TRUE(a && b && other);
  EXPECT_EQ((*a)->digest, "sha256:1");
  EXPECT_EQ((*b)->digest, "sha256:1");
  EXPECT_TRUE(other->failed_with(Errc::NotFound));
}

TEST_F(SharedPullsTest, ShareTheFailureToo) {
  Pulled a, b;
  images.behind.plan.fail_call(1, Error{Errc::Denied, 0, "no"});
  images.answers.shut();
  begin("a", "web:1", a);
  begin("b", "web:1", b);

  images.answers.open();
  go_on();

  ASSERT_TRUE(a && b);
  EXPECT_TRUE(a->failed_with(Errc::Denied));
  EXPECT_TRUE(b->failed_with(Errc::Denied));
}

TEST_F(SharedPullsTest, AskAgainOnceAPullHasEnded) {
  Pulled a, b;
  begin("a", "web:1", a);
  begin("b", "web:1", b);

  EXPECT_EQ(images.asked, 2);
  EXPECT_TRUE(a && b);
}

TEST_F(SharedPullsTest, GoOnForTheOthersWhenTheFirstGivesUp) {
  Pulled a, b;
  images.answers.shut();
  begin("a", "web:1", a);
  begin("b", "web:1", b);

  loop.nursery.cancel("a");
  go_on();
  images.answers.open();
  go_on();

  ASSERT_TRUE(a && b);
  EXPECT_TRUE(a->failed_with(Errc::Cancelled));
  ASSERT_TRUE(*b) << b->error();
  EXPECT_EQ((*b)->digest, "sha256:1");
}

TEST_F(SharedPullsTest, LetOneWhoWaitsGiveUpAlone) {
  Pulled a, b;
  images.answers.shut();
  begin("a", "web:1", a);
  begin("b", "web:1", b);

  loop.nursery.cancel("b");
  go_on();
  images.answers.open();
  go_on();

  ASSERT_TRUE(a && b);
  EXPECT_TRUE(*a);
  EXPECT_TRUE(b->failed_with(Errc::Cancelled));
}

}  // namespace
}  // namespace berth::steps
