// client_policy_test.cpp - waits, windows and queries of the sessions, by table.
#include <gtest/gtest.h>

#include "base/dir.hpp"
#include "base/json.hpp"
#include "controlplane/client/link.hpp"
#include "controlplane/client/policy.hpp"

namespace berth::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// The query that the ECS agent sent when it connected, as recorded.
std::string recorded_query(const std::string& kind) {
  const auto text = read_file(BERTH_TEST_DATA "/ecs-agent-traces/01-upgrades.json");
  const auto trace = parse_json(*text);
  for (const Json& record : trace->at("records")) {
    if (record.at("kind") == kind) return record.at("raw_query");
  }
  return "";
}

Identity recorded_identity() {
  return {"mockcluster",
          "arn:aws:ecs:us-west-2:123456789012:container-instance/mockcluster/"
          "5a5bd33bd99f4ab0a19bbab12e1a5d37",
          "1.105.1", "8dfceca6", "20.10.24+dfsg1"};
}

TEST(TaskSessionQuery, IsTheOneTheEcsAgentSends) {
  EXPECT_EQ(task_session_query(recorded_identity(), true), recorded_query("acs.connect"));
}

TEST(TelemetrySessionQuery, IsTheOneTheEcsAgentSends) {
  EXPECT_EQ(telemetry_session_query(recorded_identity()), recorded_query("tcs.connect"));
}

TEST(SessionQuery, LeavesOutARuntimeThatIsNotKnown) {
  Identity who = recorded_identity();
  who.runtime_version = "";

  EXPECT_EQ(task_session_query(who, false).find("dockerVersion"), std::string::npos);
  EXPECT_NE(task_session_query(who, false).find("&sendCredentials=false&"), std::string::npos);
  EXPECT_EQ(telemetry_session_query(who).find("dockerVersion"), std::string::npos);
}

TEST(SessionUrl, AppendsWsToWhatTheServiceNames) {
  struct Row {
    const char* base;
    const char* url;
  };
  const Row rows[] = {
      {"http://h:8180/acs/", "ws://h:8180/acs/ws?q=1"},
      {"https://ecs-a-1.eu-west-1.amazonaws.com", "wss://ecs-a-1.eu-west-1.amazonaws.com/ws?q=1"},
      {"https://h/acs", "wss://h/acs/ws?q=1"}};
  for (const Row& row : rows) EXPECT_EQ(session_url(row.base, "q=1")->text(), row.url);
  EXPECT_TRUE(session_url("ws://h/", "").failed_with(Errc::Invalid));
  EXPECT_TRUE(session_url("nonsense", "").failed_with(Errc::Invalid));
}

TEST(IsClean, HoldsForTheFourClosesOfTheIncumbent) {
  for (int code : {1000, 1001, 1006, 1011}) EXPECT_TRUE(is_clean(code)) << code;
  for (int code : {1002, 1003, 1005, 1008, 1009, 1012, 4000}) EXPECT_FALSE(is_clean(code)) << code;
}

TEST(Reconnect, GrowsFromAQuarterSecondToTwoMinutesForTasks) {
  Random random(1);
  Reconnect reconnect(task_session_times());
  double base = 250;
  for (int nth = 0; nth < 30; ++nth) {
    const auto wait = reconnect.wait_after(End::Failed, seconds(0), random);
    EXPECT_GE(wait.count(), static_cast<long>(base) - 1);
    EXPECT_LE(wait.count(), base * 1.2 + 1);
    base = std::min(base * 1.5, 120'000.0);
  }
}

TEST(Reconnect, GrowsFromOneSecondToOneMinuteForTelemetry) {
  Random random(1);
  Reconnect reconnect(telemetry_session_times());
  double base = 1000;
  for (int nth = 0; nth < 12; ++nth) {
    const auto wait = reconnect.wait_after(End::Failed, seconds(0), random);
    EXPECT_GE(wait.count(), base);
    EXPECT_LE(wait.count(), base * 1.2 + 1);
    base = std::min(base * 2, 60'000.0);
  }
}

/// The wait that follows `end`, after three failures have made the backoff grow.
milliseconds wait_after_failures(SessionTimes times, End end, seconds connected_for) {
  Random random(1);
  times.backoff.jitter = 0;
  Reconnect reconnect(times);
  for (int nth = 0; nth < 3; ++nth) (void)reconnect.wait_after(End::Failed, seconds(0), random);
  return reconnect.wait_after(end, connected_for, random);
}

TEST(Reconnect, WaitsByHowTheConnectionEnded) {
  struct Row {
    const char* what;
    SessionTimes times;
    End end;
    seconds connected_for;
    milliseconds wait;
  };
  const SessionTimes tasks = task_session_times();
  const SessionTimes telemetry = telemetry_session_times();
  const Row rows[] = {
      {"clean close: at once", tasks, End::Clean, seconds(5), milliseconds(0)},
      {"closed as soon as open: not at once", tasks, End::Clean, seconds(0), milliseconds(843)},
      {"failed: on with the backoff", tasks, End::Failed, seconds(59), milliseconds(843)},
      {"failed after two minutes: anew", tasks, End::Failed, seconds(120), milliseconds(250)},
      {"deregistered: an hour", tasks, End::Inactive, seconds(0), minutes(60)},
      {"telemetry, clean close: at once", telemetry, End::Clean, seconds(5), milliseconds(0)},
      {"telemetry, failed late: still on", telemetry, End::Failed, seconds(600), seconds(8)},
      {"telemetry, deregistered: backoff", telemetry, End::Inactive, seconds(0), seconds(8)},
  };
  for (const Row& row : rows) {
    const auto wait = wait_after_failures(row.times, row.end, row.connected_for);
    EXPECT_LE(std::abs((wait - row.wait).count()), 2) << row.what << ": " << wait.count();
  }
}

TEST(Reconnect, StartsAnewAfterACleanClose) {
  Random random(1);
  SessionTimes times = telemetry_session_times();
  times.backoff.jitter = 0;
  Reconnect reconnect(times);
  for (int nth = 0; nth < 5; ++nth) (void)reconnect.wait_after(End::Failed, seconds(0), random);

  (void)reconnect.wait_after(End::Clean, seconds(5), random);

  EXPECT_EQ(reconnect.wait_after(End::Failed, seconds(0), random), seconds(1));
}

TEST(Watch, WaitsOneToTwoMinutesForAMessageAndThirtyToThirtyFiveForAll) {
  Random random(7);
  const Moment start = Moment(std::chrono::hours(5));
  for (int nth = 0; nth < 200; ++nth) {
    Watch watch(task_session_times(), start, random);
    const auto first = watch.due() - start;
    EXPECT_GE(first, seconds(60));
    EXPECT_LE(first, seconds(120));
    EXPECT_TRUE(watch.is_silent(watch.due()));
    EXPECT_FALSE(watch.has_expired(watch.due()));

    watch.heard(start + minutes(29));
    EXPECT_FALSE(watch.is_silent(start + minutes(29) + seconds(59)));
    EXPECT_FALSE(watch.has_expired(start + minutes(30) - milliseconds(1)));
    EXPECT_TRUE(watch.has_expired(start + minutes(35)));
  }
}

}  // namespace
}  // namespace berth::client
