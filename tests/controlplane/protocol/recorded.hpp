// recorded.hpp - the messages of tests/data/ecs-agent-traces.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace berth::protocol {

struct Recorded {
  std::string scenario;
  std::string kind;  ///< "acs.send", "api.req", ...
  std::string name;  ///< "PayloadMessage", "SubmitTaskStateChange", ...
  Json body;
};

inline std::vector<Recorded> recorded_messages() {
  std::vector<Recorded> messages;
  for (const auto& file :
       std::filesystem::directory_iterator(BERTH_TEST_DATA "/ecs-agent-traces")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto conversation = parse_json(text);
    if (!conversation) {
      ADD_FAILURE() << file.path() << ": " << conversation.error();
      continue;
    }
    for (const Json& record : conversation->at("records")) {
      if (!record.contains("body")) continue;  // an upgrade, not a message
      messages.push_back(
          {conversation->at("scenario"), record.at("kind"), record.at("name"), record.at("body")});
    }
  }
  return messages;
}

/// All recorded messages of that kind and name, of one scenario or ("") of all.
inline std::vector<Json> recorded(const std::string& kind, const std::string& name,
                                  const std::string& scenario = "") {
  std::vector<Json> bodies;
  for (const Recorded& message : recorded_messages()) {
    if (message.kind == kind && message.name == name &&
        (scenario.empty() || message.scenario == scenario)) {
      bodies.push_back(message.body);
    }
  }
  return bodies;
}

}  // namespace berth::protocol
