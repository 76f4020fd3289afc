// network_contract_test.cpp - chains of plugins that do as they are told: the order of calls, what
// each is given, and what is kept.
#include "cni/network.hpp"

#include <gtest/gtest.h>

#include "tests/contract/cni/place.hpp"

namespace berth::cni::testing {
namespace {

using Calls = std::vector<std::string>;

TEST(CniNetwork, AddsInOrderAndRemovesInReverse) {
  const Place place;
  const Network network = place.network();

  const auto attached = network.add(attachment());

  ASSERT_TRUE(attached) << attached.error();
  EXPECT_EQ(inner_address(*attached, false)->address, "10.9.0.2/24");
  EXPECT_EQ(attached->document["made-by"], "second");
  EXPECT_EQ(place.calls(), (Calls{"first ADD", "second ADD"}));
  EXPECT_EQ(*network.attached(), (Calls{"berth--1"}));

  ASSERT_TRUE(network.remove("berth--1"));
  EXPECT_EQ(place.calls(), (Calls{"second DEL", "first DEL"}));
  EXPECT_EQ(*network.attached(), Calls{});
  ASSERT_TRUE(network.remove("berth--1"));
  EXPECT_EQ(place.calls(), Calls{});
}

TEST(CniNetwork, TellsEachPluginWhatThoseBeforeItMade) {
  const Place place;
  const Network network = place.network();
  ASSERT_TRUE(network.add(attachment()));

  EXPECT_FALSE(place.input_of("first.ADD").contains("prevResult"));
  EXPECT_EQ(place.input_of("second.ADD")["prevResult"]["made-by"], "first");
  EXPECT_EQ(place.input_of("second.ADD")["cniVersion"], "1.1.0");
  EXPECT_EQ(place.input_of("second.ADD")["name"], "net");

  ASSERT_TRUE(network.remove("berth--1"));
  EXPECT_EQ(place.input_of("second.DEL")["prevResult"]["made-by"], "second");
  EXPECT_EQ(place.input_of("first.DEL")["prevResult"]["made-by"], "second");
}

TEST(CniNetwork, GivesACleanEnvironmentAndTheNamespace) {
  const Place place;
  Attachment one = attachment();
  one.args = {{"IgnoreUnknown", "1"}};
  one.wishes.ips = {"10.9.0.2/24"};
  ASSERT_TRUE(place.network().add(one));

  EXPECT_NE(place.text_of("bin/calls")
                .find("first ADD berth--1 eth0 [/proc/self/ns/net] [IgnoreUnknown=1]"),
            std::string::npos);
  EXPECT_EQ(place.text_of("bin/first.ADD.environment").find("HOME="), std::string::npos);
  EXPECT_EQ(place.input_of("first.ADD")["runtimeConfig"]["ips"][0], "10.9.0.2/24");
  EXPECT_FALSE(place.input_of("second.ADD").contains("runtimeConfig"));
}

TEST(CniNetwork, SaysNoNamespaceOnceItIsGone) {
  const Place place;
  Attachment one = attachment();
  one.netns = place.path("pin");
  place.write("pin", "");
  ASSERT_TRUE(place.network().add(one));
  ASSERT_TRUE(place.network().remove("berth--1"));

  EXPECT_NE(place.text_of("bin/calls").find("first DEL berth--1 eth0 [] []"), std::string::npos);
}

TEST(CniNetwork, RemovesByWhatTheNetworkWas) {
  const Place place;
  ASSERT_TRUE(place.network().add(attachment()));
  place.write("net.d/10-net.conflist", R"({"name":"net","plugins":[{"type":"other"}]})");
  place.calls();

  ASSERT_TRUE(place.network().remove("berth--1"));
  EXPECT_EQ(place.calls(), (Calls{"second DEL", "first DEL"}));
}

TEST(CniNetwork, TakesBackWhatFailsAndTellsWhy) {
  const Place place;
  place.order("second.ADD", R"(echo '{"code": 11, "msg": "later", "details": "busy"}'; exit 1)");
  const Network network = place.network();

  const auto attached = network.add(attachment());

  ASSERT_TRUE(attached.failed_with(Errc::Unavailable));
  EXPECT_EQ(attached.error().message, "plugin second, ADD: later; busy (code 11)");
  EXPECT_EQ(place.calls(), (Calls{"first ADD", "second ADD", "second DEL", "first DEL"}));
  EXPECT_EQ(*network.attached(), Calls{});
}

TEST(CniNetwork, KeepsWhatCouldNotBeTakenBack) {
  const Place place;
  place.order("second.ADD", "exit 1");
  place.order("second.DEL", "kill -SEGV $$");
  const Network network = place.network();

  const auto attached = network.add(attachment());

  EXPECT_EQ(
      attached.error().message,
      "plugin second, ADD: ended with exit code 1; and what was made could not be taken back: "
      "plugin second, DEL: was killed by SIGSEGV");
  EXPECT_EQ(place.calls().back(), "first DEL");
  EXPECT_EQ(*network.attached(), (Calls{"berth--1"}));

  place.order("second.DEL", "");
  ASSERT_TRUE(network.remove("berth--1"));
  EXPECT_EQ(*network.attached(), Calls{});
}

TEST(CniNetwork, TakesAContainerThatIsUnknownForGone) {
  const Place place;
  ASSERT_TRUE(place.network().add(attachment()));
  place.order("first.DEL", R"(echo '{"code": 3, "msg": "unknown"}'; exit 1)");

  EXPECT_TRUE(place.network().remove("berth--1"));
}

TEST(CniNetwork, KillsWhatHangsWithAllItStarted) {
  const Place place;
  place.order("first.ADD", "sleep 300 & echo $! > ${0%/*}/child; sleep 300");
  const Network network = place.network({.add = std::chrono::milliseconds(1500)});

  const auto attached = network.add(attachment());

  ASSERT_TRUE(attached.failed_with(Errc::TimedOut));
  EXPECT_TRUE(attached.error().message.ends_with("s and was killed")) << attached.error();
  const std::string child = place.text_of("bin/child");
  ASSERT_FALSE(child.empty());
  EXPECT_FALSE(std::filesystem::exists("/proc/" + child.substr(0, child.size() - 1) + "/cwd/."));
  EXPECT_EQ(*network.attached(), Calls{});
}

TEST(CniNetwork, TellsOfGarbageAndSilence) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"exit 0", "plugin first, ADD: it ended well, but said nothing"},
      {"echo hello; exit 0",
       "plugin first, ADD: it said what is no result: not JSON: error at byte 1 of the text: "
       "hello"},
      {"yes 0123456789012345678901234567890123456789 | head -c 1100000; exit 0",
       "plugin first, ADD: it said more than 1 MiB"},
  };
  for (const auto& [script, why] : rows) {
    const Place place;
    place.order("first.ADD", script);
    const auto attached = place.network().add(attachment());
    ASSERT_FALSE(attached);
    EXPECT_EQ(attached.error().message, why);
  }
}

