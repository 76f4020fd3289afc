// control_plane_contract_test.cpp - what the seam ControlPlane promises, of the fake and of the
// real calls to a lab.
#include <gmock/gmock.h>

#include "aws/credentials.hpp"
#include "aws/signer.hpp"
#include "controlplane/client/ecs.hpp"
#include "tests/fakes/fake_control_plane.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::testing {
namespace {

using ::testing::StartsWith;

[[maybe_unused]] const auto* const own_netns = OwnNetns::for_this_program();

class InMemory {
 public:
  Loop& loop() { return loop_; }
  client::ControlPlane& control_plane() { return fake_; }
  /// The ARN of a task that waits for its agent's report.
  std::string add_task() {
    const std::string arn = "arn:aws:ecs:eu-west-1:123456789012:task/default/1";
    fake_.tasks.insert(arn);
    return arn;
  }
  bool was_told(const std::string& body) { return fake_.reports == std::vector{body}; }

 private:
  Loop loop_;
  FakeControlPlane fake_;
};

class OverTheWire {
 public:
  OverTheWire() {
    lab_.start();
    const auto url = http::parse_url("http://127.0.0.1:" + std::to_string(lab_.port));
    caller_.emplace(*http_, signer_, client::ecs_endpoint(*url, client::user_agent("0.1.0")));
    ecs_.emplace(*caller_);
  }
  ~OverTheWire() {
    // Connections end before the loop they are on.
    agent_.reset();
    http_.reset();
    lab_.stop();
  }

  Loop& loop() { return *lab_.loop; }
  client::ControlPlane& control_plane() { return *ecs_; }
  std::string add_task() {
    agent_.emplace(*lab_.loop, lab_.port, lab_.keys);
    agent_->join();
    EXPECT_EQ(agent_->connect(), "");
    return lab_.run_one();
  }
  bool was_told(const std::string& body) {
    const Json report = Json::parse(body);
    return lab_.described(report["task"])["lastStatus"] == report["status"];
  }

 private:
  LabUnderTest lab_;
  std::optional<http::Client> http_{std::in_place};
  aws::Credentials credentials_{{lab_.keys, ""}};
  aws::Signer signer_{
      credentials_, lab_.clock, {"eu-west-1", std::string(client::kEcsSigningName)}};
  std::optional<aws::Caller> caller_;
  std::optional<client::EcsControlPlane> ecs_;
  std::optional<FakeAgent> agent_;
};

template <class World>
class ControlPlaneContract : public ::testing::Test {
 protected:
  static protocol::RegisterContainerInstanceRequest registration(const std::string& cluster) {
    auto request =
        protocol::decode<protocol::RegisterContainerInstanceRequest>(FakeAgent::registration());
    EXPECT_TRUE(request) << request.error();
    request->cluster = cluster;
    return *request;
  }
  Result<protocol::RegisterContainerInstanceResponse> enlist(
      protocol::RegisterContainerInstanceRequest request) {
    return run(world.control_plane().register_instance(std::move(request), by));
  }
  template <class T>
  Result<T> run(Async<T> call) {
    return world.loop().run(std::move(call));
  }

  World world;
  const Deadline by = Deadline::after(std::chrono::seconds(20));
};

using Worlds = ::testing::Types<InMemory, OverTheWire>;
class NameOfControlPlane {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, InMemory> ? "Fake" : "Lab";
  }
};
TYPED_TEST_SUITE(ControlPlaneContract, Worlds, NameOfControlPlane);

TYPED_TEST(ControlPlaneContract, RegistersAnInstanceAndEchoesWhatItIs) {
  const auto request = this->registration("default");

  const auto answer = this->enlist(request);

  ASSERT_TRUE(answer) << answer.error();
  const auto& instance = answer->container_instance;
  EXPECT_THAT(instance.container_instance_arn,
              StartsWith("arn:aws:ecs:eu-west-1:123456789012:container-instance/default/"));
  EXPECT_EQ(instance.status, "ACTIVE");
  for (const protocol::Attribute& sent : request.attributes) {
    EXPECT_THAT(instance.attributes,
                ::testing::Contains(::testing::Field(&protocol::Attribute::name, sent.name)));
  }
}

TYPED_TEST(ControlPlaneContract, KnowsAnInstanceAgainByItsArn) {
  auto request = this->registration("default");
  const auto first = this->enlist(request);
  ASSERT_TRUE(first) << first.error();
  request.container_instance_arn = first->container_instance.container_instance_arn;

  const auto second = this->enlist(request);

  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->container_instance.container_instance_arn, request.container_instance_arn);
}

TYPED_TEST(ControlPlaneContract, RegistersIntoAClusterOnlyOnceItIsMade) {
  const auto too_early = this->enlist(this->registration("shop"));
  for (int time = 0; time < 2; ++time) {
    const auto made = this->run(this->world.control_plane().create_cluster("shop", this->by));
    EXPECT_TRUE(made) << made.error();
  }
  const auto answer = this->enlist(this->registration("shop"));

  EXPECT_TRUE(too_early.failed_with(Errc::NotFound));
  EXPECT_TRUE(answer) << answer.error();
}

