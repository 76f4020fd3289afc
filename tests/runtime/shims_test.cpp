// shims_test.cpp - which processes are our shims.
#include "runtime/shims.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

namespace berth::runtime {
namespace {

class ShimsTest : public ::testing::Test {
 protected:
  ShimsTest() {
    std::string pattern = ::testing::TempDir() + "berth-proc-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~ShimsTest() override { std::filesystem::remove_all(path_); }

  void add(const std::string& pid, const std::string& cmdline) {
    const Dir process = Dir::open_or_make(path_ + "/" + pid).value();
    EXPECT_TRUE(process.replace("cmdline", cmdline));
  }
  std::vector<Shim> found() { return shims_of(Dir::open(path_).value(), "berth").value(); }

 private:
  std::string path_;
};

TEST_F(ShimsTest, AreKnownByProgramAndNamespace) {
  using std::string_literals::operator""s;
  add("10", "/usr/bin/containerd-shim-runc-v2\0-namespace\0berth\0-id\0aa-0\0-address\0/x\0"s);
  add("11", "containerd-shim-runc-v2\0-namespace\0k8s.io\0-id\0bb-0\0"s);
  add("12", "/bin/sh\0-namespace\0berth\0-id\0cc-0\0"s);
  add("13", ""s);
  add("14", "containerd-shim-runc-v2\0-id\0dd-0\0-namespace"s);
  add("self", "containerd-shim-runc-v2\0-namespace\0berth\0-id\0ee-0\0"s);

  EXPECT_THAT(found(), ::testing::ElementsAre(Shim{10, "aa-0"}));
}

TEST_F(ShimsTest, HaveNothingToEndWhenThereAreNone) {
  EXPECT_TRUE(end_shims("berth-no-such-namespace", {"aa-0"}));
}

}  // namespace
}  // namespace berth::runtime
