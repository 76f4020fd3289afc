// fake_address_book.hpp - addresses that rest, in memory.
#pragma once

#include <vector>

#include "agent/records/address_book.hpp"

namespace berth::testing {

class FakeAddressBook final : public records::AddressBook {
 public:
  std::vector<records::Rest> kept;

  void note_rest(records::Rest rest, WallTime oldest) override {
    std::erase_if(kept, [&](const records::Rest& one) {
      return one.since < oldest || one.address == rest.address;
    });
    kept.push_back(std::move(rest));
  }
  Async<std::vector<records::Rest>> rests() override {
    std::vector<records::Rest> copy = kept;
    co_return copy;
  }
};

}  // namespace berth::testing
