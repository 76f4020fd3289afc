// resolver_test.cpp - the three files, from values and from a host's own.
#include "netns/resolver.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "netns/sysctl.hpp"

namespace berth::netns {
namespace {

/// A temporary directory that plays the host's /etc or /run; removed with its files.
class Scratch {
 public:
  Scratch() {
    char path[] = "/tmp/berth-resolver-XXXXXX";
    path_ = ::mkdtemp(path);
  }
  ~Scratch() {
    const std::size_t slash = path_.rfind('/');
    auto parent = Dir::open(path_.substr(0, slash));
    const auto removed = parent->remove_all(path_.substr(slash + 1));
    EXPECT_TRUE(removed) << removed.error();
  }
  Dir dir() const { return *Dir::open(path_); }

 private:
  std::string path_;
};

OwnInterface own_interface() {
  OwnInterface own;
  own.ipv4 = *parse_ip_interface("10.213.1.5/24");
  own.hostname = "ip-10-213-1-5.lab.internal";
  return own;
}

TEST(ResolvConfText, ListsServersThenOneSearchLine) {
  const auto text = resolv_conf_text({"10.0.0.2", "fd00::53"}, {"a.internal", "b.internal"}, "");

  EXPECT_EQ(*text, "nameserver 10.0.0.2\nnameserver fd00::53\nsearch a.internal b.internal\n");
}

TEST(ResolvConfText, LeavesOutWhatIsNotGiven) {
  EXPECT_EQ(*resolv_conf_text({"10.0.0.2"}, {}, "nameserver 1.1.1.1\nsearch host.example\n"),
            "nameserver 10.0.0.2\n");
}

TEST(ResolvConfText, KeepsTheHostsServersBesideGivenDomains) {
  EXPECT_EQ(*resolv_conf_text({}, {"a.internal"},
                              "search host.example\nnameserver 127.0.0.53\nnameserver 1.1.1.1\n"
                              "domain host.example\noptions edns0\n"),
            "nameserver 1.1.1.1\noptions edns0\nsearch a.internal\n");
  EXPECT_EQ(*resolv_conf_text({}, {"a.internal"}, "nameserver ::1\n"),
            "nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch a.internal\n");
}

TEST(ResolvConfText, FallsBackOnPublicServersWhenTheHostHasNone) {
  const std::string servers = "nameserver 8.8.8.8\nnameserver 8.8.4.4\n";
  EXPECT_EQ(*resolv_conf_text({}, {}, ""), servers);
  EXPECT_EQ(*resolv_conf_text({}, {}, "# none\n"), "# none\n" + servers);
  EXPECT_EQ(*resolv_conf_text({}, {}, "nameserver 127.0.0.53\nsearch host.example"),
            "search host.example\n" + servers);
}

TEST(ResolvConfText, TakesTheHostsWithoutLoopbackServers) {
  const std::string host =
      "# by hand\nnameserver 127.0.0.53\nnameserver ::1\nnameserver 10.0.0.2\noptions edns0\n";

  EXPECT_EQ(*resolv_conf_text({}, {}, host), "# by hand\nnameserver 10.0.0.2\noptions edns0\n");
}

TEST(ResolvConfText, RefusesWhatWouldAddLines) {
  EXPECT_TRUE(
      resolv_conf_text({"10.0.0.2\nnameserver 6.6.6.6"}, {}, "").failed_with(Errc::Invalid));
  EXPECT_TRUE(resolv_conf_text({"dns.internal"}, {}, "").failed_with(Errc::Invalid));
  EXPECT_TRUE(resolv_conf_text({}, {"a b"}, "").failed_with(Errc::Invalid));
  EXPECT_TRUE(resolv_conf_text({}, {""}, "").failed_with(Errc::Invalid));
}

TEST(HostsText, HasLoopbackOwnNameAndAliases) {
  const auto text = hosts_text(own_interface(), {{"10.0.0.9", "db"}});

  EXPECT_EQ(*text, "127.0.0.1 localhost\n10.213.1.5 ip-10-213-1-5.lab.internal\n10.0.0.9 db\n");
}

TEST(HostsText, RefusesNamesAndAddressesThatAreNone) {
  OwnInterface odd = own_interface();
  odd.hostname = "web\n6.6.6.6 bank";

  EXPECT_TRUE(hosts_text(odd, {}).failed_with(Errc::Invalid));
  EXPECT_TRUE(hosts_text(own_interface(), {{"db", "10.0.0.9"}}).failed_with(Errc::Invalid));
  EXPECT_TRUE(hosts_text(own_interface(), {{"10.0.0.9", "a b"}}).failed_with(Errc::Invalid));
}

TEST(NameFilesOf, AnOwnInterfaceUseTheServersBehindResolved) {
  const Scratch etc;
  const Scratch run;
  ASSERT_TRUE(etc.dir().replace("resolv.conf", "nameserver 127.0.0.53\n"));
  ASSERT_TRUE(run.dir().make_all("systemd/resolve"));
  ASSERT_TRUE(run.dir().replace("systemd/resolve/resolv.conf", "nameserver 192.0.2.53\n"));

  const auto files = name_files(own_interface(), {}, etc.dir(), run.dir());

  ASSERT_TRUE(files) << files.error();
  EXPECT_EQ(files->resolv_conf, "nameserver 192.0.2.53\n");
  EXPECT_EQ(files->hostname, "ip-10-213-1-5.lab.internal\n");
}

TEST(NameFilesOf, AnOwnInterfaceIsNeverWithoutServers) {
  const Scratch etc;
  const Scratch run;
  ASSERT_TRUE(etc.dir().replace("resolv.conf", "nameserver 127.0.0.1\n"));

  const auto files = name_files(own_interface(), {}, etc.dir(), run.dir());

  ASSERT_TRUE(files) << files.error();
  EXPECT_EQ(files->resolv_conf, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
}

TEST(NameFilesOf, TheHostAreCopiesWithAliases) {
  const Scratch etc;
  const Scratch run;
  ASSERT_TRUE(etc.dir().replace("resolv.conf", "nameserver 127.0.0.53\n"));
  ASSERT_TRUE(etc.dir().replace("hosts", "127.0.0.1 localhost node7"));
  ASSERT_TRUE(etc.dir().replace("hostname", "node7\n"));

  const auto files = name_files(HostNetwork{}, {{"10.0.0.9", "db"}}, etc.dir(), run.dir());

  ASSERT_TRUE(files) << files.error();
  EXPECT_EQ(*files, (NameFiles{"nameserver 127.0.0.53\n",
                               "127.0.0.1 localhost node7\n10.0.0.9 db\n", "node7\n"}));
}

TEST(NameFilesOf, NoNetworkKnowLoopbackOnly) {
  const Scratch empty;

  const auto files = name_files(NoNetwork{}, {}, empty.dir(), empty.dir());

  ASSERT_TRUE(files) << files.error();
  EXPECT_EQ(*files, (NameFiles{"", "127.0.0.1 localhost\n", ""}));
}

TEST(WriteNameFiles, WritesWhatIsWantedAndCanBeRepeated) {
  const Scratch into;
  const NameFiles files{"", "127.0.0.1 localhost\n", "web\n"};

  for (int time = 0; time < 2; ++time) {
    const auto written = write_name_files(into.dir(), files);
    ASSERT_TRUE(written) << written.error();
  }

  EXPECT_EQ(*into.dir().read("hosts"), "127.0.0.1 localhost\n");
  EXPECT_EQ(*into.dir().list(), (std::vector<std::string>{"hostname", "hosts"}));
}

TEST(WriteNameFiles, LeavesAFileThatIsRightToThoseWhoHaveItMounted) {
  const Scratch into;
  ASSERT_TRUE(write_name_files(into.dir(), {"nameserver 10.0.0.2\n", "127.0.0.1 localhost\n", ""}));
  const auto inode_of = [&into](const char* name) {
    struct stat facts{};
    EXPECT_EQ(::stat((into.dir().path() + "/" + name).c_str(), &facts), 0) << name;
    return facts.st_ino;
  };
  const auto hosts = inode_of("hosts");
  const auto resolv_conf = inode_of("resolv.conf");

  ASSERT_TRUE(write_name_files(into.dir(), {"nameserver 10.0.0.3\n", "127.0.0.1 localhost\n", ""}));

  EXPECT_EQ(inode_of("hosts"), hosts);
  EXPECT_NE(inode_of("resolv.conf"), resolv_conf);
  EXPECT_EQ(*into.dir().read("resolv.conf"), "nameserver 10.0.0.3\n");
}

TEST(SetSysctl, ReturnsTheOldValueAndWritesOnlyAChange) {
  const Scratch proc_sys;
  ASSERT_TRUE(proc_sys.dir().make_all("net/ipv4"));
  ASSERT_TRUE(proc_sys.dir().replace("net/ipv4/ip_forward", "0\n"));

  const auto first = set_sysctl(proc_sys.dir(), "net/ipv4/ip_forward", "1");
  const auto second = set_sysctl(proc_sys.dir(), "net/ipv4/ip_forward", "1");

  EXPECT_EQ(*first, "0");
  EXPECT_EQ(*second, "1");
  EXPECT_TRUE(read_sysctl(proc_sys.dir(), "net/none").failed_with(Errc::NotFound));
}

}  // namespace
}  // namespace berth::netns
