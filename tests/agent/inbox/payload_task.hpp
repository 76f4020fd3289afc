// payload_task.hpp - a task of a payload that can be run as it is, to be spoiled by tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "agent/inbox/accept.hpp"
#include "base/json.hpp"

namespace berth::inbox {

inline constexpr const char* kTaskArn = "arn:aws:ecs:us-west-2:123456789012:task/lab/9f";

/// Two containers, "web" with a health check and "side", in awsvpc mode.
inline protocol::Task sample_task() {
  protocol::Task task;
  task.arn = kTaskArn;
  task.desired_status = "RUNNING";
  task.family = "web";
  task.version = "7";
  task.network_mode = "awsvpc";
  protocol::ElasticNetworkInterface eni;
  eni.ec2_id = "eni-1";
  eni.mac = "02:11:22:33:44:55";
  eni.ipv4 = {{true, "10.0.1.25"}};
  eni.gateway_ipv4 = "10.0.1.1/24";
  task.enis = {eni};
  task.containers.resize(2);
  protocol::Container& web = task.containers[0];
  web.name = "web";
  web.image = "127.0.0.1:5000/web:1";
  web.health_check_type = "docker";
  web.docker_config =
      protocol::DockerConfig{"1.17", R"({"HealthCheck":{"Test":["CMD-SHELL","true"]}})", "{}"};
  task.containers[1].name = "side";
  task.containers[1].image = "side";
  task.containers[1].essential = false;
  return task;
}

/// The same with other Docker documents for its second container.
inline protocol::Task with_docker(const std::string& config, const std::string& host_config) {
  protocol::Task task = sample_task();
  task.containers[1].docker_config = protocol::DockerConfig{"1.17", config, host_config};
  return task;
}

inline Accepted accepted(const protocol::Task& task, const Rules& rules = {}) {
  const Verdict verdict = accept(task, rules);
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
    ADD_FAILURE() << "refused: " << refusal->reason;
    Accepted empty;
    empty.task.containers.resize(task.containers.size());
    return empty;
  }
  return std::get<Accepted>(verdict);
}

/// Why it was refused; "" when it was not.
inline std::string refusal_of(const protocol::Task& task, const Rules& rules = {}) {
  const Verdict verdict = accept(task, rules);
  const auto* refusal = std::get_if<Refusal>(&verdict);
  return refusal ? refusal->reason : "";
}

}  // namespace berth::inbox
