// sqlite_addresses.hpp - addresses that rest, in the journal's file.
#pragma once

#include "agent/records/address_book.hpp"
#include "agent/records/sqlite_journal.hpp"

namespace berth::records {

/// On the journal's thread, in order with its other writes. Must not outlive the journal.
class SqliteAddresses final : public AddressBook {
 public:
  explicit SqliteAddresses(SqliteJournal& journal) : journal_(journal) {}

  void note_rest(Rest rest, WallTime oldest) override;
  Async<std::vector<Rest>> rests() override;

 private:
  SqliteJournal& journal_;
};

}  // namespace berth::records
