// shaping_test.cpp - rates to buckets.
#include "netns/shaping.hpp"

#include <gtest/gtest.h>

#include "netns/drivers/veth.hpp"

namespace berth::netns {
namespace {

TEST(BucketOf, HoldsATickOrTwoFramesAndQueuesForAWhile) {
  struct Case {
    const char* what;
    std::uint64_t bits;
    std::uint32_t mtu;
    TokenBucket bucket;
  };
  const Case cases[] = {
      {"two frames, one piece", 1'000'000, 1500, {125'000, 3'028, 3'028 + 65'536}},
      {"10 ms of it, one piece", 8'000'000, 1500, {1'000'000, 10'000, 10'000 + 65'536}},
      {"10 ms of it, 50 ms more", 80'000'000, 1500, {10'000'000, 100'000, 600'000}},
      {"jumbo frames", 8'000'000, 9001, {1'000'000, 18'030, 18'030 + 65'536}},
      {"the least", kLeastBandwidth, 1500, {125, 3'028, 3'028 + 65'536}},
      {"the most", kMostBandwidth, 1500, {12'500'000'000, 125'000'000, 750'000'000}},
  };
  for (const Case& c : cases) EXPECT_EQ(bucket_of(c.bits, c.mtu), c.bucket) << c.what;
}

TEST(IfbName, HasTheDigitsOfTheHostEnd) {
  EXPECT_EQ(ifb_name("3f2a9c04d7e8412b9a6f0c1d2e3f4a5b"), "bi3f2a9c04d7e8");
  EXPECT_EQ(ifb_name("web").substr(2), host_end_name("web").substr(2));
}

}  // namespace
}  // namespace berth::netns
