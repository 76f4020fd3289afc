// admin_test.cpp - the words survive the wire, and each path has its answer.
#include "agent/local/admin.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/local/admin_server.hpp"
#include "base/http/client.hpp"
#include "base/json.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::local {
namespace {

const std::string kArn = "arn:aws:ecs:eu-west-1:123456789012:task/lab/";

TaskView task(const std::string& id) {
  ContainerView web{"web",     id + "-0",    "shop:7", "RUNNING",
                    "HEALTHY", std::nullopt, "",       "/var/lib/berth/logs/" + id + "/web"};
  ContainerView side{"side", id + "-1", "side:1", "STOPPED", "", 137, "killed", "", 3};
  return {kArn + id, "shop",     "7",        "RUNNING",
          "RUNNING", "HEALTHY",  "10.0.0.5", WallTime(std::chrono::milliseconds(1'700'000'000'123)),
          "because", {web, side}};
}

const WallTime kNoon{std::chrono::milliseconds(1'767'225'600'000)};

model::Why why(const std::string& arn) {
  return {arn,
          "PENDING",
          kNoon,
          model::Waiting{"a turn", kNoon, kNoon, "it fails"},
          {{"", "it died"}, {"web", "exited"}}};
}

model::Timeline timeline(const std::string& arn) {
  using std::chrono::milliseconds;
  return {arn,
          {{kNoon, model::EntryKind::Accepted, "", "accepted", {}},
           {kNoon, model::EntryKind::StepDone, "web", "started", milliseconds(45)}},
          1,
          7};
}

Async<std::vector<std::string>> remembered() {
  co_return std::vector<std::string>{kArn + "aa11", kArn + "past1", kArn + "past2"};
}
Async<model::Why> asked_why(std::string arn) {
  co_return why(arn);
}
Async<model::Timeline> asked_timeline(std::string arn) {
  co_return timeline(arn);
}

FileView file() {
  return {
      "web.json", "shop", kArn + "aa", 2, WallTime(std::chrono::milliseconds(1'700'000'000'123)),
      "cpu: why"};
}

const FindingView kOrphan{"orphan", "cgroup", "/berth/cc", "cc", "there is no such task"};

/// A node with one orphan, which a repair removes.
Async<AuditView> audit(bool with_repair) {
  AuditView view;
  (with_repair ? view.removed : view.findings).push_back(kOrphan);
  co_return view;
}

/// What it was asked about is in its answer.
PlanView planned(const std::string& definition, bool is_of_a_file) {
  return {is_of_a_file ? "file" : "control-plane",
          "http://lab",
          definition.empty() ? "it is empty" : "",
          "tcp/80",
          {{"family", "honoured", definition}}};
}

const MembershipView kMember{"lab", "arn:instance", "ACTIVE", true, "it was away"};

/// Connected once it is waited for.
Async<MembershipView> member(std::chrono::seconds wait) {
  MembershipView view = kMember;
  view.connected = wait.count() > 0;
  co_return view;
}

AdminSources sources(std::vector<TaskView> tasks) {
  return {[tasks] { return tasks; },
          [] { return std::vector{file()}; },
          [] { return VersionView{"1.2.3", "lab", "arn:instance", 42}; },
          audit,
          [](bool begin) { return DrainView{begin, 2, 1, ""}; },
          remembered,
          asked_timeline,
          asked_why,
          planned,
          member};
}

http::Response answered(const std::string& method, const std::string& target, AdminSources from,
                        const std::string& body = "") {
  berth::testing::Loop loop;
  http::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  auto shared = std::make_shared<const AdminSources>(std::move(from));
  const Result<http::Response> response = loop.run(answer_admin(shared, request));
  EXPECT_TRUE(response);
  return response ? *response : http::Response{};
}

http::Response get(const std::string& target,
                   std::vector<TaskView> tasks = {task("aa11"), task("aa22"), task("bb")}) {
  return answered("GET", target, sources(std::move(tasks)));
}

TEST(AdminWords, SurviveTheWire) {
  const VersionView version{"1.2.3", "lab", "arn:instance", 42};
  const LogsView logs{kArn + "aa", {{"web", "/logs/web", true}, {"side", "", false}}};
  const Refusal refusal{"which one?", {"aa", "ab"}};

  EXPECT_EQ(read_version(to_json(version)).value(), version);
  EXPECT_EQ(read_task(to_json(task("aa"))).value(), task("aa"));
  EXPECT_EQ(read_tasks(to_json(std::vector{task("aa"), task("bb")})).value(),
            (std::vector{task("aa"), task("bb")}));
  FileView quiet = file();
  quiet.starts.reset();
  quiet.found_free = 4;
  EXPECT_EQ(read_files(to_json(std::vector<TaskView>(), {file(), quiet})).value(),
            (std::vector{file(), quiet}));
  EXPECT_EQ(read_logs(to_json(logs)).value(), logs);
  EXPECT_EQ(read_refusal(to_json(refusal)).value(), refusal);
  EXPECT_EQ(read_membership(to_json(kMember)).value(), kMember);
  const StateView state{"lab", "arn:instance", "http://lab", 3, true};
  EXPECT_EQ(read_state(to_json(state)).value(), state);
  EXPECT_EQ(read_why(to_json(why(kArn + "aa"))).value(), why(kArn + "aa"));
  EXPECT_EQ(read_why(to_json(model::Why{})).value(), model::Why{});
  EXPECT_EQ(read_plan(to_json(planned("", true))).value(), planned("", true));
  EXPECT_TRUE(read_plan(R"({"remarks": [{"path": 1}]})").failed_with(Errc::Invalid));
  model::Why busy = why(kArn + "aa");
  busy.network = model::NetworkUse{std::uint64_t{1} << 40, 2, 3, 4, 5, 6, 7, 8};
  busy.resources = model::ResourceUse();
  EXPECT_EQ(read_why(to_json(busy)).value(), busy);
  busy.resources = model::ResourceUse{std::chrono::milliseconds(1),
                                      2,
                                      3,
                                      std::chrono::milliseconds(4),
                                      5,
                                      6,
                                      7,
                                      8,
                                      9,
                                      10,
                                      model::Stall{11.5, std::nullopt},
                                      model::Stall{12.25, 13},
                                      std::nullopt};
  EXPECT_EQ(read_why(to_json(busy)).value(), busy);
  EXPECT_EQ(read_timeline(to_json(timeline(kArn + "aa"))).value(), timeline(kArn + "aa"));
}

TEST(AdminWords, RefuseWhatIsMalformed) {
  EXPECT_TRUE(read_tasks("nonsense").failed_with(Errc::Invalid));
  EXPECT_TRUE(read_tasks(R"({"tasks": 1})").failed_with(Errc::Invalid));
  EXPECT_EQ(read_tasks(R"({"tasks": [{"containers": [{"name": 1}]}]})").error().message,
            "tasks[0].containers[0].name: 1 must be a string");
  EXPECT_TRUE(read_logs(R"({"containers": [{"stopped": "x"}]})").failed_with(Errc::Invalid));
  EXPECT_EQ(read_timeline(R"({"entries": [{"kind": "odd"}]})").error().message,
            "timeline.entries[0].kind: \"odd\" is no kind of entry");
  EXPECT_EQ(read_why(R"({"waiting": {"sinceMs": "x"}})").error().message,
            "why.waiting.sinceMs: \"x\" must be a whole number");
  EXPECT_EQ(read_why(R"({"resources": {"stalls": {"io": {"some": "x"}}}})").error().message,
            "why.resources.stalls.io.some: \"x\" must be a number");
}

TEST(AdminServer, FindsATaskByIdPrefixOrArn) {
  const char* wanted[] = {"bb", "b",
                          "arn%3Aaws%3Aecs%3Aeu-west-1%3A123456789012%3Atask%2Flab%2Fbb"};
  for (const char* each : wanted) {
    const auto response = get("/v1/tasks/" + std::string(each));
    EXPECT_EQ(response.status, 200) << each;
    EXPECT_EQ(read_task(response.body).value(), task("bb")) << each;
  }
}

TEST(AdminServer, PrefersAnExactIdToLongerOnes) {
  const auto response = get("/v1/tasks/aa", {task("aaa"), task("aa")});

  EXPECT_EQ(read_task(response.body).value(), task("aa"));
}

TEST(AdminServer, ListsTheCandidatesOfAnAmbiguousPrefix) {
  const auto response = get("/v1/tasks/aa/logs");

  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.body,
            "{\"candidates\":[\"aa11\",\"aa22\"],"
            "\"message\":\"2 tasks begin with \\\"aa\\\"\"}\n");
}

