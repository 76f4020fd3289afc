// options_test.cpp - what berthd's command line means.
#include "agent/options.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>
#include <vector>

namespace berth::agent {
namespace {

using Arguments = std::vector<const char*>;

TEST(Options, ChooseOneMode) {
  const std::pair<Arguments, Mode> cases[] = {
      {{}, Mode::Run},
      {{"--print-config"}, Mode::PrintConfig},
      {{"--membership"}, Mode::Membership},
      {{"--deregister"}, Mode::Deregister},
      {{"--purge"}, Mode::Purge},
      {{"--doctor"}, Mode::Doctor},
      {{"--doctor", "--json"}, Mode::DoctorAsJson},
      {{"--json", "--doctor"}, Mode::DoctorAsJson},
      {{"--version"}, Mode::Version},
      {{"--help"}, Mode::Help},
      {{"-h"}, Mode::Help},
      {{"--purge", "--help"}, Mode::Help},
  };
  for (const auto& [arguments, mode] : cases) {
    const Result<Mode> parsed = parse_options(arguments);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, mode);
  }
}

TEST(Options, RefuseWhatIsUnknownByName) {
  for (const char* argument : {"--prge", "purge", "", "-v"}) {
    const Arguments arguments{"--print-config", argument};
    const Result<Mode> parsed = parse_options(arguments);
    ASSERT_FALSE(parsed) << argument;
    EXPECT_EQ(parsed.error().code, Errc::Invalid);
    EXPECT_THAT(parsed.error().message,
                ::testing::StartsWith("option \"" + std::string(argument) + "\""));
  }
}

TEST(Options, RefuseJsonOfWhatHasNone) {
  for (const Arguments& arguments : {Arguments{"--json"}, Arguments{"--purge", "--json"}}) {
    const Result<Mode> parsed = parse_options(arguments);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message, "option \"--json\": allowed with --doctor alone");
  }
}

TEST(Options, HelpListsTheSettingsGiven) {
  EXPECT_THAT(help_text("  ECS_CLUSTER  the cluster\n"),
              ::testing::HasSubstr("\n\n  ECS_CLUSTER  the cluster\n"));
}

TEST(Options, HelpTellsTheExitStatusOfAWrongOne) {
  EXPECT_THAT(help_text(""), ::testing::HasSubstr("5 no restart can\ncure it (a wrong option"));
}

/// The exit status of berthd with those arguments, the environment's variables before it.
int exit_status(const std::string& arguments, const std::string& variables = "") {
  const std::string command =
      variables + " " BERTH_BIN_DIR "/berthd " + arguments + " > /dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Options, EndTheProgramForGoodWhenWrong) {
  EXPECT_EQ(exit_status("--prge"), 5);
  EXPECT_EQ(exit_status("--version"), 0);
}

TEST(Options, EndTheProgramForGoodWithACrashPointThatIsNone) {
  EXPECT_EQ(exit_status("--print-config", "BERTH_CRASH_AT=netns.pinned:2"),
            BERTH_CRASH_POINTS ? 0 : 5);
  EXPECT_EQ(exit_status("--print-config", "BERTH_CRASH_AT=netns.pined"), 5);
}

}  // namespace
}  // namespace berth::agent