TEST(CniNetwork, TakesAwayWhatAnEarlierCallLeft) {
  const Place place;
  ASSERT_TRUE(place.network().add(attachment()));
  place.calls();

  ASSERT_TRUE(place.network().add(attachment()));

  EXPECT_EQ(place.calls(), (Calls{"second DEL", "first DEL", "first ADD", "second ADD"}));
}

TEST(CniNetwork, RemovesWithoutAResultWhatWasNeverSeenToEnd) {
  const Place place;
  const auto list = place.network().load();
  ASSERT_TRUE(list) << list.error();
  ASSERT_TRUE(Book(place.path("book")).keep({*list, "1.0.0", attachment(), std::nullopt}));

  ASSERT_TRUE(place.network().remove("berth--1"));

  EXPECT_EQ(place.calls(), (Calls{"second DEL", "first DEL"}));
  EXPECT_FALSE(place.input_of("first.DEL").contains("prevResult"));
}

TEST(CniNetwork, RefusesWhatNoPluginIsCapableOf) {
  const Place place;
  Attachment one = attachment();
  one.wishes.bandwidth.egress = 1'000'000;

  const auto attached = place.network().add(one);

  ASSERT_TRUE(attached.failed_with(Errc::Invalid));
  EXPECT_EQ(attached.error().message, "no plugin of network net (" +
                                          place.path("net.d/10-net.conflist") +
                                          ") has the capability bandwidth");
  EXPECT_EQ(place.calls(), Calls{});
}

