// ec2_test.cpp - a metadata service like EC2's, and machines that are none of EC2's.
#include "agent/node/ec2.hpp"

#include <gmock/gmock.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/loopback_server.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::node {
namespace {

using berth::testing::Loop;
using berth::testing::Scratch;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

[[maybe_unused]] const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

constexpr const char* kDocument = R"({"region":"eu-west-1","instanceId":"i-1"})";

/// Version 2 of the service: nothing without the token that it gives.
struct Service {
  std::map<std::string, std::string> answers{
      {"dynamic/instance-identity/document", kDocument},
      {"dynamic/instance-identity/signature", "c2lnbmVk"},
      {"meta-data/mac", "02:00:00:00:00:01"},
      {"meta-data/network/interfaces/macs/02:00:00:00:00:01/vpc-id", "vpc-1"},
      {"meta-data/network/interfaces/macs/02:00:00:00:00:01/subnet-id", "subnet-1"}};
  bool is_silent = false;
  int status = 0;  ///< other than 0: what it answers to everything
};

Async<http::Response> serve(const Service* service, http::Request request) {
  if (service->is_silent) co_await SystemClock().sleep(1h);
  if (service->status != 0) co_return http::Response{service->status, {}, ""};
  if (request.method == "PUT" && request.target == "/latest/api/token") {
    const auto ttl = http::find_header(request.headers, "X-aws-ec2-metadata-token-ttl-seconds");
    co_return http::Response{ttl ? 200 : 400, {}, "the-token"};
  }
  const auto token = http::find_header(request.headers, "X-aws-ec2-metadata-token");
  if (token != "the-token") co_return http::Response{401, {}, ""};
  constexpr std::string_view kStart = "/latest/";
  const auto found = service->answers.find(request.target.substr(kStart.size()));
  if (found == service->answers.end()) co_return http::Response{404, {}, ""};
  co_return http::Response{200, {}, found->second};
}

struct AskEc2 : ::testing::Test {
  Loop loop;
  Service service;
  http::Client client;
  std::unique_ptr<http::Server> server;

  AskEc2() {
    http::Server::Handlers handlers;
    handlers.request = [this](http::Request request, http::Peer) {
      return serve(&service, std::move(request));
    };
    server = berth::testing::serve_on_loopback(std::move(handlers), loop.nursery);
  }
  ~AskEc2() override { loop.stop(); }

  Result<model::Ec2Facts> ask(std::chrono::milliseconds patience = 10s) {
    auto url = http::parse_url(berth::testing::url_of(*server));
    return loop.run(ask_ec2(client, *url, Deadline::after(patience)));
  }
};

TEST_F(AskEc2, TellsWhatTheMachineIs) {
  const auto facts = ask();

  ASSERT_TRUE(facts) << facts.error();
  EXPECT_EQ(facts->region, "eu-west-1");
  EXPECT_EQ(facts->identity_document, kDocument);
  EXPECT_EQ(facts->identity_signature, "c2lnbmVk");
  EXPECT_EQ(facts->vpc_id, "vpc-1");
  EXPECT_EQ(facts->subnet_id, "subnet-1");
}

TEST_F(AskEc2, NamesTheQuestionThatHasNoAnswer) {
  service.answers.erase("dynamic/instance-identity/signature");

  const auto facts = ask();

  ASSERT_TRUE(facts.failed_with(Errc::Unavailable));
  EXPECT_THAT(facts.error().text(),
              HasSubstr("/latest/dynamic/instance-identity/signature: HTTP 404"));
}

TEST_F(AskEc2, TakesNoDocumentWithoutARegion) {
  for (const char* document : {"{}", "[]", "no JSON", R"({"region":1})"}) {
    service.answers["dynamic/instance-identity/document"] = document;
    EXPECT_TRUE(ask().failed_with(Errc::Broken)) << document;
  }
}

TEST_F(AskEc2, DoesNotWaitForOneThatIsSilent) {
  service.is_silent = true;

  EXPECT_TRUE(ask(20ms).failed_with(Errc::TimedOut));
}

struct AwaitEc2 : AskEc2 {
  berth::testing::FakeClock clock;
  std::optional<Result<std::optional<model::Ec2Facts>>> told;

