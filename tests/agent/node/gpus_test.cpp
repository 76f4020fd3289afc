// gpus_test.cpp - the file of the GPUs: what is in it, and what is wrong with it.
#include "agent/node/gpus.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace berth::node {
namespace {

TEST(ParseGpuInfo, TakesWhatTheInstallationWrites) {
  const auto gpus =
      parse_gpu_info(R"({"DriverVersion": "550.54.15", "GPUIDs": ["GPU-b", "GPU-a"], "Other": 1})");

  ASSERT_TRUE(gpus) << gpus.error();
  EXPECT_EQ(*gpus, (model::Gpus{"550.54.15", {"GPU-b", "GPU-a"}}));
}

TEST(ParseGpuInfo, TakesAMachineWithoutGpus) {
  for (const char* text :
       {"{}", R"({"GPUIDs": []})", R"({"DriverVersion": null, "GPUIDs": null})"}) {
    const auto gpus = parse_gpu_info(text);

    ASSERT_TRUE(gpus) << text << gpus.error();
    EXPECT_EQ(*gpus, model::Gpus{}) << text;
  }
}

TEST(ParseGpuInfo, NamesWhatIsWrong) {
  struct Case {
    const char* text;
    const char* words;
  };
  const Case cases[] = {
      {"", ""},
      {"[]", "must be a JSON object"},
      {R"({"DriverVersion": 550})", "DriverVersion: must be a text"},
      {R"({"GPUIDs": "GPU-1"})", "GPUIDs: must be a list of texts"},
      {R"({"GPUIDs": ["GPU-1", 2]})", "GPUIDs[1]: must be a text"},
      {R"({"GPUIDs": [""]})", "GPUIDs[0]: \"\": must be 1 to 255 visible characters"},
      {R"({"GPUIDs": ["GPU-1,GPU-2"]})", "GPUIDs[0]: \"GPU-1,GPU-2\": must be 1 to 255"},
      {R"({"GPUIDs": ["GPU-1", "GPU-1"]})", "GPUIDs[1]: \"GPU-1\": is there twice"}};
  for (const Case& one : cases) {
    const auto gpus = parse_gpu_info(one.text);

    ASSERT_TRUE(gpus.failed_with(Errc::Broken)) << one.text;
    EXPECT_NE(gpus.error().message.find(one.words), std::string::npos) << gpus.error();
  }
}

class GpuFile : public ::testing::Test {
 protected:
  GpuFile() : path_((std::filesystem::temp_directory_path() / "berth-gpus-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  ~GpuFile() override { std::filesystem::remove_all(path_); }

  Result<model::Gpus> read() const { return read_gpus(Dir::open(path_).value(), "/gpus.json"); }

  std::string path_;
};

TEST_F(GpuFile, IsRead) {
  ASSERT_TRUE(Dir::open(path_)->replace("gpus.json", R"({"GPUIDs": ["GPU-1"]})"));

  const auto gpus = read();

  ASSERT_TRUE(gpus) << gpus.error();
  EXPECT_EQ(gpus->ids, std::vector<std::string>{"GPU-1"});
}

TEST_F(GpuFile, MayBeMissing) {
  const auto gpus = read();

  ASSERT_TRUE(gpus) << gpus.error();
  EXPECT_EQ(*gpus, model::Gpus{});
}

TEST_F(GpuFile, IsAFaultWhenItCannotBeRead) {
  std::filesystem::create_directory(path_ + "/gpus.json");
  EXPECT_FALSE(read());
  std::filesystem::remove(path_ + "/gpus.json");
  ASSERT_TRUE(Dir::open(path_)->replace("gpus.json", "GPU-1"));

  const auto gpus = read();

  ASSERT_TRUE(gpus.failed_with(Errc::Broken));
  EXPECT_TRUE(gpus.error().message.starts_with("GPUs in /gpus.json: ")) << gpus.error();
}

}  // namespace
}  // namespace berth::node
