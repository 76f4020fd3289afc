// folder_test.cpp - which files count, and that no change of them is missed.
#include "base/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/fakes/loop.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth {
namespace {

TEST(DefinitionFiles, EndInJsonAndAreNotHidden) {
  for (const char* name : {"web.json", "a.b.json", "#web.json"}) {
    EXPECT_TRUE(is_definition_file(name)) << name;
  }
  for (const char* name : {".web.json", "web.json~", ".web.json.swp", "#web.json#", "web.yaml",
                           ".json", "json", "web.json.dpkg-new", "4913"}) {
    EXPECT_FALSE(is_definition_file(name)) << name;
  }
}

TEST(ReadFolder, GivesEachFileOrWhyItCannotBeRead) {
  const testing::Scratch scratch;
  scratch.write("web.json", "{}");
  scratch.write("web.json~", "old");
  scratch.write("big.json", std::string(kMostFileBytes + 1, ' '));
  std::filesystem::create_directory(scratch.path("folder.json"));
  std::filesystem::create_symlink(scratch.path("web.json"), scratch.path("link.json"));
  std::filesystem::create_symlink("nowhere", scratch.path("broken.json"));
  ASSERT_EQ(::mkfifo(scratch.path("pipe.json").c_str(), 0600), 0);

  const auto texts = read_folder(scratch.path());

  ASSERT_TRUE(texts) << texts.error();
  ASSERT_EQ(texts->size(), 6u);
  EXPECT_EQ(*texts->at("web.json"), "{}");
  EXPECT_EQ(*texts->at("link.json"), "{}");
  EXPECT_EQ(texts->at("big.json").error().message, "it has 1048577 bytes; allowed are 1048576");
  EXPECT_EQ(texts->at("folder.json").error().message, "it is not an ordinary file");
  EXPECT_TRUE(texts->at("broken.json").failed_with(Errc::NotFound));
  EXPECT_EQ(texts->at("pipe.json").error().message, "it is not an ordinary file");
}

TEST(ReadFolder, TakesNoDirectoryForNoFilesButNotAFile) {
  const testing::Scratch scratch;
  scratch.write("tasks.d", "a file");

  EXPECT_EQ(read_folder(scratch.path("absent/tasks.d"))->size(), 0u);
  EXPECT_FALSE(read_folder(scratch.path("tasks.d")));
}

class FolderWatchTest : public ::testing::Test {
 protected:
  /// Ends only when the change is told.
  void expect_told(const std::function<void()>& change) {
    ASSERT_TRUE(watch.arm(path));
    change();
    const auto told = loop.run(watch.changed());
    EXPECT_TRUE(told) << told.error();
  }

  testing::Scratch scratch;
  std::string path = scratch.path("etc/tasks.d");
  testing::Loop loop;
  FolderWatch watch{loop.io.get_executor()};
};

TEST_F(FolderWatchTest, TellsOfTheDirectoryOnItsWay) {
  expect_told([this] { std::filesystem::create_directory(scratch.path("etc")); });
  expect_told([this] { std::filesystem::create_directory(path); });
  expect_told([this] { scratch.write("etc/tasks.d/web.json", "{}"); });
  expect_told([this] { scratch.remove("etc/tasks.d"); });
  expect_told([this] { std::filesystem::create_directory(path); });
  expect_told([this] { std::filesystem::rename(scratch.path("etc"), scratch.path("moved")); });
  expect_told([this] { std::filesystem::rename(scratch.path("moved"), scratch.path("etc")); });
}

TEST_F(FolderWatchTest, TellsOfEachWayToChangeAFile) {
  std::filesystem::create_directories(path);
  scratch.write("outside", "{}");
  expect_told([this] { scratch.write("etc/tasks.d/web.json", "{}"); });
  expect_told([this] { scratch.write("etc/tasks.d/web.json", "{1}"); });
  expect_told([this] { std::filesystem::rename(scratch.path("outside"), path + "/web.json"); });
  expect_told([this] { std::filesystem::rename(path + "/web.json", scratch.path("outside")); });
  scratch.write("etc/tasks.d/web.json", "{}");
  expect_told([this] { scratch.remove("etc/tasks.d/web.json"); });
}

}  // namespace
}  // namespace berth
