// fake_agent.hpp - an ECS agent without containers: registers, connects, acknowledges, reports.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "aws/sigv4.hpp"
#include "base/http/websocket.hpp"
#include "controlplane/protocol/attach_interfaces.hpp"
#include "controlplane/protocol/berth_network.hpp"
#include "controlplane/protocol/instance.hpp"
#include "controlplane/protocol/payload.hpp"
#include "controlplane/protocol/session.hpp"
#include "controlplane/protocol/state_change.hpp"
#include "controlplane/protocol/telemetry.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::testing {

/// Talks to the lab on a port, from the test's own loop.
class FakeAgent {
 public:
  FakeAgent(Loop& loop, std::uint16_t port, aws::Keys keys)
      : loop_(loop), port_(port), keys_(std::move(keys)) {}

  static Json registration(std::int64_t cpu = 2048, std::int64_t memory = 4096) {
    protocol::RegisterContainerInstanceRequest request;
    request.cluster = "default";
    request.attributes = {{"ecs.capability.task-eni", std::nullopt, "", ""},
                          {"ecs.os-type", "linux", "", ""},
                          {"stack", "prod", "", ""}};
    request.total_resources = {protocol::integer_resource("CPU", cpu),
                               protocol::integer_resource("MEMORY", memory),
                               protocol::string_set_resource("PORTS", {"22"}),
                               protocol::string_set_resource("PORTS_UDP", {})};
    return protocol::encode(request);
  }

  /// Registers, remembers the ARN; the instance as the lab answers it.
  Json join(Json request = registration()) {
    const Json body = call("RegisterContainerInstance", request).body;
    const Json instance = body.value("containerInstance", Json::object());
    arn = instance.value("containerInstanceArn", "");
    EXPECT_FALSE(arn.empty()) << body.dump();
    return instance;
  }

  Answered call(const std::string& operation, const Json& input) {
    return call_lab(loop_, port_, keys_, operation, input);
  }

  /// Opens the task session; the refusal's body when it is refused, else "".
  std::string connect() {
    return open("/acs/ws",
                "agentHash=abc&agentVersion=1.0.0&clusterArn=default&containerInstanceArn=" +
                    http::percent_encode(arn) +
                    "&dockerVersion=containerd&protocolVersion=2&sendCredentials=true&seqNum=1",
                tasks);
  }
  std::string connect_telemetry() {
    telemetry_target_ =
        "/tcs/ws?agentVersion=1.0.0&cluster=default&containerInstance=" + http::percent_encode(arn);
    return open("/tcs/ws", telemetry_target_.substr(telemetry_target_.find('?') + 1), telemetry);
  }

  /// The next message of that type; heartbeats, task manifests and what is said of the network
  /// before it are answered.
  template <class Message>
  Json next() {
    for (;;) {
      auto frame = loop_.run(tasks->read(Deadline::after(std::chrono::seconds(5))));
      EXPECT_TRUE(frame) << Message::kType << ": " << frame.error();
      if (!frame) return Json::object();
      const auto envelope = protocol::decode_frame(*frame);
      EXPECT_TRUE(envelope) << *frame;
      if (envelope->type == Message::kType) return envelope->message;
      const std::string id = envelope->message.value("messageId", "");
      if (envelope->type == protocol::TaskManifestMessage::kType ||
          envelope->type == protocol::BerthNetworkMessage::kType) {
        this->ack(id);
      } else if (envelope->type == protocol::HeartbeatMessage::kType) {
        send(protocol::frame_text(protocol::HeartbeatAckRequest{id}));
      } else {
        ADD_FAILURE() << "unexpected " << *frame;
        return Json::object();
      }
    }
  }
  protocol::DecodedPayload next_payload() {
    auto payload = protocol::decode_payload(next<protocol::PayloadMessage>());
    EXPECT_TRUE(payload) << payload.error();
    return payload ? std::move(*payload) : protocol::DecodedPayload();
  }

  /// The next task manifest, acknowledged; what is told before it, too.
  protocol::TaskManifestMessage next_manifest() {
    auto manifest = acknowledge_until<protocol::TaskManifestMessage>();
    this->ack(manifest.message_id);
    return manifest;
  }
  /// The next word of the network; what is told before it is acknowledged.
  protocol::BerthNetworkMessage next_network() {
    return acknowledge_until<protocol::BerthNetworkMessage>();
  }

  void send(std::string frame) {
    const auto sent =
        loop_.run(tasks->write(std::move(frame), Deadline::after(std::chrono::seconds(5))));
    EXPECT_TRUE(sent) << sent.error();
  }
  void ack(const std::string& message_id) {
    protocol::AckRequest request;
    request.cluster = "default";
    request.container_instance = arn;
    request.message_id = message_id;
    send(protocol::frame_text(request));
  }

  /// Until cancelled or cut off: acknowledges, attaches and runs whatever comes; what is to stop
  /// stops with 143. For tests that look from the other side.
  Async<> behave() {
    for (;;) {
      auto frame = co_await tasks->read(Deadline::never());
      if (!frame) co_return std::move(frame).error();
      BERTH_CO_TRY(const protocol::Envelope envelope, protocol::decode_frame(*frame));
      const std::string id = envelope.message.value("messageId", "");
      std::string reply;
      if (envelope.type == protocol::HeartbeatMessage::kType) {
        reply = protocol::frame_text(protocol::HeartbeatAckRequest{id});
      } else {
        reply = protocol::frame_text(protocol::AckRequest{"default", arn, id});
      }
      const Deadline by = Deadline::after(std::chrono::seconds(5));
      BERTH_CO_CHECK(co_await tasks->write(std::move(reply), by));
      auto reports = answers_to(envelope);
      for (const protocol::SubmitTaskStateChangeRequest& said : reports) {
        Json input = protocol::encode(said);
        auto told = co_await ask_lab(port_, keys_, "SubmitTaskStateChange", input, "eu-west-1");
        if (!told) co_return std::move(told).error();
      }
    }
  }

