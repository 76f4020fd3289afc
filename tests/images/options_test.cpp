// options_test.cpp - berth-pull's command line and the lines it writes.
#include "images/options.hpp"

#include <gtest/gtest.h>

#include "images/progress.hpp"
#include "runtime/pull_lines.hpp"

namespace berth::images {
namespace {

TEST(ParseOptions, ReadsBothSpellings) {
  const auto options =
      parse_options({"--address", "/a", "--namespace=n", "--timeout", "7", "--inactivity-timeout=8",
                     "--resolve-timeout=9", "--hosts-dir=", "web:1", "--platform", "linux/arm64"});

  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->address, "/a");
  EXPECT_EQ(options->namespace_name, "n");
  EXPECT_EQ(options->timeout, std::chrono::seconds(7));
  EXPECT_EQ(options->inactivity_timeout, std::chrono::seconds(8));
  EXPECT_EQ(options->resolve_timeout, std::chrono::seconds(9));
  EXPECT_EQ(options->hosts_dir, "");
  EXPECT_EQ(options->platform, "linux/arm64");
  EXPECT_EQ(options->image, "web:1");
}

TEST(ParseOptions, NamesWhatIsWrong) {
  const struct {
    std::vector<std::string> arguments;
    const char* complaint;
  } cases[] = {
      {{}, "which image"},
      {{"a", "b"}, "\"b\" is one more"},
      {{"a", "--timeout"}, "--timeout needs a value"},
      {{"a", "--timeout=0"}, "--timeout \"0\" must be"},
      {{"a", "--timeout=1m"}, "--timeout \"1m\" must be"},
      {{"a", "--resolve-timeout=0"}, "--resolve-timeout \"0\" must be"},
      {{"a", "--colour=red"}, "unknown option --colour"},
      {{"a", "--address=relative"}, "must be an absolute path"},
  };
  for (const auto& [arguments, complaint] : cases) {
    const auto options = parse_options(arguments);

    ASSERT_TRUE(options.failed_with(Errc::Invalid));
    EXPECT_NE(options.error().message.find(complaint), std::string::npos) << options.error();
  }
}

TEST(PullLines, UnderstandWhatBerthPullSays) {
  std::vector<runtime::PullProgress> seen;
  runtime::PullLines lines([&seen](const runtime::PullProgress& now) { seen.push_back(now); });

  lines.take(line_of(Progress{"downloading", 5, 9, 1, 3}));
  lines.take("");
  lines.take("not JSON");
  lines.take(R"({"type":"of a later version"})");
  lines.take(line_of(Pulled{"docker.io/library/web:1", "sha256:d", "sha256:c", 9}));

  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].phase, "downloading");
  EXPECT_EQ(seen[0].done_bytes, 5u);
  EXPECT_EQ(seen[0].total_bytes, 9u);
  EXPECT_EQ(seen[0].layers_done, 1);
  EXPECT_EQ(seen[0].layers_total, 3);
  EXPECT_TRUE(lines.outcome(0, ""));
}

TEST(PullLines, CarryEveryErrorAcross) {
  for (Errc code : {Errc::Invalid, Errc::NotFound, Errc::Exists, Errc::Denied, Errc::Exhausted,
                    Errc::Unavailable, Errc::TimedOut, Errc::Cancelled, Errc::Broken}) {
    runtime::PullLines lines(nullptr);

    lines.take(line_of(Progress{}));
    lines.take(line_of(Error{code, 0, "why \"so\""}));

    EXPECT_EQ(lines.outcome(1, "").error(), (Error{code, 0, "why \"so\""}));
  }
}

TEST(PullLines, SayHowAProgramEndedThatSaidNothing) {
  runtime::PullLines lines(nullptr);

  const auto outcome = lines.outcome(137, "terminate called\nafter");

  ASSERT_TRUE(outcome.failed_with(Errc::Broken));
  EXPECT_EQ(outcome.error().message, "berth-pull ended with code 137: terminate called after");
}

}  // namespace
}  // namespace berth::images
