// book_contract.hpp - what the suites of the seams over the journal have in common.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <type_traits>

#include "base/async.hpp"

namespace berth::testing {

/// World has a loop, and the book under test.
template <class World>
class BookContract : public ::testing::Test {
 protected:
  template <class T>
  T run(Async<T> call) {
    auto outcome = world.loop.run(std::move(call));
    EXPECT_TRUE(outcome) << outcome.error();
    return outcome ? std::move(*outcome) : T{};
  }

  World world;
};

/// OnDisk is the real one of the two worlds.
template <class OnDisk>
class NameOfBook {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, OnDisk> ? "Sqlite" : "Fake";
  }
};

}  // namespace berth::testing
