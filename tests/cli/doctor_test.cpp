// doctor_test.cpp - where berthd is looked for.
#include "cli/doctor.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/fakes/scratch.hpp"

namespace berth::cli {
namespace {

TEST(FindBerthd, TakesTheFirstThatCanBeRun) {
  const berth::testing::Scratch empty, plain, program, later;
  plain.write("berthd", "");
  for (const auto* one : {&program, &later}) {
    one->write("berthd", "#!/bin/sh\n");
    std::filesystem::permissions(one->path("berthd"), std::filesystem::perms::owner_all);
  }

  const auto found =
      find_berthd({empty.path("."), plain.path("."), program.path("."), later.path(".")});

  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(*found, program.path("./berthd"));
}

TEST(FindBerthd, NamesWhereItLookedInVain) {
  const auto found = find_berthd({"/nowhere/a", "/nowhere/b"});

  EXPECT_EQ(found.error(),
            (Error{Errc::Unavailable, 0,
                   "berthd, which makes the checks, is not installed; searched were /nowhere/a, "
                   "/nowhere/b"}));
}

}  // namespace
}  // namespace berth::cli
