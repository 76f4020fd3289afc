// reviewed.hpp - reviews of definitions on a node that has everything, to be spoiled by tests.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "agent/standing/review.hpp"
#include "base/json.hpp"

namespace berth::standing {

/// Under berth-lab, with cgroups that hold every limit, one GPU, and every file of network.d one
/// asks for.
inline Node roomy_node(Sender sender = Sender::ControlPlane) {
  Node node;
  node.sender = sender;
  node.region = "eu-west-1";
  node.facts.architecture = "x86_64";
  node.facts.cgroups = {2, false, true, {"cpu", "io", "memory", "pids"}, true, true};
  node.rules.cgroups = node.facts.cgroups;
  node.facts.gpus.ids = {"GPU-a"};
  node.facts.may_raise_limits = true;
  node.attributes = {"ecs.capability.task-eni",
                     "com.amazonaws.ecs.capability.docker-remote-api.1.17",
                     "com.amazonaws.ecs.capability.docker-remote-api.1.18"};
  node.check_network = [](const model::Task&) { return ok(); };
  node.misfit = [](const model::Task&) { return std::nullopt; };
  node.waits_for = [](const model::Task&) { return std::nullopt; };
  return node;
}

inline Json smallest() {
  return Json::parse(R"({"family": "web", "containerDefinitions": [
      {"name": "app", "image": "busybox:1", "memory": 32}]})");
}

/// The smallest definition with members over its own, and over those of its container.
inline Json with(const Json& members, const Json& of_the_container = Json::object()) {
  Json definition = smallest();
  if (members.is_object()) definition.update(members);
  if (of_the_container.is_object()) {
    definition["containerDefinitions"][0].update(of_the_container);
  }
  return definition;
}

inline Review reviewed(const Json& definition, const Node& node = roomy_node()) {
  return review(definition.dump(), node);
}

/// That of a path; of the container, where it begins with a dot.
inline Remark remark_of(const Review& review, std::string path) {
  if (path.starts_with('.')) path.insert(0, "containerDefinitions[0]");
  for (const Remark& one : review.remarks) {
    if (one.path == path) return one;
  }
  ADD_FAILURE() << "no remark of " << path;
  return {};
}

}  // namespace berth::standing