TEST(AdminServer, TellsWhereTheLogsAre) {
  const auto response = get("/v1/tasks/bb/logs");

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(
      read_logs(response.body).value(),
      (LogsView{kArn + "bb", {{"web", "/var/lib/berth/logs/bb/web", false}, {"side", "", true}}}));
}

TEST(AdminServer, TellsOfTheLifeOfTasksThatAreThereAndOfThoseThatAreGone) {
  for (const char* id : {"aa11", "bb", "past1"}) {
    const std::string path = "/v1/tasks/" + std::string(id);
    EXPECT_EQ(read_why(get(path + "/why").body).value(), why(kArn + id));
    EXPECT_EQ(read_timeline(get(path + "/timeline?x=1").body).value(), timeline(kArn + id));
  }
}

TEST(AdminServer, RefusesALifeItCannotFind) {
  EXPECT_EQ(get("/v1/tasks/cc/why").status, 404);
  EXPECT_EQ(get("/v1/tasks//timeline").status, 404);
  EXPECT_EQ(read_refusal(get("/v1/tasks/why").body).value().message,
            "no task with the id or ARN \"why\"");
  const auto ambiguous = get("/v1/tasks/past/why");
  EXPECT_EQ(ambiguous.status, 409);
  EXPECT_EQ(read_refusal(ambiguous.body).value().candidates,
            (std::vector<std::string>{"past1", "past2"}));
}

