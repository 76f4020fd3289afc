// silence_test.cpp - what is known of addresses, as time passes and others speak.
#include "agent/networks/silence.hpp"

#include <gmock/gmock.h>

namespace berth::networks {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Silence::Moment kNow{std::chrono::hours(1)};

const model::NodeAddress kOne{"192.0.2.200", "192.0.2.1", "fd00:1::c8"};
const model::NodeAddress kTwo{"192.0.2.201", "192.0.2.1", "fd00:1::c9"};

netns::IpAddress address(const char* text) {
  return netns::parse_ip(text).value();
}

class SilenceTest : public ::testing::Test {
 protected:
  SilenceTest() {
    silence.follow({kOne, kTwo});
    silence.keep(kOne, kNow);
    silence.keep(kTwo, kNow);
  }
  Silence silence;
};

TEST_F(SilenceTest, CountsForSomeMinutes) {
  EXPECT_THAT(silence.free(kNow), ElementsAre(kOne.ipv4, kTwo.ipv4));
  EXPECT_THAT(silence.due({kOne, kTwo}, kNow + minutes(3) - seconds(1)), IsEmpty());
  EXPECT_EQ(silence.due_at({kOne}), kNow + minutes(3));
  EXPECT_THAT(silence.due({kOne, kTwo}, kNow + minutes(3)), ElementsAre(kOne, kTwo));
  EXPECT_FALSE(silence.free(kNow + minutes(5) - seconds(1)).empty());
  EXPECT_THAT(silence.free(kNow + minutes(5)), IsEmpty());
}

TEST_F(SilenceTest, EndsWithAWordAboutEitherFamily) {
  EXPECT_EQ(silence.hear(address("fd00:1::c8"), kNow + seconds(1)), kOne.ipv4);
  EXPECT_EQ(silence.hear(address("192.0.2.200"), kNow + seconds(1)), std::nullopt)
      << "that is known";
  EXPECT_EQ(silence.hear(address("192.0.2.202"), kNow + seconds(1)), std::nullopt)
      << "nobody asked";

  EXPECT_THAT(silence.free(kNow + seconds(1)), ElementsAre(kTwo.ipv4));
  EXPECT_THAT(silence.taken(kNow + seconds(1)), ElementsAre(kOne.ipv4));
  EXPECT_FALSE(silence.claim({address("192.0.2.200")}, kNow + seconds(1)));
  EXPECT_THAT(silence.taken(kNow + seconds(1) + minutes(5)), IsEmpty());
  EXPECT_EQ(silence.due_at({}), kNow + seconds(1) + minutes(5));
  silence.drop_old(kNow + seconds(1) + minutes(5));
  EXPECT_EQ(silence.due_at({}), Silence::Moment::max());
}

TEST_F(SilenceTest, IsNotKeptOverAWordThatCameAfterTheQuestion) {
  silence.hear(address("192.0.2.200"), kNow + seconds(2));

  silence.keep(kOne, kNow + seconds(1));
  EXPECT_THAT(silence.free(kNow + seconds(2)), ElementsAre(kTwo.ipv4));

  silence.keep(kOne, kNow + seconds(3));
  EXPECT_THAT(silence.free(kNow + seconds(3)), ElementsAre(kOne.ipv4, kTwo.ipv4));
  EXPECT_THAT(silence.taken(kNow + seconds(3)), IsEmpty());
}

TEST_F(SilenceTest, IsOneOwnersOnce) {
  EXPECT_FALSE(silence.claim({address("192.0.2.200"), address("fd00:1::c9")}, kNow))
      << "of two of them";
  EXPECT_FALSE(silence.claim({address("192.0.2.200")}, kNow + minutes(5))) << "too long ago";
  EXPECT_FALSE(silence.claim({}, kNow));

  EXPECT_TRUE(silence.claim({address("192.0.2.200"), address("fd00:1::c8")}, kNow));
  EXPECT_FALSE(silence.claim({address("192.0.2.200"), address("fd00:1::c8")}, kNow));
}

TEST_F(SilenceTest, IsKnownOfThoseAloneThatAreListenedFor) {
  EXPECT_THAT(silence.left({kTwo}, kNow), ElementsAre(kOne)) << "handed out, and not claimed yet";
  silence.follow({kTwo});

  EXPECT_THAT(silence.free(kNow), ElementsAre(kTwo.ipv4));
  silence.forget();
  EXPECT_THAT(silence.free(kNow), IsEmpty());
}

}  // namespace
}  // namespace berth::networks
