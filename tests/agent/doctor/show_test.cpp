// show_test.cpp - the table and the document.
#include "agent/doctor/show.hpp"

#include <gtest/gtest.h>

#include "agent/doctor/words.hpp"

namespace berth::doctor {
namespace {

Findings some() {
  return {fine("cgroups", "version", "2"),
          failed("cgroups", "memory controller", "missing", "boot with it"),
          warned("disk", "data directory", "100 MiB free", "make room"),
          unknown("dns", "server", "no answer in time")};
}

TEST(TableOf, HasALineForEachFindingAndTheCureBelowWhatIsNotWell) {
  EXPECT_EQ(table_of(some()),
            "OK    cgroups  version            2\n"
            "FAIL  cgroups  memory controller  missing\n"
            "      cure: boot with it\n"
            "WARN  disk     data directory     100 MiB free\n"
            "      cure: make room\n"
            "?     dns      server             no answer in time\n"
            "4 checks: 1 ok, 1 warning, 1 error, 1 unknown\n");
}

TEST(TableOf, CountsWithoutUnknownOnesWhereThereAreNone) {
  EXPECT_EQ(table_of({}), "0 checks: 0 ok, 0 warnings, 0 errors\n");
}

TEST(JsonOf, HasAllMembersOfEachFinding) {
  EXPECT_EQ(json_of({failed("cgroups", "memory controller", "missing", "boot with it"),
                     fine("dns", "server", "10.0.0.1")}),
            R"({"checks":[{"area":"cgroups","cure":"boot with it","reason":"missing",)"
            R"("verdict":"error","what":"memory controller"},{"area":"dns","cure":"",)"
            R"("reason":"10.0.0.1","verdict":"ok","what":"server"}],)"
            R"("counts":{"errors":1,"ok":1,"unknown":0,"warnings":0}})"
            "\n");
}

TEST(SizeText, HasTheUnitThatFits) {
  const std::pair<std::uint64_t, const char*> cases[] = {{0, "0 MiB"},
                                                         {(1 << 20) - 1, "0 MiB"},
                                                         {312ULL << 20, "312 MiB"},
                                                         {1ULL << 30, "1.0 GiB"},
                                                         {3ULL << 29, "1.5 GiB"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(size_text(bytes), text);
}

}  // namespace
}  // namespace berth::doctor