TEST(AdminServer, RefusesWhatItDoesNotKnow) {
  struct Case {
    const char* target;
    const char* message;
  };
  const Case cases[] = {
      {"/v1/tasks/cc", "no task with the id or ARN \"cc\""},
      {"/v1/tasks/", "no task is named"},
      {"/v1/tasks//logs", "no task is named"},
      {"/v1/taskss", "nothing is at /v1/taskss"},
      {"/", "nothing is at /"},
      {"/v2/tasks?x=1", "nothing is at /v2/tasks"},
  };
  for (const Case& c : cases) {
    const auto response = get(c.target);
    EXPECT_EQ(response.status, 404) << c.target;
    EXPECT_EQ(read_refusal(response.body).value().message, c.message);
  }
  EXPECT_EQ(get("/v1/tasks/%zz").status, 404);
}

TEST(AdminServer, AnswersOnlyTheMethodsItKnows) {
  EXPECT_EQ(answered("POST", "/v1/tasks", sources({})).status, 405);
  EXPECT_EQ(answered("DELETE", "/v1/audit", sources({})).status, 405);
}

TEST(AdminServer, AuditsWithGetAndRepairsWithPost) {
  const auto audit_only = answered("GET", "/v1/audit", sources({}));
  const auto repair = answered("POST", "/v1/audit", sources({}));

  EXPECT_EQ(audit_only.status, 200);
  EXPECT_EQ(read_audit(audit_only.body).value(), (AuditView{{kOrphan}, {}}));
  EXPECT_EQ(repair.status, 200);
  EXPECT_EQ(read_audit(repair.body).value(), (AuditView{{}, {kOrphan}}));
}

TEST(AdminServer, TellsWhyTheNodeCouldNotBeLookedAt) {
  AdminSources from = sources({});
  from.audit = [](bool) -> Async<AuditView> {
    co_return Error{Errc::Unavailable, 0, "containerd is away"};
  };

  const auto response = answered("GET", "/v1/audit", std::move(from));

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(read_refusal(response.body).value().message,
            "the node could not be looked at: Unavailable: containerd is away");
}

TEST(AdminServer, ServesOnASocketForItsOwnerOnly) {
  std::string directory = std::filesystem::temp_directory_path() / "berth-admin-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/berthd.sock";
  berth::testing::Loop loop;
  auto server = serve_admin({"", 0, path}, sources({task("aa")}), loop.nursery);
  ASSERT_TRUE(server) << server.error().text();
  struct stat seen{};
  ASSERT_EQ(::stat(path.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777u, 0600u);

  http::Client client;
  http::Request request;
  request.target = "/v1/tasks";
  auto response = loop.run(
      client.fetch_unix(path, request, 1 << 20, Deadline::after(std::chrono::seconds(10))));

  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(read_tasks(response->body).value(), std::vector{task("aa")});
  EXPECT_EQ(read_files(response->body).value(), std::vector{file()});
  loop.stop();
  std::filesystem::remove_all(directory);
}

TEST(Admin, TellsHowFarADrainIsAndBeginsOne) {
  for (const char* method : {"GET", "POST"}) {
    const http::Response response = answered(method, "/v1/drain", sources({}));

    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(read_drain(response.body).value(),
              (DrainView{std::string(method) == "POST", 2, 1, ""}));
  }
}

TEST(AdminServer, TellsOfTheMembershipAtOnceOrWhenItIsWaitedFor) {
  EXPECT_FALSE(read_membership(get("/v1/membership").body).value().connected);
  EXPECT_EQ(read_membership(get("/v1/membership?wait=5").body).value(), kMember);
  EXPECT_EQ(answered("POST", "/v1/membership", sources({})).status, 405);
  for (const char* bad : {"-1", "601", "x", "", "1s"}) {
    const auto refused = get("/v1/membership?wait=" + std::string(bad));
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_EQ(read_refusal(refused.body).value().message,
              "wait \"" + std::string(bad) + "\": must be a number of seconds from 0 to 600");
  }
}

TEST(AdminServer, TellsWhatWouldComeOfADefinition) {
  const auto sent = answered("POST", "/v1/plan", sources({}), "{}");
  const auto of_a_file = answered("POST", "/v1/plan/file", sources({}), "{}");

  EXPECT_EQ(read_plan(sent.body).value(), planned("{}", false));
  EXPECT_EQ(read_plan(of_a_file.body).value(), planned("{}", true));
  EXPECT_EQ(Json::parse(sent.body)["wouldRun"], true);
  EXPECT_EQ(answered("GET", "/v1/plan", sources({})).status, 405);
  EXPECT_EQ(answered("GET", "/v1/plan/other", sources({})).status, 404);
}

}  // namespace
}  // namespace berth::local
