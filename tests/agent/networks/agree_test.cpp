// agree_test.cpp - files against each other, and what holds of one that is refused.
#include "agent/networks/agree.hpp"

#include <gmock/gmock.h>

namespace berth::networks {
namespace {

using ::testing::HasSubstr;

model::NodeNetwork network(const std::string& name, const std::string& subnet) {
  model::NodeNetwork one;
  one.name = name;
  one.subnet = subnet;
  return one;
}

/// A file that was just put there.
File fresh(model::NodeNetwork says) {
  return {std::move(says), std::nullopt, ""};
}

model::NodeNetwork with_group(model::NodeNetwork one, const std::string& id,
                              const std::string& refers_to = "") {
  model::SecurityGroup group;
  group.id = id;
  if (!refers_to.empty()) group.ingress = {{"tcp", 80, 80, {}, {refers_to}}};
  one.groups.push_back(std::move(group));
  return one;
}

TEST(Agree, LetsFilesHoldThatHaveNothingInCommon) {
  Files files{{"a.json", fresh(network("a", "10.1.0.0/16"))},
              {"b.json", fresh(network("b", "10.2.0.0/16"))}};

  agree(files, {{"10.3.0.0/20", "somebody's"}});

  for (const auto& [name, file] : files) {
    EXPECT_EQ(file.holds, file.says) << name;
    EXPECT_EQ(file.complaint, "") << name;
  }
}

TEST(Agree, RefusesWhatContradictsAnotherFile) {
  const struct {
    model::NodeNetwork second;
    const char* why;
  } table[] = {
      {network("a", "10.2.0.0/16"), "name: \"a\" is that of a.json"},
      {network("b", "10.1.4.0/24"), "subnet: \"10.1.4.0/24\" overlaps 10.1.0.0/16 of a.json"},
      {with_group(network("b", "10.2.0.0/16"), "sg-a"),
       "securityGroups[0].groupId: \"sg-a\" is described by a.json already"},
      {with_group(network("b", "10.2.0.0/16"), "sg-b", "sg-c"),
       "securityGroups[0].ingress[0].groupIds: \"sg-c\" is a group that no file describes"},
      {network("b", "10.3.0.0/24"), "subnet: \"10.3.0.0/24\" overlaps 10.3.0.0/20, which is ours"},
  };
  for (const auto& one : table) {
    Files files{{"a.json", fresh(with_group(network("a", "10.1.0.0/16"), "sg-a"))},
                {"b.json", fresh(one.second)}};

    agree(files, {{"10.3.0.0/20", "ours"}});

    EXPECT_TRUE(files["a.json"].holds) << one.why;
    EXPECT_FALSE(files["b.json"].holds) << one.why;
    EXPECT_THAT(files["b.json"].complaint, HasSubstr(one.why));
  }
}

TEST(Agree, KeepsTheVersionBeforeARefusedOne) {
  Files files{{"a.json", fresh(network("a", "10.1.0.0/16"))},
              {"b.json", fresh(network("b", "10.2.0.0/16"))}};
  agree(files, {});

  files["a.json"].says = network("a", "10.2.0.0/24");
  agree(files, {});
  EXPECT_EQ(files["a.json"].holds->subnet, "10.1.0.0/16");
  EXPECT_THAT(files["a.json"].complaint, HasSubstr("overlaps 10.2.0.0/16 of b.json"));

  files["b.json"].says = std::nullopt;  // cannot be understood any more
  files["b.json"].complaint = "bad";
  agree(files, {});
  EXPECT_EQ(files["b.json"].holds->subnet, "10.2.0.0/16");
  EXPECT_EQ(files["b.json"].complaint, "bad");

  files.erase("b.json");
  agree(files, {});
  EXPECT_EQ(files["a.json"].holds->subnet, "10.2.0.0/24") << "the other one is gone";
  EXPECT_EQ(files["a.json"].complaint, "");
}

TEST(Agree, GivesWhatHoldsBeforeTheFirstByName) {
  Files files{{"b.json", fresh(network("lan", "10.1.0.0/16"))}};
  agree(files, {});

  files["a.json"] = fresh(network("lan", "10.2.0.0/16"));
  agree(files, {});

  EXPECT_FALSE(files["a.json"].holds);
  EXPECT_THAT(files["a.json"].complaint, HasSubstr("is that of b.json"));
  EXPECT_TRUE(files["b.json"].holds);
}

}  // namespace
}  // namespace berth::networks