  ~AwaitEc2() override { loop.stop(); }

  static Async<> keep(Async<std::optional<model::Ec2Facts>> asking,
                      std::optional<Result<std::optional<model::Ec2Facts>>>* into) {
    Result<std::optional<model::Ec2Facts>> facts = co_await std::move(asking);
    *into = std::move(facts);
    co_return ok();
  }
  void begin() {
    auto url = http::parse_url(berth::testing::url_of(*server));
    loop.nursery.start("await", keep(await_ec2(*url, clock), &told));
  }
  bool waits() const { return clock.next_wake() && *clock.next_wake() > 0s; }
  /// Until it waits, or has ended.
  void go_on() {
    while (!told && !waits()) {
      loop.io.restart();
      loop.io.run_one();
    }
  }
};

TEST_F(AwaitEc2, AsksAgainOfOneThatIsNotReadyYet) {
  service.status = 503;
  begin();
  go_on();
  EXPECT_FALSE(told);

  service.status = 0;
  clock.advance(1s);
  go_on();

  ASSERT_TRUE(told && *told);
  ASSERT_TRUE(**told);
  EXPECT_EQ((**told)->identity_signature, "c2lnbmVk");
}

TEST_F(AwaitEc2, GoesOnWithoutAfterHalfAMinute) {
  service.status = 503;
  const auto began = clock.now();
  begin();
  for (go_on(); !told; go_on()) clock.advance(*clock.next_wake());

  ASSERT_TRUE(*told) << told->error();
  EXPECT_FALSE(**told);
  EXPECT_LE(clock.now() - began, 30s);
  EXPECT_GT(clock.now() - began, 27s);
}

TEST_F(AwaitEc2, DoesNotWaitForOneThatIsOff) {
  service.status = 403;
  begin();
  go_on();

  ASSERT_TRUE(told && *told);
  EXPECT_FALSE(**told);
}

TEST(Ec2Region, SaysWhyThereIsNone) {
  const Scratch nothing;
  const Dir root = *Dir::open(nothing.path());

  const auto elsewhere = ec2_region(root, {});
  const auto silent =
      ec2_region(root, {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9"}});

  ASSERT_TRUE(elsewhere) << elsewhere.error();
  EXPECT_EQ(*elsewhere, std::nullopt);
  EXPECT_TRUE(silent.failed_with(Errc::Unavailable)) << silent.error();
}

TEST(Ec2MetadataService, IsAskedOnlyWhereEc2CanBe) {
  const struct {
    const char* vendor;
    const char* hypervisor;
    std::map<std::string, std::string> environment;
    const char* expected;
  } rows[] = {
      {"Amazon EC2\n", "", {}, "169.254.169.254"},
      {"Xen\n", "ec2e1916-9099-7caf-fd21-012345abcdef\n", {}, "169.254.169.254"},
      {"QEMU\n", "", {}, ""},
      {"", "", {}, ""},
      {"Amazon EC2\n", "", {{"AWS_EC2_METADATA_DISABLED", "true"}}, ""},
      {"QEMU\n", "", {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:8169"}}, "127.0.0.1"},
  };
  for (const auto& row : rows) {
    const Scratch scratch;
    const Dir root = *Dir::open(scratch.path());
    std::filesystem::create_directories(scratch.path("sys/class/dmi/id"));
    std::filesystem::create_directories(scratch.path("sys/hypervisor"));
    scratch.write("sys/class/dmi/id/sys_vendor", row.vendor);
    scratch.write("sys/hypervisor/uuid", row.hypervisor);

    const auto service = ec2_metadata_service(root, row.environment);

    ASSERT_TRUE(service) << service.error();
    EXPECT_EQ(*service ? (*service)->host : "", row.expected);
  }
  const Scratch nothing;
  const auto bad = ec2_metadata_service(*Dir::open(nothing.path()),
                                        {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "nowhere"}});
  ASSERT_TRUE(bad.failed_with(Errc::Invalid));
  EXPECT_THAT(bad.error().text(), HasSubstr("AWS_EC2_METADATA_SERVICE_ENDPOINT"));
}

}  // namespace
}  // namespace berth::node
