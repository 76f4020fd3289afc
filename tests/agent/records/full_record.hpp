// full_record.hpp - a record whose every field differs from its default.
#pragma once

#include "tests/fakes/tasks.hpp"

namespace berth::testing {

inline WallTime at_ms(std::int64_t ms) {
  return WallTime{std::chrono::milliseconds(ms)};
}

inline model::Container full_container() {
  model::Container container = a_container("web", false);
  container.arn = "arn:aws:ecs:us-east-1:123456789012:container/lab/1";
  container.entry_point = {"/bin/sh", "-c"};
  container.command = std::vector<std::string>{};
  container.environment = {{"B", "2"}, {"A", ""}};
  container.user = "1000:1000";
  container.working_directory = "/srv";
  container.hostname = "web-1";
  container.stop_signal = "SIGQUIT";
  container.labels = {{"tier", "front"}};
  container.cpu = CpuUnits{256};
  container.memory = Mebibytes{64};
  container.memory_reservation = Mebibytes{32};
  container.memory_swap_total = Bytes{128 << 20};
  container.pids_limit = -1;
  container.memory_high = Bytes{48 << 20};
  container.io_weight = 200;
  container.depends_on = {{"db", model::Condition::Healthy}, {"init", model::Condition::Success}};
  container.health_check = model::HealthCheck{
      {"/bin/true"}, std::chrono::seconds(7), std::chrono::seconds(2), std::chrono::seconds(9), 5};
  container.start_timeout = std::chrono::seconds(60);
  container.stop_timeout = std::chrono::seconds(120);
  container.restart_policy = model::RestartPolicy{{0, 3}, std::chrono::seconds(60)};
  container.host_ports = {{53, "udp"}};
  container.privileged = true;
  container.read_only_root = true;
  container.no_new_privileges = true;
  container.terminal = true;
  container.capabilities_add = {"NET_ADMIN"};
  container.capabilities_drop = {"ALL"};
  container.ulimits = {{"nofile", 1024, -1}};
  container.sysctls = {{"net.core.somaxconn", "1024"}};
  container.tmpfs = {{"/run", "size=16m"}};
  container.shm_size = Bytes{1 << 20};
  container.mounts = {{"/data", "data", "/mnt", true}};
  container.extra_hosts = {"db:10.0.0.2"};
  container.dns_servers = {"10.0.0.2"};
  container.search_domains = {"lab"};
  return container;
}

inline model::Eni full_eni() {
  model::Eni eni;
  eni.id = "eni-1";
  eni.attachment_arn = "arn:aws:ecs:us-east-1:123456789012:attachment/1";
  eni.mac = "02:11:22:33:44:55";
  eni.ipv4 = "10.213.1.7";
  eni.prefix_length = 24;
  eni.gateway = "10.213.1.1";
  eni.ipv6_gateway = "fd00:213::1";
  eni.trunk_mac = "02:00:00:00:00:01";
  eni.vlan_id = 7;
  eni.network = "lan";
  eni.dns_servers = {"10.213.0.2"};
  eni.search_domains = {"lab.internal"};
  eni.private_dns_name = "ip-10-213-1-7.lab.internal";
  return eni;
}

inline model::ContainerRecord full_container_record() {
  model::ContainerRecord container;
  container.known = model::ContainerStatus::Stopped;
  container.told = model::ContainerStatus::Running;
  container.ended = model::Exit{137, at_ms(5)};
  container.exit = model::Exit{137, at_ms(5)};
  container.fault = model::Fault{model::FaultKind::OutOfMemory, "Container killed"};
  container.image_digest = "sha256:ab";
  container.image_stop_signal = "SIGINT";
  container.created_at = at_ms(1);
  container.started_at = at_ms(2);
  container.stop_signalled_at = at_ms(3);
  container.restarting = true;
  container.restarts = 2;
  container.restarted_at = at_ms(4);
  container.out_of_memory = model::OutOfMemory{3, 64 << 20, 63 << 20};
  container.left_behind = 1;
  container.health = model::Health::Unhealthy;
  container.health_since = at_ms(4);
  return container;
}

inline model::Record full_record() {
  model::Task task = a_task({full_container()});
  task.group = "service:web";
  task.launch_type = "EC2";
  task.network_mode = model::NetworkMode::Awsvpc;
  task.host_pids = true;
  task.cpu = 0.25;
  task.memory = Mebibytes{512};
  task.eni = full_eni();
  task.bandwidth = {10'000'000, 5'000'000};
  task.proxy = model::Proxy{1337, 1338, 15000, {80}, 15001, {22}, {"10.0.0.0/8"}};
  task.origin = model::Origin::Local;
  task.file = "web.json";
  task.failures = 3;
  model::Record record = a_record(task, model::Goal::Stopped);
  record.placement.netns_path = "/run/netns/berth--1";
  record.placement.eni_access = {"vlan", "eth1", 7, "net"};
  record.placement.gateway_path = "/run/netns/berth--1-gw";
  record.known = model::TaskStatus::Stopped;
  record.told = model::TaskStatus::Created;
  record.fault = model::Fault{model::FaultKind::Network, "no address"};
  record.containers = {full_container_record()};
  record.boot_id = "6b1c";
  record.boot_began = at_ms(0);
  record.admitted = true;
  record.cgroup_ready = true;
  record.network_ready = true;
  record.address_claimed = true;
  record.released = true;
  record.final_accepted = true;
  record.pull_started_at = at_ms(6);
  record.pull_stopped_at = at_ms(7);
  record.execution_stopped_at = at_ms(8);
  record.stopped_at = at_ms(9);
  return record;
}

}  // namespace berth::testing
