// address_book.hpp - the seam to which addresses were given back lately.
#pragma once

#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"

namespace berth::records {

/// An address that a task has given back, and when.
struct Rest {
  std::string address;  ///< IPv4
  WallTime since{};
  bool operator==(const Rest&) const = default;
};

/// What outlives the record of the task that had the address. Loop thread.
class AddressBook {
 public:
  virtual ~AddressBook() = default;

  /// Not synced: a power cut ends what neighbours remember of the address, too. A failure is
  /// logged. `oldest`: those from before are forgotten.
  virtual void note_rest(Rest rest, WallTime oldest) = 0;
  virtual Async<std::vector<Rest>> rests() = 0;
};

}  // namespace berth::records
