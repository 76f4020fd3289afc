// node_book_contract_test.cpp - what the seam NodeBook promises, fake or SQLite.
#include <gmock/gmock.h>

#include "tests/contract/records/book_contract.hpp"
#include "tests/contract/records/on_disk.hpp"
#include "tests/fakes/fake_node_book.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {
namespace {

using records::HostChange;
using records::NodeIdentity;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct BookInMemory {
  Loop loop;
  FakeNodeBook book{loop.io.get_executor()};
};

template <class World>
class NodeBookContract : public BookContract<World> {};

using Books = ::testing::Types<BookInMemory, OnDisk>;
TYPED_TEST_SUITE(NodeBookContract, Books, NameOfBook<OnDisk>);

TYPED_TEST(NodeBookContract, KnowsNothingAtFirst) {
  EXPECT_EQ(this->run(this->world.book.identity()), NodeIdentity{});
  EXPECT_THAT(this->run(this->world.book.host_changes()), IsEmpty());
}

TYPED_TEST(NodeBookContract, KeepsTheLatestIdentity) {
  for (const char* arn : {"arn:one", "arn:two"}) {
    this->run(this->world.book.keep_identity({"lab", arn}));
  }

  EXPECT_EQ(this->run(this->world.book.identity()), (NodeIdentity{"lab", "arn:two"}));
}

TYPED_TEST(NodeBookContract, KeepsWhatWasToldOfTheNetworkLast) {
  EXPECT_EQ(this->run(this->world.book.network()), model::ClusterNetwork{});
  model::ClusterNetwork told{"arn:one",
                             3,
                             {{"sg-1", 2, {{"tcp", 80, 90, {"::/0"}, {"sg-2"}}}, {}, {"fd00::1"}}},
                             {{"10.213.2.0/24", "192.0.2.2"}}};
  this->run(this->world.book.keep_network(told));
  told.version = 4;
  this->run(this->world.book.keep_network(told));

  EXPECT_EQ(this->run(this->world.book.network()), told);
}

TYPED_TEST(NodeBookContract, KeepsTheTimelineOfOneInstance) {
  EXPECT_EQ(this->run(this->world.book.manifest_timeline("arn:one")), -1);

  for (const std::int64_t timeline : {0, 43}) {
    this->run(this->world.book.keep_manifest_timeline("arn:one", timeline));
    EXPECT_EQ(this->run(this->world.book.manifest_timeline("arn:one")), timeline);
  }
  EXPECT_EQ(this->run(this->world.book.manifest_timeline("arn:two")), -1);

  this->run(this->world.book.keep_manifest_timeline("arn:two", 7));
  EXPECT_EQ(this->run(this->world.book.manifest_timeline("arn:two")), 7);
  EXPECT_EQ(this->run(this->world.book.manifest_timeline("arn:one")), -1);
}

TYPED_TEST(NodeBookContract, KeepsTheFirstOldValueOfEachChange) {
  const HostChange forward{"sysctl", "net/ipv4/ip_forward", "0"};
  const HostChange again{"sysctl", "net/ipv4/ip_forward", "1"};
  const HostChange bridge{"bridge", "berth0", ""};
  for (const HostChange& change : {forward, again, bridge}) {
    this->run(this->world.book.note_host_change(change));
  }

  EXPECT_THAT(this->run(this->world.book.host_changes()), ElementsAre(bridge, forward));
}

}  // namespace
}  // namespace berth::testing
