// describe_test.cpp - what people are shown comes from the table, and nothing secret is in it.
#include <gtest/gtest.h>

#include <sstream>

#include "agent/config/config.hpp"
#include "agent/config/table.hpp"
#include "base/dir.hpp"

namespace berth::config {

std::string line_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key + "=", 0) == 0) return line;
  }
  return "(no line)";
}

/// Reads KEY=VALUE out of a line of print_config.
std::string value_in(const std::string& line) {
  std::string value = line.substr(line.find('=') + 1);
  value.erase(value.find("  # "));
  value.erase(value.find_last_not_of(' ') + 1);
  return value;
}

Loaded described(const Environment& environment) {
  return load(environment, {{"/etc/ecs/ecs.config", "\nECS_DATADIR=/data\n"}}, "/libexec").value();
}

TEST(PrintConfig, ShowsEachValueWithItsOrigin) {
  const std::string text = print_config(described({{"ECS_CLUSTER", "lab"}}));

  const std::string cluster = line_of(text, "ECS_CLUSTER");
  EXPECT_EQ(value_in(cluster), "lab");
  EXPECT_NE(cluster.find("# environment"), std::string::npos) << cluster;
  EXPECT_NE(line_of(text, "ECS_DATADIR").find("# /etc/ecs/ecs.config:2"), std::string::npos);
  const std::string subnet = line_of(text, "BERTH_BRIDGE_SUBNET");
  EXPECT_EQ(value_in(subnet), "auto");
  EXPECT_EQ(subnet.substr(subnet.find("# ")), "# default");
  EXPECT_EQ(value_in(line_of(text, "BERTH_LIBEXEC_DIR")), "/libexec");
}

TEST(PrintConfig, ShowsNoSecrets) {
  const std::string text = print_config(
      described({{"AWS_SECRET_ACCESS_KEY", "hush-1"}, {"ECS_ENGINE_AUTH_DATA", "hush-2"}}));

  EXPECT_EQ(text.find("hush"), std::string::npos);
}

TEST(PrintConfig, CanBeReadBackAsAFile) {
  Environment given{{"AWS_DEFAULT_REGION", "us-west-2"},
                    {"ECS_RESERVED_PORTS", "[1,2]"},
                    {"ECS_INSTANCE_ATTRIBUTES", "{\"a\":\"b c\"}"},
                    {"ECS_CONTAINER_STOP_TIMEOUT", "1h1.5s"},
                    {"ECS_IMAGE_PULL_BEHAVIOR", "prefer-cached"},
                    {"ECS_LOGLEVEL", "CRIT"},
                    {"BERTH_FIREWALL_INTEGRATION", "off"},
                    {"BERTH_RUNTIME", "io.containerd.crun.v2"}};
  const Loaded first = described(given);

  std::istringstream lines(print_config(first));
  Environment again;
  for (std::string line; std::getline(lines, line);) {
    again[line.substr(0, line.find('='))] = value_in(line);
  }
  std::erase_if(again, [](const auto& one) { return one.second.empty(); });

  EXPECT_EQ(load(again, {}, "/elsewhere")->config, first.config);
}

TEST(Settings, AreAllShownInTheHelp) {
  const std::string help = help_text();

  for (const Setting& setting : settings()) {
    EXPECT_NE(help.find(std::string(setting.key) + "\n"), std::string::npos) << setting.key;
  }
}

TEST(Settings, TakeTheirOwnDefaults) {
  const Config defaults = load({}, {}, "/libexec")->config;
  for (const Setting& setting : settings()) {
    const std::string shown = setting.show(defaults);
    if (shown.empty()) continue;
    Config again = defaults;

    const Reading reading = setting.read(shown, again);

    EXPECT_EQ(reading.verdict, Reading::Verdict::Taken) << setting.key << ": " << reading.why;
    EXPECT_EQ(again, defaults) << setting.key;
  }
}

TEST(Settings, AreDocumentedAsTheyAre) {
  const auto page = read_file(BERTH_SOURCE_DIR "/docs/configuration.md");

  ASSERT_TRUE(page) << page.error();
  EXPECT_NE(page->find(settings_table()), std::string::npos)
      << "docs/configuration.md needs this table:\n"
      << settings_table();
}

TEST(Settings, AreNotAlsoNamedAsUnused) {
  for (const Setting& setting : settings()) {
    EXPECT_FALSE(is_known_to_ecs(setting.key)) << setting.key;
  }
  EXPECT_TRUE(is_known_to_ecs("ECS_POLL_METRICS"));
}

}  // namespace berth::config