TYPED_TEST(ControlPlaneContract, NamesAnEndpointForEachSession) {
  const auto enlisted = this->enlist(this->registration("default"));
  ASSERT_TRUE(enlisted) << enlisted.error();
  protocol::DiscoverPollEndpointRequest request;
  request.cluster = "default";
  request.container_instance = enlisted->container_instance.container_instance_arn;

  const auto found =
      this->run(this->world.control_plane().discover_poll_endpoint(request, this->by));

  ASSERT_TRUE(found) << found.error();
  EXPECT_THAT(found->endpoint, StartsWith("http://127.0.0.1"));
  EXPECT_THAT(found->telemetry_endpoint, StartsWith("http://127.0.0.1"));
  EXPECT_NE(found->endpoint, found->telemetry_endpoint);
}

TYPED_TEST(ControlPlaneContract, TakesAReportOfATaskAsOftenAsItIsSent) {
  const Json report{{"cluster", "default"},
                    {"task", this->world.add_task()},
                    {"status", "STOPPED"},
                    {"reason", "done"}};
  const std::string body = dump_json(report);

  const auto taken =
      this->run(this->world.control_plane().submit_task_state_change(body, this->by));
  const bool was_told = this->world.was_told(body);
  const auto again =
      this->run(this->world.control_plane().submit_task_state_change(body, this->by));

  EXPECT_TRUE(taken) << taken.error();
  EXPECT_TRUE(was_told);
  EXPECT_TRUE(again) << again.error();
}

TYPED_TEST(ControlPlaneContract, RefusesAReportOfATaskItDoesNotKnowForGood) {
  const std::string body = R"({"cluster":"default","status":"RUNNING",)"
                           R"("task":"arn:aws:ecs:eu-west-1:123456789012:task/default/none"})";

  const auto refused =
      this->run(this->world.control_plane().submit_task_state_change(body, this->by));

  EXPECT_TRUE(refused.failed_with(Errc::Invalid));
}

TYPED_TEST(ControlPlaneContract, TellsWhatAnInstanceIsNow) {
  const auto answer = this->enlist(this->registration("default"));
  ASSERT_TRUE(answer) << answer.error();
  const std::string arn = answer->container_instance.container_instance_arn;
  client::ControlPlane& control_plane = this->world.control_plane();

  const auto before = this->run(control_plane.instance_status("default", arn, this->by));
  const auto drained = this->run(control_plane.drain_instance("default", arn, this->by));
  const auto after = this->run(control_plane.instance_status("default", arn, this->by));
  const auto nobody = this->run(control_plane.instance_status("default", arn + "0", this->by));

  ASSERT_TRUE(before) << before.error();
  EXPECT_EQ(*before, "ACTIVE");
  ASSERT_TRUE(drained && after) << after.error();
  EXPECT_EQ(*after, "DRAINING");
  EXPECT_TRUE(nobody.failed_with(Errc::NotFound));
}

TYPED_TEST(ControlPlaneContract, DrainsAnInstanceThatIsThere) {
  const auto answer = this->enlist(this->registration("default"));
  ASSERT_TRUE(answer) << answer.error();
  const std::string arn = answer->container_instance.container_instance_arn;

  const auto drained =
      this->run(this->world.control_plane().drain_instance("default", arn, this->by));
  const auto again =
      this->run(this->world.control_plane().drain_instance("default", arn, this->by));
  const auto unknown =
      this->run(this->world.control_plane().drain_instance("default", arn + "0", this->by));

  EXPECT_TRUE(drained) << drained.error();
  EXPECT_TRUE(again) << again.error();
  EXPECT_FALSE(unknown);
}

TYPED_TEST(ControlPlaneContract, DeregistersAnInstanceOnce) {
  const auto answer = this->enlist(this->registration("default"));
  ASSERT_TRUE(answer) << answer.error();
  const std::string arn = answer->container_instance.container_instance_arn;

  const auto gone =
      this->run(this->world.control_plane().deregister_instance("default", arn, this->by));
  const auto again =
      this->run(this->world.control_plane().deregister_instance("default", arn, this->by));

  EXPECT_TRUE(gone) << gone.error();
  EXPECT_TRUE(again.failed_with(Errc::NotFound)) << again.error();
}

TYPED_TEST(ControlPlaneContract, TakesAttachmentsItNoLongerKnows) {
  protocol::SubmitAttachmentStateChangesRequest request;
  request.cluster = "default";
  request.attachments.push_back({"arn:aws:ecs:eu-west-1:123456789012:attachment/1", "ATTACHED"});

  const auto taken = this->run(this->world.control_plane().submit_attachment_state_changes(
      dump_json(protocol::encode(request)), this->by));

  EXPECT_TRUE(taken) << taken.error();
}

}  // namespace
}  // namespace berth::testing
