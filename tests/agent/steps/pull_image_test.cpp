// pull_image_test.cpp - when the registry is asked, and what happens when it does not answer.
#include "agent/steps/pull_image.hpp"

#include <gtest/gtest.h>

#include "tests/agent/steps/workbench.hpp"

namespace berth::steps {
namespace {

const std::string kImageName = "127.0.0.1:5000/web:1";

runtime::Image image_with(const std::string& digest) {
  runtime::Image image;
  image.name = kImageName;
  image.digest = digest;
  image.config.stop_signal = "SIGQUIT";
  return image;
}

class PullImage : public ::testing::Test {
 protected:
  Result<Sight> pull(const std::string& name = kImageName) {
    model::Task task = testing::a_task({testing::a_container("main")});
    task.containers[0].image = name;
    const auto step =
        bench.begin(pull_image(bench.tools, bench.share(bench.record_of(std::move(task))), 0));
    return bench.finish(step);
  }
  static std::string digest_of(const Result<Sight>& seen) {
    if (!seen) return seen.error().text();
    if (const auto* pulled = std::get_if<engine::ImagePulled>(&*seen)) return pulled->digest;
    return std::get<engine::ImageNotPulled>(*seen).error.text();
  }

  testing::Workbench bench;
};

constexpr PullBehavior kBehaviors[] = {PullBehavior::Default, PullBehavior::Always,
                                       PullBehavior::Once, PullBehavior::PreferCached};

TEST_F(PullImage, AsksTheRegistryAsTheBehaviourSays) {
  const std::string gone = "NotFound: no image " + kImageName + " in its registry";
  struct Case {
    bool is_here, is_in_registry;
    std::string digests[4];  ///< as in kBehaviors; or the failure
  };
  const Case cases[] = {
      {false, true, {"new", "new", "new", "new"}},
      {true, true, {"new", "new", "old", "old"}},
      {true, false, {"old", gone, "old", "old"}},
      {false, false, {gone, gone, gone, gone}},
  };
  for (const Case& one : cases) {
    for (std::size_t at = 0; at < std::size(kBehaviors); ++at) {
      bench.tools.pull_behavior = kBehaviors[at];
      bench.images.here.clear();
      bench.images.in_registry.clear();
      if (one.is_here) bench.images.here[kImageName] = image_with("old");
      if (one.is_in_registry) bench.images.in_registry[kImageName] = image_with("new");

      EXPECT_EQ(digest_of(pull()), one.digests[at])
          << "behaviour " << at << ", here " << one.is_here << ", registry " << one.is_in_registry;
    }
  }
}

TEST_F(PullImage, TellsDigestStopSignalAndWhenItBegan) {
  bench.images.in_registry[kImageName] = image_with("new");
  const WallTime began = bench.clock.wall();

  const auto seen = pull();

  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(*seen, Sight(engine::ImagePulled{0, "new", "SIGQUIT", began}));
}

TEST_F(PullImage, DoesNotAskAboutADigestThatIsHere) {
  const std::string name = "127.0.0.1:5000/web@sha256:" + std::string(64, 'a');
  bench.images.here[name] = image_with("named");
  for (const PullBehavior behavior : kBehaviors) {
    bench.tools.pull_behavior = behavior;

    EXPECT_EQ(digest_of(pull(name)), "named");
  }
  EXPECT_TRUE(bench.images.pulled.empty());
}

TEST_F(PullImage, TriesFiveTimesWhatMayPass) {
  for (const Errc code : {Errc::Unavailable, Errc::TimedOut, Errc::Broken}) {
    testing::Workbench other;
    const int first_pull = 2;  // after the look whether it is here
    for (int nth = first_pull; nth < first_pull + 5; ++nth) {
      other.images.plan.fail_call(nth, Error{code, 0, "try " + std::to_string(nth - 1)});
    }
    const auto record =
        other.share(other.record_of(testing::a_task({testing::a_container("main")})));
    const auto began = other.clock.now();

    const WallTime began_at = other.clock.wall();
    const auto seen = other.finish(other.begin(pull_image(other.tools, record, 0)));

    ASSERT_TRUE(seen) << seen.error();
    // That the registry was slow is not that the pull is past its limit.
    const Errc told = code == Errc::TimedOut ? Errc::Unavailable : code;
    EXPECT_EQ(*seen, Sight(engine::ImageNotPulled{0, false, Error{told, 0, "try 5"}, began_at}));
    EXPECT_EQ(other.images.plan.calls(), 6);
    // 1.1 s, 2.2 s, 4.4 s, 5 s, each up to a fifth longer.
    EXPECT_GE(other.clock.now() - began, std::chrono::milliseconds(12'700));
    EXPECT_LE(other.clock.now() - began, std::chrono::milliseconds(15'240));
  }
}

TEST_F(PullImage, TellsItsLimitWhenThatPasses) {
  bench.tools.limits.pull = std::chrono::milliseconds(3'000);  // two tries and the wait for a third
  for (int nth = 2; nth < 7; ++nth) {
    bench.images.plan.fail_call(nth, Error{Errc::TimedOut, 0, "no answer in time"});
  }

  const auto seen = pull();

  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(std::get<engine::ImageNotPulled>(*seen).error,
            (Error{Errc::TimedOut, 0,
                   "Could not transition to MANIFEST_PULLED; timed out after waiting 3s"}));
}

TEST_F(PullImage, TakesTheImageOnceARetrySucceeds) {
  bench.images.in_registry[kImageName] = image_with("new");
  bench.images.plan.fail_call(2, Error{Errc::Unavailable, 0, "registry away"});
  bench.images.plan.fail_call(3, Error{Errc::TimedOut, 0, "registry slow"});

  EXPECT_EQ(digest_of(pull()), "new");
}

TEST_F(PullImage, TriesOnceWhatCannotPass) {
  for (const Errc code : {Errc::NotFound, Errc::Denied, Errc::Invalid, Errc::Exhausted}) {
    testing::Workbench other;
    other.images.plan.fail_call(2, Error{code, 0, "no"});
    const auto record =
        other.share(other.record_of(testing::a_task({testing::a_container("main")})));

    const auto seen = other.finish(other.begin(pull_image(other.tools, record, 0)));

    EXPECT_EQ(digest_of(seen), Error(code, 0, "no").text());
    EXPECT_EQ(other.images.plan.calls(), 2);
  }
}

TEST_F(PullImage, TellsAFailedDownloadFromANameThatMeansNothing) {
  bench.images.in_registry[kImageName] = image_with("new");
  bench.images.download_fails = Error{Errc::Exhausted, 0, "no space left"};

  const auto downloaded = pull();
  bench.images.in_registry.clear();
  const auto named = pull();

  ASSERT_TRUE(downloaded && named);
  EXPECT_TRUE(std::get<engine::ImageNotPulled>(*downloaded).resolved);
  EXPECT_FALSE(std::get<engine::ImageNotPulled>(*named).resolved);
}

TEST_F(PullImage, FallsBackByDefaultAfterASingleTry) {
  bench.images.here[kImageName] = image_with("old");
  bench.images.plan.fail_call(2, Error{Errc::Unavailable, 0, "registry away"});

  EXPECT_EQ(digest_of(pull()), "old");
  EXPECT_EQ(bench.images.plan.calls(), 2);
}

TEST_F(PullImage, IsGivenUpWhileItWaitsToTryAgain) {
  bench.images.plan.fail_call(2, Error{Errc::Unavailable, 0, "registry away"});
  const auto record = bench.share(bench.record_of(testing::a_task({testing::a_container("main")})));

  const auto step = bench.begin(pull_image(bench.tools, record, 0), "pull");
  EXPECT_FALSE(*step);
  bench.loop.nursery.cancel("pull");
  bench.advance(std::chrono::hours(1));

  ASSERT_TRUE(*step);
  EXPECT_TRUE((*step)->failed_with(Errc::Cancelled));
  EXPECT_EQ(bench.images.plan.calls(), 2);
}

}  // namespace
}  // namespace berth::steps
