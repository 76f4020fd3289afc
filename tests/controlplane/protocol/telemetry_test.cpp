// telemetry_test.cpp - telemetry messages and their signed frames.
#include "controlplane/protocol/telemetry.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "controlplane/protocol/session.hpp"

namespace berth::protocol {
namespace {

TEST(PublishMetrics, IsShortWhenIdle) {
  PublishMetricsRequest request;
  request.cluster = "lab";
  request.container_instance = "arn:ci";
  request.message_id = "b7";
  request.idle = true;
  request.timestamp = WallTime{std::chrono::milliseconds(1767225620512)};

  EXPECT_EQ(encode(request), Json::parse(R"({"metadata":{"cluster":"lab",
    "containerInstance":"arn:ci","messageId":"b7","idle":true,"fin":true},
    "timestamp":1767225620.512})"));
}

TEST(PublishMetrics, HasNoNetworkWhereTheTaskHasNone) {
  PublishMetricsRequest request;
  request.tasks.resize(1);
  request.tasks[0].task_arn = "arn:task";
  request.tasks[0].containers.resize(1);
  request.tasks[0].containers[0].container_name = "web";
  request.tasks[0].containers[0].restart_count = 2;

  const Json metric = encode(request)["taskMetrics"][0]["containerMetrics"][0];

  EXPECT_FALSE(metric.contains("networkStatsSet"));
  EXPECT_FALSE(metric.contains("storageStatsSet"));
  EXPECT_EQ(metric["restartStatsSet"], (Json{{"restartCount", 2}}));
  EXPECT_EQ(decode<PublishMetricsRequest>(encode(request)).value(), request);
}

TEST(PublishHealth, NamesTheContainerWithABadStatus) {
  auto request = decode<PublishHealthRequest>(Json::parse(R"({"metadata":{},"timestamp":1,
    "tasks":[{"taskArn":"arn:task","containers":[{"containerName":"web","healthStatus":1}]}]})"));

  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message,
            "PublishHealthRequest.tasks[0].containers[0].healthStatus: 1 must be a string");
}

TEST(SignedFrame, ComesBackAsItWasJoined) {
  SignedFrame frame;
  frame.headers = {{"Authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host"},
                   {"Host", "127.0.0.1:8180"},
                   {"X-Amz-Date", "20260101T000020Z"}};
  frame.body = frame_text(AckPublishMetric{});

  const std::string text = join_frame(frame);

  EXPECT_TRUE(text.ends_with("X-Amz-Date: 20260101T000020Z\r\n\r\n" + frame.body)) << text;
  auto split = split_frame(text);
  ASSERT_TRUE(split) << split.error();
  EXPECT_EQ(*split, frame);
}

TEST(SignedFrame, MayBePlainJson) {
  auto split = split_frame(R"({"type":"HeartbeatMessage","message":{}})");

  ASSERT_TRUE(split) << split.error();
  EXPECT_TRUE(split->headers.empty());
  EXPECT_EQ(split->body, R"({"type":"HeartbeatMessage","message":{}})");
}

TEST(SignedFrame, IsRefusedWithoutItsEmptyLine) {
  for (const char* text : {"", "Host: a", "Host: a\r\n", "Host: a\r\n{}", "Host\r\n\r\n{}"}) {
    EXPECT_TRUE(split_frame(text).failed_with(Errc::Invalid)) << text;
  }
}

}  // namespace
}  // namespace berth::protocol
