// announce_test.cpp - the bytes that a LAN is told.
#include "netns/announce.hpp"

#include <gtest/gtest.h>

namespace berth::netns {
namespace {

std::string hex_of(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char one : bytes) {
    const auto byte = static_cast<unsigned char>(one);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

TEST(Announcement, OfIpv4IsAnArpRequestForItself) {
  EXPECT_EQ(hex_of(announcement(*parse_ip("192.0.2.7"), *parse_mac("0a:00:00:00:00:1f"))),
            "ffffffffffff0a000000001f0806"  // to everyone, ARP
            "0001080006040001"              // Ethernet, IPv4, request
            "0a000000001fc0000207000000000000c0000207");
}

TEST(Announcement, OfIpv6IsAnAdvertisementThatOverrides) {
  EXPECT_EQ(hex_of(announcement(*parse_ip("2001:db8::7"), *parse_mac("0a:00:00:00:00:1f"))),
            "8800000020000000"                  // neighbour advertisement, override
            "20010db8000000000000000000000007"  // target
            "02010a000000001f");                // its link-layer address
}

}  // namespace
}  // namespace berth::netns
