// capabilities_test.cpp - which capabilities a container gets.
#include "runtime/capabilities.hpp"

#include <gmock/gmock.h>

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HostFacts able_host() {
  HostFacts host;
  host.capabilities = known_capabilities();
  return host;
}

std::vector<std::string> given(std::vector<std::string> add, std::vector<std::string> drop,
                               bool privileged = false) {
  ContainerSpec spec;
  spec.capabilities_add = std::move(add);
  spec.capabilities_drop = std::move(drop);
  spec.privileged = privileged;
  auto capabilities = capabilities_of(spec, able_host());
  return capabilities ? *capabilities : std::vector<std::string>{capabilities.error().text()};
}

TEST(CapabilitiesOf, GivesDockersFourteenByDefault) {
  EXPECT_THAT(
      given({}, {}),
      ElementsAre("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
                  "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
                  "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP"));
}

TEST(CapabilitiesOf, AddsAndDropsByAnySpelling) {
  EXPECT_THAT(given({"NET_ADMIN", "cap_sys_time"}, {"ALL"}),
              ElementsAre("CAP_NET_ADMIN", "CAP_SYS_TIME"));
  EXPECT_THAT(given({}, {"ALL"}), IsEmpty());
  EXPECT_EQ(given({"ALL"}, {}), known_capabilities());
  EXPECT_EQ(given({"ALL"}, {"SYS_ADMIN"}).size(), known_capabilities().size() - 1);
  EXPECT_EQ(given({}, {"CAP_MKNOD", "NET_RAW"}).size(), 12U);
  EXPECT_EQ(given({}, {"ALL"}, true), known_capabilities());
}

TEST(CapabilitiesOf, RefusesWhatDoesNotExist) {
  EXPECT_THAT(given({"NET_ADMINISTRATOR"}, {}),
              ElementsAre("Invalid: unknown capability \"NET_ADMINISTRATOR\""));
  EXPECT_THAT(given({}, {"X"}), ElementsAre("Invalid: unknown capability \"X\""));
}

TEST(CapabilitiesOf, GivesNothingTheHostDoesNotHave) {
  HostFacts host;
  host.capabilities = {"CAP_CHOWN", "CAP_NET_ADMIN"};
  ContainerSpec usual;
  ContainerSpec more;
  more.capabilities_add = {"SYS_ADMIN"};

  EXPECT_THAT(*capabilities_of(usual, host), ElementsAre("CAP_CHOWN"));
  EXPECT_EQ(capabilities_of(more, host).error(),
            (Error{Errc::Invalid, 0, "capability CAP_SYS_ADMIN is not to be had on this host"}));
}

}  // namespace
}  // namespace berth::runtime
