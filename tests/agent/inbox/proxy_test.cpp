// proxy_test.cpp - a task's proxyConfiguration, taken over or refused.
#include "agent/inbox/proxy.hpp"

#include <gmock/gmock.h>

#include "tests/agent/inbox/payload_task.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;

protocol::Task proxied_task() {
  protocol::Task task = sample_task();
  task.proxy = protocol::ProxyConfiguration{"APPMESH",
                                            task.containers[0].name,
                                            {{"IgnoredUID", "1337"},
                                             {"ProxyIngressPort", "15000"},
                                             {"ProxyEgressPort", "15001"},
                                             {"AppPorts", "80"},
                                             {"EgressIgnoredIPs", "169.254.170.2,10.0.0.0/8"}}};
  return task;
}

TEST(Proxy, IsTakenOverWithTheAddressesThatAreNeverRedirected) {
  const model::Task task = accepted(proxied_task()).task;

  ASSERT_TRUE(task.proxy);
  model::Proxy wanted;
  wanted.ignored_uid = 1337;
  wanted.ingress_port = 15000;
  wanted.app_ports = {80};
  wanted.egress_port = 15001;
  wanted.egress_ignored_blocks = {"169.254.170.2", "10.0.0.0/8", "169.254.169.254",
                                  "fd00:ec2::254"};
  EXPECT_EQ(*task.proxy, wanted);
}

TEST(Proxy, NamesThePortsThatArePassedOver) {
  protocol::Task given = proxied_task();
  given.proxy->properties["EgressIgnoredPorts"] = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16";

  const Accepted result = accepted(given);

  EXPECT_EQ(result.task.proxy->egress_ignored_ports.size(), 15U);
  EXPECT_THAT(result.passed_over,
              ::testing::Contains("proxyConfiguration.properties.EgressIgnoredPorts after the "
                                  "first 15"));
}

TEST(Proxy, ThatCannotBeIsRefusedByField) {
  protocol::Task bridge = proxied_task();
  bridge.network_mode = "bridge";
  bridge.enis.clear();
  EXPECT_EQ(refusal_of(bridge),
            "proxyConfiguration.type \"APPMESH\": not possible with network mode \"bridge\"; "
            "allowed is awsvpc");

  protocol::Task nowhere = proxied_task();
  nowhere.proxy->container_name = "envoy";
  EXPECT_EQ(refusal_of(nowhere),
            "proxyConfiguration.containerName \"envoy\": the task has no such container");

  protocol::Task wrong = proxied_task();
  wrong.proxy->properties.erase("IgnoredUID");
  EXPECT_EQ(refusal_of(wrong),
            "proxyConfiguration.properties.IgnoredUID \"\": at least one of IgnoredUID and "
            "IgnoredGID is required");
}

}  // namespace
}  // namespace berth::inbox
