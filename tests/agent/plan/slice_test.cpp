// slice_test.cpp - a task as a slice, its containers as scopes.
#include "agent/plan/slice.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/plan/containers.hpp"
#include "agent/plan/placement.hpp"

namespace berth::plan {
namespace {

using Value = decltype(systemd::Property::value);

constexpr const char* kId = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
constexpr const char* kSlicePath = "/berth.slice/berth-0a1b2c3d4e5f60718293a4b5c6d7e8f9.slice";

Settings by_systemd(const std::string& parent = "/berth.slice") {
  Settings settings;
  settings.cgroup_driver = cgroups::Driver::Systemd;
  settings.cgroup_parent = parent;
  settings.cgroup_v2 = true;
  return settings;
}

model::Record record_of(const Settings& settings) {
  model::Record record;
  record.task.arn = std::string("arn:aws:ecs:eu-central-1:1:task/default/") + kId;
  record.task.family = "web";
  record.task.version = "7";
  record.task.containers.resize(2);
  record.containers.resize(2);
  record.placement = placement_for(record.task, settings, {});
  return record;
}

std::optional<Value> property(const systemd::TransientUnit& unit, const std::string& name) {
  const auto found = std::find_if(unit.properties.begin(), unit.properties.end(),
                                  [&](const systemd::Property& one) { return one.name == name; });
  if (found == unit.properties.end()) return std::nullopt;
  return found->value;
}

TEST(SlicePath, IsBelowItsParentInNameAndPlace) {
  EXPECT_EQ(cgroup_path_of(kId, by_systemd()), kSlicePath);
  EXPECT_EQ(cgroup_path_of("t1", by_systemd("/a.slice/a-b.slice")),
            "/a.slice/a-b.slice/a-b-t1.slice");
  EXPECT_EQ(cgroup_path_of("1-2-3", by_systemd()), "/berth.slice/berth-1_2_3.slice");
}

TEST(SliceOf, TellsSlicesFromOwnCgroups) {
  EXPECT_EQ(slice_of("/berth.slice/berth-t1.slice"), "berth-t1.slice");
  EXPECT_EQ(slice_of("/berth.slice"), "berth.slice");
  EXPECT_EQ(slice_of("/berth.slice/berth-tasks.service/t1"), std::nullopt);
  EXPECT_EQ(slice_of("/berth/t1"), std::nullopt);
}

TEST(SliceFor, HasTheLimitsAsProperties) {
  Settings settings = by_systemd();
  settings.counts_swap = true;
  model::Record record = record_of(settings);
  record.task.cpu = 0.5;
  record.task.memory = Mebibytes{64};

  const systemd::TransientUnit slice = slice_for(record, settings);

  EXPECT_EQ(slice.name, std::string("berth-") + kId + ".slice");
  EXPECT_EQ(property(slice, "Description"), Value(std::string("task web:7 ") + kId));
  EXPECT_EQ(property(slice, "CPUQuotaPerSecUSec"), Value(std::uint64_t{500'000}));
  EXPECT_EQ(property(slice, "CPUQuotaPeriodUSec"), Value(std::uint64_t{100'000}));
  EXPECT_EQ(property(slice, "MemoryMax"), Value(std::uint64_t{64} << 20));
  EXPECT_EQ(property(slice, "MemorySwapMax"), Value(std::uint64_t{64} << 20));
  EXPECT_EQ(property(slice, "CPUWeight"), Value(std::uint64_t{39}));
  EXPECT_EQ(property(slice, "CPUShares"), std::nullopt);
}

TEST(SliceFor, IsStoppedAfterBerthdAndByNoTarget) {
  const systemd::TransientUnit slice = slice_for(record_of(by_systemd()), by_systemd());
  EXPECT_EQ(property(slice, "DefaultDependencies"), Value(false));
  EXPECT_EQ(property(slice, "Before"), Value(std::vector<std::string>{"berthd.service"}));
  EXPECT_EQ(property(slice, "MemoryMax"), std::nullopt);
}

TEST(SliceFor, SpeaksOfSharesOnV1) {
  Settings settings = by_systemd();
  settings.cgroup_v2 = false;
  const systemd::TransientUnit slice = slice_for(record_of(settings), settings);
  EXPECT_EQ(property(slice, "CPUWeight"), std::nullopt);
  EXPECT_EQ(property(slice, "CPUShares"), Value(std::uint64_t{4}));  // of two containers, 2 each
}

TEST(ScopeFor, IsWhereTheRuntimeHasItMade) {
  const Scope scope = scope_for(kSlicePath, 1);
  const std::string stem = std::string("berth-") + kId;
  EXPECT_EQ(scope.cgroup_path, std::string(kSlicePath) + "/" + stem + "-1.scope");
  EXPECT_EQ(scope.of_runtime, stem + ".slice:" + stem + ":1");
  EXPECT_EQ(scope.annotations.at("org.systemd.property.Before"), "['berthd.service']");
  EXPECT_EQ(cgroup_path_of_container(record_of(by_systemd()), 1), scope.cgroup_path);
}

TEST(ContainerSpec, NamesTheScopeToTheRuntime) {
  const model::Record record = record_of(by_systemd());
  runtime::Image image;
  image.config.cmd = {"/bin/true"};
  Settings settings = by_systemd();
  settings.logger = "/usr/libexec/berth/berth-logger";
  const auto spec = container_spec(record, 0, image, settings);
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_TRUE(spec->systemd_cgroup);
  EXPECT_EQ(spec->cgroup_path, scope_for(kSlicePath, 0).of_runtime);
  EXPECT_EQ(spec->annotations, scope_for(kSlicePath, 0).annotations);
}

}  // namespace
}  // namespace berth::plan
