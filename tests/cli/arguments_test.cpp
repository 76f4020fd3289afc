// arguments_test.cpp - which words mean what.
#include "cli/arguments.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using Words = std::vector<std::string>;

Arguments parsed(const Words& words, const char* run_dir = nullptr) {
  auto arguments = parse_arguments(words, run_dir);
  EXPECT_TRUE(arguments) << arguments.error().text();
  return arguments ? *arguments : Arguments{};
}

TEST(ParseArguments, KnowsItsCommands) {
  struct Case {
    Words words;
    Command command;
  };
  const Case cases[] = {
      {{"ps"}, Command::Ps},
      {{"version"}, Command::Version},
      {{"--version"}, Command::Version},
      {{"logs", "3f"}, Command::Logs},
      {{"audit"}, Command::Audit},
      {{"audit", "--repair", "--json"}, Command::Audit},
      {{"why", "3f"}, Command::Why},
      {{"plan", "web.json", "--all", "--local", "--json"}, Command::Plan},
      {{"doctor"}, Command::Doctor},
      {{"doctor", "--json"}, Command::Doctor},
      {{"help"}, Command::Help},
      {{"--help"}, Command::Help},
      {{"-h"}, Command::Help},
      {{"logs", "--help"}, Command::Help},
  };
  for (const Case& c : cases) EXPECT_EQ(parsed(c.words).command, c.command) << c.words[0];
}

TEST(ParseArguments, FindsTheSocket) {
  EXPECT_EQ(parsed({"ps"}).socket, "/run/berth/berthd.sock");
  EXPECT_EQ(parsed({"ps"}, "").socket, "/run/berth/berthd.sock");
  EXPECT_EQ(parsed({"ps"}, "/tmp/x").socket, "/tmp/x/berthd.sock");
  EXPECT_EQ(parsed({"--socket", "/s", "ps"}, "/tmp/x").socket, "/s");
  EXPECT_EQ(parsed({"ps", "--socket=/s"}).socket, "/s");
}

TEST(ParseArguments, ReadsWhatLogsTakes) {
  const Arguments all = parsed({"logs", "3f", "web", "-f", "--tail", "5", "--timestamps"});
  EXPECT_EQ(all.task, "3f");
  EXPECT_EQ(all.container, "web");
  EXPECT_TRUE(all.follow);
  EXPECT_TRUE(all.timestamps);
  EXPECT_EQ(all.tail, 5u);

  const Arguments few = parsed({"logs", "--tail=0", "3f"});
  EXPECT_EQ(few.container, "");
  EXPECT_FALSE(few.follow);
  EXPECT_EQ(few.tail, 0u);
  EXPECT_EQ(parsed({"logs", "--", "-3f"}).task, "-3f");
}

TEST(ParseArguments, ReadsWhatWhyTakes) {
  const Arguments why = parsed({"why", "3f", "--json"});
  EXPECT_EQ(why.task, "3f");
  EXPECT_TRUE(why.json);
}

TEST(ParseArguments, ReadsWhatPlanTakes) {
  const Arguments all = parsed({"plan", "web.json", "--local", "--all", "--json"});
  EXPECT_EQ(all.file, "web.json");
  EXPECT_TRUE(all.local);
  EXPECT_TRUE(all.all);
  EXPECT_TRUE(all.json);

  const Arguments plain = parsed({"plan", "-"});
  EXPECT_EQ(plain.file, "-");
  EXPECT_FALSE(plain.local);
  EXPECT_FALSE(plain.all);
}

TEST(ParseArguments, NamesTheWordItDoesNotUnderstand) {
  struct Case {
    Words words;
    const char* message;
  };
  const Case cases[] = {
      {{}, "no command is given"},
      {{"pss"}, "unknown command \"pss\""},
      {{"ps", "x"}, "\"x\" is one word too many"},
      {{"ps", "--frob"}, "unknown option --frob"},
      {{"ps", "-f"}, "option -f does not belong to this command"},
      {{"logs", "3f", "--json"}, "option --json does not belong to this command"},
      {{"logs"}, "logs needs a TASK"},
      {{"why"}, "why needs a TASK"},
      {{"plan"}, "plan needs a FILE"},
      {{"plan", "a", "b"}, "\"b\" is one word too many"},
      {{"why", "a", "--local"}, "option --local does not belong to this command"},
      {{"ps", "--all"}, "option --all does not belong to this command"},
      {{"why", "a", "b"}, "\"b\" is one word too many"},
      {{"why", "a", "--containers"}, "option --containers does not belong to this command"},
      {{"logs", "a", "b", "c"}, "\"c\" is one word too many"},
      {{"logs", "a", "--tail"}, "option --tail needs a value"},
      {{"logs", "a", "--tail", "x"}, "--tail \"x\" must be a number of lines"},
      {{"logs", "a", "--tail=-1"}, "--tail \"-1\" must be a number of lines"},
      {{"logs", "a", "--follow=yes"}, "option --follow takes no value"},
      {{"ps", "--socket"}, "option --socket needs a value"},
  };
  for (const Case& c : cases) {
    const auto arguments = parse_arguments(c.words, nullptr);
    ASSERT_TRUE(arguments.failed_with(Errc::Invalid)) << c.message;
    EXPECT_EQ(arguments.error().message, std::string(c.message) + "; see berth --help");
  }
}

}  // namespace
}  // namespace berth::cli
