// reload_test.cpp - what another reading of the configuration changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"
#include "agent/config/table.hpp"

namespace berth::config {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

Config read(const Environment& environment) {
  return load(environment, {}, "/libexec").value().config;
}

TEST(TakeLive, TakesWhatMayChangeAndNamesTheRest) {
  Config config = read({{"ECS_CLUSTER", "old"}, {"ECS_CONTAINER_STOP_TIMEOUT", "10s"}});
  const Config fresh = read(
      {{"ECS_CLUSTER", "new"}, {"ECS_CONTAINER_STOP_TIMEOUT", "1m30s"}, {"ECS_LOGLEVEL", "debug"}});

  const Changes changes = take_live(config, fresh);

  EXPECT_THAT(changes.taken, ElementsAre("ECS_LOGLEVEL", "ECS_CONTAINER_STOP_TIMEOUT"));
  EXPECT_THAT(changes.waiting, ElementsAre("ECS_CLUSTER"));
  EXPECT_EQ(config.stop_timeout, 90s);
  EXPECT_EQ(config.log_level, log::Level::Debug);
  EXPECT_EQ(config.cluster, "old");
}

TEST(TakeLive, NamesWhatWaitsUntilItIsTaken) {
  Config config = read({{"ECS_CLUSTER", "old"}});
  const Config fresh = read({{"ECS_CLUSTER", "new"}, {"ECS_LOGLEVEL", "warn"}});
  take_live(config, fresh);

  const Changes again = take_live(config, fresh);

  EXPECT_THAT(again.taken, ElementsAre());
  EXPECT_THAT(again.waiting, ElementsAre("ECS_CLUSTER"));
}

TEST(TakeLive, ReadsBackWhatLiveSettingsShow) {
  for (const Setting& setting : settings()) {
    if (!setting.is_live) continue;
    Config config;
    const std::string shown = setting.show(config);

    EXPECT_EQ(setting.read(shown, config).verdict, Reading::Verdict::Taken) << setting.key;
    EXPECT_EQ(setting.show(config), shown) << setting.key;
  }
}

}  // namespace
}  // namespace berth::config
