// address_book_contract_test.cpp - what the seam AddressBook promises, fake or SQLite.
#include <gmock/gmock.h>

#include "agent/records/sqlite_addresses.hpp"
#include "tests/contract/records/book_contract.hpp"
#include "tests/contract/records/on_disk.hpp"
#include "tests/fakes/fake_address_book.hpp"

namespace berth::testing {
namespace {

using records::Rest;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct AddressesInMemory {
  Loop loop;
  FakeAddressBook book;
};
struct AddressesOnDisk : OnDisk {
  records::SqliteAddresses book{*opened};
};

constexpr WallTime kGivenBack{std::chrono::hours(24)};
constexpr WallTime kGivenBackLater = kGivenBack + std::chrono::minutes(3);

template <class World>
class AddressBookContract : public BookContract<World> {
 protected:
  std::vector<Rest> rests() { return this->run(this->world.book.rests()); }
  void note(const std::string& address, WallTime since, WallTime oldest = WallTime{}) {
    this->world.book.note_rest({address, since}, oldest);
  }
};

using AddressWorlds = ::testing::Types<AddressesInMemory, AddressesOnDisk>;
TYPED_TEST_SUITE(AddressBookContract, AddressWorlds, NameOfBook<AddressesOnDisk>);

TYPED_TEST(AddressBookContract, StartsEmpty) {
  EXPECT_THAT(this->rests(), IsEmpty());
}

TYPED_TEST(AddressBookContract, KnowsSinceWhenAnAddressRests) {
  this->note("192.0.2.7", kGivenBack);
  this->note("192.0.2.8", kGivenBack);
  this->note("192.0.2.7", kGivenBackLater);

  EXPECT_THAT(this->rests(), UnorderedElementsAre(Rest{"192.0.2.7", kGivenBackLater},
                                                  Rest{"192.0.2.8", kGivenBack}));
}

TYPED_TEST(AddressBookContract, ForgetsWhatIsOlder) {
  this->note("192.0.2.7", kGivenBack);
  this->note("192.0.2.8", kGivenBackLater, kGivenBackLater);

  EXPECT_THAT(this->rests(), UnorderedElementsAre(Rest{"192.0.2.8", kGivenBackLater}));
}

}  // namespace
}  // namespace berth::testing
