// lan_frames_test.cpp - the bytes by which a LAN is asked and told, and what others' say.
#include "netns/lan_frames.hpp"

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

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

const MacAddress kMac = *parse_mac("0a:00:00:00:00:1f");
const IpAddress k4 = *parse_ip("192.0.2.7");
const IpAddress k6 = *parse_ip("2001:db8::7");

TEST(LanFrames, AnnounceIpv4ByAnArpRequestForItself) {
  EXPECT_EQ(hex_of(announcement(k4, kMac)),
            "ffffffffffff0a000000001f0806"  // to everyone, ARP
            "0001080006040001"              // Ethernet, IPv4, request
            "0a000000001fc0000207000000000000c0000207");
}

TEST(LanFrames, AnnounceIpv6ByAnAdvertisementThatOverrides) {
  EXPECT_EQ(hex_of(announcement(k6, kMac)),
            "3333000000010a000000001f86dd"      // to all nodes, IPv6
            "6000000000203aff"                  // 32 octets of ICMPv6, 255 hops
            "20010db8000000000000000000000007"  // from the address itself
            "ff020000000000000000000000000001"
            "8800f10020000000"                  // neighbour advertisement, override
            "20010db8000000000000000000000007"  // target
            "02010a000000001f");                // its link-layer address
}

TEST(LanFrames, ProbeForIpv4FromNoAddress) {
  EXPECT_EQ(hex_of(probe(k4, kMac)),
            "ffffffffffff0a000000001f0806"
            "0001080006040001"
            "0a000000001f00000000000000000000c0000207");
}

TEST(LanFrames, ProbeForIpv6AsDuplicateDetectionDoes) {
  EXPECT_EQ(hex_of(probe(k6, kMac)),
            "3333ff0000070a000000001f86dd"  // to the group of the address
            "6000000000183aff"
            "00000000000000000000000000000000"
            "ff0200000000000000000001ff000007"
            "87004ce100000000"
            "20010db8000000000000000000000007");
}

constexpr char kEthernetArp[] = "0a000000001f0211223344550806";
constexpr char kEthernetIpv6[] = "33330000000102112233445586dd";
constexpr char kFromSomebody[] = "20010db8000000000000000000000009ff020000000000000000000000000001";
constexpr char kFromNobody[] = "00000000000000000000000000000000ff0200000000000000000001ff000007";
constexpr char kTarget[] = "20010db8000000000000000000000007";

TEST(LanFrames, AreReadForWhatTheySayOfAnAddress) {
  struct Row {
    const char* what;
    std::string frame;
    std::optional<Claim> says;
  };
  const MacAddress by = *parse_mac("02:11:22:33:44:55");
  const MacAddress other = *parse_mac("02:11:22:33:44:66");
  const auto uses = Claim::Kind::Uses;
  const auto asks = Claim::Kind::Asks;
  const std::string arp = kEthernetArp;
  const std::string v6 = kEthernetIpv6;
  const std::string somebody = kFromSomebody;
  const std::string nobody = kFromNobody;
  const std::string target = kTarget;
  const Row rows[] = {
      {"an answer", arp + "0001080006040002021122334455c00002070a000000001fc0000209",
       Claim{uses, k4, by}},
      {"a question for another", arp + "0001080006040001021122334455c0000207000000000000c0000209",
       Claim{uses, k4, by}},
      {"a probe", arp + "000108000604000102112233445500000000000000000000c0000207",
       Claim{asks, k4, by}},
      {"an answer from nobody", arp + "000108000604000202112233445500000000000000000000c0000207",
       std::nullopt},
      {"a reverse request", arp + "0001080006040003021122334455c0000207000000000000c0000209",
       std::nullopt},
      {"not of Ethernet", arp + "0006080006040002021122334455c00002070a000000001fc0000209",
       std::nullopt},
      {"cut off", arp + "0001080006040002021122334455c00002070a000000001fc00002", std::nullopt},
      {"an advertisement of another's",
       v6 + "6000000000203aff" + somebody + "8800000020000000" + target + "0201021122334466",
       Claim{uses, k6, other}},
      {"one without the owner's MAC",
       v6 + "6000000000183aff" + somebody + "8800000020000000" + target, Claim{uses, k6, by}},
      {"one with another option first",
       v6 + "6000000000283aff" + somebody + "8800000020000000" + target + "0e01000000000000" +
           "0201021122334466",
       Claim{uses, k6, other}},
      {"one with an option of no length",
       v6 + "6000000000203aff" + somebody + "8800000020000000" + target + "0200021122334466",
       Claim{uses, k6, by}},
      {"one that came through a router",
       v6 + "6000000000203afe" + somebody + "8800000020000000" + target + "0201021122334466",
       std::nullopt},
      {"one shorter than it says", v6 + "6000000000203aff" + somebody + "8800000020000000" + target,
       std::nullopt},
      {"duplicate detection", v6 + "6000000000183aff" + nobody + "8700000000000000" + target,
       Claim{asks, k6, by}},
      {"an ordinary solicitation", v6 + "6000000000183aff" + somebody + "8700000000000000" + target,
       std::nullopt},
      {"a ping", v6 + "6000000000183aff" + somebody + "8000000000000000" + target, std::nullopt},
      {"UDP", v6 + "60000000001811ff" + somebody + "8800000020000000" + target, std::nullopt},
      {"IPv4",
       "0a000000001f0211223344550800"
       "4500",
       std::nullopt},
      {"nothing", "", std::nullopt},
  };
  for (const Row& row : rows) EXPECT_EQ(claim_in(bytes_of(row.frame)), row.says) << row.what;
}

TEST(LanFrames, AreUnderstoodByTheirOwnReader) {
  for (const IpAddress& address : {k4, k6}) {
    EXPECT_EQ(claim_in(announcement(address, kMac)), (Claim{Claim::Kind::Uses, address, kMac}));
    EXPECT_EQ(claim_in(probe(address, kMac)), (Claim{Claim::Kind::Asks, address, kMac}));
  }
}

}  // namespace
}  // namespace berth::netns
