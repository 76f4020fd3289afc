// gpus_test.cpp - which container gets which GPU, and what is no way to give one.
#include "agent/inbox/gpus.hpp"

#include <gtest/gtest.h>

#include "agent/inbox/accept.hpp"
#include "tests/agent/inbox/payload_task.hpp"

namespace berth::inbox {
namespace {

using Associations = std::vector<protocol::Association>;

protocol::Association gpu(const std::string& id, std::vector<std::string> containers) {
  return {id, "gpu", std::move(containers), "", ""};
}

/// The sample task, containers "web" and "side", with these.
Verdict accept_with(Associations associations) {
  protocol::Task task = sample_task();
  task.associations = std::move(associations);
  return accept(task, {});
}

TEST(AddGpus, GivesEachContainerItsOwn) {
  const Verdict verdict =
      accept_with({gpu("GPU-2", {"web"}), gpu("GPU-3", {"side"}), gpu("GPU-1", {"web"})});

  ASSERT_TRUE(std::holds_alternative<Accepted>(verdict)) << std::get<Refusal>(verdict).reason;
  const model::Task& task = std::get<Accepted>(verdict).task;
  EXPECT_EQ(task.containers[0].gpus, (std::vector<std::string>{"GPU-2", "GPU-1"}));
  EXPECT_EQ(task.containers[1].gpus, std::vector<std::string>{"GPU-3"});
}

TEST(AddGpus, RefusesWhatIsNoWayToGiveOne) {
  struct Case {
    Associations given;
    const char* reason;
  };
  const Case cases[] = {
      {{gpu("GPU-1", {"web", "side"})},
       "associations[0].containers: 2 containers for GPU GPU-1; it can be given to exactly one"},
      {{gpu("GPU-1", {})},
       "associations[0].containers: 0 containers for GPU GPU-1; it can be given to exactly one"},
      {{gpu("GPU-1", {"web"}), gpu("GPU-1", {"side"})},
       "associations[1].name \"GPU-1\": is given by associations[0] already"},
      {{gpu("GPU-1", {"web"}), gpu("GPU-2", {"nobody"})},
       "associations[1].containers[0] \"nobody\": no such container, which is to have GPU GPU-2"},
      {{gpu("", {"web"})},
       "associations[0].name \"\": must be 1 to 255 visible characters without ','"},
      {{gpu("GPU-1,GPU-2", {"web"})},
       "associations[0].name \"GPU-1,GPU-2\": must be 1 to 255 visible characters without ','"}};
  for (const Case& one : cases) {
    const Verdict verdict = accept_with(one.given);

    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict)) << one.reason;
    EXPECT_EQ(std::get<Refusal>(verdict).reason, one.reason);
  }
}

}  // namespace
}  // namespace berth::inbox
