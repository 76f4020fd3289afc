// ecs_config_test.cpp - what becomes of a person's file.
#include "cli/ecs_config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/dir.hpp"
#include "cli/places.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::cli {
namespace {

const std::string kHead = "# berth join made the lines below; berth leave takes them out.\n";
const std::string kAside = "#berth join put aside# ";
const JoinedSettings kCluster{{"ECS_CLUSTER", "shop"}};

TEST(EcsConfig, GetsTheSettingsOfJoin) {
  struct Case {
    std::string before;
    JoinedSettings settings;
    std::string after;
  };
  const JoinedSettings keys{{"AWS_SHARED_CREDENTIALS_FILE", "/k"}};
  const Case cases[] = {
      {"", kCluster, kHead + "ECS_CLUSTER=shop\n"},
      {"ECS_LOGLEVEL=debug\n", kCluster, "ECS_LOGLEVEL=debug\n" + kHead + "ECS_CLUSTER=shop\n"},
      // A file without a newline at its end.
      {"# mine", kCluster, "# mine\n" + kHead + "ECS_CLUSTER=shop\n"},
      // Whatever berthd would read as the same key, and nothing else.
      {"ECS_CLUSTER=old\n  ECS_CLUSTER=older\n#ECS_CLUSTER=no\nECS_CLUSTERS=x\nECS_CLUSTER\n",
       kCluster,
       kAside + "ECS_CLUSTER=old\n" + kAside +
           "  ECS_CLUSTER=older\n#ECS_CLUSTER=no\nECS_CLUSTERS=x\nECS_CLUSTER\n" + kHead +
           "ECS_CLUSTER=shop\n"},
      // With a file of keys, what would go before them; else not.
      {"AWS_PROFILE=p\nAWS_ACCESS_KEY_ID=a\n", keys,
       kAside + "AWS_PROFILE=p\n" + kAside + "AWS_ACCESS_KEY_ID=a\n" + kHead +
           "AWS_SHARED_CREDENTIALS_FILE=/k\n"},
      {"AWS_PROFILE=p\n", kCluster, "AWS_PROFILE=p\n" + kHead + "ECS_CLUSTER=shop\n"},
      // In the order of the block, in which order they ever come.
      {"",
       {{"ECS_EXTERNAL", "true"}, {"AWS_DEFAULT_REGION", "eu-west-1"}, {"ECS_CLUSTER", "a=b"}},
       kHead + "ECS_CLUSTER=a=b\nAWS_DEFAULT_REGION=eu-west-1\nECS_EXTERNAL=true\n"},
  };
  for (const Case& c : cases) {
    const std::string after = with_joined(c.before, c.settings);
    EXPECT_EQ(after, c.after);
    EXPECT_EQ(joined_in(after), c.settings);
    EXPECT_EQ(with_joined(after, c.settings), after) << "twice is once";
    const std::string whole =
        c.before.empty() || c.before.ends_with('\n') ? c.before : c.before + "\n";
    EXPECT_EQ(without_joined(after), whole) << "as it was";
  }
}

TEST(EcsConfig, HasTheLatestJoinAlone) {
  const std::string first =
      with_joined("ECS_CLUSTER=mine\n", {{"ECS_CLUSTER", "a"}, {"AWS_CA_BUNDLE", "/ca"}});
  EXPECT_EQ(with_joined(first, kCluster),
            kAside + "ECS_CLUSTER=mine\n" + kHead + "ECS_CLUSTER=shop\n");
}

TEST(EcsConfig, KeepsWhatAPersonAddsBehindTheBlock) {
  const std::string edited =
      with_joined("", kCluster) + "\nECS_LOGLEVEL=debug\nECS_CLUSTER=by hand\n";

  EXPECT_EQ(joined_in(edited), kCluster);
  EXPECT_EQ(without_joined(edited), "\nECS_LOGLEVEL=debug\nECS_CLUSTER=by hand\n");
  EXPECT_EQ(
      with_joined(edited, kCluster),
      "\nECS_LOGLEVEL=debug\n" + kAside + "ECS_CLUSTER=by hand\n" + kHead + "ECS_CLUSTER=shop\n");
}

TEST(EcsConfig, KeepsLineEndsOfOtherSystems) {
  EXPECT_EQ(without_joined(with_joined("A=1\r\nB=2\r\n", kCluster)), "A=1\r\nB=2\r\n");
  EXPECT_EQ(joined_in(kHead + "ECS_CLUSTER=shop\r\n"), kCluster);
}

TEST(Places, AreBesideTheSettings) {
  EXPECT_EQ(places_for(nullptr).config, "/etc/ecs/ecs.config");
  EXPECT_EQ(places_for("").credentials, "/etc/ecs/berth-credentials");
  EXPECT_EQ(places_for("/no/such/node.config").ca, "/no/such/berth-ca.pem");
}

TEST(Places, FollowALink) {
  const berth::testing::Scratch scratch;
  scratch.write("real.config", "");
  ASSERT_EQ(::symlink("real.config", scratch.path("ecs.config").c_str()), 0);
  EXPECT_EQ(places_for(scratch.path("ecs.config").c_str())
                .config.substr(places_for(scratch.path("ecs.config").c_str()).folder.size()),
            "/real.config");
}

TEST(Places, AreForTheirOwnerAloneAndGoWithTheJoin) {
  const berth::testing::Scratch scratch;
  const Places places = places_for(scratch.path("etc/ecs.config").c_str());
  EXPECT_EQ(read_settings(places).value(), "");
  ASSERT_TRUE(write_private(places, places.config, with_joined("", kCluster)));
  ASSERT_TRUE(write_private(places, places.credentials, "[default]\n"));
  struct stat status{};
  ASSERT_EQ(::stat(places.config.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);

  ASSERT_TRUE(remove_joined(places));
  ASSERT_TRUE(remove_joined(places)) << "again";

  EXPECT_TRUE(Dir::open(places.folder)->list()->empty());
}

TEST(Places, KeepAPersonsSettings) {
  const berth::testing::Scratch scratch;
  const Places places = places_for(scratch.path("ecs.config").c_str());
  ASSERT_TRUE(write_private(places, places.config, with_joined("ECS_CLUSTER=mine\n", kCluster)));

  ASSERT_TRUE(remove_joined(places));

  EXPECT_EQ(read_settings(places).value(), "ECS_CLUSTER=mine\n");
}

}  // namespace
}  // namespace berth::cli