  Answered report(const std::string& task, const std::string& status,
                  const std::string& container_status,
                  std::optional<std::int64_t> exit_code = std::nullopt) {
    protocol::SubmitTaskStateChangeRequest request;
    request.cluster = "default";
    request.task = task;
    request.status = status;
    protocol::ContainerStateChange container;
    container.container_name = "app";
    container.status = container_status;
    container.exit_code = exit_code;
    container.runtime_id = "rt-1";
    request.containers.push_back(container);
    return call("SubmitTaskStateChange", protocol::encode(request));
  }
  Answered report_attached(const std::string& task, const std::string& attachment_arn) {
    protocol::SubmitTaskStateChangeRequest request;
    request.cluster = "default";
    request.task = task;
    request.attachments.push_back({attachment_arn, "ATTACHED"});
    return call("SubmitTaskStateChange", protocol::encode(request));
  }

  /// Publishes one container's health, signed with `keys`; the lab's answer, or why there is none.
  Result<std::string> publish_health(const std::string& task, const std::string& status,
                                     const aws::Keys& keys) {
    protocol::PublishHealthRequest request;
    request.cluster = "default";
    request.container_instance = arn;
    request.message_id = "m";
    request.timestamp = SystemClock().wall();
    request.tasks.push_back({task, "web", "1", {{"app", status, SystemClock().wall(), ""}}});
    http::Request frame{
        "GET", telemetry_target_, {{"Host", host()}}, protocol::frame_text(request)};
    const auto signature = aws::sign(frame, keys, {"eu-west-1", "ecs"}, SystemClock().wall());
    protocol::SignedFrame whole{frame.headers, frame.body};
    whole.headers.insert(whole.headers.end(), signature.begin(), signature.end());
    const Deadline by = Deadline::after(std::chrono::seconds(5));
    auto sent = loop_.run(telemetry->write(protocol::join_frame(whole), by));
    if (!sent) return std::move(sent).error();
    return loop_.run(telemetry->read(by));
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  std::string arn;
  std::unique_ptr<http::WebSocket> tasks;
  std::unique_ptr<http::WebSocket> telemetry;

 private:
  template <class Message>
  Message acknowledge_until() {
    for (;;) {
      auto frame = loop_.run(tasks->read(Deadline::after(std::chrono::seconds(5))));
      EXPECT_TRUE(frame) << Message::kType << ": " << frame.error();
      if (!frame) return {};
      const auto envelope = protocol::decode_frame(*frame);
      EXPECT_TRUE(envelope) << *frame;
      if (envelope->type == Message::kType) {
        auto message = protocol::decode<Message>(envelope->message);
        EXPECT_TRUE(message) << *frame;
        return message ? std::move(*message) : Message();
      }
      this->ack(envelope->message.value("messageId", ""));
    }
  }

  /// What a good agent reports after such a message.
  static std::vector<protocol::SubmitTaskStateChangeRequest> answers_to(
      const protocol::Envelope& envelope) {
    std::vector<protocol::SubmitTaskStateChangeRequest> answers;
    if (envelope.type == protocol::AttachTaskNetworkInterfacesMessage::kType) {
      auto message =
          protocol::decode<protocol::AttachTaskNetworkInterfacesMessage>(envelope.message);
      protocol::SubmitTaskStateChangeRequest request;
      request.cluster = "default";
      request.task = message->task_arn;
      request.attachments.push_back({message->enis.at(0).attachment_arn, "ATTACHED"});
      answers.push_back(request);
    } else if (envelope.type == protocol::PayloadMessage::kType) {
      const auto payload = protocol::decode_payload(envelope.message);
      for (const protocol::Task& task : payload->message.tasks) {
        protocol::SubmitTaskStateChangeRequest request;
        request.cluster = "default";
        request.task = task.arn;
        request.status = task.desired_status;
        for (const protocol::Container& container : task.containers) {
          protocol::ContainerStateChange change;
          change.container_name = container.name;
          change.status = task.desired_status;
          if (task.desired_status == "STOPPED") change.exit_code = 143;
          request.containers.push_back(change);
        }
        answers.push_back(request);
      }
    }
    return answers;
  }

  std::string open(const std::string& path, const std::string& query,
                   std::unique_ptr<http::WebSocket>& into) {
    const http::Request request{"GET", path + "?" + query, {{"Host", host()}}, ""};
    const auto signature = aws::sign(request, keys_, {"eu-west-1", "ecs"}, SystemClock().wall());
    const auto url = http::parse_url("ws://" + host() + path + "?" + query);
    auto upgrade = loop_.run(
        http::connect_websocket(*url, signature, {}, Deadline::after(std::chrono::seconds(5))));
    EXPECT_TRUE(upgrade) << upgrade.error();
    if (!upgrade) return "no answer";
    if (!upgrade->socket) return upgrade->refusal.body;
    into = std::move(upgrade->socket);
    return "";
  }

  Loop& loop_;
  std::uint16_t port_;
  aws::Keys keys_;
  std::string telemetry_target_;
};

}  // namespace berth::testing
