// definition_file_test.cpp - what users write to tasks, and to what is wrong with it.
#include "agent/standing/definition_file.hpp"

#include <gmock/gmock.h>

#include "base/dir.hpp"
#include "base/json.hpp"

namespace berth::standing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kSmallest = R"({"family": "web", "networkMode": "host", "containerDefinitions": [
    {"name": "app", "image": "busybox:1", "memory": 32}]})";

Result<Understood> read(std::string_view text, const inbox::Rules& rules = {}) {
  return read_definition("web.json", text, "eu-west-1", rules);
}

std::string changed(const std::string& pointer, Json value) {
  Json definition = Json::parse(kSmallest);
  definition[Json::json_pointer(pointer)] = std::move(value);
  return definition.dump();
}

TEST(ReadDefinition, MakesALocalTaskOfIt) {
  const auto understood = read(changed("/containerDefinitions/0/command", {"sleep", "1"}));

  ASSERT_TRUE(understood) << understood.error();
  const model::Task& task = understood->task;
  EXPECT_EQ(task.origin, model::Origin::Local);
  EXPECT_EQ(task.file, "web.json");
  EXPECT_EQ(task.family, "web");
  EXPECT_EQ(task.network_mode, model::NetworkMode::Host);
  ASSERT_EQ(task.containers.size(), 1u);
  EXPECT_EQ(task.containers[0].command, (std::vector<std::string>{"sleep", "1"}));
  EXPECT_EQ(task.containers[0].memory, Mebibytes{32});
}

TEST(ReadDefinition, TellsVersionsApartByWhatTheySay) {
  const auto version = [](std::string_view text) { return read(text)->task.version; };

  EXPECT_EQ(version(kSmallest), version(Json::parse(kSmallest).dump(4)));
  EXPECT_NE(version(kSmallest), version(changed("/containerDefinitions/0/memory", 33)));
  EXPECT_EQ(version(R"({"family":"a","networkMode":"none","containerDefinitions":
      [{"name":"a","image":"a","memory":4}]})"),
            "83484bb587c0f281")
      << "a version that changes with the program restarts every task at an upgrade";
}

TEST(ReadDefinition, NamesRolesThatNobodyGives) {
  const auto understood = read(changed("/taskRoleArn", "arn:aws:iam::1:role/r"));

  ASSERT_TRUE(understood) << understood.error();
  EXPECT_THAT(understood->passed_over, ElementsAre("taskRoleArn"));
}

Json wish(Json awsvpc) {
  return {{"awsvpcConfiguration", std::move(awsvpc)}};
}

std::string awsvpc(const Json& configuration = nullptr) {
  Json definition = Json::parse(kSmallest);
  definition["networkMode"] = "awsvpc";
  if (!configuration.is_null()) definition["networkConfiguration"] = configuration;
  return definition.dump();
}

TEST(ReadDefinition, TakesTheNetworkThatTheFileNames) {
  const auto understood = read(awsvpc(wish({{"subnets", {"lan"}},
                                            {"securityGroups", {"sg-web", "sg-b"}},
                                            {"assignPublicIp", "DISABLED"}})));

  ASSERT_TRUE(understood) << understood.error();
  ASSERT_TRUE(understood->task.eni);
  EXPECT_EQ(understood->task.eni->network, "lan");
  EXPECT_THAT(understood->task.eni->security_groups, ElementsAre("sg-web", "sg-b"));
  EXPECT_NE(understood->task.version, read(awsvpc())->task.version);
}

TEST(ReadDefinition, AsksForTheOnlyNetworkOrForPlugins) {
  const inbox::Rules plugins{.gives_addresses = true};

  EXPECT_EQ(read(awsvpc())->task.eni, model::Eni{});
  EXPECT_EQ(read(awsvpc(), plugins)->task.eni, std::nullopt) << "the plugins' own";
  EXPECT_EQ(read(awsvpc(wish({{"subnets", {"lan"}}})), plugins)->task.eni->network, "lan");
  EXPECT_EQ(read(kSmallest)->task.eni, std::nullopt);
}