TEST(CniNetwork, AsksForVersionsOnceForEachFile) {
  const Place place;
  const Network network = place.network();
  ASSERT_TRUE(network.add(attachment()));
  std::filesystem::remove(place.path("bin/first.VERSION.input"));
  ASSERT_TRUE(network.add(attachment("berth--2")));
  EXPECT_EQ(place.text_of("bin/first.VERSION.input"), "");

  std::filesystem::remove(place.path("bin/first"));
  place.add_plugin("first");
  place.order("first.VERSION", R"(echo '{"supportedVersions": ["0.4.0"]}'; exit 0)");
  ASSERT_TRUE(network.add(attachment("berth--3")));
  EXPECT_EQ(place.input_of("first.ADD")["cniVersion"], "0.4.0");
}

TEST(CniNetwork, SpeaksOf11OnlyWithThoseThatDo) {
  const Place place;
  ASSERT_TRUE(place.network().add(attachment()));
  place.calls();
  ASSERT_TRUE(place.network().status());
  ASSERT_TRUE(place.network().collect());
  EXPECT_EQ(place.calls(), (Calls{"first STATUS", "second STATUS", "first GC", "second GC"}));
  EXPECT_EQ(dump_json(place.input_of("second.GC")["cni.dev/valid-attachments"]),
            R"([{"containerID":"berth--1","ifname":"eth0"}])");

  place.write("net.d/10-net.conflist",
              R"({"name":"net","cniVersion":"1.0.0","plugins":[{"type":"first"}]})");
  ASSERT_TRUE(place.network().status());
  ASSERT_TRUE(place.network().collect());
  EXPECT_EQ(place.calls(), Calls{});
}

TEST(CniNetwork, LeavesASharedNetworkUncollected) {
  const Place place;
  place.write(
      "net.d/10-net.conflist",
      R"({"name":"net","cniVersion":"1.1.0","disableGC":true,"plugins":[{"type":"first"}]})");

  ASSERT_TRUE(place.network().collect());

  EXPECT_EQ(place.calls(), Calls{});
}

TEST(CniNetwork, TellsWhatStatusSays) {
  const Place place;
  place.order("second.STATUS", R"(echo '{"code": 50, "msg": "no uplink"}'; exit 1)");

  const Result<> status = place.network().status();

  ASSERT_TRUE(status.failed_with(Errc::Unavailable));
  EXPECT_EQ(status.error().message, "plugin second, STATUS: no uplink (code 50)");
}

TEST(CniNetwork, ChecksWithTheResultUnlessTheNetworkSaysNot) {
  const Place place;
  const Network network = place.network();
  EXPECT_TRUE(network.check("berth--1").failed_with(Errc::NotFound));
  ASSERT_TRUE(network.add(attachment()));
  place.calls();

  ASSERT_TRUE(network.check("berth--1"));
  EXPECT_EQ(place.calls(), (Calls{"first CHECK", "second CHECK"}));
  EXPECT_EQ(place.input_of("first.CHECK")["prevResult"]["made-by"], "second");
  place.order("first.CHECK", R"(echo '{"code": 100, "msg": "eth0 is gone"}'; exit 1)");
  EXPECT_EQ(network.check("berth--1").error().message,
            "plugin first, CHECK: eth0 is gone (code 100)");
}

}  // namespace
}  // namespace berth::cni::testing
