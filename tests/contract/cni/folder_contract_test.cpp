// folder_contract_test.cpp - which network is taken, and what is said when it is not there.
#include "cni/folder.hpp"

#include <gtest/gtest.h>

#include "tests/contract/cni/place.hpp"

namespace berth::cni::testing {
namespace {

TEST(FindNetwork, TakesTheOneOfTheNameFromAnyKindOfFile) {
  const Place place;
  place.write("net.d/20.conf", R"({"name":"lan","type":"first"})");
  place.write("net.d/30.json", R"({"name":"third","type":"first"})");
  place.write("net.d/README", "not a network");

  EXPECT_TRUE(find_network(place.path("net.d"), "net"));
  EXPECT_TRUE(find_network(place.path("net.d"), "lan"));
  EXPECT_TRUE(find_network(place.path("net.d"), "third"));
}

TEST(FindNetwork, NamesThoseThereAreAndWhatIsWrongWithTheOthers) {
  const Place place;
  const auto absent = find_network(place.path("net.d"), "web");
  ASSERT_TRUE(absent.failed_with(Errc::NotFound));
  EXPECT_EQ(absent.error().message,
            "network \"web\" is not in " + place.path("net.d") + "; the networks there are: net");

  place.write("net.d/20.conflist", R"({"name":"web"})");
  const auto broken = find_network(place.path("net.d"), "web");
  ASSERT_TRUE(broken.failed_with(Errc::Invalid));
  EXPECT_TRUE(broken.error().message.ends_with(
      "/net.d/20.conflist.plugins: is required: one or more plugins"))
      << broken.error();
}

TEST(FindNetwork, RefusesANameOfTwoFiles) {
  const Place place;
  place.write("net.d/20.conflist", kTwo);

  EXPECT_TRUE(find_network(place.path("net.d"), "net").failed_with(Errc::Exists));
}

TEST(FindNetwork, SaysThatTheFolderIsMissing) {
  EXPECT_TRUE(find_network("/nowhere/net.d", "net").failed_with(Errc::NotFound));
}

TEST(LoadNetwork, NamesThePlacesWhereAPluginIsNot) {
  const Place place;
  place.write("net.d/10-net.conflist",
              R"({"name":"net","plugins":[{"type":"first","ipam":{"type":"pool"}}]})");

  const auto list = place.network().load();

  ASSERT_TRUE(list.failed_with(Errc::NotFound));
  EXPECT_EQ(list.error().message, place.path("net.d/10-net.conflist") +
                                      ": plugin pool is in none of " + place.path("bin") + ", " +
                                      place.path("more") +
                                      "; Debian's plugins are the package "
                                      "containernetworking-plugins");
}

TEST(CniBook, TellsWhichFileIsBroken) {
  const Place place;
  ASSERT_TRUE(place.network().add(attachment()));
  place.write("book/berth--1.json", "{}");

  const auto found = place.network().find("berth--1");

  ASSERT_TRUE(found.failed_with(Errc::Broken));
  EXPECT_EQ(found.error().message,
            place.path("book/berth--1.json") + ": network and attachment are required");
}

TEST(CniBook, GivesBackWhatWasKept) {
  const Place place;
  const auto attached = place.network().add(attachment());
  ASSERT_TRUE(attached) << attached.error();

  const auto found = place.network().find("berth--1");

  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->attached, *attached);
  EXPECT_EQ((*found)->attachment, attachment());
  EXPECT_EQ((*found)->version, "1.1.0");
  EXPECT_EQ((*found)->list.name, "net");
  EXPECT_FALSE((*found)->host_end);
}

TEST(CniBook, GivesBackTheHostsEndUntilTheAttachmentIsMadeAnew) {
  const Place place;
  ASSERT_TRUE(
      place.network().note("berth--1", {"veth1", "0a:00:00:00:00:07"}).failed_with(Errc::NotFound));
  const auto attached = place.network().add(attachment());
  ASSERT_TRUE(attached) << attached.error();

  ASSERT_TRUE(place.network().note("berth--1", {"veth1", "0a:00:00:00:00:07"}));

  const auto found = place.network().find("berth--1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->host_end, (HostEnd{"veth1", "0a:00:00:00:00:07"}));
  EXPECT_EQ((*found)->attached, *attached);
  ASSERT_TRUE(place.network().add(attachment()));
  const auto anew = place.network().find("berth--1");
  ASSERT_TRUE(anew && *anew);
  EXPECT_FALSE((*anew)->host_end);
}

}  // namespace
}  // namespace berth::cni::testing