struct Refused {
  std::string text;
  const char* why;
};

TEST(ReadDefinition, SaysFieldValueAndWhatIsAllowed) {
  const std::vector<Refused> table{
      {"{", "JSON"},
      {"[]", "can not be converted to a Structure"},
      {changed("/networkConfiguration", wish({{"subnets", {"lan"}}})),
       "networkConfiguration: goes with networkMode \"awsvpc\" alone; here it is \"host\""},
      {awsvpc(wish({{"subnets", {"a", "b"}}})), "awsvpcConfiguration.subnets: 2 given"},
      {awsvpc(wish({{"subnets", {""}}})), "subnets[0]: \"\" must be the name of a network"},
      {awsvpc(wish({{"subnets", "lan"}})), "subnets: \"lan\" must be a list"},
      {awsvpc(wish({{"assignPublicIp", "ENABLED"}})), "\"ENABLED\" must be \"DISABLED\""},
      {awsvpc(wish({{"subnet", "lan"}})), "awsvpcConfiguration.subnet: is not known; members are"},
      {awsvpc({{"subnets", {"lan"}}}), "networkConfiguration.awsvpcConfiguration: is required"},
      {changed("/networkMode", "nat"), "Invalid networkMode 'nat'"},
      {changed("/containerDefinitions/0/memory", "32"),
       "containerDefinitions[0].memory: STRING_VALUE can not be converted to an Integer"},
      {changed("/containerDefinitions/0/secrets",
               Json::array({{{"name", "A"}, {"valueFrom", "b"}}})),
       "'executionRoleArn'"},
      {changed("/pidMode", "task"), "pidMode \"task\": not supported"},
  };
  for (const Refused& one : table) {
    const auto understood = read(one.text);
    ASSERT_FALSE(understood) << one.why;
    EXPECT_EQ(understood.error().code, Errc::Invalid) << one.why;
    EXPECT_THAT(understood.error().message, HasSubstr(one.why));
  }
}

TEST(ReadDefinition, KeepsTheNodesRules) {
  inbox::Rules rules;
  rules.privileged = false;

  const auto understood = read(changed("/containerDefinitions/0/privileged", true), rules);

  ASSERT_FALSE(understood);
  EXPECT_THAT(understood.error().message, HasSubstr("ECS_DISABLE_PRIVILEGED"));
}

TEST(ReadDefinition, GivesUsersAwsvpcDefinitionsTheOnlyNetwork) {
  const auto text = read_file(BERTH_TEST_DATA "/task-definitions/my-app.json");
  ASSERT_TRUE(text) << text.error();

  Json file = Json::parse(*text);
  for (Json& container : file["containerDefinitions"]) container.erase("secrets");

  const auto understood = read(file.dump());

  ASSERT_TRUE(understood) << understood.error();
  EXPECT_EQ(understood->task.eni, model::Eni{});
}

TEST(ReadDefinition, TakesAwsvpcWhereTheNodeGivesAddresses) {
  inbox::Rules rules;
  rules.gives_addresses = true;

  const auto understood = read(changed("/networkMode", "awsvpc"), rules);

  ASSERT_TRUE(understood) << understood.error();
  EXPECT_EQ(understood->task.network_mode, model::NetworkMode::Awsvpc);
  EXPECT_FALSE(understood->task.eni);
}

TEST(Launched, NamesTheTaskAndItsContainers) {
  const std::string id(32, 'a');

  const model::Task task = launched(read(kSmallest)->task, "eu-west-1", id);
  const model::Task nowhere = launched(read(kSmallest)->task, "", id);

  EXPECT_EQ(task.arn, "arn:aws:ecs:eu-west-1:000000000000:task/tasks.d/" + id);
  EXPECT_EQ(task.containers[0].arn,
            "arn:aws:ecs:eu-west-1:000000000000:container/tasks.d/" + id + "/app");
  EXPECT_EQ(nowhere.arn, "arn:aws:ecs:local:000000000000:task/tasks.d/" + id);
}

}  // namespace
}  // namespace berth::standing
