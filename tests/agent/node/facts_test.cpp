// facts_test.cpp - this machine's facts, read from a tree the test wrote.
#include "agent/node/facts.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace berth::node {

/// A root folder with the files of a small machine; a test changes what it is about.
class Machine : public ::testing::Test {
 protected:
  Machine() : path_((std::filesystem::temp_directory_path() / "berth-facts-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
    put("proc/meminfo", "MemTotal:        3999999 kB\nMemFree:  1 kB\n");
    put("proc/self/status",
        "Name:\tberthd\nCapEff:\t000001fffeffffff\nCpus_allowed:\t3\nCpus_allowed_list:\t0-3\n");
    put("proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max cpu time              unlimited            unlimited            seconds   \n"
        "Max open files            1024                 20000                files     \n"
        "Max nice priority         0                    0                    \n");
    put("proc/self/oom_score_adj", "-500\n");
    put("proc/sys/kernel/hostname", "node-1\n");
    put("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    put("proc/sys/kernel/random/boot_id", "0d1f\n");
  }
  ~Machine() override { std::filesystem::remove_all(path_); }

  void put(const std::string& file, const std::string& text) {
    std::filesystem::create_directories(path_ + "/" + file.substr(0, file.rfind('/')));
    if (!Dir::open(path_).value().replace(file, text)) throw std::runtime_error("put " + file);
  }
  Result<model::NodeFacts> gather() const {
    return gather_facts(Dir::open(path_).value(), {2, false, true, {"cpu", "memory"}}, "aarch64");
  }

  std::string path_;
};

TEST_F(Machine, IsDescribedByItsFiles) {
  put("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");

  const auto facts = gather();

  ASSERT_TRUE(facts) << facts.error();
  model::NodeFacts expected;
  expected.cpus = 4;
  expected.memory = Mebibytes{3906};
  expected.hostname = "node-1";
  expected.kernel_release = "6.1.0-18-amd64";
  expected.architecture = "arm64";
  expected.boot_id = "0d1f";
  expected.os_id = "debian";
  expected.os_version_id = "12";
  expected.os_pretty_name = "Debian GNU/Linux 12";
  expected.cgroups = {2, false, true, {"cpu", "memory"}};
  expected.rlimit_ceilings = {
      {"RLIMIT_CPU", std::nullopt}, {"RLIMIT_NOFILE", 20'000}, {"RLIMIT_NICE", 0}};
  expected.may_raise_limits = false;
  expected.oom_score_adj = -500;
  EXPECT_EQ(*facts, expected);
}

TEST_F(Machine, MayRaiseLimitsWithTheCapability) {
  put("proc/self/status", "CapEff:\t000001ffffffffff\nCpus_allowed_list:\t0\n");

  EXPECT_TRUE(gather()->may_raise_limits);
}

TEST_F(Machine, NeedsNoOsRelease) {
  EXPECT_EQ(gather()->os_id, "");
}

TEST_F(Machine, IsRefusedWithoutItsMemoryOrCpus) {
  put("proc/meminfo", "MemFree: 1 kB\n");
  EXPECT_TRUE(gather().failed_with(Errc::Broken));

  put("proc/meminfo", "MemTotal: 4096 kB\n");
  put("proc/self/status", "CapEff:\t0\n");
  EXPECT_TRUE(gather().failed_with(Errc::Broken));
}

TEST(GatherFacts, ReadsThisMachine) {
  const auto facts = gather_facts(Dir::open("/").value(), {}, kernel_machine());

  ASSERT_TRUE(facts) << facts.error();
  EXPECT_GE(facts->cpus, 1U);
  EXPECT_GT(facts->memory.count, 0U);
  EXPECT_FALSE(facts->hostname.empty());
  EXPECT_EQ(facts->boot_id.size(), 36U);
  EXPECT_EQ(facts->rlimit_ceilings.size(), 16U);
}

TEST(CountCpus, AddsUpRanges) {
  EXPECT_EQ(count_cpus("0"), 1U);
  EXPECT_EQ(count_cpus("0-3,5,8-9"), 7U);
  for (const char* text : {"", "a", "3-1", "0-", "0,,1", "0-3,"}) {
    EXPECT_EQ(count_cpus(text), std::nullopt) << text;
  }
}

TEST(ParseOsRelease, TakesShellQuoting) {
  const auto fields = parse_os_release(
      "# remark\nID=fedora\nA='single \"quoted\"'\nB=\"with \\\"escapes\\\" \\$x\"\nC=\nno\n");

  EXPECT_EQ(
      fields,
      (std::map<std::string, std::string>{
          {"ID", "fedora"}, {"A", "single \"quoted\""}, {"B", "with \"escapes\" $x"}, {"C", ""}}));
}

TEST(EcsArchitecture, UsesEcsNames) {
  EXPECT_EQ(ecs_architecture("x86_64"), "x86_64");
  EXPECT_EQ(ecs_architecture("aarch64"), "arm64");
  EXPECT_EQ(ecs_architecture("riscv64"), "riscv64");
}

}  // namespace berth::node
