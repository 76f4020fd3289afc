// docker_config_test.cpp - a container definition in Docker's words.
#include "controlplane/definition/docker_config.hpp"

#include <gtest/gtest.h>

namespace berth::definition {
namespace {

TEST(DockerHostConfig, TranslatesEveryFieldItKnows) {
  const Json container = Json::parse(R"({"name": "app", "privileged": true,
    "readonlyRootFilesystem": true, "dnsServers": ["1.1.1.1"],
    "extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.5"}],
    "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 2048}],
    "systemControls": [{"namespace": "net.core.somaxconn", "value": "1024"}],
    "linuxParameters": {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
      "initProcessEnabled": true, "sharedMemorySize": 64, "maxSwap": 10, "swappiness": 5,
      "tmpfs": [{"containerPath": "/run", "size": 8, "mountOptions": ["noexec"]}],
      "devices": [{"hostPath": "/dev/fuse", "permissions": ["read", "write"]}]},
    "logConfiguration": {"logDriver": "awslogs",
      "options": {"awslogs-group": "g", "awslogs-stream-prefix": "ecs"}}})");

  const Json host = docker_host_config(container, "bridge", "0123", 100, 50);

  EXPECT_EQ(host["NetworkMode"], "bridge");
  EXPECT_EQ(host["CapAdd"], Json{"NET_ADMIN"});
  EXPECT_EQ(host["CapDrop"], Json{"ALL"});
  EXPECT_EQ(host["Privileged"], true);
  EXPECT_EQ(host["ReadonlyRootfs"], true);
  EXPECT_EQ(host["Dns"], Json{"1.1.1.1"});
  EXPECT_EQ(host["ExtraHosts"], Json{"db:10.0.0.5"});
  EXPECT_EQ(host["Ulimits"][0], (Json{{"Name", "nofile"}, {"Soft", 1024}, {"Hard", 2048}}));
  EXPECT_EQ(host["Sysctls"]["net.core.somaxconn"], "1024");
  EXPECT_EQ(host["Init"], true);
  EXPECT_EQ(host["ShmSize"], 64 << 20);
  EXPECT_EQ(host["MemoryReservation"], 50 << 20);
  EXPECT_EQ(host["MemorySwap"], 110 << 20);
  EXPECT_EQ(host["MemorySwappiness"], 5);
  EXPECT_EQ(host["Tmpfs"]["/run"], "size=8m,noexec");
  EXPECT_EQ(host["Devices"][0]["CgroupPermissions"], "rw");
  EXPECT_EQ(host["LogConfig"]["Config"]["awslogs-stream"], "ecs/app/0123");
  EXPECT_FALSE(host["LogConfig"]["Config"].contains("awslogs-stream-prefix"));
}

}  // namespace
}  // namespace berth::definition
