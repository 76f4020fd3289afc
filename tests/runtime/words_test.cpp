// words_test.cpp - the runtime's own words.
#include "runtime/words.hpp"

#include <gtest/gtest.h>

namespace berth::runtime {
namespace {

TEST(InRuntimeWords, UnwrapsWhatTheRuntimeRefused) {
  const Error wrapped{Errc::Broken, 0,
                      "tasks.Create: failed to create shim task: OCI runtime create failed: runc "
                      "create failed: unable to start container process: exec: \"x\": executable "
                      "file not found in $PATH: unknown"};

  EXPECT_EQ(in_runtime_words(wrapped),
            (Error{Errc::Invalid, 0,
                   "runc create failed: unable to start container process: exec: \"x\": executable "
                   "file not found in $PATH"}));
}

TEST(InRuntimeWords, KnowsWhatIsOnlyForTheMoment) {
  const Error wrapped{Errc::Broken, 0,
                      "tasks.Start: OCI runtime start failed: fork: cannot allocate memory"};

  EXPECT_EQ(in_runtime_words(wrapped), (Error{Errc::Exhausted, 0, "fork: cannot allocate memory"}));
}

TEST(InRuntimeWords, LeavesEverythingElseAsItIs) {
  for (const Error& other :
       {Error{Errc::Unavailable, 0, "tasks.Create: connection refused"},
        Error{Errc::Broken, 0, "tasks.Create: failed to mount rootfs component: no such device"},
        Error{Errc::Broken, 0, "tasks.Create: OCI runtime exploded"}}) {
    EXPECT_EQ(in_runtime_words(other), other);
  }
}

}  // namespace
}  // namespace berth::runtime
